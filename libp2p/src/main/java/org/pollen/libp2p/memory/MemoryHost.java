package org.pollen.libp2p.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ConnectionClosedException;
import org.pollen.libp2p.DialException;
import org.pollen.libp2p.DialResult;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostListener;
import org.pollen.libp2p.HostMetrics;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.libp2p.StreamHandlerFactory;
import org.pollen.libp2p.StreamResetException;
import org.pollen.libp2p.UnsupportedProtocolException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// A host of a [MemoryNetwork], whose monitor guards everything that changes.
final class MemoryHost implements Host {
    final MemoryNetwork network;
    final SerialLoop loop;
    private final PrivateKey key;
    private final PeerId self;
    private final String agentVersion;
    private final List<Multiaddr> wanted;
    private final Map<String, StreamHandlerFactory> handlers = new LinkedHashMap<>();
    private final Map<Long, MemoryConnection> connections = new LinkedHashMap<>();
    private final List<HostListener> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private List<Multiaddr> bound = List.of();
    private long recordNumber;
    private long openedInbound;
    private long openedOutbound;
    private boolean closed;

    MemoryHost(
            MemoryNetwork network,
            Executor executor,
            PrivateKey key,
            String agentVersion,
            List<Multiaddr> wanted) {
        this.network = network;
        this.loop = new SerialLoop(executor);
        this.key = key;
        this.self = key.publicKey().peerId();
        this.agentVersion = agentVersion;
        this.wanted = wanted.stream().map(Multiaddr::withoutPeerId).toList();
    }

    @Override
    public PeerId peerId() {
        return self;
    }

    @Override
    public List<Multiaddr> listenAddresses() {
        synchronized (network) {
            return bound;
        }
    }

    @Override
    public List<Multiaddr> addresses() {
        return listenAddresses();
    }

    /// Where its connections seem to come from; the caller holds the lock.
    Multiaddr origin() {
        return bound.isEmpty() ? Multiaddr.parse("/memory/" + self) : bound.getFirst();
    }

