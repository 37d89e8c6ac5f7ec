package org.pollen.node.ops;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/// The Grafana dashboards, made from a list of panels, so that a panel is three lines to read and
/// the committed JSON never drifts from them.
///
/// In a query, `#` stands for the filter that every dashboard variable but the topic adds. Source:
/// operations.md 11.
public final class Dashboards {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int COLUMNS = 24;

    private Dashboards() {}

    /// How a panel draws.
    private enum Form {
        STAT("stat", 4, 4),
        LINES("timeseries", 8, 8),
        STACK("timeseries", 8, 8);

        private final String type;
        private final int width;
        private final int height;

        Form(String type, int width, int height) {
            this.type = type;
            this.width = width;
            this.height = height;
        }
    }

    /// One question.
    private record Query(String expression, String legend) {}

    /// One panel.
    ///
    /// @param unit Grafana's name of the unit
    /// @param red from where a value is bad; NaN for never. Below it when `redBelow`
    /// @param maybeEmpty whether a healthy network may have no answer
    private record Panel(
            Form form,
            String title,
            String description,
            String unit,
            double red,
            boolean redBelow,
            boolean maybeEmpty,
            List<Query> queries) {

        Panel redFrom(double value) {
            return new Panel(form, title, description, unit, value, false, maybeEmpty, queries);
        }

        Panel redBelow(double value) {
            return new Panel(form, title, description, unit, value, true, maybeEmpty, queries);
        }

        Panel orEmpty() {
            return new Panel(form, title, description, unit, red, redBelow, true, queries);
        }
    }

    private record Row(String title, List<Panel> panels) {}

    /// File names and texts of all dashboards.
    public static Map<String, String> all() {
        return Map.of("overview.json", overview());
    }

    private static String overview() {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("annotations").set("list", annotations());
        root.put("description", "A Pollen network: mesh, scores, traffic, pool and chain.");
        root.put("editable", true).put("fiscalYearStartMonth", 0).put("graphTooltip", 1);
        root.putNull("id");
        root.putArray("links")
                .addObject()
                .put("type", "dashboards")
                .put("title", "Pollen")
                .put("asDropdown", true)
                .put("includeVars", true)
                .put("keepTime", true)
                .putArray("tags")
                .add("pollen");
        root.set(
                "panels",
                panels(
                        List.of(
                                new Row("1 Overview", overviewRow()),
                                new Row("2 Mesh", meshRow()),
                                new Row("3 Scores", scoresRow()),
                                new Row("4 Gossip traffic", trafficRow()),
                                new Row("5 Pool and chain", poolRow()),
                                new Row("8 Network and host", hostRow()))));
        root.put("refresh", "10s").put("schemaVersion", 39);
        root.putArray("tags").add("pollen");
        root.putObject("templating").set("list", variables());
        root.putObject("time").put("from", "now-15m").put("to", "now");
        root.putObject("timepicker");
        root.put("timezone", "browser").put("title", "Pollen / Overview");
        root.put("uid", "pollen-overview").put("version", 1).put("weekStart", "");
        return text(root);
    }

