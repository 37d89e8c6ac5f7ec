package org.pollen.simulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.RouterSnapshot;
import org.pollen.scoring.TopicScoreSnapshot;

/// Looks every so many seconds at the meshes of all honest peers as one graph, for each topic: who
/// could not be reached through it, how many members meshes have, and how much they change.
///
/// An edge is a member of a mesh, whether the mesh of the member has the peer or not.
///
/// Source: simulator specification 4.1, "mesh".
final class MeshGraph implements Simulation.Probe {
    private static final long SECOND = 1_000_000_000L;
    private static final int TOPICS_MAX = 16;
    private static final int NEIGHBOURS_MAX = 80;

    private final Table graph = ResultTable.GRAPH.table();
    private Table neighbourhood = ResultTable.NEIGHBOURHOOD.table();
    private final long every; // seconds
    private final int viewsMax;
    private final boolean whole;
    private long changes; // GRAFT and PRUNE up to the last look
    private long lookedAt; // seconds

    /// @param every seconds between looks
    /// @param viewsMax so many peers are asked whom they dialled and how long members have been in
    MeshGraph(long every, int viewsMax) {
        this(every, viewsMax, true);
    }

    private MeshGraph(long every, int viewsMax, boolean whole) {
        this.every = every;
        this.viewsMax = viewsMax;
        this.whole = whole;
    }

    /// What gates ask: the graph of the first topic, and nothing that single peers know.
    ///
    /// @param every seconds between looks
    static MeshGraph ofFirstTopic(long every) {
        return new MeshGraph(every, 0, false);
    }

    @Override
    public void sample(Simulation simulation, long now) {
        long second = now / SECOND;
        if (!simulation.profile().routed() || second % every != 0) return;
        long sum = simulation.counted(Tally.GRAFTS) + simulation.counted(Tally.PRUNES);
        double minutes = (second - lookedAt) / 60.0;
        double perMinute = (sum - changes) / minutes / simulation.setup().honest();
        changes = sum;
        lookedAt = second;
        int most = whole ? TOPICS_MAX : 1;
        int topics = Math.min(most, simulation.setup().masks().size());
        for (int topic = 0; topic < topics; topic++) {
            int[] @Nullable [] meshes = meshes(simulation, topic);
            look(simulation, meshes, topic, second, perMinute);
            if (topic == 0 && whole) neighbourhood = neighbourhood(simulation, meshes);
        }
    }

    /// The members of all meshes; null for who has none.
    private static int[] @Nullable [] meshes(Simulation simulation, int topic) {
        Setup setup = simulation.setup();
        Mask mask = setup.masks().get(topic);
        int[] @Nullable [] meshes = new int[setup.honest()][];
        for (int i = 0; i < meshes.length; i++) {
            boolean asked = setup.subscribes(i, topic) && simulation.honestPeer(i).isHere();
            meshes[i] = asked ? simulation.honestPeer(i).mesh(mask) : null;
        }
        return meshes;
    }

    private void look(
            Simulation simulation,
            int[] @Nullable [] meshes,
            int topic,
            long second,
            double perMinute) {
        var sets = new Components(meshes.length);
        var degrees = new int[meshes.length];
        int peers = 0;
        long members = 0;
        long attackers = 0;
        for (int i = 0; i < meshes.length; i++) {
            int[] mesh = meshes[i];
            if (mesh == null) continue;
            degrees[peers++] = mesh.length;
            members += mesh.length;
            for (int member : mesh) {
                if (!simulation.honest(member)) attackers++;
                else if (meshes[member] != null) sets.join(i, member);
            }
        }
        if (peers == 0) return;
        int components = 0;
        int largest = 0;
        for (int i = 0; i < meshes.length; i++) {
            if (meshes[i] == null || sets.root(i) != i) continue;
            components++;
            largest = Math.max(largest, sets.size(i));
        }
        Arrays.sort(degrees, 0, peers);
        double[] views = views(simulation, meshes, topic, second * SECOND);
        graph.add(
                second,
                topic,
                peers,
                (double) members / peers,
                degrees[0],
                degrees[(int) (0.1 * (peers - 1))],
                degrees[(peers - 1) / 2],
                degrees[(int) (0.9 * (peers - 1))],
                degrees[peers - 1],
                members == 0 ? 0 : (double) attackers / members,
                components,
                (double) largest / peers,
                views[0],
                views[1],
                perMinute);
    }

