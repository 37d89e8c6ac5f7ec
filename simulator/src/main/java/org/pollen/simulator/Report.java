package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// One HTML file about one run, or several compared: no script, no external resource, readable in
/// light and dark and on paper.
///
/// Source: simulator specification 4.2.
final class Report {
    private static final String STYLE =
            """
            :root{color-scheme:light dark;--bg:#fbfaf7;--panel:#fff;--ink:#22262b;--dim:#666d75;--rule:#dcdfe3;--ok:#2d7a46;--bad:#b3261e;
            --c0:#2a6f97;--c1:#c8553d;--c2:#4f8a5b;--c3:#8a5ea8;--c4:#b8860b;--c5:#5f7f8f;--c6:#c45a91;--c7:#6b705c}
            @media(prefers-color-scheme:dark){:root{--bg:#14171a;--panel:#1c2024;--ink:#e4e6e8;--dim:#98a1aa;--rule:#343a41;--ok:#6fca8b;--bad:#ff8a80;
            --c0:#6cb6e0;--c1:#f08a72;--c2:#86c995;--c3:#c3a1de;--c4:#e0b64f;--c5:#9fbccb;--c6:#ec93c0;--c7:#b3b8a2}}
            *{box-sizing:border-box}
            body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
            main{max-width:1360px;margin:0 auto;padding:24px 20px 60px}
            h1{font-size:26px;margin:0 0 4px}h2{font-size:17px;margin:0 0 6px}
            .lead{color:var(--dim);margin:0 0 18px}
            .grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}
            section{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:14px 16px;break-inside:avoid}
            section.wide{grid-column:1/-1}
            .cards{display:grid;gap:10px;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));margin:0 0 16px}
            .cards div{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:8px 12px}
            .cards b{display:block;font-size:21px;font-variant-numeric:tabular-nums}.cards span{color:var(--dim);font-size:13px}
            svg{width:100%;height:auto;display:block}
            .grid line,.grid text{vector-effect:non-scaling-stroke}
            line.grid{display:inline;stroke:var(--rule);stroke-width:1}
            line.mark{stroke:var(--dim);stroke-width:1;stroke-dasharray:3 3}
            text{fill:var(--dim);font:12px system-ui,sans-serif}text.axis{fill:var(--ink)}
            path.line{fill:none;stroke-width:2;stroke-linejoin:round}path.dashed{stroke-dasharray:6 4}path.area{stroke:none}
            .s0{stroke:var(--c0);fill:var(--c0)}.s1{stroke:var(--c1);fill:var(--c1)}.s2{stroke:var(--c2);fill:var(--c2)}.s3{stroke:var(--c3);fill:var(--c3)}
            .s4{stroke:var(--c4);fill:var(--c4)}.s5{stroke:var(--c5);fill:var(--c5)}.s6{stroke:var(--c6);fill:var(--c6)}.s7{stroke:var(--c7);fill:var(--c7)}
            .s0 .area{fill:color-mix(in srgb,var(--c0) 30%,var(--panel))}.s1 .area{fill:color-mix(in srgb,var(--c1) 30%,var(--panel))}.s2 .area{fill:color-mix(in srgb,var(--c2) 30%,var(--panel))}.s3 .area{fill:color-mix(in srgb,var(--c3) 30%,var(--panel))}.s4 .area{fill:color-mix(in srgb,var(--c4) 30%,var(--panel))}.s5 .area{fill:color-mix(in srgb,var(--c5) 30%,var(--panel))}.s6 .area{fill:color-mix(in srgb,var(--c6) 30%,var(--panel))}.s7 .area{fill:color-mix(in srgb,var(--c7) 30%,var(--panel))}
            circle.dot{fill:var(--panel);stroke-width:2}
            .legend{margin:6px 0 0;font-size:13px;color:var(--dim)}.legend span{white-space:nowrap;margin-right:14px}
            .legend i{display:inline-block;width:16px;height:3px;vertical-align:middle;margin-right:5px}
            .legend i.dot{width:9px;height:9px;border-radius:50%;background:none!important;border-width:2px;border-style:solid}
            .legend i.dash{background:none!important;border-width:2px 0 0;border-style:dashed;height:0}
            i.c0{background:var(--c0);border-color:var(--c0)}i.c1{background:var(--c1);border-color:var(--c1)}i.c2{background:var(--c2);border-color:var(--c2)}
            i.c3{background:var(--c3);border-color:var(--c3)}i.c4{background:var(--c4);border-color:var(--c4)}i.c5{background:var(--c5);border-color:var(--c5)}
            i.c6{background:var(--c6);border-color:var(--c6)}i.c7{background:var(--c7);border-color:var(--c7)}
            .note{font-size:13px;color:var(--dim);margin:6px 0 0}
            table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
            th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--rule);vertical-align:top}
            th{font-weight:600;color:var(--dim);font-size:13px}td.n,th.n{text-align:right}
            .pass{color:var(--ok);font-weight:600}.fail{color:var(--bad);font-weight:600}
            code{font-size:13px;overflow-wrap:anywhere}
            .scroll{overflow-x:auto}
            @media print{:root{color-scheme:light}body{background:#fff}main{padding:0}}
            """;

