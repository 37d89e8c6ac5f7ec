package org.pollen.libp2p.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.libp2p.peers.ConnectionManager.Settings;
import org.pollen.peer.PeerId;

/// H-75: which connections are given up, on a virtual clock.
class ConnectionManagerTest {
    private static final long SECOND = 1_000_000_000L;

    private static ConnectionManager full(Settings settings, int connections) {
        var manager = new ConnectionManager(settings);
        for (int i = 0; i < connections; i++) {
            manager.connected(i, Peers.id(i), false, false, 0);
        }
        return manager;
    }

    private static List<Long> trim(ConnectionManager manager, long now) {
        return manager.trim(_ -> 0, _ -> false, now);
    }

    @Test
    @DisplayName("H-75 over 192 connections trim to 160, not at 192; protected ones stay")
    void waterMarks() {
        ConnectionManager manager = full(Settings.DEFAULT, 192);
        assertThat(trim(manager, 100 * SECOND)).isEmpty();
        manager.connected(192, Peers.id(192), false, false, 0);
        for (int i = 0; i < 20; i++) {
            manager.protect(Peers.id(i), "mesh");
        }
        List<Long> closed = trim(manager, 100 * SECOND);
        assertThat(closed).hasSize(33).noneMatch(id -> id < 20);
        closed.forEach(id -> manager.disconnected(id, Peers.id(id.intValue())));
        assertThat(manager.connections()).isEqualTo(160);
        assertThat(manager.trimmed()).isEqualTo(33);
    }

    @Test
    @DisplayName("H-75 a new connection has 60 s of grace, and 10 s pass between two trims")
    void graceAndSilence() {
        ConnectionManager manager = full(new Settings(2, 3, 0, 60 * SECOND, 10 * SECOND), 4);
        assertThat(trim(manager, 60 * SECOND - 1)).isEmpty();
        assertThat(trim(manager, 60 * SECOND)).isEmpty(); // silence after the first try
        assertThat(trim(manager, 70 * SECOND)).containsExactly(0L, 1L);
    }

    @Test
    @DisplayName("H-75 if all are protected or held none goes, and an unprotected one may again")
    void protection() {
        ConnectionManager manager = full(new Settings(0, 1, 0, 0, 0), 3);
        for (int i = 0; i < 3; i++) {
            manager.protect(Peers.id(i), "a");
            manager.protect(Peers.id(i), "b");
        }
        manager.unprotect(Peers.id(1), "a");
        assertThat(trim(manager, SECOND)).isEmpty();
        manager.unprotect(Peers.id(1), "b");
        assertThat(manager.trim(_ -> 0, id -> id == 1, SECOND)).isEmpty();
        assertThat(trim(manager, SECOND)).containsExactly(1L);
    }

    @ParameterizedTest
    @DisplayName("H-75 the order: temporary, lowest score, no streams, inbound, fewest streams")
    @CsvSource({
        // temporary, score, outbound, streams of 0 and of 1; who goes
        "false 0 false 0, true 99 true 9, 1",
        "false 5 false 0, false 4 true 9, 1",
        "false -1 true 9, false 0 false 0, 0",
        "false 0 true 0, false 0 false 1, 0",
        "false 0 true 2, false 0 false 3, 1",
        "false 0 false 3, false 0 false 2, 1",
    })
    void order(String zero, String one, long first) {
        var manager = new ConnectionManager(new Settings(1, 1, 0, 0, 0));
        String[][] both = {zero.split(" "), one.split(" ")};
        for (int i = 0; i < 2; i++) {
            manager.connected(
                    i,
                    Peers.id(i),
                    Boolean.parseBoolean(both[i][2]),
                    Boolean.parseBoolean(both[i][0]),
                    0);
            manager.tag(Peers.id(i), "worth", Integer.parseInt(both[i][1]));
        }
        assertThat(manager.trim(id -> Integer.parseInt(both[(int) id][3]), _ -> false, 1))
                .containsExactly(first);
    }

    @Test
    @DisplayName("H-75 a peer goes with all its connections, its tags are summed and end with it")
    void peers() {
        var manager = new ConnectionManager(new Settings(1, 2, 0, 0, 0));
        PeerId two = Peers.id(2);
        manager.connected(1, Peers.id(1), true, false, 0);
        manager.connected(2, two, true, false, 0);
        manager.connected(3, two, false, false, 0);
        manager.connected(3, two, false, false, 0); // told twice
        manager.tag(Peers.id(1), "a", 2);
        manager.tag(Peers.id(1), "b", 3);
        manager.tag(two, "a", 4);
        manager.tag(Peers.id(9), "a", 4);
        assertThat(manager.score(Peers.id(1))).isEqualTo(5);
        assertThat(manager.score(Peers.id(9))).isZero();
        assertThat(trim(manager, 1)).containsExactly(2L, 3L);
        assertThat(manager.disconnected(2, two)).isFalse();
        assertThat(manager.disconnected(3, two)).isTrue();
        assertThat(manager.disconnected(3, two)).isFalse();
        assertThat(manager.score(two)).isZero();
        manager.untag(Peers.id(1), "a");
        assertThat(manager.score(Peers.id(1))).isEqualTo(3);
        assertThat(manager.connections()).isEqualTo(1);
        assertThat(manager.outbound()).isEqualTo(1);
        assertThat(manager.isConnected(two)).isFalse();
    }

    @Test
    @DisplayName(
            "dials are wanted up to the low mark and for the outbound minimum, never over high")
    void outboundMinimum() {
        var manager = new ConnectionManager(new Settings(4, 6, 3, 0, 0));
        assertThat(manager.dialsWanted()).isEqualTo(4);
        LongStream.range(0, 4)
                .forEach(id -> manager.connected(id, Peers.id((int) id), false, false, 0));
        assertThat(manager.dialsWanted()).isEqualTo(2); // 3 outbound, but only 2 to the high mark
        manager.connected(4, Peers.id(4), true, false, 0);
        manager.connected(5, Peers.id(5), true, false, 0);
        assertThat(manager.dialsWanted()).isZero();
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Settings(3, 2, 0, 0, 0)).hasMessageContaining("low is 3");
        assertThatThrownBy(() -> new Settings(0, 2, 3, 0, 0))
                .hasMessageContaining("outboundLeast is 3");
        assertThatThrownBy(() -> new Settings(0, 2, 0, -1, 0)).hasMessageContaining("graceNanos");
    }
}
