package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.Varint;

class TraceTest {
    private static final String SCENARIO =
            """
            schema: 1
            name: traced
            time: {warmup: 8s, run: 4s, cooldown: 3s}
            topology: {peers: 40, k: 6, regions: interop8}
            scoring: {profile: H1}
            workload: {rate: 4/s, size: 1KiB, publishers: 10}
            """;
    private static final Pattern LINE =
            Pattern.compile(
                    "\\{\"time\":\"([^\"]+)\",\"msg\":\"([^\"]+)\",\"id\":\"([^\"]+)\"(,\"node_id\":(\\d+))?}");

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... more) throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.writeString(file, SCENARIO);
        var args = new ArrayList<String>(List.of("run", file.toString(), "--quiet"));
        args.addAll(List.of(more));
        return new SimTool()
                .run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        args.toArray(new String[0]));
    }

    @Test
    @DisplayName("S-70: trace.pb, read by the field table, counts what the summary counts")
    void protobuf() throws IOException, MalformedException {
        Path dir = folder.resolve("out");
        assertThat(run("-o", dir.toString(), "--trace", "pb")).isZero();

        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(dir.resolve("trace.pb")));
        var kinds = new HashMap<Long, Integer>();
        int firstCopies = 0;
        long last = 0;
        while (all.hasRemaining()) {
            int length = (int) Varint.read(all);
            var reader = new ProtoReader(all.array(), all.position(), length);
            all.position(all.position() + length);
            long type = -1;
            byte[] self = {};
            byte[] from = {};
            while (reader.next()) {
                switch (reader.field()) {
                    case 1 -> type = reader.varint();
                    case 2 -> self = reader.bytes(100);
                    case 3 -> {
                        long at = reader.varint();
                        assertThat(at).isGreaterThanOrEqualTo(Math.max(last, TraceWriter.EPOCH));
                        last = at;
                    }
                    case 7 -> {
                        ProtoReader deliver = reader.message();
                        while (deliver.next()) {
                            if (deliver.field() == 3) from = deliver.bytes(100);
                        }
                    }
                    default -> {}
                }
            }
            kinds.merge(type, 1, Integer::sum);
            if (type == 3 && !Arrays.equals(self, from)) firstCopies++;
        }
        RunFolder result = RunFolder.read(dir);
        assertThat(kinds).containsEntry(0L, (int) result.number("messages")).containsKeys(2L, 11L);
        assertThat(kinds).doesNotContainKeys(6L, 7L);
        assertThat((double) firstCopies).isEqualTo(result.number("deliveries"));
        assertThat(dir.resolve("trace.pb.part")).doesNotExist();
    }

    @Test
    @DisplayName("S-11 (trace): a traced run is the same run; NDJSON holds the same events")
    void ndjson() throws IOException {
        Path plain = folder.resolve("plain");
        Path traced = folder.resolve("traced");
        assertThat(run("-o", plain.toString())).isZero();
        assertThat(run("-o", traced.toString(), "--trace", "ndjson", "--trace-rpcs")).isZero();

        assertThat(RunFolder.read(traced).text("digest"))
                .isEqualTo(RunFolder.read(plain).text("digest"));
        String text = Files.readString(traced.resolve("trace.ndjson"));
        assertThat(text).startsWith("{\"type\":").contains("{\"type\":\"deliver\"");
        assertThat(text).contains("\"sendRPC\"", "\"recvRPC\"");
    }

    /// A copy that a host got.
    private record Copy(int node, long id, Instant at) {}

    @Test
    @DisplayName("S-71: the published analysis of interop logs finds what the summary says")
    void interop() throws IOException {
        Path dir = folder.resolve("out");
        assertThat(run("-o", dir.toString(), "--trace", "interop")).isZero();

        var copies = new ArrayList<Copy>();
        try (Stream<Path> files = Files.list(dir.resolve("hosts"))) {
            for (Path file : files.sorted().toList()) copies.addAll(read(file));
        }
        RunFolder result = RunFolder.read(dir);
        Table messages = result.table("messages");
        Map<Long, Integer> publishers = new HashMap<>();
        Map<Long, Instant> published = new HashMap<>();
        for (int i = 0; i < messages.size(); i++) {
            long id = (long) messages.column("number")[i] << 32;
            publishers.put(id, (int) messages.column("publisher")[i]);
            long nanos = Math.round(messages.column("second")[i] * 1e9);
            published.put(id, Instant.EPOCH.plusNanos(TraceWriter.EPOCH).plusNanos(nanos));
        }
        copies.sort(java.util.Comparator.comparing(Copy::at));
        Set<List<Long>> seen = new HashSet<>();
        var delays = new ArrayList<Double>();
        for (Copy copy : copies) {
            if (publishers.getOrDefault(copy.id, -1) == copy.node) continue;
            if (!seen.add(List.of((long) copy.node, copy.id))) continue;
            Instant at = java.util.Objects.requireNonNull(published.get(copy.id));
            delays.add(Duration.between(at, copy.at).toNanos() / 1e6);
        }
        delays.sort(null);
        assertThat((double) copies.size()).isEqualTo(result.number("messageRpcs"));
        assertThat((double) seen.size()).isEqualTo(result.number("deliveries"));
        double p50 = result.number("p50");
        assertThat(delays.get(delays.size() / 2)).isCloseTo(p50, within(p50 * 0.01));
        assertThat(delays.getLast()).isCloseTo(result.number("max"), within(0.5));
    }

    private static List<Copy> read(Path file) throws IOException {
        var copies = new ArrayList<Copy>();
        int node = -1;
        for (String line : Files.readAllLines(file)) {
            Matcher matcher = LINE.matcher(line);
            assertThat(matcher.matches()).as(line).isTrue();
            if (matcher.group(2).equals("PeerID")) node = Integer.parseInt(matcher.group(5));
            else {
                long id = Long.parseLong(matcher.group(3));
                copies.add(new Copy(node, id, Instant.parse(matcher.group(1))));
            }
        }
        return copies;
    }

    @Test
    void whatCannotBeTracedIsAnError() throws IOException {
        Path dir = folder.resolve("out");

        assertThat(run("--trace", "pb")).isEqualTo(2);
        assertThat(run("-o", dir.toString(), "--trace", "xml")).isEqualTo(2);
        assertThat(run("-o", dir.toString(), "--trace", "pb", "--workers", "2")).isEqualTo(2);
        assertThat(err.toString())
                .contains("--trace and --record need -o")
                .contains("--trace xml: one of pb, ndjson, interop");
        assertThat(dir).doesNotExist();
    }

    @Test
    @DisplayName("a disk that takes no more leaves no trace behind, and says so")
    void cannotBeWritten() throws IOException {
        Path dir = folder.resolve("out");
        Files.writeString(dir, "a file where the folder should be");

        assertThat(run("-o", dir.toString(), "--trace", "pb")).isEqualTo(3);
        assertThat(err.toString()).contains("cannot write");
    }

    @Test
    void whatIsNotCompleteIsRemoved() {
        for (TraceWriter.Format format : TraceWriter.Format.values()) {
            Path dir = folder.resolve(format.name());
            try (var writer = new TraceWriter(dir, format, false)) {
                assertThat(writer).isNotNull();
            }
            assertThat(dir.resolve("trace.pb.part")).doesNotExist();
            assertThat(dir.resolve("hosts.part")).doesNotExist();
        }
    }
}
