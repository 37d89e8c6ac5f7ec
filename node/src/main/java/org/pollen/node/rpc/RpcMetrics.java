package org.pollen.node.rpc;

/// What a listener counts; implementations are called from many threads.
///
/// Source: operations.md 10, the `rpc_` family.
public interface RpcMetrics {
    /// Why something was refused before it ran.
    enum Refusal {
        /// A Host header that is not on the allowlist.
        HOST("host"),
        /// A WebSocket from a page that is not listed.
        ORIGIN("origin"),
        /// Too many calls of one address.
        RATE("rate"),
        /// Too many connections.
        CONNECTIONS("connections"),
        /// A request, or the answer to a ping, that did not come in time.
        SLOW("slow"),
        /// Bytes that are no HTTP and no WebSocket frame.
        MALFORMED("malformed"),
        /// A Content-Type other than JSON, a path other than `/`.
        FORM("form"),
        /// A body or message over the limit.
        SIZE("size"),
        /// A batch over the limit.
        BATCH("batch"),
        /// An HTTP method other than POST.
        METHOD("method");

        private final String label;

        Refusal(String label) {
            this.label = label;
        }

        /// The value of the metric's label.
        public String label() {
            return label;
        }
    }

    /// A call was answered.
    ///
    /// @param method its name, `unknown` for one that is not served
    /// @param result `ok` or the error code
    void request(String method, String result, long nanos);

    /// A connection opened (+1) or closed (-1).
    ///
    /// @param transport `http` or `ws`
    void connections(String transport, int change);

    /// A subscription began (+1) or ended (-1).
    void subscriptions(String kind, int change);

    /// Something was refused before it ran.
    void refused(Refusal reason);

    /// A subscription was dropped because its reader is too slow.
    void notificationsDropped(String kind);
}
