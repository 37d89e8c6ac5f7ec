package org.pollen.node.rpc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Which logs a reader wants: by contract, and by topic at each position. An empty set is any.
///
/// @param topics a set for each position, from the first; a log may have more
record LogMatch(Set<String> addresses, List<Set<String>> topics) {
    private static final ObjectMapper JSON = new ObjectMapper();

    LogMatch {
        addresses = Set.copyOf(addresses);
        topics = List.copyOf(topics);
    }

    /// Of criteria that [LogCriteria] has checked.
    static LogMatch of(JsonNode criteria) {
        var topics = new ArrayList<Set<String>>();
        criteria.path("topics").forEach(position -> topics.add(texts(position)));
        return new LogMatch(texts(criteria.path("address")), topics);
    }

    /// Of criteria as text.
    static LogMatch parse(String criteria) {
        try {
            return of(JSON.readTree(criteria));
        } catch (JsonProcessingException e) {
            throw new AssertionError("it was JSON before", e);
        }
    }

    private static Set<String> texts(JsonNode one) {
        var texts = new HashSet<String>();
        if (one.isTextual()) texts.add(lower(one));
        for (JsonNode choice : one) {
            if (!choice.isTextual()) return Set.of(); // null among choices is any
            texts.add(lower(choice));
        }
        return texts;
    }

    private static String lower(JsonNode text) {
        return text.textValue().toLowerCase(Locale.ROOT);
    }

    /// Whether a log is wanted.
    boolean test(JsonNode log) {
        if (!addresses.isEmpty() && !addresses.contains(lower(log, "address"))) return false;
        JsonNode found = log.path("topics");
        if (topics.size() > found.size()) return false;
        for (int i = 0; i < topics.size(); i++) {
            Set<String> wanted = topics.get(i);
            if (!wanted.isEmpty()
                    && !wanted.contains(found.get(i).asText().toLowerCase(Locale.ROOT))) {
                return false;
            }
        }
        return true;
    }

    private static String lower(JsonNode log, String field) {
        return log.path(field).asText().toLowerCase(Locale.ROOT);
    }
}