    private static final List<String> SETTINGS =
            List.of(
                    "seed",
                    "honest",
                    "attackers",
                    "profile",
                    "protocol",
                    "D",
                    "Dlo",
                    "Dhi",
                    "latency",
                    "bandwidth",
                    "mode",
                    "loss",
                    "validationMs",
                    "attackAt",
                    "seconds",
                    "events",
                    "rpcs",
                    "wireBytes",
                    "wallSeconds",
                    "digest");

    private Report() {}

    static String html(List<RunFolder> runs) {
        return runs.size() == 1 ? single(runs.getFirst()) : compare(runs);
    }

    private static String single(RunFolder run) {
        var body = new StringBuilder(32_768);
        String name = run.text("name");
        body.append("<h1>").append(Chart.escape(name)).append("</h1>");
        body.append("<p class=\"lead\">")
                .append(
                        "%s honest peers and %s attackers, profile %s, latency %s, %s virtual seconds, seed %s%s"
                                .formatted(
                                        run.text("honest"),
                                        run.text("attackers"),
                                        run.text("profile"),
                                        run.text("latency"),
                                        number(run.number("seconds")),
                                        run.text("seed"),
                                        run.text("complete").equals("false")
                                                ? ". <b class=\"fail\">Stopped early: a partial result</b>"
                                                : ""))
                .append("</p>");
        cards(body, run);
        body.append("<div class=\"grid\">");
        gates(body, run.gates());
        latency(body, List.of(run));
        delivery(body, List.of(run));
        mesh(body, run);
        bandwidth(body, run);
        duplicates(body, List.of(run));
        scores(body, run, "honest", "Scores of honest peers, by component");
        scores(body, run, "attackers", "Scores of attackers, by component");
        survival(body, List.of(run));
        settings(body, List.of(run));
        sources(body, run);
        body.append("</div>");
        return page(name, body);
    }

    /// The runs of an entry of the catalogue beside each other, with its gates.
    static String comparison(String entry, List<RunFolder> runs, List<Verdict.Gate> gates) {
        return compare(entry, runs, RunFolder.lines(gates));
    }

    private static String compare(List<RunFolder> runs) {
        return compare("Comparison of %d runs".formatted(runs.size()), runs, List.of());
    }

    private static String compare(
            String title, List<RunFolder> runs, List<Map<String, Object>> gates) {
        var body = new StringBuilder(32_768);
        body.append("<h1>").append(Chart.escape(title)).append("</h1>");
        body.append(
                "<p class=\"lead\">%d runs, one colour for each, in their order.</p>"
                        .formatted(runs.size()));
        body.append("<div class=\"grid\">");
        gates(body, gates);
        latency(body, runs);
        delivery(body, runs);
        duplicates(body, runs);
        survival(body, runs);
        settings(body, runs);
        body.append("</div>");
        return page(title, body);
    }

    private static String page(String title, StringBuilder body) {
        return """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>%s</title><style>
        %s</style></head><body><main>
        %s
        </main></body></html>
        """
                .formatted(Chart.escape(title), STYLE, body);
    }

