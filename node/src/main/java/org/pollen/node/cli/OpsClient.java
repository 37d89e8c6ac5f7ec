package org.pollen.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;

/// Asks a running node's operations listener.
final class OpsClient {
    /// Where the first node of a devnet answers.
    static final String DEVNET = "http://127.60.0.1:9813";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int ANSWER_BYTES_MAX = 16 << 20;
    private static final int RUNTIME_BYTES_MAX = 64 << 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String base;

    private OpsClient(String base) {
        this.base = base;
    }

    /// The node that the flags mean: `--node`, else that of the data directory, else a devnet's.
    ///
    /// @throws OperatorException USE-001 if `--node` is neither a URL nor a node's folder
    static OpsClient of(GlobalOptions global) {
        String wanted = global.node;
        if (wanted != null) {
            if (wanted.startsWith("http://") || wanted.startsWith("https://")) {
                return new OpsClient(wanted.replaceAll("/+$", ""));
            }
            Path folder = Path.of(wanted);
            if (!Files.isDirectory(folder)) {
                throw new OperatorException(
                        ErrorCode.USE_001,
                        "--node " + wanted + " is neither a URL nor a data directory",
                        "give the operations URL, such as " + DEVNET);
            }
            return new OpsClient(runtime(folder));
        }
        Path folder = global.dataDir(global.load(Map.of()));
        return new OpsClient(
                Files.exists(folder.resolve("runtime.json")) ? runtime(folder) : DEVNET);
    }

    private static String runtime(Path folder) {
        Path file = folder.resolve("runtime.json");
        try {
            if (Files.size(file) > RUNTIME_BYTES_MAX) throw new IOException("larger than 64 KiB");
            String ops = JSON.readTree(Files.readAllBytes(file)).path("ops").asText();
            if (ops.isEmpty()) throw new IOException("it names no operations listener");
            return ops;
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.NET_002,
                    "no node runs in "
                            + folder
                            + " ("
                            + file.getFileName()
                            + ": "
                            + e.getMessage()
                            + ")",
                    "start it with: pollen run --data-dir " + folder,
                    e);
        }
    }

    /// The answer to a GET.
    ///
    /// @throws OperatorException NET-002 if nothing answers, or not with JSON
    JsonNode get(String path) {
        String url = base + path;
        try (var http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            var request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build();
            HttpResponse<java.io.InputStream> answer =
                    http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            byte[] body;
            try (var in = answer.body()) {
                body = in.readNBytes(ANSWER_BYTES_MAX);
            }
            if (answer.statusCode() != 200) {
                throw new OperatorException(
                        ErrorCode.NET_002,
                        "%s answers %d: %s"
                                .formatted(
                                        url,
                                        answer.statusCode(),
                                        new String(body, StandardCharsets.UTF_8).strip()),
                        "check the name, or wait until the node is ready");
            }
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw unreachable(url, "it does not answer with JSON", e);
        } catch (IOException | IllegalArgumentException e) {
            throw unreachable(
                    url, e.getMessage() == null ? "connection refused" : e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable(url, "interrupted", e);
        }
    }

    private static OperatorException unreachable(String url, String why, Exception cause) {
        return new OperatorException(
                ErrorCode.NET_002,
                "no node answers at " + url + " (" + why + ")",
                "start one with ./pollen devnet, or name another with --node URL",
                cause);
    }
}
