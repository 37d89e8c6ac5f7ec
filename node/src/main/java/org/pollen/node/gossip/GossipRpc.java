package org.pollen.node.gossip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Host;
import org.pollen.node.NodeEvents;
import org.pollen.node.Version;
import org.pollen.node.rpc.GossipAccess;
import org.pollen.peer.PeerId;
import org.pollen.router.Mask;
import org.pollen.router.PublishResult;
import org.pollen.router.RpcMessage;

/// A node's gossip as JSON-RPC sees it.
public final class GossipRpc implements GossipAccess {
    private static final int IDS_KEPT = 1000; // of a topic, between two ticks
    private static final int AGENT_MAX = 64;

    private final GossipService gossip;
    private final Host host;
    private final NodeEvents events;
    private final Info info;
    private final LongSupplier clock;
    private final long started;
    private final Supplier<Map<String, String>> checks;
    private final Map<Mask, ArrayDeque<String>> read = new ConcurrentHashMap<>();

    /// @param topics masks of the topics by name
    /// @param clock monotonic nanoseconds
    /// @param checks what readiness depends on
    public GossipRpc(
            GossipService gossip,
            String dialect,
            Map<String, Mask> topics,
            NodeEvents events,
            LongSupplier clock,
            Supplier<Map<String, String>> checks) {
        GossipSetup setup = gossip.setup();
        this.gossip = gossip;
        this.host = setup.host();
        this.events = events;
        this.clock = clock;
        this.started = clock.getAsLong();
        this.checks = checks;
        this.info =
                new Info(
                        host.peerId(),
                        Version.CURRENT.agent(),
                        dialect,
                        setup.protocols(),
                        setup.params(),
                        setup.scoreParams(),
                        setup.thresholds(),
                        topics);
    }

    /// A message was accepted; on the router's thread. Kept only if somebody reads its topic.
    public void delivered(RpcMessage message) {
        if (read.isEmpty()) return;
        ArrayDeque<String> ids = read.get(message.mask());
        if (ids == null) return;
        synchronized (ids) {
            if (ids.size() == IDS_KEPT) ids.removeFirst();
            ids.add("0x" + HexFormat.of().formatHex(message.id()));
        }
    }

    @Override
    public List<String> arrived(Mask slice) {
        ArrayDeque<String> ids = read.computeIfAbsent(slice, _ -> new ArrayDeque<>());
        synchronized (ids) {
            var all = new ArrayList<>(ids);
            ids.clear();
            return all;
        }
    }

    @Override
    public Info info() {
        return info;
    }

    @Override
    public long uptimeMillis() {
        return (clock.getAsLong() - started) / 1_000_000;
    }

    @Override
    public @Nullable GossipView view() {
        return gossip.view();
    }

    @Override
    public String nameOf(Mask slice) {
        return gossip.nameOf(slice);
    }

    @Override
    public Optional<Link> link(PeerId peer) {
        return host.connection(peer)
                .map(connection ->
                        new Link(
                                connection.remoteAddress().toString(),
                                connection
                                        .identify()
                                        .map(told -> printable(told.agentVersion()))
                                        .orElse(""),
                                connection.rttNanos()));
    }

    @Override
    public List<NodeEvents.Event> events() {
        return events.list();
    }

    @Override
    public Map<String, String> checks() {
        return checks.get();
    }

    @Override
    public CompletableFuture<PublishResult> publish(Mask mask, byte[] payload) {
        return gossip.publish(mask, payload, false);
    }

    /// What a peer calls itself, cut and without control characters.
    private static String printable(String text) {
        String cut = text.length() > AGENT_MAX ? text.substring(0, AGENT_MAX) : text;
        return cut.replaceAll("\\p{Cntrl}", ".");
    }
}
