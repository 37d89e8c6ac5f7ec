package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
            h1{font-size:26px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:17px;margin:0 0 6px}
            .lead{color:var(--dim);margin:0 0 18px}
            .below{margin-top:16px}
            .grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}
            section{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:14px 16px;break-inside:avoid;min-width:0}
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
            .s8{stroke:var(--ink);fill:var(--ink)}.s4{stroke:var(--c4);fill:var(--c4)}.s5{stroke:var(--c5);fill:var(--c5)}.s6{stroke:var(--c6);fill:var(--c6)}.s7{stroke:var(--c7);fill:var(--c7)}
            .s0 .area{fill:color-mix(in srgb,var(--c0) 30%,var(--panel))}.s1 .area{fill:color-mix(in srgb,var(--c1) 30%,var(--panel))}.s2 .area{fill:color-mix(in srgb,var(--c2) 30%,var(--panel))}.s3 .area{fill:color-mix(in srgb,var(--c3) 30%,var(--panel))}.s4 .area{fill:color-mix(in srgb,var(--c4) 30%,var(--panel))}.s5 .area{fill:color-mix(in srgb,var(--c5) 30%,var(--panel))}.s6 .area{fill:color-mix(in srgb,var(--c6) 30%,var(--panel))}.s7 .area{fill:color-mix(in srgb,var(--c7) 30%,var(--panel))}
            circle.dot{fill:var(--panel);stroke-width:2}
            line.edge{stroke-width:1;stroke-opacity:.45}line.half{stroke-dasharray:4 3}circle.node{stroke:var(--panel);stroke-width:1}
            .legend{margin:6px 0 0;font-size:13px;color:var(--dim)}.legend span{display:inline-block;margin-right:14px}
            .legend i{display:inline-block;width:16px;height:3px;vertical-align:middle;margin-right:5px}
            .legend i.dot{width:9px;height:9px;border-radius:50%;background:none!important;border-width:2px;border-style:solid}
            .legend i.dash{background:none!important;border-width:2px 0 0;border-style:dashed;height:0}
            i.c0{background:var(--c0);border-color:var(--c0)}i.c1{background:var(--c1);border-color:var(--c1)}i.c2{background:var(--c2);border-color:var(--c2)}
            i.c3{background:var(--c3);border-color:var(--c3)}i.c4{background:var(--c4);border-color:var(--c4)}i.c5{background:var(--c5);border-color:var(--c5)}
            i.c8{background:var(--ink);border-color:var(--ink)}i.c6{background:var(--c6);border-color:var(--c6)}i.c7{background:var(--c7);border-color:var(--c7)}
            .note{font-size:13px;color:var(--dim);margin:6px 0 0}
            table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
            th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--rule);vertical-align:top}
            th{font-weight:600;color:var(--dim);font-size:13px}td.n,th.n{text-align:right}
            .pass{color:var(--ok);font-weight:600}.fail{color:var(--bad);font-weight:600}
            code{font-size:13px;overflow-wrap:anywhere}
            .scroll{overflow-x:auto}
            text.note{paint-order:stroke;stroke:var(--panel);stroke-width:3px}
            .facts{display:grid;gap:0 28px;grid-template-columns:repeat(auto-fill,minmax(min(100%,270px),1fr));margin:0}
            .facts div{display:flex;justify-content:space-between;gap:12px;border-bottom:1px solid var(--rule);padding:3px 0}
            .facts dt{color:var(--dim)}.facts dd{margin:0;text-align:right}
            h3{font-size:13px;color:var(--dim);margin:14px 0 2px}h3:first-of-type{margin-top:0}
            a{color:var(--c0)}
            @page{size:A4;margin:12mm}
            @media print{:root{color-scheme:light}body{background:#fff}main{padding:0}}
            """;

    /// What the run was, beside the keys that its scenario gave.
    private static final List<String> RUN =
            List.of(
                    "seed",
                    "honest",
                    "attackers",
                    "dials",
                    "messages",
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
                    "seconds");

    /// What it came to, with the build and the machine.
    private static final List<String> SUMS =
            List.of(
                    "deliveries",
                    "expected",
                    "deliveryAll",
                    "hopsMean",
                    "hopsMost",
                    "meshPath",
                    "floodPath",
                    "iwantPath",
                    "gapP50",
                    "gapP99",
                    "wastedBytes",
                    "idontwantSaved",
                    "idontwantSavedBytes",
                    "downMean",
                    "downPeak",
                    "upMean",
                    "upPeak",
                    "giantLeast",
                    "giantLast",
                    "outbound",
                    "meshChanges",
                    "attackConnections",
                    "attackIdentities",
                    "attackAddresses",
                    "attackBytes",
                    "graylistedAfter",
                    "takenLongest",
                    "falsePositivesMost",
                    "falseNegativesLast",
                    "events",
                    "rpcs",
                    "wireBytes",
                    "digest",
                    "pollen",
                    "commit",
                    "java",
                    "system",
                    "workers",
                    "wallSeconds");

    /// Numbers that are shown in per cent.
    private static final Set<String> SHARES =
            Set.of(
                    "delivery",
                    "deliveryAll",
                    "meshPath",
                    "floodPath",
                    "iwantPath",
                    "giantLeast",
                    "giantLast",
                    "outbound",
                    "falsePositivesMost",
                    "falseNegativesLast");

    private static final List<String> COMPARED =
            List.of("delivery", "p50", "p95", "p99", "max", "meshMean");

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
        var runs = List.of(run);
        section(body, RunCharts.latency(runs), RunCharts.published(run));
        section(body, RunCharts.delivery(runs), "");
        section(body, RunCharts.mesh(run), "");
        section(body, RunCharts.slowest(runs), "Of those that had it: what was lost is left out.");
        section(
                body,
                CopyCharts.shares(run),
                "Of peers that count; no point where the median message never got there.");
        section(
                body,
                CopyCharts.hops(run),
                "From the publisher on. Deliveries after an attacker's hop are left out: attackers do not count.");
        section(body, CopyCharts.gaps(run), "Each copy of a message that a peer had already.");
        section(body, CopyCharts.giant(run), "All honest peers that are there and subscribe.");
        picture(body, new MeshPicture(run.table("neighbourhood")));
        section(body, RunCharts.reach(run), "Of up to 200 honest peers, one look a second.");
        section(
                body,
                RunCharts.survival(runs),
                "Kaplan-Meier: stays that have not ended count for as long as they were seen. One look a second.");
        section(
                body,
                CopyCharts.graylisting(run),
                "Kaplan-Meier: links that were closed before count for as long as they were seen. Up to 40 honest observers, one look a second.");
        section(
                body,
                RunCharts.thresholds(run),
                "Of the links of up to 40 honest observers, one look each five seconds. Honest peers below zero are mistakes of the scores.");
        section(body, RunCharts.scores(run, "honest"), RunCharts.SCORES);
        section(body, RunCharts.scores(run, "attackers"), RunCharts.SCORES);
        section(body, RunCharts.bandwidth(run), "Headers of all layers are counted.");
        section(
                body,
                RunCharts.control(run),
                "RPCs that are not one message; GRAFT and PRUNE with the peers that a PRUNE names.");
        section(body, RunCharts.duplicates(runs), RunCharts.BOUNDS);
        body.append("</div><div class=\"grid below\">");
        facts(body, run);
        sources(body, run);
        body.append("</div>");
        return page(name, body);
    }

    /// The runs of an entry of the catalogue beside each other, with its gates.
    ///
    /// @param runs by the folder beside this file that has the report of each
    static String comparison(String entry, Map<String, RunFolder> runs, List<Verdict.Gate> gates) {
        var all = List.copyOf(runs.values());
        List<String> labels = RunLabels.of(all);
        var links = new ArrayList<String>();
        for (String folder : runs.keySet()) {
            String label = Chart.escape(labels.get(links.size()));
            links.add("<a href=\"%s/report.html\">%s</a>".formatted(folder, label));
        }
        return compare(entry, all, links, RunFolder.lines(gates));
    }

    private static String compare(List<RunFolder> runs) {
        List<String> labels = RunLabels.of(runs).stream().map(Chart::escape).toList();
        return compare("Comparison of %d runs".formatted(runs.size()), runs, labels, List.of());
    }

    private static String compare(
            String title,
            List<RunFolder> runs,
            List<String> labels,
            List<Map<String, Object>> gates) {
        var body = new StringBuilder(32_768);
        body.append("<h1>").append(Chart.escape(title)).append("</h1>");
        body.append(
                "<p class=\"lead\">%d runs, in their order: %s</p>"
                        .formatted(runs.size(), String.join(", ", labels)));
        body.append("<div class=\"grid\">");
        gates(body, gates);
        section(body, RunCharts.latency(runs), "");
        section(body, RunCharts.delivery(runs), "");
        section(body, RunCharts.slowest(runs), "");
        section(body, RunCharts.honestMembers(runs), "");
        section(body, RunCharts.attackersInMeshes(runs), "");
        section(body, RunCharts.survival(runs), "");
        section(body, RunCharts.scoresOfAttackers(runs), "");
        section(body, RunCharts.received(runs), "");
        section(body, RunCharts.duplicates(runs), "");
        body.append("</div><div class=\"grid below\">");
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
        card(out, millis(run.number("p50")), "median delay");
        card(out, millis(run.number("p99")), "99 % within");
        card(out, millis(run.number("max")), "slowest");
        card(out, number(run.number("meshMean")), "mean mesh at the end");
        Table attack = run.table("attack");
        if (attack.size() > 0) {
            card(out, percent(share(run)), "attackers in meshes, most");
            card(out, number(most(attack.column("links"))), "links of attackers, most");
            double bytes = Arrays.stream(attack.column("bytes")).sum();
            card(out, number(bytes / 1e6) + " MB", "received from attackers");
        }
        out.append("</div>");
    }

    private static double most(double[] values) {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }

    private static double share(RunFolder run) {
        Table mesh = run.table("mesh");
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

    private static void section(StringBuilder out, Chart chart, String note) {
        if (chart.isEmpty()) return;
        out.append("<section><h2>").append(Chart.escape(chart.title())).append("</h2>");
        out.append(chart.svg()).append(chart.legend());
        if (!note.isEmpty()) out.append("<p class=\"note\">").append(note).append("</p>");
        out.append("</section>");
    }

    private static void picture(StringBuilder out, MeshPicture picture) {
        if (picture.isEmpty()) return;
        out.append("<section><h2>A part of the mesh at the end</h2>");
        out.append(picture.svg()).append(picture.legend());
        out.append(
                "<p class=\"note\">Up to 80 honest peers around the first, with the attackers in their meshes, of the first topic at the last look.</p></section>");
    }

    /// Everything a run was given and what it was, without charts.
    private static void facts(StringBuilder out, RunFolder run) {
        out.append("<section class=\"wide\"><h2>Settings and sums</h2>");
        facts(out, "Keys of the scenario", run.settings());
        if (run.summary().containsKey("entry")) {
            out.append(
                    "<p class=\"note\">Attack %s of the catalogue.</p>"
                            .formatted(Chart.escape(run.text("entry"))));
        }
        facts(out, "The run", values(run, RUN));
        Map<String, String> sums = values(run, SUMS);
        for (String key : run.summary().keySet()) {
            if (key.startsWith(RunSums.MISSED)) sums.put(key, value(run, key));
        }
        facts(out, "What it came to, and what made it", sums);
        out.append("</section>");
    }

    private static void facts(StringBuilder out, String title, Map<String, String> facts) {
        if (facts.isEmpty()) return;
        out.append("<h3>").append(title).append("</h3><dl class=\"facts\">");
        facts.forEach((key, value) ->
                out.append(
                        "<div><dt>%s</dt><dd><code>%s</code></dd></div>"
                                .formatted(Chart.escape(key), Chart.escape(value))));
        out.append("</dl>");
    }

    private static Map<String, String> values(RunFolder run, List<String> keys) {
        var values = new LinkedHashMap<String, String>();
        for (String key : keys) if (!value(run, key).isEmpty()) values.put(key, value(run, key));
        return values;
    }

    private static String value(RunFolder run, String key) {
        double number = run.number(key);
        if (SHARES.contains(key) && !Double.isNaN(number)) return percent(number);
        return Double.isNaN(number) ? run.text(key) : number(number);
    }

    private static void settings(StringBuilder out, List<RunFolder> runs) {
        out.append(
                "<section class=\"wide\"><h2>Settings and sums</h2><div class=\"scroll\"><table><tr><th></th>");
        for (String label : RunLabels.of(runs)) {
            out.append("<th>").append(Chart.escape(label)).append("</th>");
        }
        out.append("</tr>");
        for (String key : COMPARED) row(out, key, runs.stream().map(r -> value(r, key)).toList());
        Set<String> given = new LinkedHashSet<>();
        for (RunFolder run : runs) given.addAll(run.settings().keySet());
        given.removeAll(List.of("name", "seed")); // every run has them
        for (String key : given) {
            row(out, key, runs.stream().map(r -> r.settings().getOrDefault(key, "")).toList());
        }
        var rest = new ArrayList<String>(RUN);
        rest.addAll(SUMS);
        for (String key : rest) {
            if (given.contains(key)) continue;
            row(out, key, runs.stream().map(r -> value(r, key)).toList());
        }
        out.append("</table></div></section>");
    }

    private static void row(StringBuilder out, String key, List<String> values) {
        if (values.stream().allMatch(String::isEmpty)) return;
        boolean differs = values.stream().distinct().count() > 1;
        out.append("<tr><td>").append(Chart.escape(key)).append("</td>");
        for (String value : values) {
            String cell = "<code>%s</code>".formatted(Chart.escape(value));
            out.append("<td>").append(differs ? "<b>" + cell + "</b>" : cell).append("</td>");
        }
        out.append("</tr>");
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
                        + " <code>delivery.csv</code>, <code>deadlines.csv</code>, <code>hops.csv</code>, <code>gaps.csv</code>, <code>graph.csv</code>, <code>neighbourhood.csv</code>, <code>graylisting.csv</code>,"
                        + " <code>scores.csv</code>, <code>series.csv</code>, <code>bandwidth.csv</code>, <code>attack.csv</code>, <code>survival.csv</code>;"
                        + " <code>sim schema --tables</code> says what each column is. <code>digest.csv</code> has one line for each second,"
                        + " which two runs of the same scenario and seed share.</p></section>");
    }

    private static String percent(double value) {
        if (value == 1) return "100 %";
        String text = String.format(Locale.ROOT, value > 0.99 ? "%.3f" : "%.1f", 100 * value);
        return text + " %";
    }

    private static String millis(double value) {
        if (Double.isNaN(value)) return "-";
        return String.format(Locale.ROOT, value < 100 ? "%.1f ms" : "%,.0f ms", value);
    }

    private static String number(double value) {
        if (Double.isNaN(value)) return "-";
        if (value == Math.rint(value)) return String.format(Locale.ROOT, "%,d", (long) value);
        return String.format(Locale.ROOT, "%,.2f", value);
    }
}
