package org.pollen.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// The frame of what commands print with `-o json`.
final class Json {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Json() {}

    /// An empty answer of schema 1.
    static ObjectNode answer() {
        return JSON.createObjectNode().put("schema", 1);
    }

    /// An answer that holds a list.
    static ObjectNode list(String name, List<? extends JsonNode> items) {
        ObjectNode answer = answer();
        var array = answer.putArray(name);
        items.forEach(array::add);
        return answer;
    }
}
