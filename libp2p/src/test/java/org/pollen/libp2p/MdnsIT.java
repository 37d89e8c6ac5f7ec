package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.peers.Mdns;
import org.pollen.libp2p.peers.MdnsSockets;
import org.pollen.peer.PeerId;

/// H-70 over real multicast, on loopback and a port of the test's own.
class MdnsIT {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("H-70 two nodes on loopback find each other by multicast, on NIO and on epoll")
    void find(boolean nio) throws Exception {
        try (var hosts =
                new TestHosts(
                        nio ? EventLoops.createNio("mdns", 2) : EventLoops.create("mdns", 2))) {
            int port;
            try (var free = new MulticastSocket(0)) {
                port = free.getLocalPort();
            }
            var group =
                    new InetSocketAddress(
                            InetAddress.getByAddress(new byte[] {(byte) 239, (byte) 255, 9, 10}),
                            port);
            NetworkInterface loopback =
                    NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
            var sockets = new ArrayList<MdnsSockets>();
            var found = new CopyOnWriteArrayList<PeerId>();
            for (int i = 1; i <= 2; i++) {
                NettyHost host = hosts.start(i);
                var mdns =
                        new Mdns(
                                host.peerId(),
                                new Random(i),
                                host::listenAddresses,
                                (peer, _) -> found.add(peer),
                                System.nanoTime());
                var one = new MdnsSockets(hosts.loops.next(), mdns, group);
                sockets.add(one);
                assertThat(TestHosts.get(one.start(List.of(loopback)))).isEqualTo(1);
            }
            Awaitility.await()
                    .until(() ->
                            found.contains(TestHosts.key(1).publicKey().peerId())
                                    || found.contains(TestHosts.key(2).publicKey().peerId()));
            sockets.forEach(MdnsSockets::close);
        }
    }

    @Test
    @DisplayName("the interfaces that take part are up and not loopback")
    void interfaces() throws Exception {
        for (NetworkInterface one : MdnsSockets.interfaces()) {
            assertThat(one.isUp()).isTrue();
            assertThat(one.isLoopback()).isFalse();
        }
    }
}
