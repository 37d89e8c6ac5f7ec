package org.pollen.peer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who a peer is: the multihash of its public key.
///
/// Keys of at most 42 bytes are in the id themselves (identity hash), of longer ones it has the
/// SHA-256. Immutable; equality compares a 64-bit hash first. Source: peer-ids specification;
/// host.md 3.
public final class PeerId implements Comparable<PeerId> {
    /// Longest id in bytes: the identity hash of a 42-byte key.
    public static final int BYTES_MAX = 44;

    private static final int IDENTITY = 0x00;
    private static final int SHA2_256 = 0x12;
    private static final int INLINE_KEY_MAX = 42;
    private static final int LIBP2P_KEY = 0x72;

    private final byte[] bytes;
    private final long hash;
    private @Nullable String text; // made when asked for; a race makes the same text twice

    private PeerId(byte[] bytes) {
        this.bytes = bytes;
        this.hash = hash(bytes, 0, bytes.length);
    }

    /// The id of a key.
    public static PeerId of(PublicKey key) {
        byte[] protobuf = key.toProtobuf();
        boolean inline = protobuf.length <= INLINE_KEY_MAX;
        byte[] digest = inline ? protobuf : Digests.sha256(protobuf);
        byte[] bytes = new byte[2 + digest.length];
        bytes[0] = (byte) (inline ? IDENTITY : SHA2_256);
        bytes[1] = (byte) digest.length;
        System.arraycopy(digest, 0, bytes, 2, digest.length);
        return new PeerId(bytes);
    }

    /// The id with these bytes.
    ///
    /// @param multihash copied
    /// @throws MalformedException for another hash than identity and SHA-256, a wrong length, or
    ///   bytes behind it
    public static PeerId fromBytes(byte[] multihash) throws MalformedException {
        return fromBytes(multihash, 0, multihash.length);
    }

    /// The id in a slice of bytes.
    ///
    /// @throws MalformedException as [#fromBytes(byte\[\])]
    public static PeerId fromBytes(byte[] buffer, int offset, int length)
            throws MalformedException {
        check(buffer, offset, length);
        return new PeerId(Arrays.copyOfRange(buffer, offset, offset + length));
    }

    /// Whether [#fromBytes(byte\[\], int, int)] would take this slice; without allocation.
    static void check(byte[] buffer, int offset, int length) throws MalformedException {
        if (length < 2) throw new MalformedException("peer id: " + length + " bytes");
        int code = buffer[offset];
        int digest = buffer[offset + 1];
        if (code != IDENTITY && code != SHA2_256) {
            throw new MalformedException("peer id: hash function " + (code & 0xff));
        }
        if (digest != length - 2 || digest == 0) {
            throw new MalformedException("peer id: digest of " + digest + " bytes in " + length);
        }
        if (code == SHA2_256 ? digest != 32 : digest > INLINE_KEY_MAX) {
            throw new MalformedException("peer id: digest of " + digest + " bytes");
        }
    }

    /// Reads base58 or, if it does not begin with `1` or `Qm`, a CID of version 1.
    ///
    /// @throws IllegalArgumentException if it is neither
    public static PeerId parse(String text) {
        try {
            if (text.startsWith("1") || text.startsWith("Qm"))
                return fromBytes(Base58.decode(text));
            byte[] cid = Multibase.decode(text);
            ByteBuffer in = ByteBuffer.wrap(cid);
            long version = Varint.read(in);
            long codec = Varint.read(in);
            if (version != 1 || codec != LIBP2P_KEY) {
                throw new IllegalArgumentException(
                        "peer id: CID of version " + version + " and codec " + codec);
            }
            return fromBytes(cid, in.position(), in.remaining());
        } catch (MalformedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// The multihash, a copy.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// The multihash itself: shared, must not be changed.
    public byte[] unsafeBytes() {
        return bytes;
    }

    /// Whether these bytes are this id; without allocation.
    public boolean matches(byte[] buffer, int offset, int length) {
        return Arrays.equals(bytes, 0, bytes.length, buffer, offset, offset + length);
    }

    /// The key, where the id holds it; empty for hashes and for bytes that are no key.
    public Optional<PublicKey> publicKey() {
        if (bytes[0] != IDENTITY) return Optional.empty();
        try {
            return Optional.of(PublicKey.fromProtobuf(Arrays.copyOfRange(bytes, 2, bytes.length)));
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    /// The id as a CID of version 1 in base32.
    public String toCid() {
        byte[] cid = new byte[2 + bytes.length];
        cid[0] = 1;
        cid[1] = LIBP2P_KEY;
        System.arraycopy(bytes, 0, cid, 2, bytes.length);
        return Multibase.base32(cid);
    }

    /// Base58, the text that is printed everywhere.
    @Override
    public String toString() {
        String made = text;
        if (made == null) {
            made = Base58.encode(bytes);
            text = made;
        }
        return made;
    }

    /// The first and last four characters, for columns: `12D3…a7Qk`.
    public String abbreviated() {
        String full = toString();
        return full.length() <= 9
                ? full
                : full.substring(0, 4) + "…" + full.substring(full.length() - 4);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PeerId id && id.hash == hash && Arrays.equals(id.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }

    /// A well-mixed 64-bit hash of the bytes; the same in every process.
    public long hash64() {
        return hash;
    }

    @Override
    public int compareTo(PeerId other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    private static long hash(byte[] bytes, int offset, int length) {
        long h = 0x9e3779b97f4a7c15L ^ length;
        for (int i = offset; i < offset + length; i++) {
            h = (h ^ (bytes[i] & 0xff)) * 0x100000001b3L;
        }
        h ^= (h >>> 32);
        h *= 0xd6e8feb86659fd93L;
        return h ^ (h >>> 32);
    }
}
