package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Replays the saved inputs in every build; searches for new ones with `JAZZER_FUZZ=1`.
class TransactionDecoderFuzzTest {
    /// Only the documented exception, and whatever decodes encodes back to the same bytes.
    @FuzzTest(maxDuration = "60s")
    void canonical(byte @NotNull [] bytes) {
        Transaction tx;
        try {
            tx = TransactionDecoder.decode(bytes);
        } catch (TransactionRefusedException _) {
            return; // as documented
        }
        check(tx, bytes);
    }

    @FuzzTest(maxDuration = "60s")
    void listElement(byte @NotNull [] bytes) {
        Transaction tx;
        try {
            tx = TransactionDecoder.decodeListElement(bytes);
        } catch (TransactionRefusedException _) {
            return; // as documented
        }
        if (tx.sidecar() == null) assertThat(tx.listElement()).isEqualTo(bytes);
    }

    @Test
    @DisplayName("100,000 mutations of real transactions: refused as documented or round trip")
    void mutations() throws Exception {
        var random = new Random(100);
        List<byte[]> corpus = new ArrayList<>();
        for (ReplayLine line : ReplayFixture.lines()) {
            if (line.raw().length > 0 && line.raw().length < 2000) corpus.add(line.raw());
        }
        int decoded = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                int at = random.nextInt(bytes.length);
                bytes[at] =
                        random.nextBoolean()
                                ? (byte) (bytes[at] ^ 1 << random.nextInt(8))
                                : (byte) random.nextInt();
            }
            if (random.nextInt(10) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 3));
            }
            try {
                check(TransactionDecoder.decode(bytes), bytes);
                decoded++;
            } catch (TransactionRefusedException _) {
                // as documented
            }
        }
        assertThat(decoded).as("mutations are mild enough to reach deep").isGreaterThan(15_000);
    }

    private static void check(Transaction tx, byte[] bytes) {
        assertThat(tx.size()).isEqualTo(bytes.length);
        if (tx.sidecar() == null) {
            assertThat(tx.raw()).isEqualTo(bytes);
            assertThat(encode(tx)).isEqualTo(bytes);
        } else {
            assertThat(encode(tx)).isEqualTo(tx.raw());
        }
    }

    /// The envelope made anew from the fields.
    private static byte[] encode(Transaction tx) {
        var out = new RlpWriter();
        int type = tx.type();
        if (type != Transaction.LEGACY) out.number(tx.chainId());
        out.number(tx.nonce());
        if (type >= Transaction.DYNAMIC_FEE) out.number(tx.tipCap());
        @Nullable Address to = tx.to();
        out.number(tx.feeCap()).number(tx.gas()).bytes(to == null ? new byte[0] : to.bytes());
        out.number(tx.value()).bytes(tx.data());
        if (type != Transaction.LEGACY) {
            var list = new RlpWriter();
            for (AccessListEntry entry : tx.accessList()) {
                var keys = new RlpWriter();
                for (Hash32 key : entry.storageKeys()) keys.bytes(key.bytes());
                list.list(new RlpWriter().bytes(entry.address().bytes()).list(keys));
            }
            out.list(list);
        }
        if (type == Transaction.BLOB) {
            var hashes = new RlpWriter();
            for (Hash32 hash : tx.blobHashes()) hashes.bytes(hash.bytes());
            out.number(tx.blobFeeCap()).list(hashes);
        }
        if (type == Transaction.SET_CODE) {
            var list = new RlpWriter();
            for (Authorization a : tx.authorizations()) {
                var one = new RlpWriter().number(a.chainId()).bytes(a.address().bytes());
                one.number(a.nonce()).number((long) a.yParity()).number(a.r()).number(a.s());
                list.list(one);
            }
            out.list(list);
        }
        return out.number(tx.v()).number(tx.r()).number(tx.s()).toEnvelope(type);
    }
}
