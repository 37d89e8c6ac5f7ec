package org.pollen.libp2p.peers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.MultiaddrProtocol;

/// When each address of a peer is tried: happy eyeballs. QUIC before TCP, IPv6 before IPv4, low
/// ports first; private and public addresses beside each other, relays after them. Source:
/// go-libp2p's default ranking; host.md 17.
public final class DialRanking {
    private static final long PUBLIC_NANOS = 250_000_000L;
    private static final long PRIVATE_NANOS = 30_000_000L;
    private static final long RELAY_NANOS = 500_000_000L;

    /// An address and how long after the first it is tried.
    public record Ranked(Multiaddr address, long delayNanos) {}

    private DialRanking() {}

    /// Ranks addresses; equal ones are tried once.
    ///
    /// @return by delay
    public static List<Ranked> rank(List<Multiaddr> addresses) {
        var relayed = new ArrayList<Multiaddr>();
        var local = new ArrayList<Multiaddr>();
        var open = new ArrayList<Multiaddr>();
        addresses.stream()
                .distinct()
                .forEach(address -> {
                    if (address.isRelayed()) {
                        relayed.add(address);
                    } else if (address.isPublic()) {
                        open.add(address);
                    } else {
                        local.add(address);
                    }
                });
        var ranked = new ArrayList<Ranked>();
        group(local, PRIVATE_NANOS, 0, ranked);
        group(open, PUBLIC_NANOS, 0, ranked);
        group(relayed, PUBLIC_NANOS, open.isEmpty() ? 0 : RELAY_NANOS, ranked);
        ranked.sort(Comparator.comparingLong(Ranked::delayNanos));
        return ranked;
    }

    private static void group(
            List<Multiaddr> addresses, long step, long offset, List<Ranked> ranked) {
        List<Multiaddr> quic = sorted(addresses, true);
        List<Multiaddr> tcp = sorted(addresses, false);
        long last = ladder(quic, step, offset, ranked);
        ladder(tcp, step, quic.isEmpty() ? offset : last + step, ranked);
    }

    /// The first at once, one of the other IP version a step later, the rest a step after that.
    private static long ladder(
            List<Multiaddr> addresses, long step, long offset, List<Ranked> ranked) {
        boolean both =
                !addresses.isEmpty() && isIp6(addresses.getFirst()) && !isIp6(addresses.getLast());
        if (both) {
            for (int i = 1; i < addresses.size(); i++) {
                if (!isIp6(addresses.get(i))) {
                    addresses.add(1, addresses.remove(i));
                    break;
                }
            }
        }
        long delay = offset;
        for (int i = 0; i < addresses.size(); i++) {
            delay = offset + step * Math.min(i, both ? 2 : 1);
            ranked.add(new Ranked(addresses.get(i), delay));
        }
        return delay;
    }

    private static List<Multiaddr> sorted(List<Multiaddr> addresses, boolean quic) {
        var sorted = new ArrayList<Multiaddr>();
        for (Multiaddr address : addresses) {
            if (isQuic(address) == quic) {
                sorted.add(address);
            }
        }
        sorted.sort(
                Comparator.comparing((Multiaddr a) -> !isIp6(a))
                        .thenComparingInt(a -> a.components().size()) // plain TCP before WebSocket
                        .thenComparingInt(DialRanking::port));
        return sorted;
    }

    static boolean isQuic(Multiaddr address) {
        return has(address, MultiaddrProtocol.QUIC_V1);
    }

    static boolean isIp6(Multiaddr address) {
        return switch (address.components().getFirst().protocol()) {
            case IP6, IP6ZONE, DNS6 -> true;
            default -> false;
        };
    }

    private static boolean has(Multiaddr address, MultiaddrProtocol wanted) {
        for (Multiaddr.Component part : address.components()) {
            if (part.protocol() == wanted) {
                return true;
            }
        }
        return false;
    }

    private static int port(Multiaddr address) {
        OptionalInt tcp = address.tcpPort();
        if (tcp.isPresent()) {
            return tcp.getAsInt();
        }
        for (Multiaddr.Component part : address.components()) {
            if (part.protocol() == MultiaddrProtocol.UDP) {
                return ((part.value()[0] & 0xff) << 8) | (part.value()[1] & 0xff);
            }
        }
        return 0;
    }
}