    private static void cards(StringBuilder out, RunFolder run) {
        out.append("<div class=\"cards\">");
        card(out, percent(run.number("delivery")), "delivered");
        card(out, number(run.number("p50")) + " ms", "median delay");
        card(out, number(run.number("p99")) + " ms", "99 % within");
        card(out, number(run.number("max")) + " ms", "slowest");
        card(out, number(run.number("meshMean")), "mean mesh at the end");
        if (!Double.isNaN(share(run))) {
            card(out, percent(share(run)), "attackers in meshes, most");
        }
        out.append("</div>");
    }

    private static double share(RunFolder run) {
        Table mesh = run.table("mesh");
        if (mesh.size() == 0 || run.number("attackers") == 0) return Double.NaN;
        double[] honest = mesh.column("honest");
        double[] bad = mesh.column("attackers");
        return IntStream.range(0, honest.length)
                .mapToDouble(i -> bad[i] / Math.max(1e-9, honest[i] + bad[i]))
                .max()
                .orElse(Double.NaN);
    }

    private static void card(StringBuilder out, String value, String what) {
        out.append("<div><b>")
                .append(value)
                .append("</b><span>")
                .append(what)
                .append("</span></div>");
    }

    private static void gates(StringBuilder out, List<Map<String, Object>> gates) {
        if (gates.isEmpty()) return;
        out.append("<section class=\"wide\"><h2>Gates</h2><div class=\"scroll\"><table>");
        out.append(
                "<tr><th>What</th><th>Rule</th><th class=\"n\">Measured</th><th>Verdict</th></tr>");
        for (Map<String, Object> gate : gates) {
            boolean pass = Boolean.TRUE.equals(gate.get("pass"));
            double measured =
                    gate.get("measured") instanceof Number n ? n.doubleValue() : Double.NaN;
            out.append(
                    "<tr><td>%s</td><td>%s</td><td class=\"n\">%s</td><td class=\"%s\">%s</td></tr>"
                            .formatted(
                                    Chart.escape(String.valueOf(gate.get("what"))),
                                    Chart.escape(String.valueOf(gate.get("rule"))),
                                    Verdict.Gate.number(measured),
                                    pass ? "pass" : "fail",
                                    pass ? "pass" : "fail"));
        }
        out.append("</table></div></section>");
    }

    private static void section(StringBuilder out, String title, Chart chart, String note) {
        if (chart.isEmpty()) return;
        out.append("<section><h2>").append(Chart.escape(title)).append("</h2>");
        out.append(chart.svg()).append(chart.legend());
        if (!note.isEmpty()) out.append("<p class=\"note\">").append(note).append("</p>");
        out.append("</section>");
    }

    private static void latency(StringBuilder out, List<RunFolder> runs) {
        String title = "Delay of deliveries";
        var chart = new Chart(title, "milliseconds after publication", "share").xLog().yRange(0, 1);
        boolean one = runs.size() == 1;
        for (RunFolder run : runs) {
            Table table = run.table("latency");
            double[] phases = table.column("phase");
            double[] millis = table.column("millis");
            double[] shares = table.column("share");
            for (int phase = 0; phase < 4; phase++) {
                int p = phase;
                int[] rows =
                        IntStream.range(0, phases.length).filter(i -> phases[i] == p).toArray();
                if (rows.length == 0) continue;
                boolean calm = one && phase == 0 && run.number("attackers") > 0;
                String when = run.number("attackers") == 0 && phase == 0 ? "ours" : label(phase);
                chart.add(
                        one ? when : run.text("name") + " (seed " + run.text("seed") + "), " + when,
                        Arrays.stream(rows).mapToDouble(i -> millis[i]).toArray(),
                        Arrays.stream(rows).mapToDouble(i -> shares[i]).toArray(),
                        calm ? Chart.Style.DASHED : Chart.Style.STEP);
            }
        }
        var notes = new ArrayList<String>();
        for (Published published : Published.of(runs.getFirst().text("latency"))) {
            chart.add(published.name(), published.millis(), published.shares(), Chart.Style.DOTS);
            notes.add(Chart.escape(published.name() + ": " + published.source()));
        }
        section(out, title, chart, String.join("<br>", notes));
    }

    private static String label(int phase) {
        return switch (phase) {
            case 0 -> "before the attack";
            case 1 -> "during the attack";
            case 2 -> "after the attack";
            default -> "of the victim";
        };
    }

