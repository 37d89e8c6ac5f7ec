package org.pollen.libp2p.peers;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// Finds peers on the local network and lets them find us. Sends nothing itself: it is told what
/// came and what time it is, and answers with packets for the group. Not thread-safe.
public final class Mdns {
    private static final long SECOND = 1_000_000_000L;
    private static final long QUERY_FIRST_NANOS = 10 * SECOND;
    private static final long QUERY_MAX_NANOS = 300 * SECOND;
    private static final long ANSWER_PAUSE_NANOS = SECOND;
    private static final int PACKETS_PER_SECOND = 100;
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    private final PeerId self;
    private final String name;
    private final Supplier<List<Multiaddr>> own;
    private final BiConsumer<PeerId, List<Multiaddr>> found;
    private long queryAt;
    private long queryPause = QUERY_FIRST_NANOS;
    private long answeredAt;
    private boolean answered;
    private long secondAt;
    private int inSecond;
    private long ignored;

    /// @param own our addresses, without peer id
    /// @param found told of a peer and its addresses, without peer id
    public Mdns(
            PeerId self,
            RandomGenerator random,
            Supplier<List<Multiaddr>> own,
            BiConsumer<PeerId, List<Multiaddr>> found,
            long now) {
        this.self = self;
        this.own = own;
        this.found = found;
        this.queryAt = now;
        this.secondAt = now;
        var letters = new StringBuilder(40);
        for (int i = 0; i < 40; i++) {
            letters.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        this.name = letters.toString();
    }

    /// The packets to send now: a question, at first after 10 s again, then ever more rarely.
    public List<byte[]> tick(long now) {
        if (now - queryAt < 0) {
            return List.of();
        }
        queryAt = now + queryPause;
        queryPause = Math.min(QUERY_MAX_NANOS, queryPause * 2);
        return List.of(MdnsPackets.query());
    }

    /// A packet came.
    ///
    /// @return the packets to send for it
    public List<byte[]> receive(ByteBuf packet, InetAddress from, long now) {
        if (now - secondAt >= SECOND) {
            secondAt = now;
            inSecond = 0;
        }
        if (++inSecond > PACKETS_PER_SECOND || !isLocal(from)) {
            ignored++;
            return List.of();
        }
        MdnsPackets.Packet read;
        try {
            read = MdnsPackets.read(packet);
        } catch (MalformedException _) {
            ignored++;
            return List.of();
        }
        ignored += read.dropped();
        tell(read.addresses(), from);
        if (!read.asks() || (answered && now - answeredAt < ANSWER_PAUSE_NANOS)) {
            return List.of();
        }
        answered = true;
        answeredAt = now;
        var addresses = new ArrayList<Multiaddr>();
        for (Multiaddr address : own.get()) {
            if (!address.isRelayed() && !address.isPublic()) {
                addresses.add(address.withPeerId(self));
            }
        }
        return addresses.isEmpty() ? List.of() : List.of(MdnsPackets.answer(name, addresses));
    }

    /// Only addresses of the link count: loopback ones from this machine, private ones from the
    /// network.
    private void tell(List<Multiaddr> addresses, InetAddress from) {
        var byPeer = new LinkedHashMap<PeerId, List<Multiaddr>>();
        for (Multiaddr address : addresses) {
            PeerId peer = address.peerId().orElse(null);
            boolean usable =
                    !address.isRelayed()
                            && (address.isPrivate()
                                    || (address.isLoopback() && from.isLoopbackAddress()));
            if (peer == null || peer.equals(self)) {
                continue;
            }
            if (usable) {
                byPeer.computeIfAbsent(peer, _ -> new ArrayList<>()).add(address.withoutPeerId());
            } else {
                ignored++;
            }
        }
        for (Map.Entry<PeerId, List<Multiaddr>> entry : byPeer.entrySet()) {
            found.accept(entry.getKey(), entry.getValue());
        }
    }

    private static boolean isLocal(InetAddress from) {
        return from.isLoopbackAddress() || Multiaddr.tcp(from.getAddress(), 1).isPrivate();
    }

    /// Packets and addresses that were not used, since start.
    public long ignored() {
        return ignored;
    }
}
