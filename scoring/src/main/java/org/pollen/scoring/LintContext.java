package org.pollen.scoring;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/// What the lint has to know about the network and the router that scores are for.
///
/// @param heartbeatInterval of the router
/// @param target D of the router
/// @param seenTTL how long the router remembers message ids
/// @param defaultTopics how many topics a peer may share with us that use the default parameters
/// @param messagesPerSecond what is expected in each topic; others have `messagesPerSecondDefault`
/// @param messagesPerSecondDefault what is expected in the other topics
/// @param banAppScore the application score that is meant to ban a peer
/// @param documentedTopicWeight what the documentation says all topic weights add up to
/// @param toleratedInvalid how many invalid messages of one topic may go unpunished, as documented
public record LintContext(
        Duration heartbeatInterval,
        int target,
        Duration seenTTL,
        int defaultTopics,
        Map<String, Double> messagesPerSecond,
        double messagesPerSecondDefault,
        double banAppScore,
        OptionalDouble documentedTopicWeight,
        int toleratedInvalid) {

    /// Copies the map.
    public LintContext {
        messagesPerSecond = Collections.unmodifiableMap(new LinkedHashMap<>(messagesPerSecond));
    }

    double rate(String topic) {
        return messagesPerSecond.getOrDefault(topic, messagesPerSecondDefault);
    }

    /// A builder with a heartbeat a second, D 8, a seen time of 120 s, one topic with the default
    /// parameters, a message a second everywhere, -1000 to ban, and nothing documented.
    public static Builder builder() {
        return new Builder();
    }

    /// Collects the context by name.
    public static final class Builder {
        private Duration heartbeatInterval = Duration.ofSeconds(1);
        private int target = 8;
        private Duration seenTTL = Duration.ofMinutes(2);
        private int defaultTopics = 1;
        private final Map<String, Double> messagesPerSecond = new LinkedHashMap<>();
        private double messagesPerSecondDefault = 1;
        private double banAppScore = -1000;
        private OptionalDouble documentedTopicWeight = OptionalDouble.empty();
        private int toleratedInvalid;

        private Builder() {}

        /// Sets what the router does.
        public Builder router(Duration heartbeat, int d, Duration seen) {
            heartbeatInterval = heartbeat;
            target = d;
            seenTTL = seen;
            return this;
        }

        /// Sets how many topics use the default parameters.
        public Builder defaultTopics(int count) {
            defaultTopics = count;
            return this;
        }

        /// Sets what is expected in one topic.
        public Builder messagesPerSecond(String topic, double rate) {
            messagesPerSecond.put(topic, rate);
            return this;
        }

        /// Sets what is expected in the other topics.
        public Builder messagesPerSecondDefault(double rate) {
            messagesPerSecondDefault = rate;
            return this;
        }

        /// Sets the application score that is meant to ban a peer.
        public Builder banAppScore(double score) {
            banAppScore = score;
            return this;
        }

        /// Sets the documented sum of topic weights.
        public Builder documentedTopicWeight(double sum) {
            documentedTopicWeight = OptionalDouble.of(sum);
            return this;
        }

        /// Sets the documented number of invalid messages that go unpunished.
        public Builder toleratedInvalid(int count) {
            toleratedInvalid = count;
            return this;
        }

        /// The finished context.
        public LintContext build() {
            return new LintContext(
                    heartbeatInterval,
                    target,
                    seenTTL,
                    defaultTopics,
                    messagesPerSecond,
                    messagesPerSecondDefault,
                    banAppScore,
                    documentedTopicWeight,
                    toleratedInvalid);
        }
    }
}