    private static void delivery(StringBuilder out, List<RunFolder> runs) {
        String title = "Delivery over time";
        var chart = new Chart(title, "second of publication", "share delivered").yRange(0, 1.05);
        for (RunFolder run : runs) {
            Table table = run.table("messages");
            double[] at = table.column("second");
            double[] reached = table.column("reached");
            double[] expected = table.column("expected");
            int end = (int) Arrays.stream(at).max().orElse(0) + 1;
            var got = new double[end];
            var wanted = new double[end];
            for (int i = 0; i < at.length; i++) {
                if (expected[i] == 0) continue;
                got[(int) at[i]] += reached[i];
                wanted[(int) at[i]] += expected[i];
            }
            int[] used = IntStream.range(0, end).filter(i -> wanted[i] > 0).toArray();
            chart.add(
                    runs.size() == 1 ? "delivered" : run.text("name"),
                    Arrays.stream(used).asDoubleStream().toArray(),
                    Arrays.stream(used).mapToDouble(i -> got[i] / wanted[i]).toArray(),
                    Chart.Style.LINE);
        }
        attackMark(chart, runs.getFirst());
        section(out, title, chart, "");
    }

    private static void attackMark(Chart chart, RunFolder run) {
        double at = run.number("attackAt");
        if (at > 0) chart.instant(at, "attack");
    }

    private static void mesh(StringBuilder out, RunFolder run) {
        Table mesh = run.table("mesh");
        if (mesh.size() == 0) return;
        String title = "Members of a mesh over time";
        var chart = new Chart(title, "virtual second", "members, mean").stacked();
        double[] seconds = mesh.column("second");
        chart.add("honest", seconds, mesh.column("honest"), Chart.Style.LINE);
        if (run.number("attackers") > 0) {
            chart.add("attackers", seconds, mesh.column("attackers"), Chart.Style.LINE);
        }
        for (String level : List.of("Dlo", "D", "Dhi")) {
            chart.level(run.number(level), level + " " + run.text(level));
        }
        attackMark(chart, run);
        section(out, title, chart, "");
    }

    private static void bandwidth(StringBuilder out, RunFolder run) {
        Table series = run.table("series");
        if (series.size() == 0) return;
        double peers = run.number("honest");
        String title = "Bytes received by an honest peer";
        var chart = new Chart(title, "virtual second", "bytes a second").stacked();
        double[] seconds = series.column("second");
        double[] first = series.column("first_bytes");
        double[] all = series.column("message_bytes");
        double[] control = series.column("control_bytes");
        chart.add("first copies", seconds, each(first, v -> v / peers), Chart.Style.LINE);
        var copies = new double[all.length];
        for (int i = 0; i < all.length; i++) copies[i] = Math.max(0, all[i] - first[i]) / peers;
        chart.add("further copies", seconds, copies, Chart.Style.LINE);
        chart.add("control", seconds, each(control, v -> v / peers), Chart.Style.LINE);
        attackMark(chart, run);
        section(out, title, chart, "Headers of all layers are counted.");
    }

    private static double[] each(double[] values, java.util.function.DoubleUnaryOperator f) {
        return Arrays.stream(values).map(f).toArray();
    }

    private static void duplicates(StringBuilder out, List<RunFolder> runs) {
        String title = "Further copies for each delivery";
        var chart = new Chart(title, "virtual second", "copies");
        for (RunFolder run : runs) {
            Table series = run.table("series");
            double[] messages = series.column("message_rpcs");
            double[] deliveries = series.column("deliveries");
            var copies = new double[messages.length];
            // The copies of a message come after its deliveries: where traffic ends, a second has
            // one and not the other, and its ratio says nothing.
            double least = Arrays.stream(deliveries).max().orElse(0) / 5;
            for (int i = 0; i < copies.length; i++) {
                copies[i] =
                        deliveries[i] == 0 || deliveries[i] < least
                                ? Double.NaN
                                : (messages[i] - deliveries[i]) / deliveries[i];
            }
            chart.add(
                    runs.size() == 1 ? "copies" : run.text("name"),
                    series.column("second"),
                    copies,
                    Chart.Style.LINE);
        }
        if (runs.size() == 1) {
            RunFolder run = runs.getFirst();
            chart.level(run.number("D") / 2 - 1, "D/2 - 1");
            chart.level(run.number("D") - 2, "D - 2");
            attackMark(chart, run);
        }
        section(
                out,
                title,
                chart,
                "Published bounds for meshes of D members: D/2 - 1 if no two copies cross, D - 2 if each link carries both.");
    }

