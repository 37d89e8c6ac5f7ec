package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen peers`: who a node is connected to and what it thinks of them. Source: operations.md 3.
@Command(
        name = "peers",
        description = "Peers of a running node and their scores",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            PeersCommand.Listing.class,
            PeersCommand.Scores.class,
            PeersCommand.Show.class,
            PeersCommand.Mesh.class
        })
final class PeersCommand implements Callable<Integer> {
    private static final List<String> COMPONENTS =
            List.of("P1", "P2", "P3", "P3b", "P4", "P5", "P6", "P7");

    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// What rows come first.
    enum Order {
        /// Best score first.
        SCORE,
        /// Worst score first.
        WORST,
        /// Shortest round trip first.
        RTT,
        /// By id.
        ID;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        private Comparator<JsonNode> comparator() {
            Comparator<JsonNode> byId = Comparator.comparing(peer -> peer.path("id").asText());
            return switch (this) {
                case SCORE -> by(peer -> -peer.path("score").asDouble()).thenComparing(byId);
                case WORST -> by(peer -> peer.path("score").asDouble()).thenComparing(byId);
                case RTT ->
                        by(peer -> peer.path("rttMs").asDouble(Double.MAX_VALUE))
                                .thenComparing(byId);
                case ID -> byId;
            };
        }

        private static Comparator<JsonNode> by(ToDoubleFunction<JsonNode> value) {
            return Comparator.comparingDouble(value);
        }
    }

    /// Which peers, in which order: the flags of the commands that list them.
    static final class Choice {
        @Option(
                names = "--sort",
                defaultValue = "score",
                description = "First rows: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
        Order sort = Order.SCORE;

        @Option(names = "--topic", paramLabel = "NAME", description = "Only members of its mesh")
        @Nullable String topic;

        @Option(names = "--min-score", description = "Only peers with this score or more")
        @Nullable Double minScore;

        @Option(names = "--limit", defaultValue = "50", description = "Most rows (default 50)")
        int limit;

        /// Peers of the state.
        ///
        /// @throws OperatorException USE-001 if the node has not joined the topic
        List<JsonNode> peers(JsonNode state, double below) {
            String wanted = topic;
            var topics = new ArrayList<String>();
            state.path("topics").forEach(one -> topics.add(one.path("name").asText()));
            if (wanted != null && !topics.contains(wanted)) {
                throw new OperatorException(
                        ErrorCode.USE_001,
                        "the node has not joined \"" + wanted + "\"",
                        topics.isEmpty() ? "it has joined nothing" : "it has " + topics);
            }
            if (limit < 1) {
                throw new OperatorException(
                        ErrorCode.USE_001, "--limit is " + limit, "it must be at least 1");
            }
            var peers = new ArrayList<JsonNode>();
            state.path("peers").forEach(peers::add);
            Double least = minScore;
            peers.removeIf(peer -> {
                double score = peer.path("score").asDouble();
                return score >= below
                        || (least != null && score < least)
                        || (wanted != null && !inMesh(peer, wanted));
            });
            peers.sort(sort.comparator());
            return peers.subList(0, Math.min(limit, peers.size()));
        }

        private static boolean inMesh(JsonNode peer, String topic) {
            for (JsonNode one : peer.path("mesh")) if (one.asText().equals(topic)) return true;
            return false;
        }
    }

    private static String name(JsonNode peer) {
        String name = peer.path("name").asText();
        String id = peer.path("short").asText();
        return PollenCli.printable(name.isEmpty() ? id : name + " " + id);
    }

    private static String meshes(JsonNode peer) {
        var names = new ArrayList<String>();
        peer.path("mesh").forEach(one -> names.add(PollenCli.printable(one.asText())));
        return names.isEmpty() ? "" : "mesh(" + String.join(",", names) + ")";
    }

    /// `pollen peers list`.
    @Command(name = "list", description = "Id, direction, protocol, address, score")
    static final class Listing implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Mixin Choice choice = new Choice();

        @Override
        public Integer call() {
            List<JsonNode> peers =
                    choice.peers(
                            OpsClient.of(global).get("/api/v1/state"), Double.POSITIVE_INFINITY);
            var out = spec.commandLine().getOut();
            if (global.json()) {
                out.println(Json.list("peers", peers));
            } else {
                out.printf(
                        "%-20s %-4s %-18s %-24s %8s %8s  %s%n",
                        "PEER", "DIR", "PROTOCOL", "AGENT", "SCORE", "RTT", "ADDRESS");
                for (JsonNode peer : peers) {
                    out.printf(
                            Locale.ROOT,
                            "%-20s %-4s %-18s %-24s %+8.2f %8s  %s%n",
                            name(peer),
                            peer.path("dir").asText(),
                            peer.path("protocol").asText(),
                            PollenCli.printable(peer.path("agent").asText()),
                            peer.path("score").asDouble(),
                            peer.path("rttMs").isNumber()
                                    ? "%.1f ms".formatted(peer.path("rttMs").asDouble())
                                    : "-",
                            peer.path("address").asText());
                }
            }
            out.flush();
            return 0;
        }
    }

    /// `pollen peers scores`.
    @Command(name = "scores", description = "What each of P1 to P7 adds to each peer's score")
    static final class Scores implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(names = "--negative", description = "Only peers below zero")
        boolean negative;

        @Option(
                names = "--by",
                defaultValue = "component",
                description = "Columns: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
        By by = By.COMPONENT;

        @Option(
                names = "--watch",
                arity = "0..1",
                fallbackValue = "2s",
                converter = DevnetCommand.Span.class,
                paramLabel = "TIME",
                description = "Again and again, every 2 s or so often, until interrupted")
        @Nullable Duration watch;

        @Mixin Choice choice = new Choice();

        /// What the columns are.
        enum By {
            /// P1 to P7.
            COMPONENT,
            /// What each topic adds, and what no topic does.
            TOPIC;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        @Override
        public Integer call() throws InterruptedException {
            OpsClient node = OpsClient.of(global);
            Duration pause = watch;
            print(node);
            while (pause != null) {
                TimeUnit.NANOSECONDS.sleep(Math.max(pause.toNanos(), 100_000_000));
                if (!global.json()) spec.commandLine().getOut().println();
                print(node);
            }
            return 0;
        }

        private void print(OpsClient node) {
            double below = negative ? 0 : Double.POSITIVE_INFINITY;
            List<JsonNode> peers = choice.peers(node.get("/api/v1/state"), below);
            var out = spec.commandLine().getOut();
            if (by == By.TOPIC) {
                byTopic(node, peers);
            } else if (global.json()) {
                out.println(Json.list("peers", peers));
            } else {
                var head = new StringBuilder("%-20s".formatted("PEER"));
                COMPONENTS.forEach(name -> head.append("%8s".formatted(name)));
                out.println(head + "%9s  %s".formatted("TOTAL", "STATE"));
                for (JsonNode peer : peers) out.println(row(peer));
            }
            out.flush();
        }

        /// One row for each peer and topic: counters as they are.
        private void byTopic(OpsClient node, List<JsonNode> peers) {
            var out = spec.commandLine().getOut();
            var rows = new ArrayList<JsonNode>();
            for (JsonNode peer : peers) {
                rows.add(node.get("/api/v1/peers/" + peer.path("id").asText()));
            }
            if (global.json()) {
                out.println(Json.list("peers", rows));
                return;
            }
            out.printf(
                    "%-20s %-10s %-5s %9s %9s %9s %9s %9s %9s%n",
                    "PEER", "TOPIC", "MESH", "TIME", "FIRST", "COPIES", "FAILURE", "INVALID",
                    "TOTAL");
            for (int i = 0; i < rows.size(); i++) {
                for (JsonNode topic : rows.get(i).path("topics")) {
                    out.printf(
                            Locale.ROOT,
                            "%-20s %-10s %-5s %8ds %9.1f %9.1f %9.2f %9.1f %+9.2f%n",
                            name(peers.get(i)),
                            PollenCli.printable(topic.path("topic").asText()),
                            topic.path("inMesh").asBoolean() ? "yes" : "no",
                            topic.path("timeInMeshMs").asLong() / 1000,
                            topic.path("firstMessageDeliveries").asDouble(),
                            topic.path("meshMessageDeliveries").asDouble(),
                            topic.path("meshFailurePenalty").asDouble(),
                            topic.path("invalidMessageDeliveries").asDouble(),
                            rows.get(i).path("score").asDouble());
                }
            }
        }

        private static String row(JsonNode peer) {
            var row = new StringBuilder("%-20s".formatted(name(peer)));
            for (int i = 0; i < COMPONENTS.size(); i++) {
                row.append(String.format(Locale.ROOT, "%+8.2f", peer.path("p").path(i).asDouble()));
            }
            row.append(String.format(Locale.ROOT, "%+9.2f  ", peer.path("score").asDouble()));
            var state = new ArrayList<String>();
            state.add(meshes(peer));
            state.add(peer.path("gates").asText());
            peer.path("reasons").forEach(one -> state.add(PollenCli.printable(one.asText())));
            state.removeIf(String::isEmpty);
            return row.append(String.join("; ", state)).toString();
        }
    }

    /// `pollen peers mesh`.
    @Command(name = "mesh", description = "Who is in the mesh of each topic")
    static final class Mesh implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            JsonNode topics = OpsClient.of(global).get("/api/v1/state").path("topics");
            var out = spec.commandLine().getOut();
            var all = new ArrayList<JsonNode>();
            topics.forEach(all::add);
            if (global.json()) {
                out.println(Json.list("topics", all));
            } else {
                for (JsonNode topic : all) {
                    out.printf(
                            "%s  mask %s  %d subscribers  %d in mesh%n",
                            topic.path("name").asText(),
                            topic.path("mask").asText(),
                            topic.path("subscribers").asInt(),
                            topic.path("mesh").size());
                    topic.path("mesh").forEach(id -> out.println("  " + id.asText()));
                }
            }
            out.flush();
            return 0;
        }
    }

    /// `pollen peers show ID`: the same as `pollen score explain ID`.
    @Command(name = "show", description = "Why a peer's score is what it is, line by line")
    static final class Show implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "PEER", description = "Peer id, its short form, or a node's name")
        @Nullable String peer;

        @Override
        public Integer call() {
            explain(global, spec, String.valueOf(peer));
            return 0;
        }
    }

    /// Prints why a peer has its score.
    static void explain(GlobalOptions global, CommandSpec spec, String wanted) {
        OpsClient node = OpsClient.of(global);
        String id = null;
        for (JsonNode peer : node.get("/api/v1/state").path("peers")) {
            if (List.of(
                            peer.path("id").asText(),
                            peer.path("short").asText(),
                            peer.path("name").asText())
                    .contains(wanted)) {
                id = peer.path("id").asText();
            }
        }
        if (id == null) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    "the node has no peer \"" + wanted + "\"",
                    "pollen peers list shows those it has");
        }
        JsonNode answer = node.get("/api/v1/peers/" + id);
        var out = spec.commandLine().getOut();
        if (global.json()) {
            out.println(answer);
        } else {
            out.println("peer " + id);
            answer.path("lines").forEach(line -> out.println(PollenCli.printable(line.asText())));
            String gates = answer.path("gates").asText();
            if (!gates.isEmpty()) out.println("state " + gates);
            answer.path("reasons")
                    .forEach(reason ->
                            out.println(
                                    "because "
                                            + reason.path("component").asText()
                                            + ": "
                                            + PollenCli.printable(reason.path("text").asText())));
            answer.path("offences")
                    .forEach(one -> out.println("seen " + PollenCli.printable(one.asText())));
        }
        out.flush();
    }
}
