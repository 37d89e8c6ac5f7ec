package org.pollen.node.chain.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.pollen.node.chain.ChainFault;

/// JSON-RPC over HTTP by the JDK's client; every answer is bounded in size, nesting and time.
///
/// Redirects are not followed: the operator names the client that is believed, nobody else does.
final class HttpChainClient implements ChainClient {
    /// Largest answer; the largest blocks with full transactions are a third of it.
    static final int ANSWER_BYTES_MAX = 32 << 20;

    private static final int REQUESTS_MAX = 64; // at once
    private static final int NESTING_MAX = 32;
    private static final JsonMapper JSON =
            new JsonMapper(
                    JsonFactory.builder()
                            .streamReadConstraints(
                                    StreamReadConstraints.builder()
                                            .maxNestingDepth(NESTING_MAX)
                                            .maxStringLength(ANSWER_BYTES_MAX)
                                            .maxNameLength(200)
                                            .maxNumberLength(100)
                                            .build())
                            .build());

    private final URI url;
    private final Duration timeout;
    private final int answerBytesMax;
    private final HttpClient http;
    private final Semaphore room = new Semaphore(REQUESTS_MAX);
    private final AtomicLong ids = new AtomicLong();

    HttpChainClient(URI url, Duration timeout) {
        this(url, timeout, ANSWER_BYTES_MAX);
    }

    HttpChainClient(URI url, Duration timeout, int answerBytesMax) {
        this.url = url;
        this.timeout = timeout;
        this.answerBytesMax = answerBytesMax;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(timeout)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
    }

    @Override
    public CompletableFuture<List<Answer>> send(List<Call> calls) {
        if (calls.isEmpty()) return CompletableFuture.completedFuture(List.of());
        if (calls.size() > CALLS_MAX) {
            throw new IllegalArgumentException(
                    "%d calls in one request: at most %d".formatted(calls.size(), CALLS_MAX));
        }
        if (!room.tryAcquire()) {
            return CompletableFuture.failedFuture(
                    new ChainException(
                            ChainFault.TIMEOUT, REQUESTS_MAX + " requests wait for an answer"));
        }
        long first = ids.getAndAdd(calls.size());
        HttpRequest request =
                HttpRequest.newBuilder(url)
                        .timeout(timeout)
                        .header("content-type", "application/json")
                        .header("accept", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body(calls, first)))
                        .build();
        return http.sendAsync(
                        request,
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), answerBytesMax))
                // The JDK's timeout ends with the first byte: a body may trickle for ever.
                .orTimeout(2 * timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)
                .handle((response, failure) -> {
                    room.release();
                    if (failure != null) throw translated(failure);
                    return answers(response, calls.size(), first);
                });
    }

    private static byte[] body(List<Call> calls, long first) {
        ArrayNode batch = JSON.createArrayNode();
        for (int i = 0; i < calls.size(); i++) {
            ObjectNode call = batch.addObject();
            call.put("jsonrpc", "2.0")
                    .put("id", first + i)
                    .put("method", calls.get(i).method())
                    .set("params", calls.get(i).params());
        }
        try {
            return JSON.writeValueAsBytes(calls.size() == 1 ? batch.get(0) : batch);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a tree in memory always has a text
        }
    }

    private static List<Answer> answers(HttpResponse<byte[]> response, int count, long first) {
        if (response.statusCode() != 200) {
            throw new ChainException(ChainFault.HTTP, "HTTP status " + response.statusCode());
        }
        JsonNode json;
        try {
            json = JSON.readTree(response.body());
        } catch (IOException e) {
            throw ChainJsonReader.malformed("answer", "is no JSON");
        }
        return answers(json, count, first);
    }

    /// The answers of a body, in the order of the calls.
    static List<Answer> answers(@Nullable JsonNode json, int count, long first) {
        if (json == null) throw ChainJsonReader.malformed("answer", "is empty");
        var answers = new ArrayList<@Nullable Answer>(Collections.nCopies(count, null));
        if (json.isArray()) {
            if (json.size() != count) {
                throw ChainJsonReader.malformed(
                        "answer", "has %d parts for %d calls".formatted(json.size(), count));
            }
            for (JsonNode one : json) place(one, answers, first);
        } else if (json.isObject() && count > 1 && json.has("error")) {
            throw new ChainException(
                    ChainFault.RPC, "batch refused: " + ChainJsonReader.text(json.get("error")));
        } else {
            place(json, answers, first);
        }
        var complete = new ArrayList<Answer>(count);
        for (Answer answer : answers) {
            if (answer == null) throw ChainJsonReader.malformed("answer", "lacks a part");
            complete.add(answer);
        }
        return complete;
    }

    private static void place(JsonNode one, List<@Nullable Answer> answers, long first) {
        JsonNode id = one.get("id");
        if (!one.isObject() || id == null || !id.isIntegralNumber() || !id.canConvertToLong()) {
            throw ChainJsonReader.malformed("answer", "has no id of ours");
        }
        long index = id.longValue() - first;
        if (index < 0 || index >= answers.size() || answers.get((int) index) != null) {
            throw ChainJsonReader.malformed("answer", "has an id that nobody asked with");
        }
        JsonNode error = one.get("error");
        JsonNode result = one.get("result");
        if (error != null && !error.isNull()) {
            answers.set((int) index, new Answer(null, error));
        } else if (result != null) {
            answers.set((int) index, new Answer(result, null));
        } else {
            throw ChainJsonReader.malformed("answer", "has neither result nor error");
        }
    }

    private static ChainException translated(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ChainException known) return known;
        if (cause instanceof HttpTimeoutException
                || cause instanceof java.util.concurrent.TimeoutException) {
            return new ChainException(ChainFault.TIMEOUT, "no answer in time");
        }
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (text.contains("body exceeds capacity")) {
            return new ChainException(ChainFault.TOO_LARGE, text);
        }
        boolean refused = cause instanceof java.net.ConnectException;
        return new ChainException(
                ChainFault.CONNECT,
                refused && cause.getMessage() == null
                        ? "connection refused"
                        : ChainJsonReader.clean(text));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
