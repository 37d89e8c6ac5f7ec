package org.pollen.libp2p.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.libp2p.peers.AddressBook.KnownAddress;
import org.pollen.libp2p.peers.AddressBook.Source;
import org.pollen.libp2p.peers.DialScheduler.Answer;
import org.pollen.libp2p.peers.DialScheduler.Policy;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// H-72, H-73: when what is dialled, on a virtual clock.
class DialSchedulerTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final PeerId SELF = Peers.id(1);
    private static final PeerId PEER = Peers.id(2);

    private static List<KnownAddress> known(Source source, String... addresses) {
        return Arrays.stream(addresses)
                .map(text -> new KnownAddress(Multiaddr.parse(text), source, Long.MAX_VALUE))
                .toList();
    }

    @ParameterizedTest
    @DisplayName("H-72 the delays of mixed address sets equal the table of section 17")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /ip4/1.2.3.4/tcp/1                                              | 0
                    /ip4/1.2.3.4/tcp/1 /ip6/2001:4860::1/tcp/1                      | 250 0
                    /ip4/1.2.3.4/tcp/1 /ip4/1.2.3.5/tcp/2 /ip6/2001:4860::1/tcp/1   | 250 500 0
                    /ip4/1.2.3.4/tcp/9 /ip4/1.2.3.4/tcp/8                           | 250 0
                    /ip4/1.2.3.4/udp/1/quic-v1 /ip4/1.2.3.4/tcp/1                   | 0 250
                    /ip4/1.2.3.4/udp/1/quic-v1 /ip6/2001:4860::1/udp/1/quic-v1      | 250 0
                    /ip4/1.2.3.4/udp/1/quic-v1 /ip6/2001:4860::1/udp/1/quic-v1 /ip4/1.2.3.4/tcp/1 /ip6/2001:4860::1/tcp/1 | 250 0 750 500
                    /ip4/1.2.3.4/udp/1/quic-v1 /ip6/2001:4860::1/udp/1/quic-v1 /ip4/1.2.3.4/udp/2/quic-v1 | 250 0 500
                    /ip4/1.2.3.4/tcp/2/ws /ip4/1.2.3.4/tcp/3                        | 250 0
                    /ip4/10.0.0.1/udp/1/quic-v1 /ip4/10.0.0.1/tcp/1                 | 0 30
                    /ip4/10.0.0.1/tcp/1 /ip4/1.2.3.4/tcp/1                          | 0 0
                    /ip4/10.0.0.1/tcp/1 /ip6/fd00::1/tcp/1                          | 30 0
                    """)
    void ranking(String addresses, String delays) {
        String[] texts = addresses.split(" ");
        var ranked = DialRanking.rank(Arrays.stream(texts).map(Multiaddr::parse).toList());
        var found = new ArrayList<String>();
        for (String text : texts) {
            for (DialRanking.Ranked one : ranked) {
                if (one.address().equals(Multiaddr.parse(text))) {
                    found.add("" + one.delayNanos() / MILLI);
                }
            }
        }
        assertThat(String.join(" ", found)).isEqualTo(delays);
    }

    @Test
    @DisplayName("H-72 relays are tried 500 ms after the first public address, at once without one")
    void relays() {
        Multiaddr open = Multiaddr.parse("/ip4/1.2.3.4/tcp/1");
        Multiaddr relayed =
                Multiaddr.parse("/ip4/1.2.3.9/tcp/1/p2p/" + Peers.id(9) + "/p2p-circuit");
        assertThat(DialRanking.rank(List.of(relayed, open)))
                .containsExactly(
                        new DialRanking.Ranked(open, 0),
                        new DialRanking.Ranked(relayed, 500 * MILLI));
        assertThat(DialRanking.rank(List.of(relayed, relayed)))
                .containsExactly(new DialRanking.Ranked(relayed, 0));
    }

    @Test
    @DisplayName("H-72 an address is tried at its time, or at once when all before it failed")
    void eyeballs() {
        var dialer = new DialScheduler(SELF, Policy.DEFAULT);
        var addresses =
                known(
                        Source.CERTIFIED,
                        "/ip6/2001:4860::1/tcp/1",
                        "/ip4/1.2.3.4/tcp/1",
                        "/ip4/1.2.3.4/tcp/2");
        assertThat(dialer.dial(PEER, addresses, 0)).isEqualTo(Answer.STARTED);
        assertThat(dialer.dial(PEER, addresses, 0)).isEqualTo(Answer.RUNNING);
        Multiaddr first = addresses.get(0).address().withPeerId(PEER);
        Multiaddr second = addresses.get(1).address().withPeerId(PEER);
        Multiaddr third = addresses.get(2).address().withPeerId(PEER);
        assertThat(dialer.due(0)).containsExactly(first);
        assertThat(dialer.nextAt()).isEqualTo(250 * MILLI);
        assertThat(dialer.due(249 * MILLI)).isEmpty();
        assertThat(dialer.due(250 * MILLI)).containsExactly(second);
        dialer.failed(first, 260 * MILLI);
        assertThat(dialer.due(260 * MILLI)).isEmpty();
        dialer.failed(second, 270 * MILLI);
        assertThat(dialer.due(270 * MILLI)).containsExactly(third);
        assertThat(dialer.nextAt()).isEqualTo(Long.MAX_VALUE);
        assertThat(dialer.connected(PEER, third)).isFalse();
        assertThat(dialer.running()).isZero();
    }

    @Test
    @DisplayName("H-72 the winner ends the others: what still runs has to be cancelled")
    void losers() {
        var dialer = new DialScheduler(SELF, Policy.DEFAULT);
        dialer.dial(PEER, known(Source.CERTIFIED, "/ip4/1.2.3.4/tcp/1", "/ip4/1.2.3.4/tcp/2"), 0);
        Multiaddr first = dialer.due(0).getFirst();
        dialer.due(250 * MILLI);
        assertThat(dialer.connected(PEER, first)).isTrue();
        dialer.failed(first, SECOND); // a report that comes late changes nothing
        assertThat(dialer.backoff(PEER, SECOND)).isZero();
    }

    @Test
    @DisplayName("H-73 a peer whose every address failed waits 5 s and n^2, at most 5 minutes")
    void backoff() {
        var dialer = new DialScheduler(SELF, Policy.DEFAULT);
        var addresses = known(Source.CERTIFIED, "/ip4/1.2.3.4/tcp/1");
        long now = 0;
        for (long seconds : new long[] {5, 6, 9, 14, 21}) {
            assertThat(dialer.dial(PEER, addresses, now)).isEqualTo(Answer.STARTED);
            dialer.failed(dialer.due(now).getFirst(), now);
            assertThat(dialer.backoff(PEER, now)).isEqualTo(seconds * SECOND);
            assertThat(dialer.dial(PEER, addresses, now)).isEqualTo(Answer.BACKOFF);
            now += seconds * SECOND;
        }
        for (int i = 0; i < 40; i++) {
            dialer.dial(PEER, addresses, now);
            dialer.failed(dialer.due(now).getFirst(), now);
            now += dialer.backoff(PEER, now);
        }
        dialer.dial(PEER, addresses, now);
        dialer.failed(dialer.due(now).getFirst(), now);
        assertThat(dialer.backoff(PEER, now)).isEqualTo(300 * SECOND);
        dialer.connected(PEER, null);
        assertThat(dialer.backoff(PEER, now)).isZero();
    }

    @Test
    @DisplayName("no dial to private, named or unverified addresses of strangers unless configured")
    void policy() {
        String open = "/ip4/1.2.3.4/tcp/1";
        String local = "/ip4/192.168.0.1/tcp/1";
        String loopback = "/ip4/127.0.0.1/tcp/1";
        String name = "/dns4/example.com/tcp/1";
        assertThat(allowed(Policy.DEFAULT, Source.CONFIGURED, open, local, loopback, name))
                .isEqualTo(4);
        assertThat(allowed(Policy.DEFAULT, Source.CONNECTED, open, local, loopback, name))
                .isEqualTo(4);
        assertThat(allowed(Policy.DEFAULT, Source.CERTIFIED, open, local, loopback, name))
                .isEqualTo(1);
        assertThat(allowed(Policy.DEFAULT, Source.TOLD, open, local, loopback, name)).isZero();
        var trusting = new Policy(false, true, 16, 25, 8);
        assertThat(allowed(trusting, Source.TOLD, open, local, loopback, name)).isEqualTo(1);
        var lan = new Policy(true, false, 16, 25, 8);
        assertThat(allowed(lan, Source.CERTIFIED, open, local, loopback, name)).isEqualTo(4);
        assertThat(allowed(lan, Source.TOLD, open, local, loopback, name)).isZero();

        var dialer = new DialScheduler(SELF, Policy.DEFAULT);
        assertThat(dialer.dial(PEER, known(Source.CERTIFIED, local, name), 0))
                .isEqualTo(Answer.NOTHING);
        assertThat(dialer.refusedAddresses()).isEqualTo(2);
        assertThat(dialer.dial(SELF, known(Source.CONFIGURED, open), 0)).isEqualTo(Answer.NOTHING);
    }

    private static long allowed(Policy policy, Source source, String... addresses) {
        return known(source, addresses).stream().filter(policy::allows).count();
    }

    @Test
    @DisplayName("L46 16 peers at once, 8 dials to a peer, 25 addresses of it")
    void bounds() {
        var dialer = new DialScheduler(SELF, new Policy(true, true, 16, 25, 8));
        String[] many = new String[40];
        for (int i = 0; i < many.length; i++) {
            many[i] = "/ip4/1.2.3.4/tcp/" + (i + 1);
        }
        for (int i = 0; i < 16; i++) {
            assertThat(dialer.dial(Peers.id(10 + i), known(Source.CERTIFIED, many), 0))
                    .isEqualTo(Answer.STARTED);
        }
        assertThat(dialer.dial(PEER, known(Source.CERTIFIED, many), 0)).isEqualTo(Answer.BUSY);
        List<Multiaddr> due = dialer.due(10 * SECOND);
        assertThat(due).hasSize(16 * 8);
        assertThat(dialer.nextAt()).isEqualTo(Long.MAX_VALUE); // full: a dial has to end first
        int dialled = due.size();
        while (!due.isEmpty()) {
            due.forEach(address -> dialer.failed(address, 10 * SECOND));
            due = dialer.due(10 * SECOND);
            dialled += due.size();
        }
        assertThat(dialled).isEqualTo(16 * 25);
        assertThat(dialer.running()).isZero();
    }

    @Test
    @DisplayName("after 100 dials with fewer than 5 successes a family is probed each 100th time")
    void blackHole() {
        var dialer = new DialScheduler(SELF, Policy.DEFAULT);
        var quic = known(Source.CERTIFIED, "/ip4/1.2.3.4/udp/1/quic-v1");
        int dialled = 0;
        for (int i = 0; i < 100; i++) {
            PeerId peer = Peers.id(100 + i);
            dialer.dial(peer, quic, 0);
            for (Multiaddr due : dialer.due(0)) {
                dialled++;
                dialer.failed(due, 0);
            }
        }
        assertThat(dialled).isEqualTo(100);
        assertThat(dialer.isBlackHole(true)).isTrue();
        assertThat(dialer.isBlackHole(false)).isFalse();
        int probes = 0;
        for (int i = 0; i < 200; i++) {
            PeerId peer = Peers.id(300 + i);
            if (dialer.dial(peer, quic, 0) == Answer.STARTED) {
                probes++;
                Multiaddr due = dialer.due(0).getFirst();
                if (probes == 2) {
                    dialer.connected(peer, due);
                } else {
                    dialer.failed(due, 0);
                }
            }
        }
        assertThat(probes).isEqualTo(2);
        assertThat(dialer.isBlackHole(true)).isFalse();
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Policy(false, false, 0, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("peers 0");
    }
}
