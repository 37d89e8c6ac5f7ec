package org.pollen.node.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.fetch.AnnouncedTransaction;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoWriter;

class BlobMessagesTest {
    private final SplittableRandom random = new SplittableRandom(8);
    private final List<byte[]> frames = new ArrayList<>();

    @Test
    void messagesComeBackHoweverTheirBytesAreCut() throws Exception {
        List<AnnouncedTransaction> announced = announced(300);
        List<Hash32> hashes =
                announced.stream().map(AnnouncedTransaction::hash).limit(256).toList();
        byte[] first = BlobMessages.announcement(announced);
        byte[] second = BlobMessages.request(hashes);
        for (int round = 0; round < 20; round++) {
            frames.clear();
            var reader = new Frames(BlobMessages.ANNOUNCEMENT_MAX, frames::add);
            for (byte[] bytes : List.of(first, second, first)) {
                for (int at = 0; at < bytes.length; ) {
                    int n = Math.min(bytes.length - at, 1 + random.nextInt(3000));
                    reader.add(bytes, at, n);
                    at += n;
                }
            }
            assertThat(reader.between()).isTrue();
            assertThat(frames).hasSize(3);
            assertThat(BlobMessages.announcement(frames.getFirst())).isEqualTo(announced);
            assertThat(BlobMessages.request(frames.get(1))).isEqualTo(hashes);
        }
        assertThat(second.length).isLessThanOrEqualTo(BlobMessages.REQUEST_MAX + 3);
    }

    @Test
    void aMessageThatIsTooLongIsRefusedAtItsLengthAndRoomGrowsWithWhatArrives() throws Exception {
        var reader = new Frames(100, frames::add);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> reader.add(new byte[] {101}, 0, 1))
                .withMessage("a message of 101 bytes, limit 100");
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> new Frames(100, frames::add).add(new byte[] {0}, 0, 1));
        byte[] endless = new byte[5];
        Arrays.fill(endless, (byte) 0x81);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> new Frames(1 << 20, frames::add).add(endless, 0, 5));
        var open = new Frames(1 << 20, frames::add);
        open.add(new byte[] {(byte) 0x80, (byte) 0x80, 0x40, 7}, 0, 4); // of 1 MiB, a byte of it
        assertThat(open.between()).isFalse();
        assertThat(frames).isEmpty();
    }

    @Test
    @DisplayName("8.1 a hash twice, a hash too short, no size and too many are refused")
    void whatNoHonestPeerSaysIsRefused() {
        AnnouncedTransaction one = announced(1).getFirst();
        refused(body(BlobMessages.announcement(List.of(one, one))));
        refused(body(BlobMessages.announcement(announced(5001))));
        refused(entry(new ProtoWriter().varint(2, 9)));
        refused(entry(new ProtoWriter().bytes(1, new byte[31]).varint(2, 9)));
        refused(entry(new ProtoWriter().bytes(1, new byte[33]).varint(2, 9)));
        refused(entry(new ProtoWriter().bytes(1, new byte[32])));
        refused(entry(new ProtoWriter().bytes(1, new byte[32]).varint(2, (1 << 20) + 1)));
        refused(new byte[] {10, 5, 1});
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> BlobMessages.request(new byte[] {16, 1}))
                .withMessage("asks for nothing");
        var many = new ProtoWriter();
        for (int i = 0; i < 257; i++) many.bytes(1, new byte[32]);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> BlobMessages.request(many.toByteArray()))
                .withMessage("asks for too many at once");
    }

    @Test
    void bytesOfNobodyAreRefusedOrRead() {
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            if (bytes.length > 1 && random.nextBoolean()) {
                bytes[0] = 10;
                bytes[1] = (byte) (bytes.length - 2);
            }
            try {
                for (AnnouncedTransaction one : BlobMessages.announcement(bytes)) {
                    assertThat(one.size()).isBetween(1L, 1L << 20);
                }
            } catch (MalformedException _) {
                // as documented
            }
            try {
                assertThat(BlobMessages.request(bytes)).hasSizeBetween(1, 256);
            } catch (MalformedException _) {
                // as documented
            }
        }
    }

    private static void refused(byte[] message) {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> BlobMessages.announcement(message));
    }

    private static byte[] entry(ProtoWriter entry) {
        return new ProtoWriter().message(1, entry).toByteArray();
    }

    private static byte[] body(byte[] framed) {
        int at = 0;
        while (framed[at++] < 0) {
            // the length
        }
        return Arrays.copyOfRange(framed, at, framed.length);
    }

    private List<AnnouncedTransaction> announced(int n) {
        var announced = new ArrayList<AnnouncedTransaction>();
        for (int i = 0; i < n; i++) {
            byte[] hash = new byte[32];
            random.nextBytes(hash);
            announced.add(
                    new AnnouncedTransaction(
                            new Hash32(hash), Transaction.BLOB, 1 + random.nextInt(1 << 20)));
        }
        return announced;
    }
}
