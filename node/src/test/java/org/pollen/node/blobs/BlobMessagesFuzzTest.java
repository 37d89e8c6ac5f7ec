package org.pollen.node.blobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.fetch.AnnouncedTransaction;
import org.pollen.mempool.fetch.MessageRules;
import org.pollen.mempool.fetch.TransactionFetcher;
import org.pollen.peer.MalformedException;

/// Replays the saved inputs in every build; searches for new ones with `JAZZER_FUZZ=1`.
class BlobMessagesFuzzTest {
    /// Only the documented exception; what is read is within its limits and reads the same again.
    @FuzzTest(maxDuration = "10m")
    void announcements(byte @NotNull [] bytes) throws Exception {
        List<AnnouncedTransaction> announced;
        try {
            announced = BlobMessages.announcement(bytes);
        } catch (MalformedException _) {
            return;
        }
        assertThat(announced).hasSizeLessThanOrEqualTo(MessageRules.TRANSACTIONS_MAX);
        assertThat(BlobMessages.announcement(body(BlobMessages.announcement(announced))))
                .isEqualTo(announced);
    }

    /// The same of requests.
    @FuzzTest(maxDuration = "10m")
    void requests(byte @NotNull [] bytes) throws Exception {
        List<Hash32> hashes;
        try {
            hashes = BlobMessages.request(bytes);
        } catch (MalformedException _) {
            return;
        }
        assertThat(hashes).hasSizeBetween(1, TransactionFetcher.REQUEST_HASHES);
        assertThat(BlobMessages.request(body(BlobMessages.request(hashes)))).isEqualTo(hashes);
    }

    /// However a stream's bytes are cut: the same messages come out, or the same refusal.
    @FuzzTest(maxDuration = "10m")
    void frames(byte @NotNull [] bytes) {
        String whole = read(bytes, Math.max(1, bytes.length));
        for (int step : new int[] {1, 2, 7}) assertThat(read(bytes, step)).isEqualTo(whole);
    }

    private static String read(byte[] bytes, int step) {
        var seen = new ByteArrayOutputStream();
        var frames =
                new Frames(
                        1000,
                        message -> {
                            if (message.length > 0 && message[0] == 13) {
                                throw new MalformedException("thirteen");
                            }
                            seen.writeBytes(BlobMessages.framed(message));
                        });
        try {
            for (int at = 0; at < bytes.length; at += step) {
                frames.add(bytes, at, Math.min(step, bytes.length - at));
            }
        } catch (MalformedException e) {
            return seen + ": " + e.getMessage();
        }
        return seen + (frames.between() ? ": whole" : ": under way");
    }

    /// A framed message without its length, which takes one to three bytes here.
    private static byte[] body(byte[] framed) {
        int length = 1;
        while (framed[length - 1] < 0) length++;
        return Arrays.copyOfRange(framed, length, framed.length);
    }
}
