package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

class BlacklistTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerId A = PrivateKey.generateEd25519(new Random(1)).publicKey().peerId();
    private static final PeerId B = PrivateKey.generateEd25519(new Random(2)).publicKey().peerId();

    @Test
    @DisplayName("C147: a permanent list forgets nobody")
    void permanent() {
        Blacklist list = Blacklist.permanent();
        assertThat(list.isEmpty()).isTrue();
        list.add(A, 0);
        list.sweep(Long.MAX_VALUE);

        assertThat(list.contains(A, Long.MAX_VALUE)).isTrue();
        assertThat(list.contains(B, 0)).isFalse();
        assertThat(list.remove(A)).isTrue();
        assertThat(list.remove(A)).isFalse();
        assertThat(list.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("C147: a time-cached list forgets a peer after its time, swept or not")
    void expiring() {
        Blacklist list = Blacklist.expiring(Duration.ofSeconds(60));
        list.add(A, 0);
        list.add(B, 30 * SECOND);

        assertThat(list.contains(A, 60 * SECOND - 1)).isTrue();
        assertThat(list.contains(A, 60 * SECOND)).isFalse();
        list.sweep(60 * SECOND);
        assertThat(list.remove(A)).isFalse();
        assertThat(list.contains(B, 60 * SECOND)).isTrue();
        assertThatThrownBy(() -> Blacklist.expiring(Duration.ZERO))
                .hasMessage("duration is PT0S: it must be positive");
    }
}