    @Override
    public CompletableFuture<Void> start() {
        synchronized (network) {
            if (closed) {
                return CompletableFuture.failedFuture(other("the host is closed"));
            }
            if (!network.listen(this, wanted)) {
                return CompletableFuture.failedFuture(
                        new java.net.BindException(wanted + ": one of them is taken"));
            }
            bound = wanted;
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void handle(String protocolId, StreamHandlerFactory factory) {
        if (!protocolId.startsWith("/")) {
            throw new IllegalArgumentException(protocolId + ": a protocol begins with /");
        }
        synchronized (network) {
            handlers.put(protocolId, factory);
        }
        push();
    }

    @Override
    public void unhandle(String protocolId) {
        synchronized (network) {
            handlers.remove(protocolId);
        }
        push();
    }

    // ---- dialling

    @Override
    public CompletableFuture<Connection> dial(Multiaddr addressWithPeerId) {
        PeerId peer = addressWithPeerId.peerId().orElse(null);
        if (peer == null) {
            return CompletableFuture.failedFuture(other("the address names no peer"));
        }
        if (peer.equals(self)) {
            return failed(DialResult.SELF, "this is us");
        }
        var future = new CompletableFuture<Connection>();
        synchronized (network) {
            if (closed) {
                return CompletableFuture.failedFuture(other("the host is closed"));
            }
            MemoryConnection known = to(peer);
            if (known == null) {
                Multiaddr address = addressWithPeerId.withoutPeerId();
                MemoryHost listener = network.at(address);
                if (listener == null) {
                    return failed(DialResult.REFUSED, "nobody listens there");
                }
                if (!listener.self.equals(peer)) {
                    return failed(DialResult.HANDSHAKE, "somebody else answers");
                }
                known = MemoryConnection.join(this, listener, address);
                admit(known);
                listener.admit(known.other());
            }
            MemoryConnection connection = known;
            loop.execute(() -> future.complete(connection)); // after `connected`
        }
        return future;
    }

    @Override
    public CompletableFuture<Connection> dialNow(Multiaddr addressWithPeerId) {
        return dial(addressWithPeerId);
    }

    @Override
    public void cancelDials(PeerId peer) {
        // A dial has succeeded or failed when it returns.
    }

    private static DialException other(String message) {
        return new DialException(DialResult.OTHER, message, null);
    }

    private static CompletableFuture<Connection> failed(DialResult result, String message) {
        return CompletableFuture.failedFuture(new DialException(result, message, null));
    }

    /// Under the lock.
    private void admit(MemoryConnection connection) {
        connections.put(connection.id(), connection);
        if (connection.outbound()) {
            openedOutbound++;
        } else {
            openedInbound++;
        }
        loop.execute(() -> {
            tell(listener -> listener.handshake(connection, 0));
            tell(listener -> listener.connected(connection));
            identify(connection);
        });
    }

    /// Under the lock.
    void forget(MemoryConnection connection) {
        connections.remove(connection.id());
    }

    void tell(Consumer<HostListener> event) {
        listeners.forEach(event);
    }

    // ---- identify

    /// Tells our listeners what the other side says about itself now. On our loop.
    private void identify(MemoryConnection connection) {
        if (!connection.isOpen()) {
            return;
        }
        IdentifyInfo info = connection.other().host.describe(connection);
        connection.identified(info);
        tell(listener -> listener.identified(connection, info));
    }

    /// What we say about ourselves to the other end of a connection.
    private IdentifyInfo describe(MemoryConnection theirs) {
        List<String> protocols;
        PeerRecord record;
        synchronized (network) {
            protocols = List.copyOf(handlers.keySet());
            record = new PeerRecord(self, ++recordNumber, bound);
        }
        return new IdentifyInfo(
                "memory/1",
                agentVersion,
                protocols,
                record.addresses(),
                Optional.of(theirs.localAddress()),
                record.toSignedEnvelope(key));
    }

    /// All peers hear what changed.
    private void push() {
        for (MemoryConnection connection : all()) {
            MemoryConnection there = connection.other();
            there.host.loop.execute(() -> there.host.identify(there));
        }
    }

    // ---- streams

    @Override
    public CompletableFuture<Stream> open(
            Connection connection, List<String> protocols, StreamHandler handler) {
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("protocols is empty: it must name one");
        }
        var ours = (MemoryConnection) connection;
        var proposals = List.copyOf(protocols);
        var future = new CompletableFuture<Stream>();
        MemoryHost there = ours.other().host;
        there.loop.execute(() -> there.serve(ours, proposals, handler, future));
        return future;
    }

    /// Answers a proposal of the other end. On our loop.
    private void serve(
            MemoryConnection theirs,
            List<String> proposals,
            StreamHandler handler,
            CompletableFuture<Stream> future) {
        MemoryStream stream = null;
        StreamHandlerFactory factory = null;
        synchronized (network) {
            for (String proposal : proposals) {
                factory = handlers.get(proposal);
                if (factory != null && theirs.isOpen()) {
                    stream = MemoryStream.join(theirs, proposal);
                }
                if (factory != null) {
                    break;
                }
            }
        }
        @Nullable Throwable refusal = null;
        if (factory == null) {
            refusal = new UnsupportedProtocolException(proposals + ": none is spoken");
        } else if (stream == null) {
            refusal = new ConnectionClosedException("closed", ErrorCodes.NONE);
        } else {
            MemoryStream ours = stream.other();
            try {
                var _ = ours.start(factory.accept(ours));
            } catch (RuntimeException e) {
                ours.reset(ErrorCodes.NONE);
                refusal = new StreamResetException("refused: " + e.getMessage(), ErrorCodes.NONE);
            }
        }
        MemoryStream agreed = stream;
        Throwable failure = refusal;
        theirs.host.loop.execute(() -> {
            if (failure != null || agreed == null) {
                future.completeExceptionally(failure);
            } else if (agreed.start(handler)) {
                future.complete(agreed);
            } else {
                future.completeExceptionally(new StreamResetException("gone", ErrorCodes.NONE));
            }
        });
    }

    @Override
    public CompletableFuture<Long> ping(Connection connection) {
        var ours = (MemoryConnection) connection;
        var future = new CompletableFuture<Long>();
        long from = System.nanoTime();
        Runnable back =
                () -> {
                    if (!ours.isOpen()) {
                        future.completeExceptionally(
                                new ConnectionClosedException("closed", ErrorCodes.NONE));
                        return;
                    }
                    long nanos = System.nanoTime() - from;
                    ours.roundTrip(nanos);
                    tell(listener -> listener.roundTrip(ours, nanos));
                    future.complete(nanos);
                };
        ours.other().host.loop.execute(() -> loop.execute(back));
        return future;
    }

    // ---- what is there

    @Override
    public void addListener(HostListener listener) {
        listeners.add(listener);
    }

    private List<MemoryConnection> all() {
        synchronized (network) {
            return new ArrayList<>(connections.values());
        }
    }

    @Override
    public Collection<Connection> connections() {
        return List.copyOf(all());
    }

    /// Under the lock.
    private @Nullable MemoryConnection to(PeerId peer) {
        for (MemoryConnection connection : connections.values()) {
            if (connection.remotePeer().equals(peer)) {
                return connection;
            }
        }
        return null;
    }

    @Override
    public Optional<Connection> connection(PeerId peer) {
        synchronized (network) {
            return Optional.ofNullable(to(peer));
        }
    }

    @Override
    public int peers() {
        return (int) all().stream().map(MemoryConnection::remotePeer).distinct().count();
    }

    @Override
    public HostMetrics metrics() {
        List<MemoryConnection> now = all();
        int outbound = (int) now.stream().filter(MemoryConnection::outbound).count();
        synchronized (network) {
            return HostMetrics.NONE.with(
                    peers(), now.size() - outbound, outbound, openedInbound, openedOutbound);
        }
    }

    // ---- the end

    @Override
    public void close() {
        closeAsync().join();
    }

    @Override
    public CompletableFuture<Void> closeAsync() {
        synchronized (network) {
            if (closed) {
                return gone.copy();
            }
            closed = true;
            network.leave(this);
            bound = List.of();
        }
        all().forEach(one -> one.close(ErrorCodes.CONNECTION_SHUTDOWN, CloseReason.SHUTDOWN));
        loop.execute(() -> gone.complete(null));
        return gone.copy();
    }
}
