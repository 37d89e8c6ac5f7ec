package org.pollen.node.rpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From the bytes of a request to the bytes of its answer: one call or a batch, in order.
///
/// Knows no socket, keeps no state, may be called from any thread. Nothing a client sends makes it
/// throw; what a method throws besides [RpcError] is a defect, answered as -32603 and logged.
///
/// Source: JSON-RPC 2.0; operations.md 6; mempool.md 10.1.
public final class RpcDispatcher {
    /// How deep JSON may nest.
    public static final int NESTING_MAX = 64;

    /// Bytes of a batch's answers; calls after that are answered with an error.
    public static final int BATCH_ANSWER_BYTES_MAX = 25 << 20;

    /// Reads with the limits above, and nothing after the first value.
    static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(NESTING_MAX)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private static final Logger LOG = LoggerFactory.getLogger(RpcDispatcher.class);
    private static final byte[] SILENCE = {};
    private static final String UNKNOWN = "unknown"; // the label of a method that is not served

    private final RpcMethods methods;
    private final int batchMax;
    private final RpcMetrics metrics;
    private final LongSupplier clock;

    /// @param batchMax calls in one batch; a larger one is refused whole
    /// @param clock monotonic nanoseconds, for the durations it reports
    public RpcDispatcher(RpcMethods methods, int batchMax, RpcMetrics metrics, LongSupplier clock) {
        this.methods = methods;
        this.batchMax = batchMax;
        this.metrics = metrics;
        this.clock = clock;
    }

    /// Answers a request.
    ///
    /// @param body not changed and not kept
    /// @return the answer; empty if there is none, since everything in it was a notification. Never
    ///   fails
    public CompletableFuture<Optional<byte[]>> handle(byte[] body, RpcSession session) {
        JsonNode request;
        try {
            request = JSON.readTree(body);
        } catch (IOException e) {
            return answered(unread(RpcError.PARSE, parseFailure(e)));
        }
        if (request == null || request.isMissingNode()) {
            return answered(unread(RpcError.PARSE, "parse error: empty body"));
        }
        if (!request.isArray()) {
            if (!session.admits(1)) return answered(rateExceeded(id(request)));
            return one(request, session)
                    .thenApply(
                            answer -> answer.length == 0 ? Optional.empty() : Optional.of(answer));
        }
        if (request.isEmpty()) {
            return answered(unread(RpcError.INVALID_REQUEST, "empty batch"));
        }
        if (request.size() > batchMax) {
            metrics.refused(RpcMetrics.Refusal.BATCH);
            return answered(
                    failure(
                            NullNode.instance,
                            RpcError.LIMIT,
                            "batch too large: %d calls, limit %d"
                                    .formatted(request.size(), batchMax)));
        }
        if (!session.admits(request.size())) return answered(rateExceeded(NullNode.instance));
        var batch = new Batch(request, session);
        batch.proceed();
        return batch.done;
    }

    /// One error answer that belongs to no call.
    static byte[] failure(int code, String message) {
        return failure(NullNode.instance, code, message);
    }

    private CompletableFuture<byte[]> one(JsonNode request, RpcSession session) {
        String name = request.path("method").textValue();
        JsonNode id = request.get("id");
        if (!request.isObject()
                || name == null
                || !"2.0".equals(request.path("jsonrpc").textValue())
                || (id != null && id.isContainerNode())) {
            metrics.request(UNKNOWN, Integer.toString(RpcError.INVALID_REQUEST), 0);
            return CompletableFuture.completedFuture(
                    failure(id(request), RpcError.INVALID_REQUEST, "invalid request"));
        }
        RpcMethod method = methods.find(name);
        String label = method == null ? UNKNOWN : name;
        long start = clock.getAsLong();
        return result(method, name, request.get("params"), session)
                .handle((result, failure) -> {
                    ObjectNode answer = JsonNodeFactory.instance.objectNode();
                    answer.put("jsonrpc", "2.0");
                    answer.set("id", id(request));
                    String outcome = "ok";
                    if (failure == null) {
                        answer.set("result", result);
                    } else {
                        RpcError error = error(failure, name);
                        outcome = Integer.toString(error.code());
                        answer.set("error", object(error));
                    }
                    metrics.request(label, outcome, clock.getAsLong() - start);
                    return id == null ? SILENCE : bytes(answer);
                });
    }

