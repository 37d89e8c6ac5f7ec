package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/// What a run costs against the number of peers, their links, and the rate of messages: one series
/// of runs in one process, as a table and as a picture.
final class CostCurve {
    private static final long SECOND = 1_000_000_000L;
    private static final int PEERS = 3_000;

    /// Of its smallest run.
    static final int PEERS_MIN = 1_000;

    private static final int DEGREE = 20;

    /// One run.
    ///
    /// @param series which of the three it belongs to: peers, degree, rate
    /// @param cpuSeconds of the process, from the making of the peers to the end
    /// @param heapBytes that are alive at the end
    record Point(
            String series,
            int peers,
            int degree,
            double perSecond,
            long rpcs,
            double cpuSeconds,
            long heapBytes,
            double delivery,
            String digest) {
        /// What it shows while it runs.
        String line() {
            return String.format(
                    Locale.ROOT,
                    "%-6s  %,7d peers of %2d links, %2.0f a second: %,d RPCs in %.1f s of CPU"
                            + " (%.2f us each), %.1f KiB a peer, delivery %.6f",
                    series,
                    peers,
                    degree,
                    perSecond,
                    rpcs,
                    cpuSeconds,
                    microsPerRpc(),
                    kibPerPeer(),
                    delivery);
        }

        private double microsPerRpc() {
            return cpuSeconds * 1e6 / Math.max(1, rpcs);
        }

        private double kibPerPeer() {
            return heapBytes / 1024.0 / peers;
        }
    }

    private CostCurve() {}

    /// Runs all points, small ones first.
    ///
    /// @param largest no run has more peers
    static List<Point> measure(int largest, int workers, Consumer<Point> each) {
        run("", 200, DEGREE, 20, 1); // compiles what is hot
        var points = new ArrayList<Point>();
        for (double rate : new double[] {1, 4, 16}) {
            add(points, each, run("rate", Math.min(largest, PEERS), DEGREE, rate, workers));
        }
        for (int degree : new int[] {10, 20, 40, 80}) {
            add(points, each, run("degree", Math.min(largest, PEERS), degree, 1, workers));
        }
        for (int peers : new int[] {PEERS_MIN, 3_000, 10_000, 30_000, 100_000}) {
            if (peers <= largest) add(points, each, run("peers", peers, DEGREE, 1, workers));
        }
        return points;
    }

    private static void add(List<Point> points, Consumer<Point> each, Point point) {
        points.add(point);
        each.accept(point);
    }

    /// Ten seconds to make meshes, fifteen with messages of 1 KiB, and three for the last of them.
    private static Point run(String series, int peers, int degree, double rate, int workers) {
        long before = Benchmark.used();
        long cpu = SimCommand.cpuNanos();
        Setup.Builder setup =
                Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.H1)
                        .links(new Links().dial(peers, degree / 2, 0, 1))
                        .workers(workers)
                        .end(28 * SECOND)
                        .workload(peers, rate, 1024, 10 * SECOND, 25 * SECOND, 1);
        var simulation = new Simulation(setup.build());
        SimulationResult result = simulation.run(() -> false);
        double spent = (SimCommand.cpuNanos() - cpu) / 1e9;
        return new Point(
                series,
                peers,
                degree,
                rate,
                result.rpcs(),
                spent,
                Benchmark.bytesOf(simulation, before),
                result.delivery(),
                result.digest());
    }

    static String csv(List<Point> points) {
        var out =
                new StringBuilder(
                        "series,peers,degree,messages_per_second,rpcs,cpu_seconds,heap_bytes,delivery,digest\n");
        for (Point p : points) {
            out.append(
                    String.format(
                            Locale.ROOT,
                            "%s,%d,%d,%.0f,%d,%.1f,%d,%.6f,%s%n",
                            p.series,
                            p.peers,
                            p.degree,
                            p.perSecond,
                            p.rpcs,
                            p.cpuSeconds,
                            p.heapBytes,
                            p.delivery,
                            p.digest));
        }
        return out.toString();
    }

    /// Four charts in one picture; without those that have no points.
    static String svg(List<Point> points) {
        String[] charts = {
            chart(
                    points,
                    "peers",
                    "peers",
                    true,
                    "us of processor time an RPC",
                    Point::microsPerRpc),
            chart(points, "peers", "peers", true, "KiB of heap a peer", Point::kibPerPeer),
            chart(points, "degree", "links of a peer", false, "us an RPC", Point::microsPerRpc),
            chart(points, "rate", "messages a second", true, "us an RPC", Point::microsPerRpc)
        };
        var out = new StringBuilder(16_000);
        out.append(
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1300 660" width="1300" height="660"><style>
                text{fill:#555;font:12px system-ui,sans-serif}text.axis{fill:#222}
                line.grid{stroke:#dcdfe3}path.line{fill:none;stroke-width:2}.s0{stroke:#2a6f97}.s1{stroke:#c8553d}
                circle.dot{fill:#fff;stroke-width:2}</style><rect width="1300" height="660" fill="#fff"/>
                """);
        for (int i = 0; i < charts.length; i++) {
            if (charts[i].isEmpty()) continue;
            String placed =
                    "<svg x=\"%d\" y=\"%d\" width=\"640\" height=\"320\" "
                            .formatted(i % 2 * 655, i / 2 * 335);
            out.append(charts[i].replaceFirst("<svg ", placed)).append('\n');
        }
        return out.append("</svg>\n").toString();
    }

    private static String chart(
            List<Point> points,
            String series,
            String xLabel,
            boolean xLog,
            String yLabel,
            ToDoubleFunction<Point> value) {
        List<Point> of = points.stream().filter(p -> p.series.equals(series)).toList();
        if (of.isEmpty()) return "";
        double[] xs =
                of.stream()
                        .mapToDouble(p ->
                                switch (series) {
                                    case "peers" -> p.peers;
                                    case "degree" -> p.degree;
                                    default -> p.perSecond;
                                })
                        .toArray();
        double[] ys = of.stream().mapToDouble(value).toArray();
        var chart = new Chart("cost", xLabel, yLabel);
        if (xLog) chart.xLog();
        return chart.add("line", xs, ys, Chart.Style.LINE)
                .add("points", xs, ys, Chart.Style.DOTS)
                .svg();
    }
}
