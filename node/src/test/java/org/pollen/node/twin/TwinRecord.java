package org.pollen.node.twin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.pollen.peer.PeerId;
import org.pollen.router.TraceEvent;
import org.pollen.simulator.Simulation;

/// What the routers of a network did, simulated or real: both are measured by the same events.
///
/// Events of a peer come from one thread, and are read when the network is at rest.
final class TwinRecord implements Simulation.Traces {
    /// What a link takes, in nanoseconds.
    interface Link {
        long nanos(int from, int to);
    }

    private static final long SECOND = 1_000_000_000L;
    private static final long GOSSIP_AFTER = 3 * SECOND; // ids are gossiped for three heartbeats

    private record Ihave(long at, int ids) {}

    private record Arrival(long at, int from) {}

    private final ToIntFunction<PeerId> indexOf;
    private final long zero; // of the routers' clock
    private final List<List<TraceEvent>> events = new ArrayList<>();
    private final List<List<Ihave>> ihaves = new ArrayList<>();

    /// @param zero when the network's time begins on its routers' clock
    TwinRecord(int peers, ToIntFunction<PeerId> indexOf, long zero) {
        this.indexOf = indexOf;
        this.zero = zero;
        for (int i = 0; i < peers; i++) {
            events.add(Collections.synchronizedList(new ArrayList<>()));
            ihaves.add(Collections.synchronizedList(new ArrayList<>()));
        }
    }

    @Override
    public void event(int peer, TraceEvent event) {
        switch (event) {
            case TraceEvent.Publish _,
                    TraceEvent.Validate _,
                    TraceEvent.Duplicate _,
                    TraceEvent.Graft _,
                    TraceEvent.Prune _ ->
                    events.get(peer).add(event);
            case TraceEvent.SendRpc(long at, _, TraceEvent.RpcMeta meta) -> {
                int ids = meta.ihave().stream().mapToInt(ihave -> ihave.ids().size()).sum();
                if (ids > 0) ihaves.get(peer).add(new Ihave(at - zero, ids));
            }
            default -> {}
        }
    }

    /// The figures of messages published in a span of time.
    TwinFigures figures(long from, long to, Link link) {
        Map<String, Message> messages = published(from, to);
        long duplicates = 0;
        for (int peer = 0; peer < events.size(); peer++) {
            for (TraceEvent event : events.get(peer)) {
                if (event instanceof TraceEvent.Validate first) {
                    Message message = messages.get(text(first.messageId()));
                    var arrival = new Arrival(first.at() - zero, indexOf.applyAsInt(first.from()));
                    if (message != null) message.arrivals.putIfAbsent(peer, arrival);
                } else if (event instanceof TraceEvent.Duplicate duplicate
                        && messages.containsKey(text(duplicate.messageId()))) {
                    duplicates++;
                }
            }
        }
        var latencies = new ArrayList<Long>();
        var overheads = new ArrayList<Long>();
        var hops = new TreeMap<Integer, Integer>();
        for (Message message : messages.values()) {
            message.arrivals.forEach((peer, arrival) -> {
                latencies.add(arrival.at - message.at);
                hops.merge(message.hops(peer), 1, Integer::sum);
                long sent = message.at(arrival.from);
                overheads.add(arrival.at - sent - link.nanos(arrival.from, peer));
            });
        }
        long ids = 0;
        for (List<Ihave> own : ihaves) {
            for (Ihave ihave : own) {
                if (ihave.at >= from && ihave.at < to + GOSSIP_AFTER) ids += ihave.ids;
            }
        }
        return new TwinFigures(
                (long) messages.size() * (events.size() - 1),
                sorted(latencies),
                sorted(overheads),
                hops,
                (double) duplicates / latencies.size(),
                meshMean(to),
                ids);
    }

    private Map<String, Message> published(long from, long to) {
        var messages = new HashMap<String, Message>();
        for (int peer = 0; peer < events.size(); peer++) {
            for (TraceEvent event : events.get(peer)) {
                long at = event.at() - zero;
                if (event instanceof TraceEvent.Publish publish && at >= from && at < to) {
                    messages.put(text(publish.messageId()), new Message(peer, at, new HashMap<>()));
                }
            }
        }
        return messages;
    }

    /// A message and its first copies, by peer.
    private record Message(int publisher, long at, Map<Integer, Arrival> arrivals) {
        long at(int peer) {
            Arrival arrival = arrivals.get(peer);
            if (peer == publisher) return at;
            if (arrival == null) throw new IllegalStateException(peer + " sent it before it came");
            return arrival.at;
        }

        int hops(int peer) {
            int hops = 0;
            for (int at = peer; at != publisher; hops++) {
                Arrival arrival = arrivals.get(at);
                if (arrival == null || hops > arrivals.size()) {
                    throw new IllegalStateException("no way from the publisher to peer " + peer);
                }
                at = arrival.from;
            }
            return hops;
        }
    }

    private double meshMean(long until) {
        long members = 0;
        for (List<TraceEvent> own : events) {
            Set<PeerId> mesh = new HashSet<>();
            for (TraceEvent event : own) {
                if (event.at() - zero > until) break;
                if (event instanceof TraceEvent.Graft graft) mesh.add(graft.peer());
                if (event instanceof TraceEvent.Prune prune) mesh.remove(prune.peer());
            }
            members += mesh.size();
        }
        return (double) members / events.size();
    }

    /// When peers first left the meshes they had come into: by the peer whose mesh it was and the
    /// one that left, in nanoseconds after the GRAFT.
    Map<List<Integer>, Long> stays(int firstLeaver) {
        var stays = new TreeMap<List<Integer>, Long>(TwinRecord::byIndexes);
        for (int peer = 0; peer < events.size(); peer++) {
            var since = new HashMap<Integer, Long>();
            for (TraceEvent event : events.get(peer)) {
                if (event instanceof TraceEvent.Graft graft) {
                    since.putIfAbsent(indexOf.applyAsInt(graft.peer()), graft.at());
                } else if (event instanceof TraceEvent.Prune prune) {
                    int leaver = indexOf.applyAsInt(prune.peer());
                    Long came = since.get(leaver);
                    if (leaver >= firstLeaver && came != null) {
                        stays.putIfAbsent(List.of(peer, leaver), prune.at() - came);
                    }
                }
            }
        }
        return stays;
    }

    private static int byIndexes(List<Integer> a, List<Integer> b) {
        int first = Integer.compare(a.getFirst(), b.getFirst());
        return first != 0 ? first : Integer.compare(a.getLast(), b.getLast());
    }

    private static String text(byte[] id) {
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    private static long[] sorted(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).sorted().toArray();
    }
}
