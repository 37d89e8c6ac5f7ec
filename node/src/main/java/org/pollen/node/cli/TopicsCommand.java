package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.Topics;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.NamedMasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen topics`: masks and what they mean.
@Command(
        name = "topics",
        description = "Derive, slice and explain bitmasks",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = TopicsCommand.MaskCommand.class)
final class TopicsCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// `pollen topics mask`: from names, data or hexadecimal digits to slices.
    @Command(
            name = "mask",
            description = "The mask of a name, its slices, and with --node who holds them")
    static final class MaskCommand implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(arity = "0..*", paramLabel = "NAME", description = "Topics; several are united")
        List<String> names = new ArrayList<>();

        @Option(names = "--hex", paramLabel = "DIGITS", description = "A mask instead of names")
        @Nullable String hex;

        @Option(
                names = "--width",
                description =
                        "Bits of the mask, a multiple of 8: a Bloom filter of the names instead of"
                                + " Pollen's named topics")
        @Nullable Integer width;

        @Option(
                names = "--bits",
                defaultValue = "1",
                description = "Bits a name with --width (default ${DEFAULT-VALUE})")
        int bits;

        @Override
        public Integer call() {
            if ((hex == null) == names.isEmpty()) {
                throw wrong("give names or --hex, and not both");
            }
            Mask mask = hex != null ? parsed(hex) : derived();
            Map<String, Integer> holders = holders();
            var out = spec.commandLine().getOut();
            if (global.json()) {
                ObjectNode answer = Json.answer();
                answer.put("mask", mask.hex()).put("width", mask.length() * 8);
                answer.put("bits", mask.bitCount());
                ArrayNode slices = answer.putArray("slices");
                for (Mask slice : slices(mask)) {
                    ObjectNode row = slices.addObject();
                    row.put("ordinal", ordinal(slice)).put("mask", slice.hex());
                    if (holders.containsKey(slice.hex())) {
                        row.put("holders", holders.get(slice.hex()));
                    }
                }
                out.println(answer);
            } else {
                out.println("mask    " + mask.hex());
                out.printf("width   %d bits, %d set%n", mask.length() * 8, mask.bitCount());
                for (Mask slice : slices(mask)) {
                    Integer known = holders.get(slice.hex());
                    out.printf(
                            "slice   bit %d  %s%s%n",
                            ordinal(slice),
                            slice.hex(),
                            known == null
                                    ? global.node == null ? "" : "  not joined by the node"
                                    : "  " + known + " holders");
                }
                if (mask.isZero()) out.println("slice   none: the empty mask names no topic");
            }
            out.flush();
            return 0;
        }

        /// How many peers of the node that `--node` names hold the slices it joined; nothing
        /// without it, since masks can be explained without a node.
        private Map<String, Integer> holders() {
            var holders = new HashMap<String, Integer>();
            if (global.node == null) return holders;
            for (JsonNode topic : OpsClient.of(global).get("/api/v1/state").path("topics")) {
                holders.put(topic.path("mask").asText(), topic.path("subscribers").asInt());
            }
            return holders;
        }

        private static List<Mask> slices(Mask mask) {
            return mask.isZero() ? List.of() : mask.slices();
        }

        private Mask derived() {
            Mask all = null;
            for (String name : names) {
                Mask one = width == null ? Topics.mask(name, Dialect.BLOSSOM) : bloom(name, width);
                all = all == null ? one : all.or(one);
            }
            return java.util.Objects.requireNonNull(all);
        }

        private Mask bloom(String name, int width) {
            try {
                return NamedMasks.bloom(name.getBytes(StandardCharsets.UTF_8), width, bits);
            } catch (IllegalArgumentException e) {
                throw wrong(String.valueOf(e.getMessage()));
            }
        }

        private static Mask parsed(String digits) {
            if (digits.length() > 2 * Mask.BYTES_MAX) {
                throw wrong(
                        "--hex has %d digits: at most %d"
                                .formatted(digits.length(), 2 * Mask.BYTES_MAX));
            }
            try {
                return Mask.fromHex(digits);
            } catch (IllegalArgumentException e) {
                throw wrong("--hex \"" + digits + "\": " + e.getMessage());
            }
        }

        /// The number of the one set bit, as the network counts: from the most significant bit of
        /// the first byte.
        private static int ordinal(Mask slice) {
            return slice.length() * 8 - new BigInteger(1, slice.bytes()).bitLength();
        }

        private static OperatorException wrong(String message) {
            return new OperatorException(
                    ErrorCode.USE_001, message, "see pollen topics mask --help");
        }
    }
}