    private static CompletableFuture<JsonNode> result(
            @Nullable RpcMethod method,
            String name,
            @Nullable JsonNode params,
            RpcSession session) {
        try {
            if (method == null) throw RpcError.noMethod(name);
            if (params != null && !params.isArray() && !params.isNull()) {
                throw new RpcError(RpcError.INVALID_PARAMS, "non-array args");
            }
            return method.call(
                    new Params(params == null || params.isNull() ? null : params), session);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static RpcError error(Throwable failure, String method) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (cause instanceof RpcError known) return known;
        if (cause instanceof RejectedExecutionException) { // a full queue, not a defect
            return RpcError.limit("the node is too busy, try again");
        }
        LOG.error("defect in {}", method, cause);
        return new RpcError(RpcError.INTERNAL, "internal error");
    }

    private static ObjectNode object(RpcError error) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("code", error.code()).put("message", error.text());
        if (error.data() != null) object.set("data", error.data());
        return object;
    }

    /// The id to answer with: null for what has none that can be echoed.
    private static JsonNode id(JsonNode request) {
        JsonNode id = request.get("id");
        return id == null || id.isContainerNode() ? NullNode.instance : id;
    }

    private byte[] rateExceeded(JsonNode id) {
        metrics.refused(RpcMetrics.Refusal.RATE);
        return failure(id, RpcError.LIMIT, "rate limit exceeded");
    }

    private static byte[] failure(JsonNode id, int code, String message) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("jsonrpc", "2.0");
        answer.set("id", id);
        answer.set("error", object(new RpcError(code, message)));
        return bytes(answer);
    }

    /// The answer to what holds no call that could be named; counted, since floods of it are work.
    private byte[] unread(int code, String message) {
        metrics.request(UNKNOWN, Integer.toString(code), 0);
        return failure(NullNode.instance, code, message);
    }

    /// Where it broke, without the excerpt of the input that the reader would add.
    private static String parseFailure(IOException e) {
        if (!(e instanceof JsonProcessingException json)) return "parse error";
        String reason = json.getOriginalMessage();
        return reason == null ? "parse error" : "parse error: " + reason;
    }

    private static CompletableFuture<Optional<byte[]>> answered(byte[] answer) {
        return CompletableFuture.completedFuture(Optional.of(answer));
    }

    static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e); // a tree in memory always has a text
        }
    }

    /// The calls of one batch, one after the other: a later one sees what an earlier one did.
    private final class Batch {
        private final JsonNode calls;
        private final RpcSession session;
        private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
        private final CompletableFuture<Optional<byte[]>> done = new CompletableFuture<>();
        private int next;

        Batch(JsonNode calls, RpcSession session) {
            this.calls = calls;
            this.session = session;
        }

        /// Goes on until a call does not answer at once; its answer then continues here.
        void proceed() {
            while (next < calls.size()) {
                JsonNode call = calls.get(next++);
                CompletableFuture<byte[]> answer =
                        answers.size() > BATCH_ANSWER_BYTES_MAX
                                ? CompletableFuture.completedFuture(
                                        failure(id(call), RpcError.LIMIT, "batch answer too large"))
                                : one(call, session);
                if (!answer.isDone()) {
                    var _ =
                            answer.thenAccept(bytes -> {
                                append(bytes);
                                proceed();
                            });
                    return;
                }
                append(answer.join());
            }
            finish();
        }

        private void append(byte[] answer) {
            if (answer.length == 0) return;
            answers.write(answers.size() == 0 ? '[' : ',');
            answers.writeBytes(answer);
        }

        private void finish() {
            if (answers.size() == 0) {
                done.complete(Optional.empty());
                return;
            }
            answers.write(']');
            done.complete(Optional.of(answers.toByteArray()));
        }
    }
}
