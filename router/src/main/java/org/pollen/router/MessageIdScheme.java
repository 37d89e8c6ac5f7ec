package org.pollen.router;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.jspecify.annotations.Nullable;

/// How a network names its messages: makes [MessageIdFunction]s, one for each thread. Immutable.
///
/// Source: router specification 3.3.
///
/// @param name for logs and error messages
/// @param functions makes functions
public record MessageIdScheme(String name, Supplier<MessageIdFunction> functions) {

    /// BlossomSub: 01 and the SHA-256 of the payload. Ignores author, sequence number and mask: the
    /// same payload on two masks is one message.
    public static final MessageIdScheme BLOSSOM =
            new MessageIdScheme("blossom", () -> sha256(new byte[] {1}, new byte[0], 32));

    /// Quilibrium: the SHA-256 of the payload.
    public static final MessageIdScheme SHA256 =
            new MessageIdScheme("sha256", () -> sha256(new byte[0], new byte[0], 32));

    /// gossipsub: author and sequence number. A message without either has no id.
    public static final MessageIdScheme FROM_SEQNO =
            new MessageIdScheme("from-seqno", () -> MessageIdScheme::fromSeqno);

    /// Ethereum consensus phase 0 for payloads that do not decompress: the first 20 bytes of
    /// SHA-256(domain, payload) with domain 00000000. Snappy is not part of this module, see
    /// [#eth2Phase0].
    public static final MessageIdScheme ETH2_RAW =
            new MessageIdScheme("eth2-raw", () -> sha256(new byte[0], new byte[4], 20));

    /// Filecoin: the BLAKE2b-256 of the payload.
    public static final MessageIdScheme FILECOIN =
            new MessageIdScheme("filecoin", MessageIdScheme::blake2b);

    /// Undoes the compression of payloads where ids name what is inside.
    @FunctionalInterface
    public interface Decompressor {
        /// Decompresses one payload.
        ///
        /// @return its bytes in an array with nothing else, or null if it is not compressed rightly
        ///   or is longer than the network allows
        byte @Nullable [] decompress(byte[] array, int offset, int length);
    }

    /// Ethereum consensus phase 0: the first 20 bytes of SHA-256(domain, payload), where domain is
    /// 01000000 with the decompressed payload, or 00000000 with the payload as it is if it does not
    /// decompress.
    ///
    /// @param snappy makes decompressors, one for each thread
    public static MessageIdScheme eth2Phase0(Supplier<Decompressor> snappy) {
        return new MessageIdScheme("eth2-phase0", () -> eth2(snappy.get(), false));
    }

    /// Ethereum consensus from Altair on: the same over domain, the length of the topic (8 bytes,
    /// little-endian), the topic and the payload.
    public static MessageIdScheme eth2Altair(Supplier<Decompressor> snappy) {
        return new MessageIdScheme("eth2-altair", () -> eth2(snappy.get(), true));
    }

    /// A scheme for each of some masks: that of the exact mask, else that of its first slice, else
    /// another.
    public static MessageIdScheme perMask(
            Map<Mask, MessageIdScheme> schemes, MessageIdScheme otherwise) {
        Map<Mask, MessageIdScheme> copy = Map.copyOf(schemes);
        return new MessageIdScheme(
                "per-mask",
                () -> {
                    var functions = new LinkedHashMap<Mask, MessageIdFunction>();
                    copy.forEach((mask, scheme) -> functions.put(mask, scheme.newFunction()));
                    MessageIdFunction rest = otherwise.newFunction();
                    return (m, out) -> {
                        Mask mask = m.mask();
                        MessageIdFunction own = functions.get(mask);
                        if (own == null) own = functions.get(mask.slices().getFirst());
                        return (own == null ? rest : own).write(m, out);
                    };
                });
    }

    /// The scheme whose ids tell apart the same message on two masks: SHA-256 over the length of
    /// the mask (4 bytes, big-endian), the mask and the id of this scheme.
    public MessageIdScheme includeMaskInId() {
        return new MessageIdScheme(name + "+mask", () -> withMask(functions.get(), digest()));
    }

    /// A function for one thread.
    public MessageIdFunction newFunction() {
        return functions.get();
    }

    private static int fromSeqno(MessageFields m, byte[] out) {
        int from = m.length(MessageFields.FROM);
        int seqno = m.length(MessageFields.SEQNO);
        if (from + seqno == 0 || from + seqno > out.length) return -1;
        if (from > 0) System.arraycopy(m.array(), m.offset(MessageFields.FROM), out, 0, from);
        if (seqno > 0) System.arraycopy(m.array(), m.offset(MessageFields.SEQNO), out, from, seqno);
        return from + seqno;
    }

    private static MessageIdFunction sha256(byte[] idPrefix, byte[] domain, int length) {
        MessageDigest digest = digest();
        var whole = new byte[32];
        return (m, out) -> {
            digest.update(domain);
            if (m.has(MessageFields.DATA)) {
                digest.update(
                        m.array(), m.offset(MessageFields.DATA), m.length(MessageFields.DATA));
            }
            finish(digest, whole, 0);
            System.arraycopy(idPrefix, 0, out, 0, idPrefix.length);
            System.arraycopy(whole, 0, out, idPrefix.length, length);
            return idPrefix.length + length;
        };
    }

    private static MessageIdFunction blake2b() {
        var digest = new Blake2bDigest(256);
        return (m, out) -> {
            if (m.has(MessageFields.DATA)) {
                digest.update(
                        m.array(), m.offset(MessageFields.DATA), m.length(MessageFields.DATA));
            }
            return digest.doFinal(out, 0);
        };
    }

    private static MessageIdFunction eth2(Decompressor snappy, boolean withTopic) {
        MessageDigest digest = digest();
        var whole = new byte[32];
        return (m, out) -> {
            int offset = Math.max(0, m.offset(MessageFields.DATA));
            int length = m.length(MessageFields.DATA);
            byte[] inside = snappy.decompress(m.array(), offset, length);
            digest.update((byte) (inside == null ? 0 : 1));
            digest.update(new byte[3]);
            if (withTopic) {
                int topic = m.length(MessageFields.MASK);
                for (int i = 0; i < 8; i++) digest.update((byte) ((long) topic >>> (8 * i)));
                if (topic > 0) digest.update(m.array(), m.offset(MessageFields.MASK), topic);
            }
            if (inside == null) digest.update(m.array(), offset, length);
            else digest.update(inside);
            finish(digest, whole, 0);
            System.arraycopy(whole, 0, out, 0, 20);
            return 20;
        };
    }

    private static MessageIdFunction withMask(MessageIdFunction inner, MessageDigest digest) {
        return (m, out) -> {
            int length = inner.write(m, out);
            if (length < 0) return -1;
            int mask = m.length(MessageFields.MASK);
            digest.update((byte) (mask >> 24));
            digest.update((byte) (mask >> 16));
            digest.update((byte) (mask >> 8));
            digest.update((byte) mask);
            if (mask > 0) digest.update(m.array(), m.offset(MessageFields.MASK), mask);
            digest.update(out, 0, length);
            finish(digest, out, 0);
            return 32;
        };
    }

    private static void finish(MessageDigest digest, byte[] out, int offset) {
        try {
            int written = digest.digest(out, offset, 32);
            assert written == 32;
        } catch (DigestException e) {
            throw new AssertionError("there is room for 32 bytes", e);
        }
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
