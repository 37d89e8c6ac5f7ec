package org.pollen.libp2p;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// One identity on the network: listens, dials, and opens streams. All methods may be called from
/// any thread; none blocks except [#close()].
public interface Host extends AutoCloseable {

    /// A host on Netty; nothing is bound before [#start()].
    static Host create(HostConfig config) {
        return new NettyHost(config);
    }

    PeerId peerId();

    /// The bound addresses, ports resolved, without the peer id. Empty before [#start()] completed.
    List<Multiaddr> listenAddresses();

    /// What is told to peers: the bound addresses and those through relays, without the peer id.
    List<Multiaddr> addresses();

    /// Binds all listen addresses. Fails, with nothing left bound, if one of them cannot be bound.
    CompletableFuture<Void> start();

    /// Serves inbound streams of a protocol from now on. Changing the set after connections exist
    /// is announced to peers by identify push, debounced.
    void handle(String protocolId, StreamHandlerFactory factory);

    /// Stops serving a protocol; open streams stay.
    void unhandle(String protocolId);

    /// Connects to the peer that the address ends with (`/p2p/ID`). An existing connection answers
    /// at once and concurrent dials to one address share an attempt. Fails with [DialException],
    /// also while the address is in backoff from earlier failures.
    CompletableFuture<Connection> dial(Multiaddr addressWithPeerId);

    /// As [#dial(Multiaddr)], ignoring the backoff: for a person or a test that insists.
    CompletableFuture<Connection> dialNow(Multiaddr addressWithPeerId);

    /// Ends the dials to a peer that still run and closes their sockets: it is connected by another
    /// address. Their futures fail; no address is held to have failed.
    void cancelDials(PeerId peer);

    /// Opens a stream and agrees on a protocol, best first. When exactly one protocol can be meant
    /// (the only one given, or the first the peer listed in identify) the stream is handed over at
    /// once and bytes may travel with the proposal; a refusal then shows as `closed` with
    /// [UnsupportedProtocolException]. Otherwise the future completes after the round trips.
    CompletableFuture<Stream> open(
            Connection connection, List<String> protocols, StreamHandler handler);

    /// One round trip of the ping protocol.
    ///
    /// @return nanoseconds
    CompletableFuture<Long> ping(Connection connection);

    void addListener(HostListener listener);

    /// All secured connections, oldest first. A peer may have two for a while after both dialled.
    Collection<Connection> connections();

    /// The connection to prefer for new streams to a peer.
    Optional<Connection> connection(PeerId peer);

    /// The number of distinct connected peers.
    int peers();

    HostMetrics metrics();

    /// Says goodbye on all connections, lets written bytes leave for a moment, closes every socket
    /// and waits for that. All pending futures complete. Never call it from an event loop.
    @Override
    void close();

    /// As [#close()] without waiting.
    CompletableFuture<Void> closeAsync();
}
