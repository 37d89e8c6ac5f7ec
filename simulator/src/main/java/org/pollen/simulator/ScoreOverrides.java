package org.pollen.simulator;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// Parameters of scores that a scenario has otherwise than its profile, by the names that scoring
/// has for them. Those of a topic are changed for all topics.
///
/// Source: simulator specification 5 (key `scoring.overrides`); scoring specification, K1 to K17,
/// G1 to G13, T1 to T5.
final class ScoreOverrides {
    static final String SECTION = "scoring.overrides";

    private static final String PREFIX = SECTION + ".";

    /// What no run of a scenario could tell from its default: there is no application.
    private static final Set<String> WITHOUT_EFFECT =
            Set.of("skipAtomicValidation", "appSpecificWeight");

    private static final List<Class<? extends Record>> RECORDS =
            List.of(TopicScoreParams.class, PeerScoreParams.class, PeerScoreThresholds.class);

    private ScoreOverrides() {}

    /// The keys, and what their values have to be.
    static Map<String, String> keys() {
        var keys = new LinkedHashMap<String, String>();
        for (Class<? extends Record> record : RECORDS) {
            for (RecordComponent field : record.getRecordComponents()) {
                String meaning = meaning(field.getType());
                if (meaning.isEmpty() || WITHOUT_EFFECT.contains(field.getName())) continue;
                keys.put(PREFIX + field.getName(), meaning);
            }
        }
        return keys;
    }

    private static String meaning(Class<?> type) {
        if (type == double.class) return "number, instead of the profile's";
        if (type == int.class) return "whole number, instead of the profile's";
        if (type == boolean.class) return "true or false, instead of the profile's";
        return type == Duration.class ? "duration, instead of the profile's" : "";
    }

    /// The profile as the scenario has it.
    ///
    /// @throws ScenarioException with the rule of scoring that is broken
    static Profile apply(ScenarioValues values, Profile profile) {
        if (values.keys().stream().noneMatch(key -> key.startsWith(PREFIX))) return profile;
        PeerScoreParams scores = profile.scores();
        if (scores == null) {
            throw values.impossible(
                    SECTION, "the profile %s has no scores".formatted(profile.name()));
        }
        try {
            PeerScoreParams.Builder params = with(values, scores).toBuilder();
            TopicScoreParams topic = scores.defaultTopicParams();
            if (topic != null) params.defaultTopicParams(with(values, topic));
            scores.topics().forEach((key, each) -> params.topic(key, with(values, each)));
            return profile.with(params.build(), with(values, profile.thresholds()));
        } catch (IllegalArgumentException e) {
            String why = String.valueOf(e.getMessage()).replace("defaultTopicParams: ", "");
            String at =
                    values.keys().stream()
                            .filter(key -> key.startsWith(PREFIX))
                            .filter(key -> why.contains(key.substring(PREFIX.length())))
                            .findFirst()
                            .orElse(SECTION);
            throw new ScenarioException("%s: %s: %s".formatted(values.at(at), SECTION, why));
        }
    }

    /// A record with those fields otherwise that the scenario names.
    private static <T extends Record> T with(ScenarioValues values, T record) {
        RecordComponent[] fields = record.getClass().getRecordComponents();
        var arguments = new @Nullable Object[fields.length];
        try {
            for (int i = 0; i < fields.length; i++) {
                String key = PREFIX + fields[i].getName();
                arguments[i] =
                        values.has(key)
                                ? value(values, key, fields[i].getType())
                                : fields[i].getAccessor().invoke(record);
            }
            Class<?>[] types =
                    Arrays.stream(fields).map(RecordComponent::getType).toArray(Class<?>[]::new);
            @SuppressWarnings("unchecked")
            T changed = (T) record.getClass().getDeclaredConstructor(types).newInstance(arguments);
            return changed;
        } catch (ReflectiveOperationException e) {
            if (e.getCause() instanceof IllegalArgumentException wrong) throw wrong;
            throw new IllegalStateException(e);
        }
    }

    private static Object value(ScenarioValues values, String key, Class<?> type) {
        return values.value(
                key,
                "",
                text -> {
                    if (type == int.class) return Integer.parseInt(text);
                    if (type == boolean.class) return Quantity.truth(text);
                    if (type == double.class) return Double.parseDouble(text);
                    return Duration.ofNanos(Quantity.duration(text));
                });
    }
}
