package org.pollen.libp2p;

import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// A secured, multiplexed connection. Safe to use from any thread.
public interface Connection {

    /// Unique within the host, growing.
    long id();

    PeerId remotePeer();

    /// Where the socket leads, without peer id. Stays known after the connection is gone.
    Multiaddr remoteAddress();

    Multiaddr localAddress();

    /// Whether we dialled.
    boolean outbound();

    /// Relayed and bounded in time and bytes: gossip must not use it.
    boolean limited();

    /// Whether a relay is in between.
    default boolean relayed() {
        return remoteAddress().isRelayed();
    }

    /// `tcp`, `ws`, `wss`, `quic-v1` or `p2p-circuit`.
    String transport();

    /// `noise` or `tls`.
    String security();

    /// `yamux` or `quic`.
    String muxer();

    Optional<IdentifyInfo> identify();

    /// The last measured round trip in nanoseconds.
    OptionalLong rttNanos();

    /// The open streams that have agreed on a protocol, oldest first: a snapshot.
    Collection<Stream> streams();

    boolean isOpen();

    /// Keeps the connection although it is idle, until the same tag is unprotected.
    void protect(String tag);

    void unprotect(String tag);

    /// Whether any tag protects it.
    default boolean isProtected() {
        return false;
    }

    /// Lets what is queued leave, says goodbye with the code of [ErrorCodes] and closes.
    /// Idempotent.
    void close(long code);
}
