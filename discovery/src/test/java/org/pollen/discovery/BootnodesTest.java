package org.pollen.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.tuweni.bytes.Bytes;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PrivateKey;

class BootnodesTest {
    private static final long PAUSE = Bootnodes.PAUSE.toNanos();

    private final SplittableRandom random = new SplittableRandom(5);
    private final NodeRecord one = record();
    private final NodeRecord two = record();
    private final Bootnodes bootnodes = new Bootnodes(List.of(one, two));

    private NodeRecord record() {
        return NodeRecords.own(
                PrivateKey.generateEd25519(random),
                "net",
                1,
                Optional.of("127.0.0.1"),
                9000,
                9001,
                OptionalInt.empty());
    }

    private static Set<Bytes> live(NodeRecord... records) {
        return Set.copyOf(List.of(records).stream().map(NodeRecord::getNodeId).toList());
    }

    @Test
    void thoseThatAnswerAreLeftAlone() {
        assertThat(bootnodes.silent(live(one, two), 0)).isEmpty();
        assertThat(bootnodes.silent(live(one), 1)).containsExactly(two);
    }

    @Test
    void theSilentAreGreetedNowAndThen() {
        assertThat(bootnodes.silent(live(), Long.MAX_VALUE - 5)).containsExactly(one, two);
        assertThat(bootnodes.silent(live(), Long.MAX_VALUE - 5 + PAUSE - 1)).isEmpty();
        assertThat(bootnodes.silent(live(), Long.MAX_VALUE - 5 + PAUSE)).containsExactly(one, two);
    }

    @Test
    void whoAnsweredAndFellSilentIsGreetedAtOnce() {
        assertThat(bootnodes.silent(live(two), 0)).containsExactly(one);
        assertThat(bootnodes.silent(live(one, two), 1)).isEmpty();
        assertThat(bootnodes.silent(live(two), 2)).containsExactly(one);
    }
}
