package org.pollen.node.ops;

import java.nio.charset.StandardCharsets;

/// One answer of the operations listener.
///
/// @param status HTTP status
/// @param type content type, with its character set
/// @param body owned by the reply from here on
public record Reply(int status, String type, byte[] body) {
    /// Plain text.
    public static Reply text(int status, String text) {
        return new Reply(
                status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /// A JSON document.
    public static Reply json(byte[] json) {
        return new Reply(200, "application/json; charset=utf-8", json);
    }

    /// Nothing at that path.
    public static Reply notFound(String path) {
        return text(404, "nothing at " + path + "; see / for the page and /metrics for numbers\n");
    }
}