    private static void scores(StringBuilder out, RunFolder run, String who, String title) {
        Table scores = run.table("scores");
        if (scores.size() == 0) return;
        var chart = new Chart(title, "virtual second", "weighted, mean").ySymmetricLog();
        double[] seconds = scores.column("second");
        List<String> names = List.of("P1", "P2", "P3", "P3b", "P4", "P5", "P6", "P7");
        List<String> columns = Recorder.partColumns(who);
        for (int i = 0; i < names.size(); i++) {
            double[] values = scores.column(columns.get(i));
            boolean moves = Arrays.stream(values).anyMatch(v -> Double.isFinite(v) && v != 0);
            chart.add(names.get(i), seconds, moves ? values : new double[0], Chart.Style.LINE);
        }
        chart.add("lowest total", seconds, scores.column(who + "_least"), Chart.Style.DASHED);
        attackMark(chart, run);
        section(
                out,
                title,
                chart,
                "Mean over the links of up to 40 honest observers; logarithmic away from zero. Components that stay zero are left out.");
    }

    private static void survival(StringBuilder out, List<RunFolder> runs) {
        String title = "How long attackers stay in a mesh";
        var chart =
                new Chart(title, "seconds since they came in", "share still in").yRange(0, 1.02);
        for (RunFolder run : runs) {
            Table table = run.table("survival");
            if (table.size() == 0) continue;
            chart.add(
                    runs.size() == 1 ? "attackers" : run.text("name"),
                    table.column("seconds"),
                    table.column("share"),
                    Chart.Style.STEP);
        }
        section(
                out,
                title,
                chart,
                "Kaplan-Meier: stays that have not ended count for as long as they were seen. One look a second.");
    }

    private static void settings(StringBuilder out, List<RunFolder> runs) {
        out.append(
                "<section class=\"wide\"><h2>Settings and sums</h2><div class=\"scroll\"><table><tr><th></th>");
        for (RunFolder run : runs) {
            out.append("<th>").append(Chart.escape(run.text("name"))).append("</th>");
        }
        out.append("</tr>");
        var rows = new ArrayList<String>();
        if (runs.size() > 1)
            rows.addAll(List.of("delivery", "p50", "p95", "p99", "max", "meshMean"));
        rows.addAll(SETTINGS);
        rows.removeIf(row -> runs.stream().allMatch(run -> run.text(row).isEmpty()));
        for (String key : rows) {
            out.append("<tr><td>").append(key).append("</td>");
            for (RunFolder run : runs) {
                String text =
                        run.summary().get(key) instanceof Double d ? number(d) : run.text(key);
                out.append("<td><code>").append(Chart.escape(text)).append("</code></td>");
            }
            out.append("</tr>");
        }
        out.append("</table></div></section>");
    }

    private static void sources(StringBuilder out, RunFolder run) {
        out.append("<section class=\"wide\"><h2>Where the numbers come from</h2><p>");
        out.append(
                switch (run.text("latency")) {
                    case "interop8" -> "Latency matrix and weights of regions: libp2p/test-plans.";
                    case "lean3" -> "Latencies: lean-gossip.";
                    case "gerbil" -> "Latencies: gerbil-simsub.";
                    case "pl25" -> "Latencies: the Protocol Labs evaluation of gossipsub 1.1.";
                    case "vac5" -> "Latencies: the vac research log.";
                    default -> "Latencies: as given.";
                });
        out.append(
                " The tables beside this file hold every number drawn: <code>latency.csv</code>, <code>messages.csv</code>, <code>mesh.csv</code>,"
                        + " <code>scores.csv</code>, <code>series.csv</code>, <code>survival.csv</code>; <code>digest.csv</code> has one line for each second,"
                        + " which two runs of the same scenario and seed share.</p></section>");
    }

    private static String percent(double value) {
        return value == 1 ? "100 %" : String.format(Locale.ROOT, "%.3f %%", 100 * value);
    }

    private static String number(double value) {
        if (Double.isNaN(value)) return "-";
        if (value == Math.rint(value)) return String.format(Locale.ROOT, "%,d", (long) value);
        return String.format(Locale.ROOT, "%,.2f", value);
    }
}
