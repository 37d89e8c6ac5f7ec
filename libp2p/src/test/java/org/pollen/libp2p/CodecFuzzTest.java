package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.pollen.peer.MalformedException;

/// Whatever a stranger sends, at any layer and in any pieces: the documented exception or nothing,
/// and no more memory than the bytes are worth.
class CodecFuzzTest {

    @FuzzTest(maxDuration = "10m")
    void multistream(FuzzedDataProvider data) {
        Negotiation negotiation =
                data.consumeBoolean()
                        ? Negotiation.responder("/a"::equals)
                        : Negotiation.initiator(List.of("/a", "/b"));
        try {
            while (data.remainingBytes() > 0 && !negotiation.done()) {
                byte[] piece = data.consumeBytes(data.consumeInt(0, 200));
                int taken = negotiation.receive(piece, 0, piece.length);
                assertThat(taken).isBetween(0, piece.length);
                assertThat(negotiation.done() || taken == piece.length).isTrue();
                assertThat(negotiation.takeOutput().length).isLessThan(33 * 1030);
            }
        } catch (ViolationException _) {
            // the documented answer
        }
    }

    @FuzzTest(maxDuration = "10m")
    void noisePayload(byte[] data) {
        try {
            NoisePayload payload = NoisePayload.parse(data, 0, data.length);
            assertThat(payload.muxers()).hasSizeLessThanOrEqualTo(100);
            assertThat(payload.identityKey().length + payload.signature().length)
                    .isLessThanOrEqualTo(data.length);
        } catch (MalformedException _) {
            // the documented answer
        }
    }

    @FuzzTest(maxDuration = "10m")
    void noiseFrames(byte[] data) {
        var transport = new NoiseTransport(new byte[32], new byte[32]);
        try {
            transport.receive(
                    Unpooled.wrappedBuffer(data),
                    (_, _, _) -> {
                        throw new AssertionError("random bytes were authentic");
                    });
        } catch (ViolationException e) {
            assertThat(e.limit()).isIn(Limit.L12_AUTHENTICATION, Limit.L13_SHORT_FRAME);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void handshake(FuzzedDataProvider data) {
        NoiseIdentity identity = NoiseIdentity.of(TestHosts.key(1), new byte[32], List.of());
        var handshake = new NoiseHandshake(identity, new byte[32], null);
        try {
            if (data.consumeBoolean()) {
                handshake.firstMessage();
                handshake.answerSecond(data.consumeRemainingAsBytes());
            } else {
                handshake.answerFirst(data.consumeBytes(32));
                handshake.readThird(data.consumeRemainingAsBytes());
            }
            throw new AssertionError("random bytes were authentic");
        } catch (ViolationException e) {
            assertThat(e.limit()).isIn(Limit.L11_FIRST_MESSAGE, Limit.L12_AUTHENTICATION);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void yamux(FuzzedDataProvider data) {
        var memory = new MemoryScope(1 << 22, null);
        var log = new YamuxTest.Log();
        log.pause = data.consumeBoolean();
        var session = new YamuxSession(data.consumeBoolean(), YamuxTest.PARAMS, memory, log, 0);
        long now = 0;
        var own = new ArrayList<YamuxStream>();
        byte[] record = new byte[65519];
        try {
            while (data.remainingBytes() > 0) {
                now += data.consumeLong(0, 1_000_000_000L);
                switch (data.consumeInt(0, 5)) {
                    case 0 -> {
                        YamuxStream stream = session.open(new YamuxTest.Sink(), now);
                        if (stream != null) {
                            own.add(stream);
                            stream.write(new byte[1000], 0, data.consumeInt(0, 1000));
                        }
                    }
                    case 1 -> session.gather(record, 0, data.consumeInt(0, record.length));
                    case 2 -> session.tick(now);
                    case 3 -> {
                        var all = new ArrayList<>(own);
                        all.addAll(log.accepted);
                        if (!all.isEmpty()) {
                            YamuxStream stream = all.get(data.consumeInt(0, all.size() - 1));
                            switch (data.consumeInt(0, 3)) {
                                case 0 -> stream.reset(7);
                                case 1 -> stream.closeWrite();
                                case 2 -> stream.pauseReading();
                                default -> stream.resumeReading();
                            }
                        }
                    }
                    default -> {
                        byte[] header = new byte[12];
                        YamuxFrame.write(
                                header,
                                0,
                                data.consumeInt(0, 4),
                                data.consumeInt(0, 15),
                                data.consumeInt(0, 6),
                                data.consumeInt(0, 300_000));
                        session.receive(header, 0, 12, now);
                        byte[] body = data.consumeBytes(data.consumeInt(0, 100));
                        session.receive(body, 0, body.length, now);
                    }
                }
            }
        } catch (ViolationException _) {
            // the documented answer
        }
        assertThat(session.pendingReplies()).isLessThan(10_000);
        session.end(0);
        assertThat(memory.reserved()).isZero();
        assertThat(session.streams()).isZero();
        assertThat(session.unreadBytes()).isZero();
    }

    @FuzzTest(maxDuration = "10m")
    void identify(byte[] data) {
        var message = new IdentifyMessage();
        var reader =
                new MessageReader(
                        IdentifyMessage.PART_BYTES_MAX, Limit.L35_IDENTIFY, message::merge);
        try {
            reader.accept(data, 0, data.length);
        } catch (ViolationException e) {
            assertThat(e.limit()).isIn(Limit.L35_IDENTIFY, Limit.L47_PROTOBUF);
        }
        assertThat(message.protocols).hasSizeLessThanOrEqualTo(1000);
        assertThat(message.listenAddresses).hasSizeLessThanOrEqualTo(500);
        assertThat(message.agentVersion.length()).isLessThanOrEqualTo(256);
    }

    @FuzzTest(maxDuration = "10m")
    void certificate(byte[] data) {
        try {
            TlsCertificate read = TlsCertificate.verify(data, Instant.EPOCH.plusSeconds(1 << 30));
            assertThat(read.notBefore()).isBefore(read.notAfter());
        } catch (ViolationException e) {
            assertThat(e.limit()).isIn(Limit.L16_CERTIFICATE, Limit.L17_CERTIFICATE_SIZE);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void clientHello(byte[] data) {
        List<String> protocols = TlsHello.protocols(data, 0, data.length);
        assertThat(protocols == null || protocols.size() <= data.length).isTrue();
    }

    @FuzzTest(maxDuration = "10m")
    void quicTokens(FuzzedDataProvider data) throws UnknownHostException {
        var admission = new Admission(HostLimits.DEFAULT);
        long now = data.consumeLong();
        var tokens =
                new QuicTokens(
                        admission, new HostCounters(), () -> now, 1L << 40, new SecureRandom());
        byte[] ip = data.consumeBytes(data.consumeBoolean() ? 4 : 16);
        if (ip.length != 4 && ip.length != 16) {
            return;
        }
        var from = new InetSocketAddress(InetAddress.getByAddress(ip), data.consumeInt(0, 65535));
        byte[] token = data.consumeRemainingAsBytes();
        assertThat(tokens.validateToken(Unpooled.wrappedBuffer(token), from)).isEqualTo(-1);
        var foreign = new QuicForeignTokens(tokens, new SecureRandom());
        byte[] padded = Arrays.copyOf(token, Math.max(1200, token.length));
        byte[] retry = foreign.retryFor(Unpooled.wrappedBuffer(padded), from);
        assertThat(retry == null || retry.length < 200).isTrue();
    }
}