    private static List<Panel> overviewRow() {
        return List.of(
                stat(
                                "Ready",
                                "The worst readiness check of each node: 1 passes. See /readyz?verbose.",
                                "none",
                                "min by (instance) (pollen_ready{#})",
                                "{{instance}}")
                        .redBelow(1),
                stat(
                                "Peers",
                                "Distinct connected peers of each node.",
                                "none",
                                "libp2p_peers{#}",
                                "{{instance}}")
                        .redBelow(1),
                stat(
                                "Smallest mesh",
                                "The smallest mesh of each node over its topics; below d_lo it grafts.",
                                "none",
                                "min by (instance) (gossipsub_mesh_peers{#})",
                                "{{instance}}")
                        .redBelow(1),
                stat(
                                "Head age",
                                "Seconds since the block that each node follows was made.",
                                "s",
                                "time() - chain_head_timestamp_seconds{#}",
                                "{{instance}}")
                        .redFrom(60),
                stat(
                        "Pending",
                        "Executable transactions in each pool.",
                        "short",
                        "txpool_pending{#}",
                        "{{instance}}"),
                new Panel(
                        Form.STAT,
                        "Version",
                        "Version, commit and dialect that run.",
                        "none",
                        Double.NaN,
                        false,
                        false,
                        List.of(
                                new Query(
                                        "count by (version, commit, dialect) (pollen_build_info{#})",
                                        "{{version}} {{commit}} {{dialect}}"))),
                lines(
                                "Delivery p99",
                                "From publishing to the first copy at a node: 99 of 100 are faster. Needs the shipped rules.",
                                "s",
                                "topic:gossipsub_delivery_seconds:p99_5m{topic=~\"$topic\"}",
                                "{{topic}}")
                        .redFrom(2),
                lines(
                        "Messages delivered",
                        "Messages a second handed to the application, over all chosen nodes.",
                        "cps",
                        "sum by (topic) (rate(gossipsub_messages_delivered_total{#,topic=~\"$topic\"}[$__rate_interval]))",
                        "{{topic}}"),
                lines(
                                "Rejected share",
                                "Share of validated messages that were rejected: above 5 % somebody sends rubbish. Needs the shipped rules.",
                                "percentunit",
                                "instance:gossipsub_reject:ratio_5m{instance=~\"$instance\"}",
                                "{{instance}}")
                        .redFrom(0.05),
                lines(
                        "Pool",
                        "Pending and queued transactions of each node.",
                        "short",
                        "txpool_pending{#}",
                        "pending {{instance}}",
                        "txpool_queued{#}",
                        "queued {{instance}}"),
                lines(
                                "Readiness checks",
                                "Checks that pass: 1, or fail: 0.",
                                "none",
                                "min by (check) (pollen_ready{#})",
                                "{{check}}")
                        .redBelow(1),
                lines(
                                "Internal queues",
                                "How full the bounded queues between the loops are; a full one refuses.",
                                "percentunit",
                                "max by (queue) (pollen_queue_depth{#} / pollen_queue_limit{#})",
                                "{{queue}}")
                        .redFrom(0.8));
    }

    private static List<Panel> meshRow() {
        return List.of(
                lines(
                        "Mesh size against its bounds",
                        "Members of each mesh; d_lo and d_hi are the bounds that the heartbeat keeps.",
                        "none",
                        "gossipsub_mesh_peers{#,topic=~\"$topic\"}",
                        "{{topic}} {{instance}}",
                        "max(gossipsub_param{#,name=\"d_lo\"})",
                        "d_lo",
                        "max(gossipsub_param{#,name=\"d_hi\"})",
                        "d_hi"),
                stack(
                        "Grafts",
                        "Peers taken into a mesh, by reason.",
                        "cps",
                        "sum by (reason) (rate(gossipsub_mesh_grafts_total{#,topic=~\"$topic\"}[$__rate_interval]))",
                        "{{reason}}"),
                stack(
                        "Prunes",
                        "Peers taken out of a mesh, by reason; bad_score says look at the scores.",
                        "cps",
                        "sum by (reason) (rate(gossipsub_mesh_prunes_total{#,topic=~\"$topic\"}[$__rate_interval]))",
                        "{{reason}}"),
                stack(
                        "Grafts refused",
                        "GRAFTs that were not accepted, by reason; backoff and flood cost the sender.",
                        "cps",
                        "sum by (reason) (rate(gossipsub_grafts_refused_total{#}[$__rate_interval]))",
                        "{{reason}}"),
                lines(
                        "Outbound share",
                        "Share of mesh members that the node dialled itself: low values make an eclipse cheap.",
                        "percentunit",
                        "gossipsub_mesh_outbound_peers{#,topic=~\"$topic\"} / clamp_min(gossipsub_mesh_peers{#,topic=~\"$topic\"}, 1)",
                        "{{topic}} {{instance}}"),
                lines(
                        "Prefix concentration",
                        "Largest share of a mesh in one IPv4 /24 or IPv6 /48. A local network is all in one.",
                        "percentunit",
                        "gossipsub_mesh_max_peers_per_prefix{#,topic=~\"$topic\"} / clamp_min(gossipsub_mesh_peers{#,topic=~\"$topic\"}, 1)",
                        "{{topic}} {{instance}}"),
                lines(
                        "Backoffs",
                        "Peers that may not be grafted yet.",
                        "none",
                        "gossipsub_backoffs{#}",
                        "{{instance}}"),
                lines(
                        "Agents",
                        "Programs that the peers say they are.",
                        "none",
                        "sum by (agent) (libp2p_agents{#})",
                        "{{agent}}"),
                lines(
                        "Subscribers",
                        "Peers that announced the topic, whether in the mesh or not.",
                        "none",
                        "gossipsub_topic_peers{#,topic=~\"$topic\"}",
                        "{{topic}} {{instance}}"));
    }

