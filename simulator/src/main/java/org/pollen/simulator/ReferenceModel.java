package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/// The specification's model of spreading: meshes that never change, and nothing else. It shares no
/// code with routers and events; what it has in common with the simulation beside it are the graph,
/// the regions, the bandwidths and who publishes.
///
/// Meshes are made in eight rounds, peers in random order: who has fewer than D - 2 members takes
/// random neighbours that have fewer than 12, up to D, and who has more than 12 lets random ones
/// go. A message goes on once, a validation after its first copy, to all members but whom that copy
/// is from and whom the message is from, in random order. The uplink sends one copy after another;
/// a downlink receives while the uplink sends, and takes as long for it as it needs.
///
/// Source: simulator specification 2.4 (`fifo`) and 7.3.
final class ReferenceModel {
    private static final int ROUNDS = 8;
    private static final int HIGH = 12;

    private final Simulation network;
    private final SplittableRandom random;
    private final int peers;
    private final int[][] neighbours;
    private final int[][] mesh;
    private final int[] members;
    private final LatencyHistogram delays = new LatencyHistogram();
    private long copies;
    private long deliveries;
    private long events;

    /// What it comes to.
    ///
    /// @param copies further ones a delivery
    record Outcome(double p50, double p95, double p99, double copies) {}

    /// A copy that is here, or whose receiver sends it on.
    private record Step(long at, long number, int peer, int from, long bits, boolean forward)
            implements Comparable<Step> {
        @Override
        public int compareTo(Step other) {
            int order = Long.compare(at, other.at);
            return order != 0 ? order : Long.compare(number, other.number);
        }
    }

    private ReferenceModel(Simulation network, Links links, int target, long seed) {
        this.network = network;
        random = new SplittableRandom(seed);
        peers = network.setup().honest();
        neighbours = neighbours(links, peers);
        mesh = new int[peers][HIGH + 2 * target];
        members = new int[peers];
        graft(target);
    }

    /// Runs all messages of a simulation, each alone.
    ///
    /// @param flood a publisher sends to all its neighbours
    static Outcome run(Simulation network, Links links, int target, boolean flood, long seed) {
        var model = new ReferenceModel(network, links, target, seed);
        for (PlannedMessage message : network.setup().messages()) model.spread(message, flood);
        return new Outcome(
                model.delays.quantileMillis(0.5),
                model.delays.quantileMillis(0.95),
                model.delays.quantileMillis(0.99),
                (double) (model.copies - model.deliveries) / model.deliveries);
    }

    private static int[][] neighbours(Links links, int peers) {
        var all = new int[peers][8];
        var counts = new int[peers];
        for (int i = 0; i < links.size(); i++) {
            int a = links.dialler(i);
            int b = links.target(i);
            if (contains(all[a], counts[a], b)) continue;
            all[a] = with(all[a], counts[a]++, b);
            all[b] = with(all[b], counts[b]++, a);
        }
        for (int i = 0; i < peers; i++) all[i] = Arrays.copyOf(all[i], counts[i]);
        return all;
    }

    private static boolean contains(int[] list, int count, int value) {
        for (int i = 0; i < count; i++) if (list[i] == value) return true;
        return false;
    }

    private static int[] with(int[] list, int count, int value) {
        int[] room = count == list.length ? Arrays.copyOf(list, 2 * count) : list;
        room[count] = value;
        return room;
    }

    private void graft(int target) {
        var order = new int[peers];
        Arrays.setAll(order, i -> i);
        for (int round = 0; round < ROUNDS; round++) {
            shuffle(order, peers);
            for (int peer : order) {
                if (members[peer] < target - 2) fill(peer, target);
                while (members[peer] > HIGH) {
                    int out = mesh[peer][random.nextInt(members[peer])];
                    leave(peer, out);
                    leave(out, peer);
                }
            }
        }
    }

    private void fill(int peer, int target) {
        var candidates = new int[neighbours[peer].length];
        int count = 0;
        for (int other : neighbours[peer]) {
            if (members[other] < HIGH && !contains(mesh[peer], members[peer], other)) {
                candidates[count++] = other;
            }
        }
        shuffle(candidates, count);
        for (int i = 0; i < count && members[peer] < target; i++) {
            mesh[peer][members[peer]++] = candidates[i];
            mesh[candidates[i]][members[candidates[i]]++] = peer;
        }
    }

    private void leave(int peer, int other) {
        int[] list = mesh[peer];
        int last = --members[peer];
        for (int i = 0; i < last; i++) if (list[i] == other) list[i] = list[last];
    }

    private void shuffle(int[] list, int count) {
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int one = list[i];
            list[i] = list[j];
            list[j] = one;
        }
    }

    private void spread(PlannedMessage message, boolean flood) {
        long wire = Network.wireBytes(message.size());
        long validation = network.network().validationNanos();
        int publisher = message.publisher();
        var has = new boolean[peers];
        var downFree = new long[peers];
        var steps = new PriorityQueue<Step>();
        has[publisher] = true;
        int[] first = flood ? neighbours[publisher] : mesh[publisher];
        int count = flood ? first.length : members[publisher];
        send(steps, publisher, receivers(first, count, -1, -1), wire, 0);
        for (Step step = steps.poll(); step != null; step = steps.poll()) {
            int peer = step.peer;
            if (step.forward) {
                List<Integer> to = receivers(mesh[peer], members[peer], step.from, publisher);
                send(steps, peer, to, wire, step.at);
                continue;
            }
            copies++;
            long begins = Math.max(downFree[peer], step.at - step.bits);
            long arrival = Math.max(step.at, begins + (long) (wire * network.nanosPerByte(peer)));
            downFree[peer] = arrival;
            if (has[peer]) continue;
            has[peer] = true;
            deliveries++;
            delays.add(arrival);
            steps.add(new Step(arrival + validation, events++, peer, step.from, 0, true));
        }
    }

    private List<Integer> receivers(int[] list, int count, int without, int publisher) {
        var to = new int[count];
        int n = 0;
        for (int i = 0; i < count; i++) {
            if (list[i] != without && list[i] != publisher) to[n++] = list[i];
        }
        shuffle(to, n);
        var all = new ArrayList<Integer>(n);
        for (int i = 0; i < n; i++) all.add(to[i]);
        return all;
    }

    private void send(PriorityQueue<Step> steps, int from, List<Integer> to, long wire, long at) {
        long takes = (long) (wire * network.nanosPerByte(from));
        long leaves = at;
        for (int peer : to) {
            leaves += takes;
            long base = network.linkNanos(from, peer);
            Jitter jitter = network.network().jitter();
            long arrives =
                    leaves
                            + base
                            + jitter.nanos(
                                    network.regionOf(from), network.regionOf(peer), base, random);
            steps.add(new Step(arrives, events++, peer, from, takes, false));
        }
    }
}
