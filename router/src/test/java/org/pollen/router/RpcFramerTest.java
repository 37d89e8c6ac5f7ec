package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.MalformedException;

class RpcFramerTest {
    private final List<byte[]> frames = new ArrayList<>();
    private final RpcFramer framer = new RpcFramer(1 << 16);

    @ParameterizedTest(name = "slices of up to {0} bytes")
    @ValueSource(ints = {1, 2, 3, 100, 5000, 1 << 20})
    void framesComeOutHoweverTheStreamIsCut(int sliceMax) throws Exception {
        var random = new Random(sliceMax);
        var expected = new ArrayList<byte[]>();
        var stream = new ByteArrayOutputStream();
        for (int i = 0; i < 40; i++) {
            var frame =
                    new byte
                            [random.nextInt(3) == 0
                                    ? random.nextInt(1 << 14)
                                    : random.nextInt(300)];
            random.nextBytes(frame);
            var prefix = new byte[5];
            stream.write(prefix, 0, Bytes.putVarint(prefix, 0, frame.length));
            stream.writeBytes(frame);
            if (frame.length > 0) expected.add(frame);
        }
        byte[] bytes = stream.toByteArray();
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(sliceMax));
            feed(Arrays.copyOfRange(bytes, at, at + length));
            at += length;
        }

        assertThat(frames)
                .usingElementComparator(Arrays::compare)
                .containsExactlyElementsOf(expected);
        assertThat(framer.atBoundary()).isTrue();
    }

    @Test
    void aFrameWithinASliceIsAViewOfIt() throws Exception {
        byte[] slice = {9, 2, 7, 8, 9};
        framer.feed(
                slice,
                1,
                3,
                (array, offset, length) -> {
                    assertThat(array).isSameAs(slice);
                    assertThat(offset).isEqualTo(2);
                    assertThat(length).isEqualTo(2);
                    frames.add(array);
                });
        assertThat(frames).hasSize(1);
    }

    @Test
    @DisplayName(
            "C118: a frame of length zero is skipped, one at the limit taken, one above refused")
    void lengthsAtTheLimit() throws Exception {
        var small = new RpcFramer(200);
        small.feed(new byte[] {0, 0, 1, 5}, 0, 4, this::take);
        assertThat(frames).hasSize(1);
        byte[] limit = new byte[202];
        limit[0] = (byte) 0xc8;
        limit[1] = 1;
        small.feed(limit, 0, 202, this::take);
        assertThat(frames).hasSize(2);
        assertThatThrownBy(() -> small.feed(new byte[] {(byte) 0xc9, 1}, 0, 2, this::take))
                .isInstanceOf(MalformedException.class)
                .hasMessage("frame of 201 bytes: at most 200 are allowed");
    }

    @Test
    @DisplayName("C118: lengths that are no varint")
    void brokenLengths() {
        assertThatThrownBy(() -> feed(new byte[] {-1, -1, -1, -1, -1}))
                .hasMessage("frame: length of over 5 bytes");
        assertThatThrownBy(
                        () -> new RpcFramer(9).feed(new byte[] {(byte) 0x81, 0}, 0, 2, this::take))
                .hasMessage("frame: padded length");
    }

    @Test
    void whatIsAnnouncedIsNotAllocated() throws Exception {
        var large = new RpcFramer(1 << 30);
        var prefix = new byte[5];
        int length = Bytes.putVarint(prefix, 0, 1 << 30);
        for (int i = 0; i < 100; i++) large = new RpcFramer(1 << 30);
        large.feed(prefix, 0, length, this::take);
        large.feed(new byte[10], 0, 10, this::take);
        assertThat(large.atBoundary()).isFalse();
        assertThat(frames).isEmpty();
    }

    private void feed(byte[] slice) throws MalformedException {
        framer.feed(slice, 0, slice.length, this::take);
    }

    private void take(byte[] array, int offset, int length) {
        frames.add(Arrays.copyOfRange(array, offset, offset + length));
    }
}
