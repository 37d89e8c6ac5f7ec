package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class HostIT {

    @Test
    void twoHostsConnectIdentifyPingAndEcho() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1);
            NettyHost b = hosts.start(2);
            b.handle("/echo/1", _ -> new TestHosts.Echo());

            HostConnection connection = connect(a, b);
            assertThat(connection.remotePeer()).isEqualTo(b.peerId());
            assertThat(get(a.ping(connection))).isPositive();
            Awaitility.await().until(() -> connection.identify().isPresent());
            assertThat(connection.identify().orElseThrow().agentVersion()).isEqualTo("test/2");

            var recording = new TestHosts.Recording();
            Stream stream = get(a.open(connection, List.of("/echo/1"), recording));
            byte[] hello = "hello".getBytes(UTF_8);
            stream.write(hello, 0, hello.length);
            stream.closeWrite();
            get(recording.readClosed);
            assertThat(recording.bytes()).isEqualTo(hello);
            assertThat(get(recording.closed)).isNull();
        }
    }
}
