package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What is read goes into the same arrays again if nobody keeps it, and is never written over if
/// somebody does.
class LentArraysTest {
    private final NoiseTransport from = new NoiseTransport(new byte[32], new byte[32]);
    private final NoiseTransport to = new NoiseTransport(new byte[32], new byte[32]);

    /// Remembers the arrays, and what was lent.
    private static final class Sink implements RecordLayer.Sink {
        final List<byte[]> arrays = new ArrayList<>();
        final List<Boolean> lent = new ArrayList<>();
        boolean keeps;
        boolean copies;

        @Override
        public void plaintext(byte[] array, int off, int len) {
            arrays.add(array);
        }

        @Override
        public void lend(boolean arrayIsLent) {
            lent.add(arrayIsLent);
        }

        @Override
        public boolean kept() {
            return keeps;
        }

        @Override
        public boolean copied() {
            return copies;
        }
    }

    private void pass(int bytes, RecordLayer.Sink sink) throws ViolationException {
        byte[] record = new byte[NoiseTransport.HEADER_BYTES + bytes + NoiseCipher.TAG_BYTES];
        Arrays.fill(record, (byte) bytes);
        int sealed = from.seal(record, bytes);
        ByteBuf wire = Unpooled.wrappedBuffer(record, 0, sealed);
        to.receive(wire, sink);
    }

    @Test
    void arraysThatNobodyKeepsAreUsedAgain() throws ViolationException {
        var sink = new Sink();
        for (int i = 0; i < 12; i++) {
            pass(1000 + i, sink);
        }
        assertThat(sink.lent.subList(0, 8)).containsOnly(false);
        assertThat(sink.lent.subList(8, 12)).containsOnly(true);
        assertThat(sink.arrays.get(7)).isNotSameAs(sink.arrays.get(8));
        assertThat(sink.arrays.get(9)).isSameAs(sink.arrays.get(8));
        assertThat(sink.arrays.get(11)).isSameAs(sink.arrays.get(8));

        sink.keeps = true;
        pass(500, sink);
        pass(501, sink);
        assertThat(sink.lent.subList(12, 14)).containsExactly(true, false);
        assertThat(sink.arrays.get(13)).hasSize(501 + NoiseCipher.TAG_BYTES);
        byte[] keptOne = sink.arrays.get(12);
        sink.keeps = false;
        for (int i = 0; i < 12; i++) {
            pass(2000, sink);
            assertThat(sink.arrays.getLast()).isNotSameAs(keptOne);
        }
        assertThat(keptOne[499]).isEqualTo((byte) 500);
    }

    @Test
    void whatNobodyHasIsGivenBackWhateverCame() throws ViolationException {
        var sink = new Sink();
        for (int i = 0; i < 9; i++) {
            pass(10, sink);
        }
        byte[] ofTheLoop = sink.arrays.getLast();
        for (int i = 0; i < 100; i++) {
            pass(0, sink); // 18 bytes of the peer's
        }
        pass(10, sink);
        assertThat(sink.arrays.getLast()).isSameAs(ofTheLoop);

        sink.copies = true;
        pass(10, sink);
        assertThat(sink.lent.getLast()).isTrue();
        pass(10, sink);
        assertThat(sink.lent.getLast()).as("copying is not cheaper").isFalse();
        sink.copies = false;
        for (int i = 0; i < 9; i++) {
            pass(10, sink);
        }
        assertThat(sink.arrays.getLast()).isSameAs(ofTheLoop);
    }

    /// A reader of a stream.
    private static final class Reader implements MuxedStream.Receiver {
        final List<byte[]> slices = new ArrayList<>();
        final boolean keeps;
        byte[] last = {};

        Reader(boolean keeps) {
            this.keeps = keeps;
        }

        @Override
        public void data(byte[] array, int off, int len) {
            last = array;
            slices.add(Arrays.copyOfRange(array, off, off + len));
        }

        @Override
        public boolean keeps() {
            return keeps;
        }

        @Override
        public void sent(int bytes) {}

        @Override
        public void readClosed() {}

        @Override
        public void reset(long code, boolean remote) {}

        @Override
        public void finished() {}
    }

    private static byte[] frame(YamuxSession session, int capacity) {
        byte[] record = new byte[capacity];
        return Arrays.copyOf(record, session.gather(record, 0, capacity));
    }

    @Test
    void aReaderThatKeepsGetsACopyOfASmallSliceOfALentArray() throws ViolationException {
        for (boolean keeps : new boolean[] {false, true}) {
            var client = new YamuxTest.End(true);
            var server = new YamuxTest.End(false);
            YamuxStream stream = Objects.requireNonNull(client.session.open(new Reader(true), 0));
            stream.write(new byte[100], 0, 100);
            byte[] first = frame(client.session, 65519);
            server.session.receive(first, 0, first.length, 0);
            var reader = new Reader(keeps);
            server.log.accepted.getFirst().receiver(reader);

            byte[] lent = new byte[LentArrays.BYTES];
            for (int bytes : new int[] {100, 40_000}) {
                stream.write(new byte[bytes], 0, bytes);
                byte[] plain = frame(client.session, 65519);
                System.arraycopy(plain, 0, lent, 0, plain.length);
                server.session.lend(true);
                server.session.receive(lent, 0, plain.length, 0);
                assertThat(server.session.kept()).isEqualTo(keeps && bytes == 40_000);
                assertThat(server.session.copied()).isEqualTo(keeps && bytes == 100);
                if (keeps && bytes == 100) {
                    assertThat(reader.last).isNotSameAs(lent);
                } else {
                    assertThat(reader.last).isSameAs(lent);
                }
                assertThat(reader.slices.getLast()).hasSize(bytes);
            }

            // What waits for a reader that paused is kept, whoever it is.
            server.log.accepted.getFirst().pauseReading();
            stream.write(new byte[60_000], 0, 60_000);
            byte[] plain = frame(client.session, 65519);
            System.arraycopy(plain, 0, lent, 0, plain.length);
            server.session.lend(true);
            server.session.receive(lent, 0, plain.length, 0);
            assertThat(server.session.kept()).isTrue();
        }
    }

    @Test
    void slicesLeaveInTheirOrderHoweverTheyAreCut() {
        var random = new SplittableRandom(5);
        var queue = new SliceQueue();
        byte[] source = new byte[100_000];
        for (int i = 0; i < source.length; i++) {
            source[i] = (byte) random.nextInt();
        }
        byte[] out = new byte[source.length];
        int added = 0;
        int drained = 0;
        while (drained < source.length) {
            int n = Math.min(source.length - added, random.nextInt(1, 700));
            if (n > 0) {
                queue.add(source, added, n);
                added += n;
            }
            if (random.nextInt(3) == 0 || added == source.length) {
                int some = random.nextInt(added - drained + 1);
                queue.drain(out, drained, some);
                drained += some;
            }
        }
        assertThat(out).isEqualTo(source);
        queue.add(source, 0, 10);
        queue.clear();
        queue.add(source, 20, 5);
        byte[] five = new byte[5];
        queue.drain(five, 0, 5);
        assertThat(five).isEqualTo(Arrays.copyOfRange(source, 20, 25));
    }
}
