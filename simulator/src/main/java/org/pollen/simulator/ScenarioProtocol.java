package org.pollen.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterParams.MultiBitMode;

/// What the routers of a scenario speak: a version of gossipsub with topics, or of BlossomSub with
/// masks of several bits.
///
/// Source: simulator specification 5 (keys `protocol`, `workload` and `groups`).
final class ScenarioProtocol {
    private static final String VARIANT = "protocol.variant";
    private static final String MODE = "protocol.multiBitMode";
    private static final int BITS_MAX = 8 * Mask.BYTES_MAX;

    private static final Map<String, PubsubProtocol> VARIANTS =
            new TreeMap<>(
                    Map.of(
                            "meshsub-1.0",
                            PubsubProtocol.MESHSUB_1_0,
                            "meshsub-1.1",
                            PubsubProtocol.MESHSUB_1_1,
                            "meshsub-1.2",
                            PubsubProtocol.MESHSUB_1_2,
                            "meshsub-1.3",
                            PubsubProtocol.MESHSUB_1_3,
                            "blossom-2.0",
                            PubsubProtocol.BLOSSOMSUB_2_0,
                            "blossom-2.1",
                            PubsubProtocol.BLOSSOMSUB_2_1));

    private static final Pattern RANDOM =
            Pattern.compile("random\\(\\s*(\\d{1,4})\\s+of\\s+(\\d{1,4})\\s*\\)");
    private static final Pattern BITS =
            Pattern.compile("bits\\(\\s*([\\d,\\s]+?)\\s+of\\s+(\\d{1,4})\\s*\\)");

    private final ScenarioValues values;

    ScenarioProtocol(ScenarioValues values) {
        this.values = values;
    }

    /// Whether messages are on masks, and not on topics.
    boolean masked() {
        return values.has(VARIANT) && variant().dialect() == Dialect.BLOSSOM;
    }

    private PubsubProtocol variant() {
        String name = values.text(VARIANT, "");
        PubsubProtocol known = VARIANTS.get(name);
        if (known != null) return known;
        throw new ScenarioException(
                "%s: %s is `%s`%s"
                        .formatted(
                                values.at(VARIANT),
                                VARIANT,
                                name,
                                ScenarioException.suggestion(
                                        name, List.copyOf(VARIANTS.keySet()))));
    }

    /// The profile with what is spoken. Parameters of BlossomSub are those of its version; scores,
    /// signatures and flood publish stay those of the profile.
    Profile apply(Profile profile) {
        if (!values.has(VARIANT)) return profile;
        RouterParams params = profile.params();
        if (masked()) {
            boolean older = variant() == PubsubProtocol.BLOSSOMSUB_2_0;
            RouterParams preset = older ? RouterParams.BLOSSOM_20 : RouterParams.BLOSSOM_21;
            MultiBitMode usual = older ? MultiBitMode.FLOOD_HOLDERS : MultiBitMode.RANDOM_SLICE;
            params =
                    preset.toBuilder()
                            .multiBitMode(values.value(MODE, usual.name(), MultiBitMode::valueOf))
                            .floodPublish(params.floodPublish())
                            .signingPolicy(params.signingPolicy())
                            .messageIds(params.messageIds())
                            .build();
        }
        return new Profile(
                profile.name(), params, profile.scores(), profile.thresholds(), variant());
    }

    /// Refuses keys that do not go together.
    void check() {
        boolean masked = masked();
        if (!masked && values.has(MODE)) {
            throw values.impossible(
                    MODE, "masks without protocol.variant blossom-2.0 or blossom-2.1");
        }
        for (String key : values.keys()) {
            String plain = ScenarioKeys.plain(key);
            boolean topic =
                    plain.equals("workload.topic") || plain.equals("groups.subscribe.topic");
            boolean mask = plain.equals("workload.mask") || plain.equals("groups.subscribe.bits");
            if (topic && masked) {
                throw values.impossible(
                        key,
                        "a topic with protocol.variant %s, which has masks: %s: random(3 of 256)"
                                .formatted(
                                        values.text(VARIANT, ""),
                                        plain.startsWith("groups.") ? "bits" : "mask"));
            }
            if (mask && !masked) {
                throw values.impossible(
                        key, "a mask without protocol.variant blossom-2.0 or blossom-2.1");
            }
        }
    }

