package org.pollen.mempool.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.fetch.FetchHarness.MILLI;
import static org.pollen.mempool.fetch.FetchHarness.blob;
import static org.pollen.mempool.fetch.FetchHarness.said;
import static org.pollen.mempool.fetch.FetchHarness.tx;
import static org.pollen.mempool.fetch.FetchHarness.txs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.fetch.TransactionBroadcast.Pack;

/// Rows C165 to C167 of mempool.md 12.10, and the rest of 8.1.
class TransactionBroadcastTest {
    private static final Address SENDER = address(1);

    private final List<Integer> writable = new ArrayList<>();
    private final TransactionBroadcast broadcast =
            new TransactionBroadcast(new byte[] {9}, new byte[16], writable::add);

    @Test
    @DisplayName(
            "C165: 7 of 49 peers get a sender's transactions whole, and a 50th changes nothing")
    void directPeers() {
        connect(49);
        Set<List<Integer>> choices = new HashSet<>();
        Map<Address, List<Integer>> before = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            List<Integer> chosen = broadcast.directPeers(address(i));
            assertThat(chosen).hasSize(7).doesNotHaveDuplicates();
            choices.add(chosen);
            before.put(address(i), chosen);
        }
        assertThat(choices).hasSizeGreaterThan(390);
        Set<Integer> used = new HashSet<>();
        choices.forEach(used::addAll);
        assertThat(used).hasSize(49);
        broadcast.connected(49, id(49), List.of());
        before.forEach((sender, chosen) ->
                assertThat(broadcast.directPeers(sender)).hasSize(8).containsAll(chosen));
    }

    @Test
    @DisplayName("8.1: another node chooses others")
    void everyNodeChoosesItself() {
        var other = new TransactionBroadcast(new byte[] {8}, new byte[16], _ -> {});
        connect(49);
        for (int i = 0; i < 49; i++) other.connected(i, id(i), List.of());
        assertThat(other.directPeers(SENDER)).isNotEqualTo(broadcast.directPeers(SENDER));
    }

    @Test
    @DisplayName("C166: 1024 small transactions reach 10 peers within 2 s")
    void reachesEverybody() {
        List<FetchHarness> sinks = new ArrayList<>();
        connect(10);
        for (int i = 0; i < 10; i++) sinks.add(new FetchHarness());
        Map<Hash32, Transaction> all = new LinkedHashMap<>();
        for (Transaction tx : txs(0, 1024)) all.put(tx.hash(), tx);
        broadcast.publish(all.values().stream().map(TransactionBroadcastTest::outbound).toList());
        for (int i = 0; i < 10; i++) {
            FetchHarness sink = sinks.get(i);
            for (Pack pack = broadcast.poll(i); !pack.isEmpty(); pack = broadcast.poll(i)) {
                sink.broadcast(0, pack.bodies().toArray(Transaction[]::new));
                sink.fetcher.announce(0, pack.announces(), sink.now);
            }
            while (sink.pooled.size() < 1024) {
                sink.pass(50); // a round trip
                List<Hash32> asked = sink.requests.remove(0);
                if (asked != null) {
                    sink.fetcher.reply(0, asked.stream().map(all::get).toList(), sink.now);
                }
                assertThat(sink.now).isLessThanOrEqualTo(2_000 * MILLI);
            }
            assertThat(sink.drops).isEmpty();
        }
    }

    @Test
    @DisplayName("C167: a peer that comes is told of everything executable, once, and sent nothing")
    void aNewPeerIsTold() {
        List<Transaction> pooled = new ArrayList<>();
        for (int i = 0; i < 100; i++) pooled.add(tx(i, 10 * 1024));
        broadcast.connected(1, id(1), pooled.stream().map(FetchHarness::said).toList());
        assertThat(writable).containsExactly(1);
        broadcast.publish(pooled.stream().map(TransactionBroadcastTest::outbound).toList());
        Pack pack = broadcast.poll(1);
        assertThat(pack.bodies()).isEmpty();
        assertThat(pack.announces())
                .containsExactlyElementsOf(pooled.stream().map(FetchHarness::said).toList());
        assertThat(broadcast.poll(1).isEmpty()).isTrue();
    }

    @Test
    @DisplayName("8.1: large transactions and those with blobs are only announced")
    void announceOnly() {
        connect(1);
        Transaction small = tx(1);
        Transaction large = tx(2, 4096);
        broadcast.publish(List.of(outbound(small), outbound(large), outbound(blob(3))));
        assertThat(broadcast.poll(0).bodies()).containsExactly(small);
        assertThat(broadcast.poll(0).announces()).containsExactly(said(large), said(blob(3)));
    }

    @Test
    @DisplayName("8.1: nobody hears of what it sent or announced")
    void theSenderKnows() {
        connect(2);
        broadcast.learned(0, tx(1).hash());
        broadcast.learned(7, tx(1).hash()); // who is that
        broadcast.publish(List.of(outbound(tx(1))));
        assertThat(broadcast.poll(0).isEmpty()).isTrue();
        assertThat(broadcast.poll(1).isEmpty()).isFalse();
        assertThat(writable).containsExactly(1);
        broadcast.disconnected(1);
        assertThat(broadcast.poll(1).isEmpty()).isTrue();
    }

    @Test
    @DisplayName("8.1: 4096 bodies wait for a peer, the oldest go first; messages of 100 KiB")
    void queuesAreBounded() {
        connect(1);
        broadcast.publish(txs(0, 5000).stream().map(TransactionBroadcastTest::outbound).toList());
        assertThat(broadcast.overflowed()).isEqualTo(5000 - 4096);
        assertThat(writable).containsExactly(0);
        Pack first = broadcast.poll(0);
        assertThat(first.bodies().getFirst()).isEqualTo(tx(5000 - 4096));
        int bytes = first.bodies().stream().mapToInt(Transaction::size).sum();
        assertThat(bytes).isBetween(100 * 1024, 100 * 1024 + 200);
        int rest = 0;
        for (Pack p = broadcast.poll(0); !p.isEmpty(); p = broadcast.poll(0)) {
            rest += p.bodies().size();
        }
        assertThat(first.bodies().size() + rest).isEqualTo(4096);
    }

    @Test
    @DisplayName("8.1: 32768 hashes are remembered as known to a peer")
    void knownIsBounded() {
        var outbox = new PeerOutbox();
        for (int i = 0; i <= PeerOutbox.KNOWN_MAX; i++) {
            assertThat(outbox.know(FetchHarness.hash(i))).isTrue();
        }
        assertThat(outbox.know(FetchHarness.hash(1))).isFalse();
        assertThat(outbox.know(FetchHarness.hash(0))).isTrue(); // forgotten
    }

    @Test
    @DisplayName("8.1: what no honest peer sends")
    void messageRules() {
        assertThat(MessageRules.announcement(1, 1, List.of(tx(1).hash()))).isNull();
        assertThat(MessageRules.announcement(2, 1, List.of(tx(1).hash()))).contains("2 types");
        assertThat(MessageRules.announcement(1, 2, List.of(tx(1).hash()))).contains("2 sizes");
        assertThat(MessageRules.announcement(2, 2, List.of(tx(1).hash(), tx(1).hash())))
                .contains("twice");
        List<Hash32> many = txs(0, 5001).stream().map(Transaction::hash).toList();
        assertThat(MessageRules.announcement(5001, 5001, many)).contains("5001");
        assertThat(MessageRules.transactions(txs(0, 5000), false)).isNull();
        assertThat(MessageRules.transactions(txs(0, 5001), true)).contains("5001");
        assertThat(MessageRules.transactions(List.of(tx(1), tx(1)), true)).contains("twice");
        assertThat(MessageRules.transactions(List.of(blob(1)), false)).contains("broadcasts");
        assertThat(MessageRules.transactions(List.of(blob(1)), true)).contains("without");
    }

    private void connect(int peers) {
        for (int i = 0; i < peers; i++) broadcast.connected(i, id(i), List.of());
    }

    private static Outbound outbound(Transaction tx) {
        boolean blob = tx.type() == Transaction.BLOB;
        return new Outbound(said(tx), SENDER, blob ? null : tx);
    }

    private static byte[] id(int peer) {
        return new byte[] {(byte) peer, (byte) (peer >> 8), 1};
    }

    private static Address address(int n) {
        byte[] bytes = new byte[20];
        bytes[0] = (byte) n;
        bytes[1] = (byte) (n >> 8);
        return new Address(bytes);
    }
}
