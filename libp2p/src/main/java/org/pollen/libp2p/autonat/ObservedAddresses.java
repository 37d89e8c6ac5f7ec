package org.pollen.libp2p.autonat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.peer.Multiaddr;

/// How peers see us: an address that enough of them report, from networks that differ, may be ours.
/// One observer has one vote for each address; many peers in one network count once. Not
/// thread-safe.
public final class ObservedAddresses {
    private static final int ADDRESSES_MAX = 64;
    private static final int OBSERVERS_MAX = 32;
    private static final long LIFE_NANOS = 1_800_000_000_000L;

    private final int enough;
    private final Map<Multiaddr, Map<String, Long>> votes =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(
                        Map.Entry<Multiaddr, Map<String, Long>> eldest) {
                    return size() > ADDRESSES_MAX;
                }
            };

    /// @param enough observers that make an address a candidate
    public ObservedAddresses(int enough) {
        this.enough = enough;
    }

    /// A peer sees us at an address.
    ///
    /// @param observer the address of the peer
    /// @return whether the address became a candidate by this
    public boolean observe(Multiaddr address, Multiaddr observer, long now) {
        Map<String, Long> voters = votes.computeIfAbsent(address, _ -> new HashMap<>());
        voters.values().removeIf(at -> now - at >= LIFE_NANOS);
        boolean before = voters.size() >= enough;
        String network = network(observer);
        if (voters.size() < OBSERVERS_MAX || voters.containsKey(network)) {
            voters.put(network, now);
        }
        return !before && voters.size() >= enough;
    }

    /// Addresses that enough peers saw lately, most seen first.
    public List<Multiaddr> candidates(long now) {
        var found = new ArrayList<Map.Entry<Multiaddr, Integer>>();
        votes.forEach((address, voters) -> {
            int n = (int) voters.values().stream().filter(at -> now - at < LIFE_NANOS).count();
            if (n >= enough) {
                found.add(Map.entry(address, n));
            }
        });
        found.sort(Map.Entry.<Multiaddr, Integer>comparingByValue().reversed());
        return found.stream().map(Map.Entry::getKey).toList();
    }

    /// The /16 or IPv6 /32 of a public observer; of one nearby its whole address, ports included,
    /// since all of them share a network.
    private static String network(Multiaddr observer) {
        byte[] ip = observer.ip().orElse(null);
        if (ip == null || !observer.isPublic()) {
            return observer.toString();
        }
        int bytes = ip.length == 4 ? 2 : 4;
        var text = new StringBuilder().append(ip.length);
        for (int i = 0; i < bytes; i++) {
            text.append('.').append(ip[i] & 0xff);
        }
        return text.toString();
    }
}