    private static List<Panel> scoresRow() {
        return List.of(
                lines(
                                "Distribution",
                                "Scores of the connected peers: lowest, median and highest over the chosen nodes.",
                                "none",
                                "min(gossipsub_score{#,stat=\"min\"})",
                                "min",
                                "avg(gossipsub_score{#,stat=\"p50\"})",
                                "p50",
                                "max(gossipsub_score{#,stat=\"max\"})",
                                "max")
                        .redBelow(0),
                lines(
                        "Populations",
                        "Peers at or above each threshold, summed over the nodes: a gap below graylist is ignored altogether.",
                        "none",
                        "sum by (threshold) (gossipsub_peers_by_score_threshold{#})",
                        "{{threshold}}"),
                lines(
                        "P1 to P7, mean",
                        "What each part adds to a score on average.",
                        "none",
                        "sum by (p) (gossipsub_score_component{#,stat=\"mean\"})",
                        "{{p}}"),
                lines(
                        "P1 to P7, worst",
                        "The lowest contribution of each part to any peer's score: which rule bites.",
                        "none",
                        "min by (p) (gossipsub_score_component{#,stat=\"min\"})",
                        "{{p}}"),
                stack(
                        "Penalties",
                        "Behaviour that was charged in the last five minutes, by reason.",
                        "none",
                        "sum by (reason) (increase(gossipsub_penalties_total{#}[5m]))",
                        "{{reason}}"),
                lines(
                                "Worst score in a mesh",
                                "The lowest score of a mesh member: below 0 it is pruned at the next heartbeat.",
                                "none",
                                "gossipsub_mesh_score{#,stat=\"min\",topic=~\"$topic\"}",
                                "{{topic}} {{instance}}")
                        .redBelow(0),
                lines(
                                "Graylisted",
                                "Peers whose frames are dropped unread.",
                                "none",
                                "gossipsub_peers{#} - on (instance) gossipsub_peers_by_score_threshold{#,threshold=\"graylist\"}",
                                "{{instance}}")
                        .redFrom(1),
                lines(
                        "By topic and part",
                        "Mean contribution of each part within a topic.",
                        "none",
                        "sum by (topic, p) (gossipsub_score_component{#,stat=\"mean\",topic=~\"$topic\"})",
                        "{{topic}} {{p}}"),
                lines(
                        "Remembered",
                        "Scores kept of peers that left, and delivery records.",
                        "none",
                        "sum(gossipsub_score_retained_peers{#})",
                        "retained peers",
                        "sum(gossipsub_score_delivery_records{#})",
                        "delivery records"));
    }

    private static List<Panel> trafficRow() {
        return List.of(
                lines(
                        "Duplicates per message",
                        "Later copies for each first copy: about the mesh degree less one, lower with IDONTWANT. Needs the shipped rules.",
                        "none",
                        "topic:gossipsub_duplicates_per_message:ratio_5m{instance=~\"$instance\",topic=~\"$topic\"}",
                        "{{topic}} {{instance}}"),
                lines(
                        "Bytes",
                        "RPC bytes a second in each direction.",
                        "Bps",
                        "sum by (dir) (rate(gossipsub_rpc_bytes_total{#}[$__rate_interval]))",
                        "{{dir}}"),
                stack(
                        "Parts received",
                        "What the received frames hold.",
                        "cps",
                        "sum by (part) (rate(gossipsub_rpc_received_total{#}[$__rate_interval]))",
                        "{{part}}"),
                lines(
                                "Promises kept",
                                "Share of IWANT requests that were answered in time.",
                                "percentunit",
                                "sum(rate(gossipsub_iwant_promises_total{#,result=\"kept\"}[$__rate_interval])) / clamp_min(sum(rate(gossipsub_iwant_promises_total{#}[$__rate_interval])), 0.001)",
                                "kept")
                        .orEmpty(),
                lines(
                        "Saved by IDONTWANT",
                        "Payload bytes a second that were not sent because the peer had them.",
                        "Bps",
                        "sum by (instance) (rate(gossipsub_idontwant_saved_bytes_total{#}[$__rate_interval]))",
                        "{{instance}}"),
                stack(
                                "Dropped outbound",
                                "Frames that found no room or expired, by class: control and own should stay at 0.",
                                "cps",
                                "sum by (class, reason) (rate(gossipsub_rpc_dropped_total{#}[$__rate_interval]))",
                                "{{class}} {{reason}}")
                        .orEmpty(),
                lines(
                        "Validation p99",
                        "Time from receipt to verdict.",
                        "s",
                        "histogram_quantile(0.99, sum by (le, topic) (rate(gossipsub_validation_seconds_bucket{#,topic=~\"$topic\"}[$__rate_interval])))",
                        "{{topic}}"),
                lines(
                                "Heartbeat p99",
                                "Time that a heartbeat takes; above 0.1 s the loop is overloaded.",
                                "s",
                                "histogram_quantile(0.99, sum by (le, instance) (rate(gossipsub_heartbeat_duration_seconds_bucket{#}[$__rate_interval])))",
                                "{{instance}}")
                        .redFrom(0.1),
                stack(
                        "Verdicts",
                        "What validation said of messages.",
                        "cps",
                        "sum by (result) (rate(gossipsub_validation_total{#,topic=~\"$topic\"}[$__rate_interval]))",
                        "{{result}}"));
    }

