package org.pollen.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;

/// Calls methods of a running node's JSON-RPC listener.
final class RpcClient implements AutoCloseable {
    /// Where the first node of a devnet answers.
    static final String DEVNET = "http://127.60.0.1:9811";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TOO_MANY_REQUESTS = 429;
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int ANSWER_BYTES_MAX = 64 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String url;
    private final int answerMax;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    private RpcClient(String url) {
        this(url, ANSWER_BYTES_MAX);
    }

    /// @param answerMax bytes of an answer
    RpcClient(String url, int answerMax) {
        this.url = url;
        this.answerMax = answerMax;
    }

    /// What a method answers.
    ///
    /// @param result null node where it is an error
    /// @param error with `code` and `message`; null if there is none
    record Answer(JsonNode result, @Nullable JsonNode error) {
        /// The error in words, with the hint that came with it.
        String refusal() {
            JsonNode why = error;
            if (why == null) return "";
            JsonNode data = why.path("data");
            String text = PollenCli.printable(why.path("message").asText());
            return data.isMissingNode() ? text : text + " " + PollenCli.printable(data.toString());
        }
    }

    /// The node that the flags mean: `--rpc`, else that of `--node` or of the data directory, else
    /// a devnet's first.
    ///
    /// @throws OperatorException USE-001 if a flag is neither a URL nor a node's folder
    static RpcClient of(GlobalOptions global, @Nullable String wanted) {
        if (wanted != null) {
            if (!wanted.startsWith("http://") && !wanted.startsWith("https://")) {
                throw new OperatorException(
                        ErrorCode.USE_001,
                        "--rpc " + wanted + " is no URL",
                        "give the JSON-RPC URL, such as " + DEVNET);
            }
            return new RpcClient(wanted);
        }
        String node = global.node;
        if (node != null && !Files.isDirectory(Path.of(node))) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    "--node " + node + " is no data directory",
                    "name the JSON-RPC URL with --rpc, such as --rpc " + DEVNET);
        }
        Path folder = node == null ? global.dataDir(global.load(Map.of())) : Path.of(node);
        Path runtime = folder.resolve("runtime.json");
        if (node == null && !Files.exists(runtime)) return new RpcClient(DEVNET);
        try {
            String rpc = JSON.readTree(Files.readAllBytes(runtime)).path("rpc").asText();
            if (rpc.isEmpty()) throw new IOException("it serves no JSON-RPC");
            return new RpcClient(rpc);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.NET_002,
                    "no node with JSON-RPC runs in " + folder + " (" + e.getMessage() + ")",
                    "start it with: pollen run --data-dir " + folder,
                    e);
        }
    }

    /// The result of a method.
    ///
    /// @throws OperatorException NET-002 if nothing answers, or with an error
    JsonNode result(String method, Object... params) {
        Answer answer = call(method, params);
        if (answer.error() != null) {
            throw new OperatorException(
                    ErrorCode.NET_002,
                    url + " answers " + method + ": " + answer.refusal(),
                    "check that rpc.apis of the node has what is asked for");
        }
        return answer.result();
    }

    /// The answer of a method, which may be an error.
    ///
    /// @throws OperatorException NET-002 if nothing answers, or not with JSON, or with too much
    Answer call(String method, Object... params) {
        ObjectNode body = JSON.createObjectNode().put("jsonrpc", "2.0").put("id", 1);
        body.put("method", method).set("params", JSON.valueToTree(params));
        try {
            HttpResponse<InputStream> answer = send(body);
            JsonNode json;
            try (InputStream in = answer.body()) {
                byte[] bytes = in.readNBytes(answerMax);
                if (bytes.length == answerMax && in.read() >= 0) throw tooLarge(method);
                json = JSON.readTree(bytes);
            }
            JsonNode error = json.get("error");
            if (error == null && !json.has("result")) {
                throw new IOException("HTTP status " + answer.statusCode());
            }
            return new Answer(json.path("result"), error);
        } catch (JsonProcessingException e) {
            throw unreachable("it does not answer with JSON", e);
        } catch (IOException | IllegalArgumentException e) {
            throw unreachable(e.getMessage() == null ? "connection refused" : e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable("interrupted", e);
        }
    }

    /// Sends a call, again and again while the node says that it is asked too often.
    private HttpResponse<InputStream> send(ObjectNode body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(TIMEOUT)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            HttpResponse<InputStream> answer =
                    http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() != TOO_MANY_REQUESTS || System.nanoTime() - end >= 0) {
                return answer;
            }
            answer.body().close();
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        }
    }

    private OperatorException tooLarge(String method) {
        return new OperatorException(
                ErrorCode.NET_002,
                "%s answers %s with more than %d bytes, which is too large"
                        .formatted(url, method, answerMax),
                "ask for an account at a time: pool list or pool export with --from ADDRESS");
    }

    private OperatorException unreachable(String why, Exception cause) {
        return new OperatorException(
                ErrorCode.NET_002,
                "no JSON-RPC answers at " + url + " (" + why + ")",
                "start a node with ./pollen devnet, or name another with --rpc URL",
                cause);
    }

    @Override
    public void close() {
        http.close();
    }
}