    /// What messages of a workload are on.
    ///
    /// @param at what its keys begin with
    /// @param subscribed masks that groups subscribe to
    String nameOf(String at, List<String> subscribed) {
        if (!masked()) return values.value(at + "topic", "t", ScenarioProtocol::topic);
        String usual = subscribed.size() == 1 ? subscribed.getFirst() : "bits(0 of 256)";
        return values.value(at + "mask", usual, ScenarioProtocol::canonical);
    }

    /// What an entry of a group's subscriptions is about.
    ///
    /// @param at what its keys begin with
    String subscriptionOf(String at) {
        if (!masked()) return values.text(at + "topic", "");
        return values.value(at + "bits", "", ScenarioProtocol::canonical);
    }

    /// The key that names what an entry of a group's subscriptions is about.
    String subscriptionKey(String at) {
        return at + (masked() ? "bits" : "topic");
    }

    /// Topics, or masks in their usual spelling, that a list names.
    List<String> names(String list) {
        List<String> words = ScenarioKeys.words(list);
        return masked() ? words.stream().map(ScenarioProtocol::canonical).toList() : words;
    }

    private static String topic(String text) {
        if (text.matches("[\\w-]{1,64}")) return text;
        throw new IllegalArgumentException(text);
    }

    /// The mask, or topic, with a name; the same name is the same mask in a run.
    Mask mask(String name, long seed) {
        return masked() ? drawn(name, seed) : Mask.topic(name);
    }

    /// The usual spelling of a mask, which it is told apart by.
    static String canonical(String text) {
        Matcher random = RANDOM.matcher(text.trim());
        if (random.matches()) {
            int count = Integer.parseInt(random.group(1));
            int of = length(random.group(2));
            if (count < 1 || count > of) {
                throw new IllegalArgumentException("%d bits: 1 to %d".formatted(count, of));
            }
            return "random(%d of %d)".formatted(count, of);
        }
        Matcher bits = BITS.matcher(text.trim());
        if (!bits.matches()) throw new IllegalArgumentException(text);
        int of = length(bits.group(2));
        int[] ordinals = ordinals(bits.group(1));
        for (int bit : ordinals) {
            if (bit >= of) {
                throw new IllegalArgumentException("bit %d: below %d".formatted(bit, of));
            }
        }
        List<String> words = Arrays.stream(ordinals).mapToObj(Integer::toString).toList();
        return "bits(%s of %d)".formatted(String.join(", ", words), of);
    }

    private static int[] ordinals(String text) {
        return Stream.of(text.split(",", -1))
                .mapToInt(word -> Integer.parseInt(word.trim()))
                .distinct()
                .sorted()
                .toArray();
    }

    private static int length(String text) {
        int bits = Integer.parseInt(text);
        if (bits >= 8 && bits <= BITS_MAX && bits % 8 == 0) return bits;
        throw new IllegalArgumentException(
                "of %d: whole bytes, 8 to %d bits".formatted(bits, BITS_MAX));
    }

    private static Mask drawn(String name, long seed) {
        Matcher random = RANDOM.matcher(name);
        Matcher bits = BITS.matcher(name);
        boolean drawn = random.matches();
        if (!drawn && !bits.matches()) throw new IllegalArgumentException(name);
        int of = Integer.parseInt((drawn ? random : bits).group(2));
        int[] ordinals =
                drawn ? draw(Integer.parseInt(random.group(1)), of, seed) : ordinals(bits.group(1));
        Mask mask = Mask.bit(of / 8, ordinals[0]);
        for (int bit : ordinals) mask = mask.or(Mask.bit(of / 8, bit));
        return mask;
    }

    private static int[] draw(int count, int of, long seed) {
        var random = new SplittableRandom(Mix.mix(seed, Mix.MASK, ((long) count << 32) | of));
        int[] all = IntStream.range(0, of).toArray();
        var drawn = new int[count];
        for (int i = 0; i < count; i++) {
            int at = i + random.nextInt(of - i);
            drawn[i] = all[at];
            all[at] = all[i];
        }
        return drawn;
    }
}