    private static List<Panel> poolRow() {
        return List.of(
                lines(
                        "Counts",
                        "Transactions and slots; at the limit the cheapest leave.",
                        "short",
                        "max(txpool_pending{#})",
                        "pending",
                        "max(txpool_queued{#})",
                        "queued",
                        "max(txpool_slots{#})",
                        "slots",
                        "max(txpool_slots_limit{#})",
                        "limit"),
                lines(
                        "Accepted",
                        "Valid transactions a second that each pool takes.",
                        "cps",
                        "rate(txpool_valid_total{#}[$__rate_interval])",
                        "{{instance}}"),
                stack(
                        "Refused",
                        "The eight most frequent errors.",
                        "cps",
                        "topk(8, sum by (error) (rate(txpool_rejected_total{#}[$__rate_interval])))",
                        "{{error}}"),
                stack(
                        "Evicted",
                        "Transactions that left without being mined.",
                        "cps",
                        "sum(rate(txpool_pending_ratelimit_total{#}[$__rate_interval]))",
                        "pending over limit",
                        "sum(rate(txpool_queued_eviction_total{#}[$__rate_interval]))",
                        "queued too long",
                        "sum(rate(txpool_pending_nofunds_total{#}[$__rate_interval]))",
                        "no funds"),
                stack(
                        "Gossip verdicts",
                        "What the pool told the mesh about received transactions.",
                        "cps",
                        "sum by (verdict) (rate(txpool_gossip_verdicts_total{#}[$__rate_interval]))",
                        "{{verdict}}"),
                lines(
                        "Prices",
                        "The base fee and the lowest tip that is taken.",
                        "none",
                        "max(chain_base_fee_wei{#})",
                        "base fee",
                        "max by (what) (txpool_price_wei{#})",
                        "{{what}}"),
                lines(
                        "Head",
                        "Block number of each node: the lines lie on each other.",
                        "none",
                        "chain_head_number{#}",
                        "{{instance}}"),
                lines(
                        "Reorganisations",
                        "Reorganisations in the last hour, and the depth of the last one.",
                        "none",
                        "max(increase(chain_reorgs_total{#}[1h]))",
                        "in an hour",
                        "max(chain_reorg_depth_blocks{#})",
                        "last depth"),
                lines(
                                "Fill",
                                "Used share of the pool's slots. Needs the shipped rules.",
                                "percentunit",
                                "instance:txpool_fill:ratio{instance=~\"$instance\"}",
                                "{{instance}}")
                        .redFrom(0.95));
    }

