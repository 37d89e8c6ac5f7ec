package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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

    /// Peers of the state, best score first.
    private static List<JsonNode> peers(OpsClient node, double below, int limit) {
        var peers = new ArrayList<JsonNode>();
        node.get("/api/v1/state").path("peers").forEach(peers::add);
        peers.removeIf(peer -> peer.path("score").asDouble() >= below);
        peers.sort(
                Comparator.comparingDouble((JsonNode peer) -> -peer.path("score").asDouble())
                        .thenComparing(peer -> peer.path("id").asText()));
        return peers.subList(0, Math.min(limit, peers.size()));
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

        @Option(names = "--limit", defaultValue = "50", description = "Most rows")
        int limit;

        @Override
        public Integer call() {
            List<JsonNode> peers = peers(OpsClient.of(global), Double.POSITIVE_INFINITY, limit);
            var out = spec.commandLine().getOut();
            if (global.json()) {
                out.println(Json.list("peers", peers));
            } else {
                out.printf(
                        "%-20s %-4s %-18s %-24s %8s  %s%n",
                        "PEER", "DIR", "PROTOCOL", "AGENT", "SCORE", "ADDRESS");
                for (JsonNode peer : peers) {
                    out.printf(
                            Locale.ROOT,
                            "%-20s %-4s %-18s %-24s %+8.2f  %s%n",
                            name(peer),
                            peer.path("dir").asText(),
                            peer.path("protocol").asText(),
                            PollenCli.printable(peer.path("agent").asText()),
                            peer.path("score").asDouble(),
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

        @Option(names = "--limit", defaultValue = "50", description = "Most rows")
        int limit;

        @Override
        public Integer call() {
            double below = negative ? 0 : Double.POSITIVE_INFINITY;
            List<JsonNode> peers = peers(OpsClient.of(global), below, limit);
            var out = spec.commandLine().getOut();
            if (global.json()) {
                out.println(Json.list("peers", peers));
            } else {
                var head = new StringBuilder("%-20s".formatted("PEER"));
                COMPONENTS.forEach(name -> head.append("%8s".formatted(name)));
                out.println(head + "%9s  %s".formatted("TOTAL", "STATE"));
                for (JsonNode peer : peers) out.println(row(peer));
            }
            out.flush();
            return 0;
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
