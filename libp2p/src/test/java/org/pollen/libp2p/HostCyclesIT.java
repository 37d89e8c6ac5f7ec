package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.connect;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The small forms of what [HostLoadIT] does at length.
class HostCyclesIT {
    private static final HostLimits WIDE =
            HostLimits.DEFAULT.withConnections(400, 400).withTransientConnections(128, 64);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    @DisplayName("400 connections made and closed beside 40 that stay: nothing is left of them")
    void cycles() throws Exception {
        try (var hosts = new TestHosts();
                var others = new TestHosts()) {
            NettyHost listener = hosts.start(1, c -> c.limits(WIDE));
            var diallers = new NettyHost[8];
            for (int i = 0; i < diallers.length; i++) {
                diallers[i] = others.start(2 + i, c -> c.listen());
            }
            HostLoadIT.cycles(diallers, listener, 400);
            for (int i = 0; i < 40; i++) {
                connect(others.start(100 + i, c -> c.listen()), listener);
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            listener.connections().size() == 40
                                    && listener.connections().stream()
                                            .allMatch(c -> c.identify().isPresent()));
            listener.connections().forEach(connection -> connection.close(0));
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            listener.connections().isEmpty()
                                    && listener.openSockets() == 1
                                    && listener.admission()
                                            .usage()
                                            .equals(
                                                    "transients=0/0 connections=0/0 streams=0/0"
                                                            + " prefixes=0 peers=0"));
        }
        assertThat(TestHosts.leaks()).isZero();
    }
}