    /// The share of members that were dialled, and for how many seconds members have been in, on
    /// average.
    private double[] views(Simulation simulation, int[] @Nullable [] meshes, int topic, long now) {
        Dialect dialect = simulation.params().dialect();
        Mask mask = simulation.setup().masks().get(topic);
        List<Mask> slices = dialect == Dialect.BLOSSOM ? mask.slices() : List.of(mask);
        Set<String> keys = new HashSet<>(); // scores are of slices
        for (Mask slice : slices) keys.add(slice.display(dialect));
        long members = 0;
        long dialled = 0;
        long aged = 0;
        double ages = 0;
        for (int i = 0; i < Math.min(viewsMax, meshes.length); i++) {
            int[] mesh = meshes[i];
            if (mesh == null) continue;
            Set<Integer> in = new HashSet<>();
            for (int member : mesh) in.add(member);
            for (RouterSnapshot.PeerView view : simulation.honestPeer(i).views(now)) {
                if (!in.contains(simulation.indexOf(view.id()))) continue;
                members++;
                if (view.outbound()) dialled++;
                for (TopicScoreSnapshot score : view.score().topics()) {
                    if (!score.inMesh() || !keys.contains(score.key())) continue;
                    ages += score.timeInMeshNanos() / 1e9;
                    aged++;
                }
            }
        }
        return new double[] {
            members == 0 ? Double.NaN : (double) dialled / members,
            aged == 0 ? Double.NaN : ages / aged
        };
    }

    /// The peers around the first that has a mesh, and the attackers in their meshes.
    private static Table neighbourhood(Simulation simulation, int[] @Nullable [] meshes) {
        Set<Integer> near = new LinkedHashSet<>();
        var next = new ArrayDeque<Integer>();
        for (int i = 0; i < meshes.length && near.size() < NEIGHBOURS_MAX; i++) {
            if (meshes[i] == null || !near.add(i)) continue;
            next.add(i);
            while (!next.isEmpty()) {
                int[] mesh = meshes[next.remove()];
                if (mesh == null) continue;
                for (int member : mesh) {
                    boolean there = simulation.honest(member) && meshes[member] != null;
                    if (there && near.size() < NEIGHBOURS_MAX && near.add(member)) next.add(member);
                }
            }
        }
        Table table = ResultTable.NEIGHBOURHOOD.table();
        for (int peer : near) {
            List<Integer> members = members(meshes[peer]);
            for (int member : members) {
                boolean honest = simulation.honest(member);
                boolean mutual = honest && members(meshes[member]).contains(peer);
                if (honest && !near.contains(member)) continue;
                if (mutual && member < peer) continue; // it is there already
                table.add(peer, member, honest ? 0 : 1, mutual ? 1 : 0);
            }
        }
        return table;
    }

    private static List<Integer> members(int @Nullable [] mesh) {
        var members = new ArrayList<Integer>();
        if (mesh != null) for (int member : mesh) members.add(member);
        return members;
    }

    /// The least share of honest peers in the largest part of the graph of the first topic; no
    /// number if nobody looked within the time.
    ///
    /// @param from virtual nanoseconds
    /// @param until itself included
    double giantLeast(long from, long until) {
        double[] seconds = graph.column("second");
        double[] topics = graph.column("topic");
        double[] giant = graph.column("giant");
        return IntStream.range(0, graph.size())
                .filter(i -> topics[i] == 0)
                .filter(i -> seconds[i] * SECOND >= from && seconds[i] * SECOND <= until)
                .mapToDouble(i -> giant[i])
                .min()
                .orElse(Double.NaN);
    }

    /// One line for each look and topic.
    Table graph() {
        return graph;
    }

    /// A part of the graph of the first topic at the last look.
    Table neighbourhood() {
        return neighbourhood;
    }

    /// Sets of peers that reach each other: a forest, flattened as it is walked.
    private static final class Components {
        private final int[] parents;
        private final int[] sizes;

        Components(int count) {
            parents = new int[count];
            sizes = new int[count];
            Arrays.setAll(parents, i -> i);
            Arrays.fill(sizes, 1);
        }

        int root(int i) {
            int at = i;
            while (parents[at] != at) {
                parents[at] = parents[parents[at]];
                at = parents[at];
            }
            return at;
        }

        int size(int root) {
            return sizes[root];
        }

        void join(int one, int other) {
            int a = root(one);
            int b = root(other);
            if (a == b) return;
            int large = sizes[a] >= sizes[b] ? a : b;
            int small = a + b - large;
            parents[small] = large;
            sizes[large] += sizes[small];
        }
    }
}
