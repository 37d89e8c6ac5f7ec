package org.pollen.libp2p.peers;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.MultiaddrProtocol;

/// Expands `/dnsaddr/NAME`, which stands for the addresses in TXT records of `_dnsaddr.NAME`, which
/// may name more such names: at most 32 lookups and 100 addresses. Source: multiaddr specification,
/// DNSADDR; host.md 16.
public final class DnsAddr {
    /// Most lookups for one address (L45).
    public static final int LOOKUPS_MAX = 32;

    /// Most addresses of one expansion (L45).
    public static final int ADDRESSES_MAX = 100;

    private static final String PREFIX = "dnsaddr=";

    private final Function<String, CompletableFuture<List<String>>> texts;

    /// What one expansion found.
    ///
    /// @param failures lookups that failed
    /// @param dropped records that were no address, or not of the peer asked for
    /// @param cut whether a bound ended it
    public record Result(List<Multiaddr> addresses, int failures, int dropped, boolean cut) {
        /// Copies the addresses.
        public Result {
            addresses = List.copyOf(addresses);
        }
    }

    /// @param texts looks up the TXT records of a name; bounded in time and size
    public DnsAddr(Function<String, CompletableFuture<List<String>>> texts) {
        this.texts = texts;
    }

    /// Whether an address has to be expanded.
    public static boolean isDnsAddr(Multiaddr address) {
        return address.components().getFirst().protocol() == MultiaddrProtocol.DNSADDR;
    }

    /// The addresses that an address stands for; itself if it is an ordinary one. Never fails: what
    /// cannot be looked up is counted.
    public CompletableFuture<Result> expand(Multiaddr address) {
        return new Expansion().run(address);
    }

    private final class Expansion {
        private final Set<Multiaddr> found = new LinkedHashSet<>();
        private final Set<Multiaddr> asked = new LinkedHashSet<>();
        private final List<Multiaddr> waiting = new ArrayList<>();
        private final CompletableFuture<Result> result = new CompletableFuture<>();
        private int failures;
        private int dropped;
        private boolean cut;

        CompletableFuture<Result> run(Multiaddr address) {
            take(address);
            next();
            return result;
        }

        private void take(Multiaddr address) {
            if (isDnsAddr(address)) {
                if (asked.size() >= LOOKUPS_MAX) {
                    cut = true;
                } else if (asked.add(address)) { // a cycle asks nothing twice
                    waiting.add(address);
                }
            } else if (found.size() >= ADDRESSES_MAX) {
                cut = true;
            } else {
                found.add(address);
            }
        }

        private void next() {
            if (waiting.isEmpty() || found.size() >= ADDRESSES_MAX) {
                cut |= !waiting.isEmpty();
                result.complete(new Result(new ArrayList<>(found), failures, dropped, cut));
                return;
            }
            Multiaddr asking = waiting.removeFirst();
            String name =
                    new String(asking.components().getFirst().value(), StandardCharsets.UTF_8);
            var _ =
                    texts.apply("_dnsaddr." + name)
                            .whenComplete((records, failure) -> {
                                if (failure != null) {
                                    failures++;
                                } else {
                                    records.forEach(record -> read(asking, record));
                                }
                                next();
                            });
        }

        private void read(Multiaddr asking, String record) {
            if (!record.startsWith(PREFIX)) {
                return; // TXT records serve many purposes
            }
            try {
                Multiaddr address = Multiaddr.parse(record.substring(PREFIX.length()));
                if (endsWith(address, asking)) {
                    take(address);
                } else {
                    dropped++;
                }
            } catch (IllegalArgumentException _) {
                dropped++;
            }
        }
    }

    /// What follows the name asked for must be the end of the answer: whoever asks for one peer of
    /// a name wants no other.
    private static boolean endsWith(Multiaddr address, Multiaddr asking) {
        List<Multiaddr.Component> suffix =
                asking.components().subList(1, asking.components().size());
        List<Multiaddr.Component> all = address.components();
        return all.size() > suffix.size()
                && all.subList(all.size() - suffix.size(), all.size()).equals(suffix);
    }
}
