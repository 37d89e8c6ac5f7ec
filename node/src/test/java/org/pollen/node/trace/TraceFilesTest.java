package org.pollen.node.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.node.OperatorException;
import org.pollen.node.Shared;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Dialect;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;
import org.pollen.router.TraceKind;

/// Traces in files, written by the service and read back.
class TraceFilesTest {
    private static final long WALL = 1_700_000_000_000_000_000L;

    @TempDir Path folder;

    private final TraceEncoder encoder = new TraceEncoder(TraceEvents.SELF, Dialect.MESHSUB, WALL);

    private static final Shared SHARED = new Shared(1);

    /// Never started: a file needs no host.
    private static final Host HOST =
            Host.create(
                    HostConfig.builder(PrivateKey.ed25519(new byte[32]))
                            .eventLoops(SHARED.loops())
                            .handshakes(SHARED.handshakes())
                            .build());

    @AfterAll
    static void stop() {
        HOST.close();
        SHARED.close();
    }

    private TraceService service(TraceSetup.File file, TraceQueue queue) {
        return new TraceService("t", file, encoder, HOST, System::nanoTime, queue);
    }

    private TraceSummary write(TraceSetup.File file, List<TraceEvent> events, int times)
            throws Exception {
        TraceService service = service(file, new TraceQueue());
        service.start();
        for (int i = 0; i < times; i++) events.forEach(service::offer);
        service.close();
        assertThat(service.written()).isEqualTo((long) times * events.size());
        assertThat(dropped(service)).isZero();
        return TraceSummary.of(file.file());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C153: a trace file of either format has all event kinds, with consistent counts")
    void everyKindIsReadBack(TraceFormat format) throws Exception {
        var file = new TraceSetup.File(folder.resolve("a/trace"), format, 1 << 30);

        TraceSummary summary = write(file, TraceEvents.ofEveryKind(5), 100);

        assertThat(summary.format()).isEqualTo(format);
        assertThat(summary.events()).containsOnlyKeys(TraceKind.values());
        assertThat(summary.events().values()).containsOnly(100L);
        assertThat(summary.total()).isEqualTo(1600);
        assertThat(summary.unknown()).isZero();
        assertThat(summary.torn()).isZero();
        assertThat(summary.nodes()).containsExactly(TraceEvents.SELF.toString());
        assertThat(summary.first()).isEqualTo(WALL + 5);
        assertThat(summary.last()).isEqualTo(WALL + 5);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C153: a trace file is put aside when it is long enough; both are whole")
    void rotates(TraceFormat format) throws Exception {
        long bytesMax = 40_000;
        var file = new TraceSetup.File(folder.resolve("trace"), format, bytesMax);

        TraceSummary last = write(file, TraceEvents.ofEveryKind(5), 100);

        TraceSummary before = TraceSummary.of(TraceFile.aside(file.file()));
        assertThat(last.torn() + before.torn()).isZero();
        assertThat(last.total()).isPositive();
        assertThat(before.total()).isPositive();
        assertThat(Files.size(file.file())).isLessThanOrEqualTo(bytesMax);
        assertThat(Files.size(TraceFile.aside(file.file()))).isBetween(bytesMax - 2000, bytesMax);
        assertThat(folder).isDirectoryNotContaining("glob:**.2");
    }

    @ParameterizedTest
    @EnumSource
    void aRunPutsTheTraceOfTheOneBeforeAside(TraceFormat format) throws Exception {
        var file = new TraceSetup.File(folder.resolve("trace"), format, 1 << 30);
        write(file, TraceEvents.ofEveryKind(5), 1);

        write(file, TraceEvents.ofEveryKind(5), 2);

        assertThat(TraceSummary.of(file.file()).total()).isEqualTo(32);
        assertThat(TraceSummary.of(TraceFile.aside(file.file())).total()).isEqualTo(16);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C153: a trace that is cut off anywhere is read up to its last whole event")
    void aTornTailIsTolerated(TraceFormat format) throws Exception {
        var file = new TraceSetup.File(folder.resolve("trace"), format, 1 << 30);
        write(file, TraceEvents.ofEveryKind(5), 1);
        byte[] whole = Files.readAllBytes(file.file());
        long events = 0;
        for (int length = 0; length <= whole.length; length++) {
            byte[] part = java.util.Arrays.copyOf(whole, length);
            if (length == 0) {
                assertThat(read(part).total()).isZero();
                continue;
            }
            try {
                TraceSummary summary = read(part);
                assertThat(summary.total()).isBetween(events, events + 1);
                if (summary.total() > events) assertThat(summary.torn()).isZero();
                events = summary.total();
            } catch (TraceFormatException e) {
                assertThat(events).isZero();
                assertThat(e).hasMessageContaining("not one whole event");
            }
        }
        assertThat(events).isEqualTo(16);
    }

    private static TraceSummary read(byte[] bytes) throws IOException, TraceFormatException {
        return TraceSummary.of(new java.io.ByteArrayInputStream(bytes), bytes.length);
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    @DisplayName("C153: a full disk ends the trace with what was written; the rest is counted")
    void aFullDiskEndsTheTrace() throws Exception {
        Path path = folder.resolve("trace");
        var file = new TraceSetup.File(path, TraceFormat.PB, 1 << 30);
        TraceService service = service(file, new TraceQueue());
        service.start(name -> new FullDisk(Files.newOutputStream(name), 100_000));

        long offered = 0;
        while (service.dropped(TraceDrop.FAILED) < 100) {
            for (TraceEvent event : TraceEvents.ofEveryKind(5)) {
                service.offer(event);
                offered++;
            }
            Thread.onSpinWait();
        }
        service.close();

        TraceSummary summary = TraceSummary.of(path);
        assertThat(Files.size(path)).isEqualTo(100_000);
        assertThat(summary.total()).isPositive().isLessThanOrEqualTo(service.written());
        assertThat(service.written() + dropped(service)).isEqualTo(offered);
    }

    private static long dropped(TraceService service) {
        long sum = 0;
        for (TraceDrop reason : TraceDrop.values()) sum += service.dropped(reason);
        return sum;
    }

    private static final class FullDisk extends FilterOutputStream {
        private int room;

        FullDisk(OutputStream out, int room) {
            super(out);
            this.room = room;
        }

        @Override
        public void write(byte[] bytes, int off, int len) throws IOException {
            int fits = Math.min(room, len);
            room -= fits;
            out.write(bytes, off, fits);
            if (fits < len) throw new IOException("No space left on device");
        }
    }

    @Test
    void aFileThatCannotBeMadeStopsTheStart() throws IOException {
        Path notAFolder = Files.createFile(folder.resolve("x"));
        var file = new TraceSetup.File(notAFolder.resolve("trace"), TraceFormat.PB, 1 << 20);
        try (TraceService service = service(file, new TraceQueue())) {
            assertThatExceptionOfType(OperatorException.class)
                    .isThrownBy(service::start)
                    .withMessageContaining("cannot be written")
                    .satisfies(e -> assertThat(e.exitCode()).isEqualTo(4));
        }
    }

    @Test
    @DisplayName("C153: a full buffer drops the newest events and counts them, by number and bytes")
    void theBufferIsBounded() {
        var queue = new TraceQueue(3, 1 << 20);
        TraceEvent small = TraceEvents.ofEveryKind(1).getFirst();
        for (int i = 0; i < 3; i++) assertThat(queue.offer(small)).isTrue();
        assertThat(queue.offer(small)).isFalse();
        assertThat(queue.poll()).isNotNull();
        assertThat(queue.offer(small)).isTrue();

        var heavy = new TraceQueue(1000, 1 << 20);
        TraceEvent large = TraceEvents.received(5000);
        assertThat(TraceQueue.weight(large)).isGreaterThan(3 * 5000 * 20);
        int taken = 0;
        while (heavy.offer(large)) taken++;
        assertThat(taken).isEqualTo((int) ((1 << 20) / TraceQueue.weight(large)));

        TraceService service =
                service(
                        new TraceSetup.File(folder.resolve("f"), TraceFormat.PB, 1 << 20),
                        new TraceQueue(3, 1 << 20));
        for (int i = 0; i < 10; i++) service.offer(small);
        assertThat(service.dropped(TraceDrop.FULL)).isEqualTo(7);
        assertThat(service.depth()).isEqualTo(3);
    }

    @Test
    void anEventLargerThanARecordIsCounted() throws Exception {
        var file = new TraceSetup.File(folder.resolve("f"), TraceFormat.NDJSON, 1 << 30);
        TraceService service = service(file, new TraceQueue());
        service.start();
        service.offer(TraceEvents.received(100_000)); // three lists of ids in hexadecimal
        service.offer(TraceEvents.received(1));
        service.close();
        assertThat(service.dropped(TraceDrop.SIZE)).isEqualTo(1);
        assertThat(service.written()).isEqualTo(1);
        assertThat(TraceSummary.of(file.file()).total()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "hello world, this is a text; field",
                "{\"type\":\"join\"}\\n[1]\\n; a line without an object",
                "{\"type\":\"join\"} x\\n; a line that is no JSON",
                "{\"type\":\"join\"} {}\\n; a line that is not one object",
                "{\"kind\":\"join\"}\\n; an object without a type",
                "{\"type\":\"join\",\"peer\":\"0OIl\"}\\n; a line without a good peer id"
            })
    void whatIsNoTraceIsAnErrorWithItsPlace(String text, String message) {
        byte[] bytes = text.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8);
        assertThatExceptionOfType(TraceFormatException.class)
                .isThrownBy(() -> read(bytes))
                .withMessageContaining(message.equals("field") ? "" : message);
    }

    @Test
    void aHugeLengthMakesNoRoom() {
        byte[] huge = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 1, 2, 3};
        assertThatExceptionOfType(TraceFormatException.class)
                .isThrownBy(() -> read(huge))
                .withMessageContaining("a record of 2147483647 bytes");
        byte[] gzip = {0x1f, (byte) 0x8b, 8};
        assertThatExceptionOfType(TraceFormatException.class)
                .isThrownBy(() -> read(gzip))
                .withMessageContaining("gzip");
    }

    @Test
    void goJsonIsReadToo() throws Exception {
        String id = java.util.Base64.getEncoder().encodeToString(TraceEvents.SELF.bytes());
        String line =
                "{\"type\":9,\"peerID\":\"%s\",\"timestamp\":17,\"join\":{\"topic\":\"a\"}}\n"
                        .formatted(id);

        TraceSummary summary = read((line + "{\"type\":99}\n").getBytes(StandardCharsets.UTF_8));

        assertThat(summary.events()).containsEntry(TraceKind.JOIN, 1L);
        assertThat(summary.unknown()).isEqualTo(1);
        assertThat(summary.first()).isEqualTo(17);
        assertThat(summary.nodes()).containsExactly(TraceEvents.SELF.toString());
    }
}