    private static List<Panel> hostRow() {
        return List.of(
                lines(
                        "Connections",
                        "Open connections by direction.",
                        "none",
                        "sum by (dir, transport) (libp2p_swarm_connections{#})",
                        "{{dir}} {{transport}}"),
                stack(
                                "Dials that failed",
                                "By result.",
                                "cps",
                                "sum by (result) (rate(libp2p_swarm_dials_total{#,result!=\"ok\"}[$__rate_interval]))",
                                "{{result}}")
                        .orEmpty(),
                lines(
                        "Traffic",
                        "Bytes a second after decryption.",
                        "Bps",
                        "sum by (dir) (rate(libp2p_data_transfer_bytes_total{#}[$__rate_interval]))",
                        "{{dir}}"),
                lines(
                        "Heap",
                        "Java heap of each process; nodes of a devnet share one.",
                        "bytes",
                        "sum by (instance) (jvm_memory_used_bytes{#,area=\"heap\"})",
                        "{{instance}}"),
                lines(
                                "Garbage collection",
                                "Share of time in pauses.",
                                "percentunit",
                                "sum by (instance) (rate(jvm_gc_pause_seconds_sum{#}[$__rate_interval]))",
                                "{{instance}}")
                        .redFrom(0.1)
                        .orEmpty(),
                lines(
                                "Files",
                                "Share of the allowed file descriptors that are open.",
                                "percentunit",
                                "process_files_open_files{#} / process_files_max_files{#}",
                                "{{instance}}")
                        .redFrom(0.8),
                stack(
                                "JSON-RPC",
                                "Calls a second by method and result.",
                                "cps",
                                "sum by (method, result) (rate(rpc_requests_total{#}[$__rate_interval]))",
                                "{{method}} {{result}}")
                        .orEmpty(),
                lines(
                                "Handshake p99",
                                "From the open connection to the negotiated muxer, over an hour.",
                                "s",
                                "histogram_quantile(0.99, sum by (le) (rate(libp2p_swarm_handshake_seconds_bucket{#}[1h])))",
                                "p99")
                        .redFrom(5)
                        .orEmpty(),
                lines(
                                "Ping p50",
                                "Round trip to the peers.",
                                "s",
                                "histogram_quantile(0.5, sum by (le, instance) (rate(libp2p_ping_seconds_bucket{#}[$__rate_interval])))",
                                "{{instance}}")
                        .orEmpty());
    }

    private static Panel stat(String title, String description, String unit, String... queries) {
        return panel(Form.STAT, title, description, unit, queries);
    }

    private static Panel lines(String title, String description, String unit, String... queries) {
        return panel(Form.LINES, title, description, unit, queries);
    }

    private static Panel stack(String title, String description, String unit, String... queries) {
        return panel(Form.STACK, title, description, unit, queries);
    }

    /// @param queries expression and legend in turn
    private static Panel panel(
            Form form, String title, String description, String unit, String... queries) {
        var list = new java.util.ArrayList<Query>();
        for (int i = 0; i < queries.length; i += 2) {
            list.add(new Query(queries[i], queries[i + 1]));
        }
        return new Panel(
                form, title, description, unit, Double.NaN, false, false, List.copyOf(list));
    }

    private static ArrayNode panels(List<Row> rows) {
        ArrayNode out = JSON.createArrayNode();
        int id = 1;
        int y = 0;
        for (Row row : rows) {
            ObjectNode head = out.addObject();
            head.put("collapsed", false);
            place(head, 0, y, COLUMNS, 1);
            head.put("id", id++);
            head.putArray("panels");
            head.put("title", row.title).put("type", "row");
            y++;
            int x = 0;
            int tallest = 0;
            for (Panel panel : row.panels) {
                if (x + panel.form.width > COLUMNS) {
                    x = 0;
                    y += tallest;
                    tallest = 0;
                }
                ObjectNode node = draw(panel, id++);
                place(node, x, y, panel.form.width, panel.form.height);
                out.add(node);
                x += panel.form.width;
                tallest = Math.max(tallest, panel.form.height);
            }
            y += tallest;
        }
        return out;
    }

    private static void place(ObjectNode node, int x, int y, int width, int height) {
        node.putObject("gridPos").put("h", height).put("w", width).put("x", x).put("y", y);
    }

    private static ObjectNode draw(Panel panel, int id) {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", id).put("type", panel.form.type).put("title", panel.title);
        node.put("description", panel.description);
        if (panel.maybeEmpty) node.put("maybeEmpty", true);
        node.set("datasource", datasource());
        ObjectNode defaults = node.putObject("fieldConfig").putObject("defaults");
        defaults.put("unit", panel.unit).putObject("color").put("mode", mode(panel.form));
        thresholds(defaults, panel);
        if (panel.form != Form.STAT) {
            ObjectNode custom = defaults.putObject("custom");
            custom.put("drawStyle", "line").put("lineWidth", 1).put("showPoints", "never");
            custom.put("fillOpacity", panel.form == Form.STACK ? 30 : 5);
            String stacking = panel.form == Form.STACK ? "normal" : "none";
            custom.putObject("stacking").put("group", "A").put("mode", stacking);
        }
        ((ObjectNode) node.get("fieldConfig")).putArray("overrides");
        options(node.putObject("options"), panel);
        ArrayNode targets = node.putArray("targets");
        char ref = 'A';
        for (Query query : panel.queries) {
            ObjectNode target = targets.addObject();
            target.set("datasource", datasource());
            target.put("editorMode", "code").put("expr", filtered(query.expression));
            target.put("instant", panel.form == Form.STAT);
            target.put("legendFormat", query.legend).put("range", panel.form != Form.STAT);
            target.put("refId", String.valueOf(ref++));
        }
        return node;
    }

