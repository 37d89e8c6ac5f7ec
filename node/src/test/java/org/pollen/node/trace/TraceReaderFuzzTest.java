package org.pollen.node.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.pollen.router.Dialect;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;

/// A trace file may be anybody's: whatever is in it, the reader ends, with events or with an error
/// that names a place in it.
class TraceReaderFuzzTest {
    private static final TraceEncoder ENCODER =
            new TraceEncoder(TraceEvents.SELF, Dialect.MESHSUB, 1000);

    @RepeatedTest(20)
    @DisplayName("C153: the reader of traces under random and damaged bytes")
    void endsWhateverItReads(RepetitionInfo repetition) throws IOException {
        var random = new SplittableRandom(repetition.getCurrentRepetition());
        for (TraceFormat format : TraceFormat.values()) {
            byte[] good = trace(format, random);
            for (int i = 0; i < 200; i++) {
                judge(damaged(good, random));
                byte[] noise = new byte[random.nextInt(300)];
                random.nextBytes(noise);
                if (i % 2 == 0 && noise.length > 2) {
                    noise[0] = format == TraceFormat.NDJSON ? (byte) '{' : (byte) 20;
                    noise[1] = format == TraceFormat.NDJSON ? (byte) '"' : (byte) 8;
                }
                judge(noise);
            }
        }
    }

    private static byte[] trace(TraceFormat format, SplittableRandom random) {
        var out = new ByteArrayOutputStream();
        for (TraceEvent event : TraceEvents.ofEveryKind(random.nextLong())) {
            out.writeBytes(format.record(ENCODER, event));
        }
        return out.toByteArray();
    }

    private static byte[] damaged(byte[] good, SplittableRandom random) {
        byte[] bytes = good.clone();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
                default -> bytes = java.util.Arrays.copyOfRange(bytes, at, bytes.length);
            }
        }
        return bytes;
    }

    private static void judge(byte[] bytes) throws IOException {
        try {
            TraceSummary summary = TraceSummary.of(new ByteArrayInputStream(bytes), bytes.length);
            assertThat(summary.torn()).isBetween(0L, (long) bytes.length);
            assertThat(summary.total()).isBetween(0L, (long) bytes.length);
        } catch (TraceFormatException e) {
            assertThat(e.offset()).isBetween(0L, (long) bytes.length);
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
