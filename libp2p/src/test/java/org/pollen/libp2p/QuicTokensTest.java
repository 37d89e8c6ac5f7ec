package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// First packets of QUIC that show a token.
class QuicTokensTest {
    private static final byte[] ID = HexFormat.of().parseHex("8394c8f03e515708");
    private static final InetSocketAddress FROM = new InetSocketAddress("192.0.2.1", 4001);

    private final HostCounters counters = new HostCounters();
    private final QuicTokens tokens =
            new QuicTokens(
                    new Admission(HostLimits.DEFAULT), counters, () -> 5, 100, new SecureRandom());
    private final QuicForeignTokens foreign = new QuicForeignTokens(tokens, new SecureRandom());

    /// An Initial of 1,200 bytes with a client's id of three bytes.
    private static ByteBuf initial(byte[] token) {
        ByteBuf out = Unpooled.buffer(1200);
        out.writeByte(0xc3).writeInt(1).writeByte(ID.length).writeBytes(ID);
        out.writeByte(3).writeBytes(new byte[] {1, 2, 3});
        out.writeShort(0x4000 | token.length).writeBytes(token);
        return out.writeZero(1200 - out.readableBytes());
    }

    @Test
    @DisplayName("L30 the integrity tag is that of RFC 9001, A.4")
    void vector() {
        byte[] retry =
                HexFormat.of()
                        .parseHex(
                                "ff000000010008f067a5502a4262b5746f6b656e"
                                        + "04a265ba2eff4d829058fb3f0f2496ba");
        assertThat(QuicForeignTokens.sealed(ID, Arrays.copyOf(retry, retry.length - 16)))
                .isEqualTo(retry);
    }

    @Test
    @DisplayName("L30 who shows a foreign token gets one of ours, which is good for its first id")
    void exchange() {
        byte[] retry = foreign.retryFor(initial(new byte[80]), FROM);

        ByteBuf in = Unpooled.wrappedBuffer(Objects.requireNonNull(retry));
        in.skipBytes(5);
        byte[] to = new byte[in.readByte()];
        in.readBytes(to);
        assertThat(to).containsExactly(1, 2, 3);
        in.skipBytes(in.readByte());
        ByteBuf token = in.slice(in.readerIndex(), in.readableBytes() - 16);
        int at = tokens.validateToken(token, FROM);
        assertThat(token.slice(at, token.readableBytes() - at))
                .isEqualTo(Unpooled.wrappedBuffer(ID));
        byte[] ours = new byte[token.readableBytes()];
        token.getBytes(token.readerIndex(), ours);
        assertThat(foreign.retryFor(initial(ours), FROM)).as("goes to the codec").isNull();
        var elsewhere = new InetSocketAddress("192.0.2.1", 4002);
        assertThat(foreign.retryFor(initial(ours), elsewhere)).isNotNull();
    }

    @Test
    @DisplayName("L31 whatever is no first packet with a token goes on to the codec")
    void others() {
        assertThat(foreign.retryFor(initial(new byte[0]), FROM)).isNull();
        assertThat(foreign.retryFor(initial(new byte[80]).slice(0, 1199), FROM)).isNull();
        for (int at : new int[] {0, 1, 5, 14}) {
            ByteBuf changed = initial(new byte[80]);
            changed.setByte(at, at == 0 ? 0x43 : 0xff);
            assertThat(foreign.retryFor(changed, FROM)).as("byte %d", at).isNull();
        }
        ByteBuf huge = initial(new byte[80]);
        huge.setShort(18, 0x7fff);
        assertThat(foreign.retryFor(huge, FROM)).as("longer than the packet").isNull();
    }
}
