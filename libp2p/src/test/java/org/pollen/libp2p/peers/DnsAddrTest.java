package org.pollen.libp2p.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;

/// H-71: names that stand for addresses.
class DnsAddrTest {
    private static final String A = "/ip4/1.2.3.4/tcp/1/p2p/" + Peers.id(1);
    private static final String B = "/ip4/1.2.3.5/tcp/1/p2p/" + Peers.id(2);

    private final Map<String, List<String>> zone = new HashMap<>();
    private final List<String> asked = new ArrayList<>();

    private DnsAddr.Result expand(String address) {
        return new DnsAddr(
                        name -> {
                            asked.add(name);
                            List<String> records = zone.get(name);
                            return records == null
                                    ? CompletableFuture.failedFuture(
                                            new IllegalStateException("no " + name))
                                    : CompletableFuture.completedFuture(records);
                        })
                .expand(Multiaddr.parse(address))
                .join();
    }

    @Test
    @DisplayName("H-71 records are read recursively; other text is skipped")
    void expands() {
        zone.put(
                "_dnsaddr.x.org", List.of("dnsaddr=/dnsaddr/y.org", "v=spf1 -all", "dnsaddr=" + A));
        zone.put("_dnsaddr.y.org", List.of("dnsaddr=" + B, "dnsaddr=" + A));
        DnsAddr.Result result = expand("/dnsaddr/x.org");
        assertThat(result.addresses()).containsExactly(Multiaddr.parse(A), Multiaddr.parse(B));
        assertThat(result.cut()).isFalse();
        assertThat(result.dropped()).isZero();
    }

    @Test
    @DisplayName("H-71 what follows the name must be the end of the record's address")
    void suffix() {
        zone.put(
                "_dnsaddr.x.org",
                List.of(
                        "dnsaddr=" + A,
                        "dnsaddr=" + B,
                        "dnsaddr=/dnsaddr/y.org/p2p/" + Peers.id(2)));
        zone.put(
                "_dnsaddr.y.org",
                List.of("dnsaddr=" + A, "dnsaddr=/ip6/2001:4860::1/tcp/1/p2p/" + Peers.id(2)));
        DnsAddr.Result result = expand("/dnsaddr/x.org/p2p/" + Peers.id(2));
        assertThat(result.addresses())
                .containsExactly(
                        Multiaddr.parse(B),
                        Multiaddr.parse("/ip6/2001:4860::1/tcp/1/p2p/" + Peers.id(2)));
        assertThat(result.dropped()).isEqualTo(2);
    }

    @Test
    @DisplayName("H-71 L45 a cycle ends, and a chain after 32 lookups")
    void recursion() {
        zone.put("_dnsaddr.x.org", List.of("dnsaddr=/dnsaddr/y.org"));
        zone.put("_dnsaddr.y.org", List.of("dnsaddr=/dnsaddr/x.org", "dnsaddr=" + A));
        assertThat(expand("/dnsaddr/x.org").addresses()).containsExactly(Multiaddr.parse(A));
        assertThat(asked).hasSize(2);

        asked.clear();
        for (int i = 0; i < 100; i++) {
            zone.put(
                    "_dnsaddr.n%d.org".formatted(i),
                    List.of("dnsaddr=/dnsaddr/n%d.org".formatted(i + 1)));
        }
        DnsAddr.Result result = expand("/dnsaddr/n0.org");
        assertThat(asked).hasSize(32);
        assertThat(result.cut()).isTrue();
        assertThat(result.addresses()).isEmpty();
    }

    @Test
    @DisplayName("L45 at most 100 addresses; garbage and failing names are counted")
    void bounds() {
        var records = new ArrayList<String>();
        records.add("dnsaddr=");
        records.add("dnsaddr=/ip4/1.2.3/tcp/1");
        records.add("dnsaddr=/dnsaddr/absent.org");
        for (int i = 0; i < 300; i++) {
            records.add("dnsaddr=/ip4/1.2.3.4/tcp/" + (i + 1));
        }
        zone.put("_dnsaddr.x.org", records);
        DnsAddr.Result result = expand("/dnsaddr/x.org");
        assertThat(result.addresses()).hasSize(100);
        assertThat(result.cut()).isTrue();
        assertThat(result.dropped()).isEqualTo(2);
        assertThat(expand("/dnsaddr/absent.org").failures()).isEqualTo(1);
    }

    @Test
    @DisplayName("H-71 an ordinary address stands for itself")
    void ordinary() {
        assertThat(expand(A).addresses()).containsExactly(Multiaddr.parse(A));
        assertThat(asked).isEmpty();
    }
}
