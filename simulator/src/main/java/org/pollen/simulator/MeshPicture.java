package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A part of a mesh as a drawing: peers that are linked attract each other, and all repel each
/// other, so that who is cut off, or among attackers, is seen to be. The same table gives the same
/// drawing.
///
/// Source: simulator specification 4.2; Fruchterman and Reingold, "Graph drawing by force-directed
/// placement" (1991).
final class MeshPicture {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;
    private static final int EDGE = 14;
    private static final int STEPS = 200;
    private static final double TURN = Math.PI * (3 - Math.sqrt(5)); // spreads points on a disc

    /// One link.
    ///
    /// @param from index of a node
    /// @param attacker whether an attacker is at its end
    /// @param mutual whether each is in the mesh of the other
    private record Link(int from, int to, boolean attacker, boolean mutual) {}

    private final Map<Integer, Integer> nodes = new LinkedHashMap<>(); // by number of the peer
    private final List<Boolean> attackers = new ArrayList<>();
    private final List<Link> links = new ArrayList<>();
    private final double[] xs;
    private final double[] ys;

    /// @param table the neighbourhood of a run
    MeshPicture(Table table) {
        if (table.has("mutual")) {
            double[] from = table.column("peer");
            double[] to = table.column("member");
            double[] bad = table.column("attacker");
            double[] mutual = table.column("mutual");
            for (int i = 0; i < from.length; i++) {
                int one = node((int) from[i], false);
                int other = node((int) to[i], bad[i] == 1);
                links.add(new Link(one, other, bad[i] == 1, mutual[i] == 1));
            }
        }
        xs = new double[nodes.size()];
        ys = new double[nodes.size()];
        for (int i = 0; i < xs.length; i++) {
            double radius = StrictMath.sqrt((i + 0.5) / xs.length);
            xs[i] = radius * StrictMath.cos(i * TURN);
            ys[i] = radius * StrictMath.sin(i * TURN);
        }
        for (int step = 0; step < STEPS; step++) move(0.1 * (1 - (double) step / STEPS));
    }

    private int node(int peer, boolean attacker) {
        Integer known = nodes.putIfAbsent(peer, nodes.size());
        if (known == null) attackers.add(attacker);
        return known == null ? nodes.size() - 1 : known;
    }

    boolean isEmpty() {
        return links.isEmpty();
    }

    /// One step of all nodes, each at most so far.
    private void move(double most) {
        int count = xs.length;
        double ideal = 1.2 / StrictMath.sqrt(Math.max(1, count));
        var dx = new double[count];
        var dy = new double[count];
        for (int i = 0; i < count; i++) {
            // Towards the middle, a little: parts that are not linked stay in sight.
            dx[i] -= xs[i] * ideal;
            dy[i] -= ys[i] * ideal;
            for (int j = i + 1; j < count; j++) {
                double x = xs[i] - xs[j];
                double y = ys[i] - ys[j];
                double push = ideal * ideal / Math.max(1e-6, x * x + y * y);
                dx[i] += x * push;
                dy[i] += y * push;
                dx[j] -= x * push;
                dy[j] -= y * push;
            }
        }
        for (Link link : links) {
            double x = xs[link.from] - xs[link.to];
            double y = ys[link.from] - ys[link.to];
            double pull = StrictMath.sqrt(x * x + y * y) / ideal / 8; // as many links as a mesh has
            dx[link.from] -= x * pull;
            dy[link.from] -= y * pull;
            dx[link.to] += x * pull;
            dy[link.to] += y * pull;
        }
        for (int i = 0; i < count; i++) {
            double length = StrictMath.sqrt(dx[i] * dx[i] + dy[i] * dy[i]);
            double step = Math.min(most, length) / Math.max(1e-9, length);
            xs[i] += dx[i] * step;
            ys[i] += dy[i] * step;
        }
    }

    String svg() {
        long bad = attackers.stream().filter(attacker -> attacker).count();
        var out = new StringBuilder(32_768);
        out.append(
                String.format(
                        Locale.ROOT,
                        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Graph of a part of the mesh: %d honest peers, %d attackers, %d links\">",
                        WIDTH,
                        HEIGHT,
                        nodes.size() - bad,
                        bad,
                        links.size()));
        double[] px = scaled(xs, WIDTH);
        double[] py = scaled(ys, HEIGHT);
        for (Link link : links) {
            String kind = link.attacker ? "edge s1" : link.mutual ? "edge s0" : "edge s0 half";
            out.append(
                    String.format(
                            Locale.ROOT,
                            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                            kind,
                            px[link.from],
                            py[link.from],
                            px[link.to],
                            py[link.to]));
        }
        var peers = new ArrayList<Integer>(nodes.keySet());
        for (int i = 0; i < px.length; i++) {
            boolean attacker = attackers.get(i);
            out.append(
                    String.format(
                            Locale.ROOT,
                            "<circle class=\"node %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>%s %d</title></circle>",
                            attacker ? "s1" : "s0",
                            px[i],
                            py[i],
                            attacker ? "attacker" : "peer",
                            peers.get(i)));
        }
        return out.append("</svg>").toString();
    }

    private static double[] scaled(double[] values, int size) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        double scale = (size - 2 * EDGE) / Math.max(1e-9, high - low);
        var scaled = new double[values.length];
        for (int i = 0; i < values.length; i++) scaled[i] = EDGE + (values[i] - low) * scale;
        return scaled;
    }

    /// What its colours mean.
    String legend() {
        String legend = "<p class=\"legend\"><span><i class=\"bar c0\"></i>honest peers</span> ";
        if (attackers.contains(true)) {
            legend += "<span><i class=\"bar c1\"></i>attackers</span> ";
        }
        if (links.stream().anyMatch(link -> !link.attacker && !link.mutual)) {
            legend += "<span><i class=\"dash c0\"></i>in one of the two meshes only</span> ";
        }
        return legend + "</p>";
    }
}
