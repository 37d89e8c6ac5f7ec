package org.pollen.libp2p.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// What a relay grants, to the exact number.
class RelayTableTest {
    private static final RelayLimits LIMITS =
            RelayLimits.DEFAULT.withReservations(10, Duration.ofSeconds(60));
    private static final long SECOND = 1_000_000_000L;

    private final RelayTable table = new RelayTable(LIMITS);

    private static PeerId peer(int n) {
        byte[] seed = new byte[32];
        new Random(n).nextBytes(seed);
        return PrivateKey.ed25519(seed).publicKey().peerId();
    }

    private static byte[] ip(int a, int b) {
        return new byte[] {(byte) a, 0, 0, (byte) b};
    }

    @Test
    @DisplayName("H-65 reservations: the total, one address, one network; a renewal is no new one")
    void reservations() {
        for (int i = 0; i < 8; i++) {
            assertThat(table.reserve(peer(i), ip(1, 1), 0)).isEqualTo(RelayStatus.OK);
        }
        assertThat(table.reserve(peer(8), ip(1, 1), 0)).isEqualTo(RelayStatus.RESERVATION_REFUSED);
        assertThat(table.reserve(peer(3), ip(1, 1), 0)).isEqualTo(RelayStatus.OK);
        assertThat(table.reserve(peer(8), ip(1, 2), 0)).isEqualTo(RelayStatus.OK);
        assertThat(table.reserve(peer(9), null, 0)).isEqualTo(RelayStatus.OK);
        assertThat(table.reserve(peer(10), ip(2, 1), 0)).isEqualTo(RelayStatus.RESERVATION_REFUSED);
        assertThat(table.reserve(peer(9), ip(2, 1), 0)).isEqualTo(RelayStatus.OK);
        assertThat(table.reservations(0)).isEqualTo(10);
        assertThat(table.release(peer(9))).isTrue();
        assertThat(table.release(peer(9))).isFalse();
        assertThat(table.reserve(peer(10), new byte[16], 0)).isEqualTo(RelayStatus.OK);
    }

    @Test
    @DisplayName("H-65 a refused renewal leaves the old reservation")
    void refusedRenewal() {
        assertThat(table.reserve(peer(100), ip(2, 1), 0)).isEqualTo(RelayStatus.OK);
        for (int i = 0; i < 8; i++) {
            assertThat(table.reserve(peer(i), ip(1, 1), 0)).isEqualTo(RelayStatus.OK);
        }
        assertThat(table.reserve(peer(100), ip(1, 1), 0))
                .isEqualTo(RelayStatus.RESERVATION_REFUSED);
        assertThat(table.reserved(peer(100), 0)).isTrue();
    }

    @Test
    @DisplayName("H-62 a reservation ends with its time unless it is renewed")
    void expiry() {
        table.reserve(peer(1), ip(1, 1), 0);
        table.reserve(peer(2), ip(1, 1), 0);
        table.reserve(peer(1), ip(1, 1), 30 * SECOND);
        assertThat(table.reserved(peer(2), 60 * SECOND - 1)).isTrue();
        assertThat(table.reserved(peer(2), 60 * SECOND)).isFalse();
        assertThat(table.reserved(peer(1), 60 * SECOND)).isTrue();
        assertThat(table.reservations(90 * SECOND)).isZero();
        assertThat(table.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("H-65 circuits count at both ends: the 17th of a peer is refused")
    void circuits() {
        table.reserve(peer(1), ip(1, 1), 0);
        assertThat(table.openCircuit(peer(0), peer(2), 0)).isEqualTo(RelayStatus.NO_RESERVATION);
        for (int i = 0; i < 16; i++) {
            assertThat(table.openCircuit(peer(0), peer(1), 0)).isEqualTo(RelayStatus.OK);
        }
        assertThat(table.openCircuit(peer(0), peer(1), 0))
                .isEqualTo(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
        assertThat(table.openCircuit(peer(5), peer(1), 0))
                .isEqualTo(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
        table.closeCircuit(peer(0), peer(1));
        assertThat(table.circuits()).isEqualTo(15);
        assertThat(table.openCircuit(peer(5), peer(1), 0)).isEqualTo(RelayStatus.OK);
    }

    @Test
    @DisplayName("H-65 requests of a peer that wait: the 17th is refused and does not count")
    void requests() {
        for (int i = 0; i < 16; i++) {
            assertThat(table.openRequest(peer(1))).isTrue();
        }
        assertThat(table.openRequest(peer(1))).isFalse();
        assertThat(table.openRequest(peer(2))).isTrue();
        table.closeRequest(peer(1));
        assertThat(table.openRequest(peer(1))).isTrue();
    }

    @Test
    @DisplayName("limits below one are refused by name")
    void limits() {
        assertThatThrownBy(() -> LIMITS.withReservations(0, Duration.ofHours(1)))
                .hasMessageContaining("reservations");
        assertThatThrownBy(() -> LIMITS.withCircuit(Duration.ZERO, 1))
                .hasMessageContaining("circuitTime");
        assertThat(LIMITS.circuitLimit()).isEqualTo(new CircuitLimit(120, 131072));
        assertThat(new CircuitLimit(0, 0).limits()).isFalse();
    }
}
