package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Answers first packets whose token is not ours with a Retry, in front of the codec of a listener.
///
/// Clients keep the tokens that servers give them for later (NEW_TOKEN) by the server's name, and
/// in libp2p no server has one: a client of quinn, which is rust-libp2p's and js-libp2p's, shows us
/// the token of whomever it met last. The codec can only take a token for ours or drop the packet,
/// and a dropped packet is a dial that times out. A Retry costs such a client one round trip and us
/// no memory. Source: RFC 9000, 8.1.3 and 17.2.5; RFC 9001, 5.8.
final class QuicForeignTokens extends ChannelInboundHandlerAdapter {
    private static final int VERSION = 1;
    private static final int DATAGRAM_BYTES_MIN = 1200; // of a client's first packet
    private static final int ID_BYTES_MIN = 8;
    private static final int ID_BYTES_MAX = 20;
    private static final int TAG_BITS = 128;
    private static final SecretKeySpec KEY =
            new SecretKeySpec(HexFormat.of().parseHex("be0c690b9f66575a1d766b54e368c84e"), "AES");
    private static final byte[] NONCE = HexFormat.of().parseHex("461599d35d632bf2239825bb");

    private final QuicTokens tokens;
    private final SecureRandom random;

    QuicForeignTokens(QuicTokens tokens, SecureRandom random) {
        this.tokens = tokens;
        this.random = random;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof DatagramPacket datagram) {
            InetSocketAddress from = datagram.sender();
            byte[] retry = retryFor(datagram.content(), from);
            if (retry != null) {
                datagram.release();
                ByteBuf answer = ctx.alloc().directBuffer(retry.length).writeBytes(retry);
                var _ = ctx.writeAndFlush(new DatagramPacket(answer, from));
                return;
            }
        }
        ctx.fireChannelRead(message);
    }

    /// The Retry to send for a datagram; null where the codec has to look at it.
    byte @Nullable [] retryFor(ByteBuf content, InetSocketAddress from) {
        ByteBuf in = content.slice();
        if (in.readableBytes() < DATAGRAM_BYTES_MIN
                || (in.readByte() & 0xf0) != 0xc0 // a long header, of an Initial
                || in.readInt() != VERSION) {
            return null;
        }
        int destinationLength = in.readUnsignedByte();
        if (destinationLength < ID_BYTES_MIN || destinationLength > ID_BYTES_MAX) {
            return null;
        }
        byte[] destination = new byte[destinationLength];
        in.readBytes(destination);
        int sourceLength = in.readUnsignedByte();
        if (sourceLength > ID_BYTES_MAX) {
            return null;
        }
        byte[] source = new byte[sourceLength];
        in.readBytes(source);
        long tokenLength = varint(in);
        if (tokenLength == 0
                || tokenLength > in.readableBytes()
                || tokens.isOurs(in.slice(in.readerIndex(), (int) tokenLength), from)) {
            return null;
        }
        ByteBuf out = content.alloc().heapBuffer(128);
        try {
            byte[] ours = new byte[ID_BYTES_MAX];
            random.nextBytes(ours);
            out.writeByte(0xf0).writeInt(VERSION);
            out.writeByte(sourceLength).writeBytes(source);
            out.writeByte(ours.length).writeBytes(ours);
            tokens.mint(out, destination, from);
            byte[] retry = new byte[out.readableBytes()];
            out.readBytes(retry);
            return sealed(destination, retry);
        } finally {
            out.release();
        }
    }

    /// The packet with its integrity tag.
    ///
    /// @param destination the connection id that the client chose first
    static byte[] sealed(byte[] destination, byte[] packet) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, KEY, new GCMParameterSpec(TAG_BITS, NONCE));
            cipher.updateAAD(new byte[] {(byte) destination.length});
            cipher.updateAAD(destination);
            cipher.updateAAD(packet);
            byte[] tag = cipher.doFinal();
            byte[] all = Arrays.copyOf(packet, packet.length + tag.length);
            System.arraycopy(tag, 0, all, packet.length, tag.length);
            return all;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // each JDK has it, and the nonce is the specification's
        }
    }

    /// A variable-length integer of QUIC; there is room for it, as a first packet is long.
    private static long varint(ByteBuf in) {
        int first = in.readUnsignedByte();
        long value = first & 0x3f;
        for (int left = (1 << (first >> 6)) - 1; left > 0; left--) {
            value = value << 8 | in.readUnsignedByte();
        }
        return value;
    }
}
