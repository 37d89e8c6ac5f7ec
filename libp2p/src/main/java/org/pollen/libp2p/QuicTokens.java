package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Address validation under load (L30): who wants to start a handshake while many are under way, or
/// from an address that has used up its share, gets a Retry that costs us no memory. Whoever
/// returns its token has shown where it is; if its address still has no share left, its packets are
/// dropped.
///
/// A token is the time, an HMAC over time, address, port and connection id, and that id. Source:
/// RFC 9000, 8.1.2 and 8.1.4. Used on the loop of one listener only.
final class QuicTokens implements QuicTokenHandler {
    private static final String HMAC = "HmacSHA256";
    private static final int TIME_BYTES = Long.BYTES;
    private static final int MAC_BYTES = 16;
    private static final int ID_AT = TIME_BYTES + MAC_BYTES;
    private static final int ID_BYTES_MAX = 20;

    private final Admission admission;
    private final HostCounters counters;
    private final LongSupplier clock;
    private final long lifeNanos;
    private final Mac mac;

    /// @param lifeNanos how long a token is good for: a client answers a Retry at once
    QuicTokens(
            Admission admission,
            HostCounters counters,
            LongSupplier clock,
            long lifeNanos,
            SecureRandom random) {
        this.admission = admission;
        this.counters = counters;
        this.clock = clock;
        this.lifeNanos = lifeNanos;
        byte[] key = new byte[32];
        random.nextBytes(key);
        try {
            this.mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // each JDK has it
        }
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress from) {
        InetAddress address = from.getAddress();
        long now = clock.getAsLong();
        if (!admission.crowded() && admission.refusal(address, now) == null) {
            return false;
        }
        mint(out, bytes(connectionId, 0), from, now);
        return true;
    }

    private void mint(ByteBuf out, byte[] id, InetSocketAddress from, long now) {
        out.writeLong(now);
        out.writeBytes(tag(now, from, id), 0, MAC_BYTES);
        out.writeBytes(id);
        counters.refused(Limit.L30_RETRY);
    }

    /// A token for a Retry, whatever the load is.
    ///
    /// @param connectionId that the client chose
    void mint(ByteBuf out, byte[] connectionId, InetSocketAddress from) {
        mint(out, connectionId, from, clock.getAsLong());
    }

    /// Whether a token is one that we gave to this address, however old.
    boolean isOurs(ByteBuf token, InetSocketAddress from) {
        int length = token.readableBytes();
        if (length <= ID_AT || length > ID_AT + ID_BYTES_MAX) {
            return false;
        }
        byte[] claimed = new byte[MAC_BYTES];
        token.getBytes(token.readerIndex() + TIME_BYTES, claimed);
        long made = token.getLong(token.readerIndex());
        byte[] expected = tag(made, from, bytes(token, ID_AT));
        return MessageDigest.isEqual(claimed, Arrays.copyOf(expected, MAC_BYTES));
    }

    /// @return where the connection id begins, -1 to drop the packet
    @Override
    public int validateToken(ByteBuf token, InetSocketAddress from) {
        if (!isOurs(token, from)) {
            counters.refused(Limit.L30_TOKEN);
            return -1; // QuicForeignTokens answers those of others
        }
        long now = clock.getAsLong();
        long made = token.getLong(token.readerIndex());
        if (now - made > lifeNanos || now - made < 0) {
            counters.refused(Limit.L30_TOKEN);
            return -1;
        }
        Limit refusal = admission.refusal(from.getAddress(), now);
        if (refusal != null) {
            counters.refused(refusal);
            return -1;
        }
        return ID_AT;
    }

    @Override
    public int maxTokenLength() {
        return ID_AT + ID_BYTES_MAX;
    }

    private byte[] tag(long time, InetSocketAddress from, byte[] id) {
        byte[] address = from.getAddress().getAddress();
        mac.update(
                ByteBuffer.allocate(TIME_BYTES + Short.BYTES + 1)
                        .putLong(time)
                        .putShort((short) from.getPort())
                        .put((byte) address.length)
                        .array());
        mac.update(address);
        return mac.doFinal(id);
    }

    private static byte[] bytes(ByteBuf from, int skipped) {
        byte[] bytes = new byte[from.readableBytes() - skipped];
        from.getBytes(from.readerIndex() + skipped, bytes);
        return bytes;
    }
}
