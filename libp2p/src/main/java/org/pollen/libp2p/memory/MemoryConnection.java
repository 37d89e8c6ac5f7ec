package org.pollen.libp2p.memory;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ConnectionClosedException;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.Stream;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// One end of a connection in memory.
final class MemoryConnection implements Connection {
    final MemoryHost host;
    private final long id;
    private final boolean outbound;
    private final Multiaddr remoteAddress;
    private final Multiaddr localAddress;
    private final Map<Long, MemoryStream> streams = new LinkedHashMap<>();
    private final Set<String> tags = new HashSet<>();
    private @Nullable MemoryConnection other;
    private boolean open = true;
    private volatile @Nullable IdentifyInfo identify;
    private volatile long rttNanos = -1;

    private MemoryConnection(
            MemoryHost host, boolean outbound, Multiaddr remoteAddress, Multiaddr localAddress) {
        this.host = host;
        this.id = host.network.nextId();
        this.outbound = outbound;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
    }

    /// Both ends; the caller holds the lock.
    ///
    /// @return the dialler's
    static MemoryConnection join(MemoryHost dialler, MemoryHost listener, Multiaddr address) {
        Multiaddr from = dialler.origin();
        var ours = new MemoryConnection(dialler, true, address, from);
        var theirs = new MemoryConnection(listener, false, from, address);
        ours.other = theirs;
        theirs.other = ours;
        return ours;
    }

    MemoryConnection other() {
        return Objects.requireNonNull(other, "an end is joined when it is made");
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public PeerId remotePeer() {
        return other().host.peerId();
    }

    @Override
    public Multiaddr remoteAddress() {
        return remoteAddress;
    }

    @Override
    public Multiaddr localAddress() {
        return localAddress;
    }

    @Override
    public boolean outbound() {
        return outbound;
    }

    @Override
    public boolean limited() {
        return false;
    }

    @Override
    public String transport() {
        return "memory";
    }

    @Override
    public String security() {
        return "none";
    }

    @Override
    public String muxer() {
        return "memory";
    }

    @Override
    public Optional<IdentifyInfo> identify() {
        return Optional.ofNullable(identify);
    }

    void identified(IdentifyInfo info) {
        identify = info;
    }

    @Override
    public OptionalLong rttNanos() {
        return rttNanos < 0 ? OptionalLong.empty() : OptionalLong.of(rttNanos);
    }

    void roundTrip(long nanos) {
        rttNanos = nanos;
    }

    @Override
    public Collection<Stream> streams() {
        synchronized (host.network) {
            return List.copyOf(streams.values());
        }
    }

    @Override
    public boolean isOpen() {
        synchronized (host.network) {
            return open;
        }
    }

    @Override
    public void protect(String tag) {
        synchronized (host.network) {
            tags.add(tag);
        }
    }

    @Override
    public void unprotect(String tag) {
        synchronized (host.network) {
            tags.remove(tag);
        }
    }

    @Override
    public boolean isProtected() {
        synchronized (host.network) {
            return !tags.isEmpty();
        }
    }

    void add(MemoryStream stream) {
        streams.put(stream.id(), stream);
    }

    void remove(MemoryStream stream) {
        streams.remove(stream.id());
    }

    @Override
    public void close(long code) {
        close(code, CloseReason.LOCAL);
    }

    void close(long code, CloseReason reason) {
        List<MemoryStream> here;
        MemoryConnection there = other();
        synchronized (host.network) {
            if (!open) {
                return;
            }
            open = false;
            there.open = false;
            here = List.copyOf(streams.values());
            here.forEach(MemoryStream::detach);
            host.forget(this);
            there.host.forget(there);
        }
        host.loop.execute(() -> {
            here.forEach(
                    stream -> stream.lost(new ConnectionClosedException("closed by us", code)));
            host.tell(listener -> listener.disconnected(this, reason));
        });
        there.host.loop.execute(() -> there.closedByPeer(code));
    }

    /// What the peer had written before it closed is still read.
    private void closedByPeer(long code) {
        List<MemoryStream> left;
        synchronized (host.network) {
            left = List.copyOf(streams.values());
        }
        for (MemoryStream stream : left) {
            stream.readRest();
            stream.lost(new ConnectionClosedException("closed by the peer", code));
        }
        host.tell(listener -> listener.disconnected(this, CloseReason.REMOTE));
    }
}
