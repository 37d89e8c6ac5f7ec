package org.pollen.router;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The protocols a router speaks, newest first within a dialect, and what each can do.
///
/// Source: router specification 2.4.
public enum PubsubProtocol {
    /// BlossomSub with IDONTWANT.
    BLOSSOMSUB_2_1("/blossomsub/2.1.0", Dialect.BLOSSOM, true, true, true, false),
    /// BlossomSub.
    BLOSSOMSUB_2_0("/blossomsub/2.0.0", Dialect.BLOSSOM, true, true, false, false),
    /// gossipsub with extensions.
    MESHSUB_1_3("/meshsub/1.3.0", Dialect.MESHSUB, true, true, true, true),
    /// gossipsub with IDONTWANT.
    MESHSUB_1_2("/meshsub/1.2.0", Dialect.MESHSUB, true, true, true, false),
    /// gossipsub with scores and peer exchange.
    MESHSUB_1_1("/meshsub/1.1.0", Dialect.MESHSUB, true, true, false, false),
    /// gossipsub without backoff or peer exchange in PRUNE.
    MESHSUB_1_0("/meshsub/1.0.0", Dialect.MESHSUB, true, false, false, false),
    /// Plain flooding: gets whatever it subscribes to.
    FLOODSUB_1_0("/floodsub/1.0.0", Dialect.MESHSUB, false, false, false, false);

    private final String id;
    private final Dialect dialect;
    private final boolean mesh;
    private final boolean peerExchange;
    private final boolean idontwant;
    private final boolean extensions;

    PubsubProtocol(
            String id,
            Dialect dialect,
            boolean mesh,
            boolean peerExchange,
            boolean idontwant,
            boolean extensions) {
        this.id = id;
        this.dialect = dialect;
        this.mesh = mesh;
        this.peerExchange = peerExchange;
        this.idontwant = idontwant;
        this.extensions = extensions;
    }

    /// The identifier on the main network.
    public String id() {
        return id;
    }

    /// The identifier on a numbered network: only BlossomSub 2.1 tells networks apart, and network
    /// 0 is the main one.
    public String id(int network) {
        if (network < 0) {
            throw new IllegalArgumentException(
                    "network is " + network + ": it must not be negative");
        }
        return this == BLOSSOMSUB_2_1 && network > 0 ? id + "-network-" + network : id;
    }

    /// The schema of its RPCs.
    public Dialect dialect() {
        return dialect;
    }

    /// Whether such a peer can be a member of a mesh.
    public boolean mesh() {
        return mesh;
    }

    /// Whether a PRUNE to such a peer may carry a backoff and other peers.
    public boolean peerExchange() {
        return peerExchange;
    }

    /// Whether such a peer understands IDONTWANT.
    public boolean idontwant() {
        return idontwant;
    }

    /// Whether such a peer understands the extensions control message.
    public boolean extensions() {
        return extensions;
    }

    /// The protocol with this identifier, of the main network or of any numbered one.
    public static Optional<PubsubProtocol> of(String negotiated) {
        return Arrays.stream(values())
                .filter(p ->
                        negotiated.equals(p.id)
                                || (p == BLOSSOMSUB_2_1
                                        && negotiated.startsWith(p.id + "-network-")))
                .findFirst();
    }

    /// The identifiers of a dialect in the order we prefer them.
    ///
    /// @param network 0 for the main network
    public static List<String> preference(Dialect dialect, int network) {
        return Arrays.stream(values())
                .filter(p -> p.dialect == dialect)
                .map(p -> p.id(network))
                .toList();
    }
}
