package org.pollen.libp2p.autonat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// Rates, observations and verdicts, on a clock of the test's.
class AutoNatStateTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR = 3600 * SECOND;
    private static final Multiaddr A = Multiaddr.parse("/ip4/192.0.2.1/tcp/4001");
    private static final Multiaddr B = Multiaddr.parse("/ip4/192.0.2.2/tcp/4001");

    private static PeerId peer(int n) {
        byte[] seed = new byte[32];
        new Random(n).nextBytes(seed);
        return PrivateKey.ed25519(seed).publicKey().peerId();
    }

    @Test
    @DisplayName("H-68 rates: 12 of a peer and 60 of all within a minute, 2 of a peer at once")
    void rates() {
        var rates = new RequestRates(AutoNatLimits.DEFAULT);
        assertThat(rates.begin(peer(1), 0)).isTrue();
        assertThat(rates.begin(peer(1), 0)).isTrue();
        assertThat(rates.begin(peer(1), 0)).isFalse();
        rates.end(peer(1));
        rates.end(peer(1));
        for (int i = 0; i < 10; i++) {
            assertThat(rates.begin(peer(1), SECOND)).isTrue();
            rates.end(peer(1));
        }
        assertThat(rates.begin(peer(1), SECOND)).isFalse();
        for (int i = 0; i < 48; i++) {
            assertThat(rates.begin(peer(100 + i), SECOND)).isTrue();
        }
        assertThat(rates.begin(peer(2), SECOND)).isFalse();
        assertThat(rates.begin(peer(2), 60 * SECOND)).isTrue();
        assertThat(rates.begin(peer(1), 60 * SECOND)).isTrue();
        assertThat(rates.begin(peer(3), 60 * SECOND)).isFalse();
    }

    @Test
    @DisplayName("H-68 rates: 12 requests that need data within a minute")
    void dataRates() {
        var rates = new RequestRates(AutoNatLimits.DEFAULT);
        for (int i = 0; i < 12; i++) {
            assertThat(rates.beginData(0)).isTrue();
        }
        assertThat(rates.beginData(59 * SECOND)).isFalse();
        assertThat(rates.beginData(60 * SECOND)).isTrue();
    }

    @Test
    @DisplayName("H-68 limits that cannot be are refused by name")
    void limits() {
        assertThatThrownBy(() ->
                        new AutoNatLimits(0, 1, 1, 1, Duration.ZERO, Duration.ofSeconds(1), false))
                .hasMessageContaining("requests 0");
        assertThatThrownBy(() -> AutoNatLimits.DEFAULT.withWaitMax(Duration.ofSeconds(-1)))
                .hasMessageContaining("waitMax");
    }

    @Test
    @DisplayName("H-68 an address is a candidate when four networks saw it, and while they do")
    void observed() {
        var observed = new ObservedAddresses(4);
        for (int i = 0; i < 3; i++) {
            assertThat(observed.observe(A, Multiaddr.parse("/ip4/8." + i + ".0.1/tcp/1"), 0))
                    .isFalse();
        }
        for (int i = 0; i < 100; i++) {
            assertThat(observed.observe(A, Multiaddr.parse("/ip4/8.0.0." + i + "/tcp/1"), 0))
                    .isFalse();
        }
        assertThat(observed.candidates(0)).isEmpty();
        assertThat(observed.observe(A, Multiaddr.parse("/ip4/9.9.0.1/tcp/1"), SECOND)).isTrue();
        assertThat(observed.observe(A, Multiaddr.parse("/ip4/9.8.0.1/tcp/1"), SECOND)).isFalse();
        assertThat(observed.candidates(SECOND)).containsExactly(A);
        for (int i = 0; i < 6; i++) {
            observed.observe(B, Multiaddr.parse("/ip4/7." + i + ".0.1/tcp/1"), SECOND);
        }
        assertThat(observed.candidates(SECOND)).containsExactly(B, A);
        assertThat(observed.candidates(HOUR)).isEmpty();
        assertThat(observed.observe(A, Multiaddr.parse("/ip4/9.9.0.1/tcp/1"), HOUR)).isFalse();
    }

    @Test
    @DisplayName("H-68 a flood of addresses keeps 64 of them")
    void observedFlood() {
        var observed = new ObservedAddresses(1);
        for (int i = 0; i < 1000; i++) {
            observed.observe(
                    Multiaddr.parse("/ip4/9.9.9.9/tcp/" + (1 + i)),
                    Multiaddr.parse("/ip6/2001:db8::" + Integer.toHexString(i) + "/tcp/1"),
                    0);
        }
        assertThat(observed.candidates(0)).hasSize(64);
    }

    @Test
    @DisplayName("H-68 four servers make a verdict, the majority wins, a server has one vote")
    void verdicts() {
        var verdicts = new Verdicts(4);
        for (int i = 0; i < 3; i++) {
            verdicts.vote(A, peer(i), true, 0);
            verdicts.vote(A, peer(1), true, 0);
        }
        assertThat(verdicts.verdict(A, 0)).isEqualTo(Verdicts.Verdict.UNKNOWN);
        verdicts.vote(A, peer(3), true, 0);
        assertThat(verdicts.verdict(A, 0)).isEqualTo(Verdicts.Verdict.REACHABLE);
        assertThat(verdicts.overall(List.of(A, B), 0)).isEqualTo(Verdicts.Verdict.REACHABLE);
        for (int i = 4; i < 8; i++) {
            verdicts.vote(A, peer(i), false, 0);
            verdicts.vote(B, peer(i), false, 0);
        }
        assertThat(verdicts.verdict(A, 0)).isEqualTo(Verdicts.Verdict.UNREACHABLE);
        assertThat(verdicts.overall(List.of(A, B), 0)).isEqualTo(Verdicts.Verdict.UNREACHABLE);
        assertThat(verdicts.overall(List.of(), 0)).isEqualTo(Verdicts.Verdict.UNKNOWN);
        verdicts.vote(A, peer(4), true, 0);
        assertThat(verdicts.reachable(List.of(B, A), 0)).containsExactly(A);
    }

    @Test
    @DisplayName("H-68 a server is asked again after an hour; its vote counts for two")
    void recheck() {
        var verdicts = new Verdicts(1);
        verdicts.vote(A, peer(1), true, 0);
        assertThat(verdicts.asked(A, peer(1), HOUR - 1)).isTrue();
        assertThat(verdicts.asked(A, peer(1), HOUR)).isFalse();
        assertThat(verdicts.asked(A, peer(2), 0)).isFalse();
        assertThat(verdicts.asked(B, peer(1), 0)).isFalse();
        assertThat(verdicts.verdict(A, HOUR)).isEqualTo(Verdicts.Verdict.REACHABLE);
        assertThat(verdicts.verdict(A, 2 * HOUR)).isEqualTo(Verdicts.Verdict.UNKNOWN);
    }

    @Test
    @DisplayName(
            "H-68 votes of 33 servers: the oldest is forgotten; so is the address used longest ago")
    void votesAreBounded() {
        var verdicts = new Verdicts(32);
        for (int i = 0; i < 40; i++) {
            verdicts.vote(A, peer(i), i >= 8, 0);
        }
        assertThat(verdicts.verdict(A, 0)).isEqualTo(Verdicts.Verdict.REACHABLE);
        for (int i = 0; i < 64; i++) {
            verdicts.vote(Multiaddr.parse("/ip4/9.9.9.9/tcp/" + (1 + i)), peer(1), true, 0);
        }
        assertThat(verdicts.verdict(A, 0)).isEqualTo(Verdicts.Verdict.UNKNOWN);
    }
}
