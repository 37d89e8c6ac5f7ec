package org.pollen.node.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ConfiguredNode;
import org.pollen.node.ErrorCode;
import org.pollen.node.NodeProfiles;
import org.pollen.node.OperatorException;
import org.pollen.node.Topics;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.Eth2Presets;
import org.pollen.scoring.LintContext;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreSnapshot;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.RejectReason;
import org.pollen.scoring.ScoreComponent;
import org.pollen.scoring.ScoreEngine;
import org.pollen.scoring.ScoreParamsLint;
import org.pollen.scoring.ScorePresets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen score`: read, check and try out score parameters. Source: operations.md 3.
@Command(
        name = "score",
        description = "Explain scores, check score parameters, try what they do",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ScoreCommand.Explain.class,
            ScoreCommand.Lint.class,
            ScoreCommand.Simulate.class
        })
final class ScoreCommand implements Callable<Integer> {
    private static final double TRANSACTIONS_PER_SECOND = 20;
    private static final List<ScoreComponent> COMPONENTS =
            List.of(
                    ScoreComponent.P1,
                    ScoreComponent.P2,
                    ScoreComponent.P3,
                    ScoreComponent.P3B,
                    ScoreComponent.P4,
                    ScoreComponent.P6,
                    ScoreComponent.P7);

    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// `pollen score explain PEER`.
    @Command(name = "explain", description = "Why a peer's score is what it is, line by line")
    static final class Explain implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "PEER", description = "Peer id, its short form, or a node's name")
        @Nullable String peer;

        @Override
        public Integer call() {
            PeersCommand.explain(global, spec, String.valueOf(peer));
            return 0;
        }
    }

    /// The parameter sets that the lint knows by name.
    enum Preset {
        /// Those of the configured node.
        NODE,
        /// The recommended set of signalling and transaction topics, as it is.
        RECOMMENDED,
        /// Filecoin's Lotus.
        LOTUS,
        /// Quilibrium with BlossomSub 2.0.
        QUILIBRIUM_20,
        /// Quilibrium with BlossomSub 2.1.
        QUILIBRIUM_21,
        /// The Ethereum consensus layer.
        ETH2,
        /// The test-bed of the gossipsub hardening study.
        HARDENING_TESTBED;

        /// As it is given and listed: lower case, with hyphens.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private record Set(
            PeerScoreParams params, PeerScoreThresholds thresholds, LintContext context) {}

    /// `pollen score lint`.
    @Command(
            name = "lint",
            description = "Find parameters that are valid but let attackers win (L1 to L18)")
    static final class Lint implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(
                names = "--preset",
                defaultValue = "node",
                description = "${COMPLETION-CANDIDATES} (default: the configured node)")
        Preset preset = Preset.NODE;

        @Override
        public Integer call() {
            List<ScoreParamsLint.Finding> findings;
            if (preset == Preset.NODE) {
                findings =
                        NodeProfiles.lint(
                                ConfiguredNode.gossip(global.load(Map.of())),
                                TRANSACTIONS_PER_SECOND,
                                true);
            } else {
                Set set = set(preset);
                findings = ScoreParamsLint.check(set.params, set.thresholds, set.context, true);
            }
            var out = spec.commandLine().getOut();
            if (global.json()) {
                ObjectNode answer = Json.answer().put("preset", preset.toString());
                ArrayNode list = answer.putArray("findings");
                for (var finding : findings) {
                    list.addObject()
                            .put("id", finding.id())
                            .put("severity", finding.severity().name())
                            .put("topic", finding.topic())
                            .put("message", finding.message());
                }
                out.println(answer);
            } else {
                findings.forEach(out::println);
                out.println(preset + ": " + findings.size() + " findings");
            }
            out.flush();
            return findings.isEmpty() ? 0 : 1;
        }

        private static Set set(Preset preset) {
            LintContext plain = LintContext.builder().build();
            return switch (preset) {
                case LOTUS ->
                        new Set(ScorePresets.LOTUS, ScorePresets.RECOMMENDED_THRESHOLDS, plain);
                case QUILIBRIUM_20 ->
                        new Set(
                                ScorePresets.QUILIBRIUM_20,
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                plain);
                case QUILIBRIUM_21 ->
                        new Set(
                                ScorePresets.QUILIBRIUM_21,
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                plain);
                case ETH2 ->
                        new Set(
                                Eth2Presets.params(Eth2Presets.Network.mainnet(500_000)),
                                Eth2Presets.THRESHOLDS,
                                plain);
                case HARDENING_TESTBED ->
                        new Set(
                                ScorePresets.HARDENING_TESTBED,
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                plain);
                case NODE, RECOMMENDED ->
                        new Set(
                                ScorePresets.RECOMMENDED,
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                plain);
            };
        }
    }

    /// `pollen score simulate`: the engine itself on a clock of its own, with one peer.
    @Command(
            name = "simulate",
            description =
                    "What a peer's score becomes when it behaves so, with the node's parameters")
    static final class Simulate implements Callable<Integer> {
        private static final long SECOND = 1_000_000_000L;
        private static final int PEER = 0;
        private static final int TOPIC = 0;
        private static final int EVENTS_MAX = 10_000_000;

        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(
                names = "--for",
                defaultValue = "10m",
                converter = DevnetCommand.Span.class,
                description = "How long it behaves so (default ${DEFAULT-VALUE})")
        Duration behaving = Duration.ofMinutes(10);

        @Option(
                names = "--then",
                defaultValue = "10m",
                converter = DevnetCommand.Span.class,
                description = "How long it does nothing afterwards (default ${DEFAULT-VALUE})")
        Duration after = Duration.ofMinutes(10);

        @Option(names = "--first", description = "First deliveries a second (default 0)")
        double first;

        @Option(names = "--copies", description = "Copies in time a second (default 0)")
        double copies;

        @Option(names = "--invalid", description = "Invalid messages a second (default 0)")
        double invalid;

        @Option(names = "--misbehaviour", description = "Behaviour penalties a second (default 0)")
        double misbehaviour;

        @Option(
                names = "--sharing",
                defaultValue = "1",
                description = "Peers that share its address, itself included")
        int sharing = 1;

        @Option(names = "--outside", description = "It is not in our mesh")
        boolean outside;

        private long messages;

        @Override
        public Integer call() {
            long seconds = behaving.toSeconds() + after.toSeconds();
            double events = behaving.toSeconds() * (first + copies + invalid + misbehaviour);
            check("--for and --then together", seconds, 1, 30 * 86_400L);
            check("--sharing", sharing, 1, 1000);
            for (double rate : new double[] {first, copies, invalid, misbehaviour}) {
                check("a rate", rate, 0, 100_000);
            }
            check("events in all", events, 0, EVENTS_MAX);
            NodeProfiles.Gossip gossip = ConfiguredNode.gossip(global.load(Map.of()));
            var rows = new ArrayList<ObjectNode>();
            var engine = engine(gossip);
            long step = Math.max(1, seconds / 20);
            for (long second = 0; second <= seconds; second++) {
                if (second % step == 0 || second == seconds) {
                    rows.add(row(engine.snapshot(PEER, second * SECOND), second, gossip));
                }
                if (second < behaving.toSeconds()) act(engine, second);
                while (engine.nextTickAt() <= (second + 1) * SECOND) {
                    engine.tick(engine.nextTickAt());
                }
            }
            print(rows);
            return 0;
        }

        private ScoreEngine engine(NodeProfiles.Gossip gossip) {
            var engine = new ScoreEngine(gossip.scores(), _ -> {}, 0);
            engine.registerTopic(
                    TOPIC,
                    Topics.mask(Topics.TRANSACTIONS, gossip.router().dialect())
                            .display(gossip.router().dialect()));
            for (int peer = PEER; peer < sharing; peer++) {
                engine.addPeer(peer, 0);
                engine.setAddresses(peer, List.of(new byte[] {(byte) 203, 0, 113, 7}));
            }
            if (!outside) engine.graft(PEER, TOPIC, 0);
            return engine;
        }

        private void act(ScoreEngine engine, long second) {
            long now = second * SECOND;
            int[] topics = {TOPIC};
            for (long n = due(first, second); n > 0; n--) {
                engine.validate(1, ++messages, now);
                engine.deliver(PEER, 1, messages, topics, now);
            }
            for (long n = due(copies, second); n > 0; n--) {
                engine.validate(1, ++messages, now);
                engine.deliver(-1, 1, messages, topics, now);
                engine.duplicate(PEER, 1, messages, topics, now);
            }
            for (long n = due(invalid, second); n > 0; n--) {
                engine.validate(1, ++messages, now);
                engine.reject(PEER, 1, messages, topics, RejectReason.VALIDATION_FAILED, now);
            }
            for (long n = due(misbehaviour, second); n > 0; n--) {
                engine.addPenalty(PEER, BehaviourPenalty.BROKEN_PROMISE);
            }
        }

        /// How many events of a rate fall into a second.
        private static long due(double rate, long second) {
            return (long) Math.floor(rate * (second + 1)) - (long) Math.floor(rate * second);
        }

        private static ObjectNode row(
                PeerScoreSnapshot score, long second, NodeProfiles.Gossip gossip) {
            ObjectNode row = Json.answer().put("second", second);
            row.remove("schema");
            var parts = new EnumMap<ScoreComponent, Double>(ScoreComponent.class);
            COMPONENTS.forEach(one -> parts.put(one, score.contribution(one) + 0.0)); // no -0.00
            parts.forEach((component, value) -> row.put(component.symbol(), value));
            row.put("total", score.score());
            PeerScoreThresholds thresholds = gossip.thresholds();
            row.put(
                    "state",
                    score.score() < thresholds.graylistThreshold()
                            ? "graylisted"
                            : score.score() < thresholds.publishThreshold()
                                    ? "publish-gated"
                                    : score.score() < thresholds.gossipThreshold()
                                            ? "gossip-gated"
                                            : score.score() < 0 ? "pruned" : "");
            return row;
        }

        private void print(List<ObjectNode> rows) {
            var out = spec.commandLine().getOut();
            if (global.json()) {
                out.println(Json.list("rows", rows));
            } else {
                var head = new StringBuilder("%8s".formatted("TIME"));
                COMPONENTS.forEach(one -> head.append("%10s".formatted(one.symbol())));
                out.println(head + "%10s  %s".formatted("TOTAL", "STATE"));
                for (ObjectNode row : rows) {
                    var line = new StringBuilder("%7ds".formatted(row.path("second").asLong()));
                    COMPONENTS.forEach(one ->
                            line.append(
                                    String.format(
                                            Locale.ROOT,
                                            "%10.2f",
                                            row.path(one.symbol()).asDouble())));
                    out.println(
                            line
                                    + String.format(
                                            Locale.ROOT, "%10.2f  ", row.path("total").asDouble())
                                    + row.path("state").asText());
                }
            }
            out.flush();
        }

        private static void check(String name, double value, double least, double most) {
            if (!(value >= least && value <= most)) {
                throw new OperatorException(
                        ErrorCode.USE_001,
                        "%s is %s: it must be from %s to %s"
                                .formatted(name, number(value), number(least), number(most)),
                        "see pollen score simulate --help");
            }
        }

        private static String number(double value) {
            return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        }
    }
}