    private static String mode(Form form) {
        return form == Form.STAT ? "thresholds" : "palette-classic";
    }

    private static void options(ObjectNode options, Panel panel) {
        if (panel.form == Form.STAT) {
            boolean names = panel.title.equals("Version");
            options.put("colorMode", names ? "none" : "value").put("graphMode", "none");
            options.put("textMode", names ? "name" : "value_and_name");
            ObjectNode reduce = options.putObject("reduceOptions");
            reduce.putArray("calcs").add("lastNotNull");
            reduce.put("fields", "").put("values", false);
            return;
        }
        ObjectNode legend = options.putObject("legend");
        legend.put("displayMode", "list").put("placement", "bottom").put("showLegend", true);
        legend.putArray("calcs");
        options.putObject("tooltip").put("mode", "multi").put("sort", "desc");
    }

    private static void thresholds(ObjectNode defaults, Panel panel) {
        ObjectNode thresholds = defaults.putObject("thresholds").put("mode", "absolute");
        ArrayNode steps = thresholds.putArray("steps");
        boolean none = Double.isNaN(panel.red);
        steps.addObject().put("color", panel.redBelow ? "red" : "green").putNull("value");
        if (!none) {
            steps.addObject()
                    .put("color", panel.redBelow ? "green" : "red")
                    .put("value", panel.red);
        }
    }

    private static String filtered(String expression) {
        return expression.replace("#", "job=~\"$job\",instance=~\"$instance\"");
    }

    private static ObjectNode datasource() {
        return JSON.createObjectNode().put("type", "prometheus").put("uid", "${DS}");
    }

    private static ArrayNode annotations() {
        ArrayNode list = JSON.createArrayNode();
        annotation(list, "Restarts", "red", "changes(process_start_time_seconds{#}[1m]) > 0");
        annotation(list, "Reorganisations", "orange", "increase(chain_reorgs_total{#}[1m]) > 0");
        return list;
    }

    private static void annotation(ArrayNode list, String name, String colour, String expression) {
        ObjectNode annotation = list.addObject();
        annotation.set("datasource", datasource());
        annotation.put("enable", true).put("expr", filtered(expression)).put("iconColor", colour);
        annotation.put("name", name).put("titleFormat", name + " {{instance}}");
    }

    private static ArrayNode variables() {
        ArrayNode list = JSON.createArrayNode();
        list.addObject()
                .put("name", "DS")
                .put("label", "Data source")
                .put("type", "datasource")
                .put("query", "prometheus")
                .put("refresh", 1);
        variable(list, "job", "Job", "label_values(pollen_build_info, job)");
        variable(
                list,
                "instance",
                "Node",
                "label_values(pollen_build_info{job=~\"$job\"}, instance)");
        variable(
                list, "topic", "Topic", "label_values(gossipsub_mesh_peers{job=~\"$job\"}, topic)");
        return list;
    }

    private static void variable(ArrayNode list, String name, String label, String query) {
        ObjectNode variable = list.addObject();
        variable.put("name", name).put("label", label).put("type", "query");
        variable.set("datasource", datasource());
        variable.put("definition", query).put("query", query);
        variable.put("includeAll", true).put("multi", true).put("allValue", ".+");
        variable.put("refresh", 2).put("sort", 1);
        ObjectNode current = variable.putObject("current");
        current.put("selected", true).putArray("text").add("All");
        current.putArray("value").add("$__all");
    }

    private static String text(ObjectNode root) {
        var indent = new DefaultIndenter("  ", "\n");
        var printer =
                new DefaultPrettyPrinter().withObjectIndenter(indent).withArrayIndenter(indent);
        try {
            return JSON.writer(printer).writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e); // a tree in memory always has a text
        }
    }
}
