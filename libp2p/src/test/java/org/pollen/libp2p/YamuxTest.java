package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows H-31 to H-45 on plain arrays.
class YamuxTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final long SECOND = 1_000_000_000L;
    static final YamuxSession.Params PARAMS =
            new YamuxSession.Params(512, 256, 16 << 20, 64 << 20, 30 * SECOND, 10 * SECOND);

    /// Records what a session tells, and accepts streams with sinks.
    static final class Log implements YamuxSession.Events {
        final List<String> events = new ArrayList<>();
        final List<YamuxStream> accepted = new ArrayList<>();
        final List<Sink> sinks = new ArrayList<>();
        boolean refuse;
        boolean pause;
        int frames;

        @Override
        public MuxedStream.@Nullable Receiver accept(YamuxStream stream) {
            if (refuse) {
                return null;
            }
            var sink = new Sink();
            accepted.add(stream);
            sinks.add(sink);
            if (pause) {
                stream.pauseReading();
            }
            return sink;
        }

        @Override
        public void outputPending() {}

        @Override
        public void goAway(long code) {
            events.add("goaway " + code);
        }

        @Override
        public void roundTrip(long nanos) {
            events.add("rtt " + nanos);
        }

        @Override
        public void reading(boolean allowed) {
            events.add("reading " + allowed);
        }

        @Override
        public void refused(Limit limit) {
            events.add(limit.name());
        }

        @Override
        public void framesGathered(int n) {
            frames += n;
        }
    }

    /// Records what a stream delivers.
    static final class Sink implements MuxedStream.Receiver {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final List<String> events = new ArrayList<>();
        long sent;

        @Override
        public void data(byte[] array, int off, int len) {
            bytes.write(array, off, len);
        }

        @Override
        public void sent(int n) {
            sent += n;
        }

        @Override
        public void readClosed() {
            events.add("fin after " + bytes.size());
        }

        @Override
        public void reset(long code, boolean remote) {
            events.add("reset " + Long.toHexString(code) + (remote ? " remote" : ""));
        }

        @Override
        public void finished() {
            events.add("finished");
        }
    }

    /// One end with its log.
    static final class End {
        final Log log = new Log();
        final MemoryScope memory;
        final YamuxSession session;

        End(boolean client) {
            this(client, PARAMS, new MemoryScope(1L << 30, null));
        }

        End(boolean client, YamuxSession.Params params, MemoryScope memory) {
            this.memory = memory;
            this.session = new YamuxSession(client, params, memory, log, 0);
        }

        byte[] gather() {
            var out = new ByteArrayOutputStream();
            byte[] record = new byte[65519];
            while (session.hasOutput()) {
                int n = session.gather(record, 0, record.length);
                out.write(record, 0, n);
                if (n == 0) {
                    break;
                }
            }
            return out.toByteArray();
        }

        String hex() {
            return HEX.formatHex(gather());
        }

        void receive(String hex) throws ViolationException {
            receive(HEX.parseHex(hex), 0);
        }

        void receive(byte[] bytes, long now) throws ViolationException {
            session.receive(bytes, 0, bytes.length, now);
        }

        YamuxStream open(Sink sink) {
            return Objects.requireNonNull(session.open(sink, 0));
        }
    }

    private static byte[] frame(int type, int flags, long id, long length) {
        byte[] frame = new byte[12];
        YamuxFrame.write(frame, 0, type, flags, id, length);
        return frame;
    }

    private static byte[] data(int flags, long id, int bytes) {
        byte[] frame = Arrays.copyOf(frame(YamuxFrame.DATA, flags, id, bytes), 12 + bytes);
        Arrays.fill(frame, 12, frame.length, (byte) 'd');
        return frame;
    }

    private static byte[] credit(long id, long n) {
        return frame(YamuxFrame.WINDOW_UPDATE, 0, id, n);
    }

    private static void exchange(End a, End b) throws ViolationException {
        for (int i = 0; i < 10_000; i++) {
            byte[] fromA = a.gather();
            b.receive(fromA, 0);
            byte[] fromB = b.gather();
            a.receive(fromB, 0);
            if (fromA.length == 0 && fromB.length == 0) {
                return;
            }
        }
        throw new AssertionError("the ends talk for ever");
    }

    // ---- frames

    @ParameterizedTest
    @DisplayName("H-31 frames equal the vectors of 19.1, both ways")
    @CsvSource(
            textBlock =
                    """
                    1, 1, 1, 0,      000100010000000100000000
                    1, 1, 3, 786432, 0001000100000003000c0000
                    1, 2, 1, 0,      000100020000000100000000
                    0, 1, 1, 36,     000000010000000100000024
                    0, 0, 1, 4,      000000000000000100000004
                    0, 6, 2, 1,      000000060000000200000001
                    1, 0, 3, 131072, 000100000000000300020000
                    1, 4, 1, 0,      000100040000000100000000
                    1, 8, 1, 4097,   000100080000000100001001
                    2, 1, 0, 7,      000200010000000000000007
                    2, 2, 0, 7,      000200020000000000000007
                    3, 0, 0, 0,      000300000000000000000000
                    3, 0, 0, 1,      000300000000000000000001
                    3, 0, 0, 2,      000300000000000000000002
                    """)
    void frameVectors(int type, int flags, long id, long length, String hex) {
        byte[] header = frame(type, flags, id, length);
        assertThat(HEX.formatHex(header)).isEqualTo(hex);
        assertThat(header[1]).isEqualTo((byte) type);
        assertThat(YamuxFrame.flags(header)).isEqualTo(flags);
        assertThat(YamuxFrame.id(header)).isEqualTo(id);
        assertThat(YamuxFrame.length(header)).isEqualTo(length);
    }

    @Test
    @DisplayName("H-31 frames split at every byte are read the same")
    void splitFrames() throws Exception {
        byte[] wire =
                HEX.parseHex(
                        "000000010000000100000004"
                                + "70696e67" // Data SYN id 1 "ping"
                                + "000000060000000200000001" // unknown id 2
                                + "78"
                                + "000100040000000100000000"); // FIN of 1
        for (int split = 0; split <= wire.length; split++) {
            var server = new End(false);
            server.session.receive(wire, 0, split, 0);
            server.session.receive(wire, split, wire.length - split, 0);
            assertThat(server.log.sinks.getFirst().bytes.toString(US_ASCII)).isEqualTo("ping");
            assertThat(server.log.sinks.getFirst().events).containsExactly("fin after 4");
        }
    }

    // ---- opening

    @Test
    @DisplayName(
            "H-32 SYN on Data and on WindowUpdate open a stream; our ACK leaves with the first frame")
    void opening() throws Exception {
        var server = new End(false);
        server.receive(data(YamuxFrame.SYN, 1, 2), 0);
        server.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 3, 786432), 0);
        assertThat(server.log.accepted).hasSize(2);
        assertThat(server.log.accepted.get(1).sendWindow).isEqualTo(1 << 20);
        server.log.accepted.get(0).write(new byte[] {'x'}, 0, 1);
        assertThat(server.hex())
                .isEqualTo(
                        "000100020000000300000000" // ACK of 3 alone
                                + "000000020000000100000001"
                                + "78"); // ACK of 1 on its data
    }

    @Test
    @DisplayName("H-32 we open with SYN on Data; ACK on Data and on WindowUpdate are both accepted")
    void acknowledged() throws Exception {
        var client = new End(true);
        YamuxStream one = client.open(new Sink());
        YamuxStream two = client.open(new Sink());
        one.write("a".getBytes(US_ASCII), 0, 1);
        two.write("b".getBytes(US_ASCII), 0, 1);
        assertThat(client.hex())
                .isEqualTo("000000010000000100000001" + "61" + "000000010000000300000001" + "62");
        client.receive(data(YamuxFrame.ACK, 1, 1), 0);
        client.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 3, 0), 0);
        assertThat(one.acknowledged).isTrue();
        assertThat(two.acknowledged).isTrue();
    }

    @Test
    @DisplayName("H-33 ids are odd or even, never reused, and end before 2^32 - 1")
    void ids() throws Exception {
        var client = new End(true);
        var server = new End(false);
        YamuxStream first = client.open(new Sink());
        assertThat(first.id).isEqualTo(1);
        first.reset(0);
        assertThat(client.open(new Sink()).id).isEqualTo(3);
        assertThat(server.open(new Sink()).id).isEqualTo(2);

        client.session.nextId(0xffff_fffdL);
        assertThat(client.open(new Sink()).id).isEqualTo(0xffff_fffdL);
        assertThat(client.session.open(new Sink(), 0)).isNull();
    }

    // ---- bad input

    private static void assertViolation(End end, byte[] wire, Limit limit, long code) {
        assertThatThrownBy(() -> end.receive(wire, 0))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> {
                            assertThat(e.limit()).isEqualTo(limit);
                            assertThat(e.code()).isEqualTo(code);
                        });
    }

    @ParameterizedTest
    @DisplayName("H-39 and H-33 bad frames end the session with GoAway 1")
    @CsvSource(
            textBlock =
                    """
                    version 1,                010000000000000100000000, L19_YAMUX_FRAME
                    type 4,                   000400000000000100000000, L19_YAMUX_FRAME
                    data on id 0,             000000000000000000000001, L19_YAMUX_FRAME
                    credit on id 0,           000100000000000000000001, L19_YAMUX_FRAME
                    ping on a stream,         000200010000000100000001, L19_YAMUX_FRAME
                    goaway on a stream,       000300000000000100000001, L19_YAMUX_FRAME
                    our parity,               000000010000000200000000, L19_STREAM_ID
                    SYN and ACK,              000000030000000100000000, L19_YAMUX_FRAME
                    body of 1 MiB + 1,        000000010000000100100001, L20_BODY
                    """)
    void badFrames(String what, String hex, Limit limit) {
        assertThat(what).isNotEmpty();
        assertViolation(new End(false), HEX.parseHex(hex), limit, 1);
    }

    @Test
    @DisplayName("H-39 duplicate SYN, a body beyond the window and credit overflow end the session")
    void badStreams() throws Exception {
        var server = new End(false);
        server.receive(data(YamuxFrame.SYN, 1, 0), 0);
        assertViolation(server, data(YamuxFrame.SYN, 1, 0), Limit.L19_DUPLICATE_SYN, 1);

        var window = new End(false);
        window.log.pause = true;
        window.receive(data(YamuxFrame.SYN, 1, 200_000), 0);
        window.receive(data(0, 1, 62_144), 0); // exactly the rest
        assertViolation(window, data(0, 1, 1), Limit.L19_WINDOW, 1);

        var overflow = new End(false);
        overflow.receive(
                frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, 1, 0xffff_ffffL - 262144), 0);
        assertViolation(overflow, credit(1, 1), Limit.L19_CREDIT, 1);
    }

    @Test
    @DisplayName("H-40 a SYN with a body of 262145 bytes ends the session and nothing else")
    void oversizedSyn() {
        var server = new End(false);
        byte[] wire = Arrays.copyOf(HEX.parseHex("000000010000000100040001"), 12 + 262145);
        assertViolation(server, wire, Limit.L19_WINDOW, 1);
        server.session.end(1);
        assertThat(server.memory.reserved()).isZero();
    }

    @Test
    void aBodyAsLargeAsAGrownWindowIsAccepted() throws Exception {
        var server = new End(false);
        server.session.ping(0);
        server.gather();
        server.receive(frame(YamuxFrame.PING, YamuxFrame.ACK, 0, 1), 1_000_000);
        server.receive(data(YamuxFrame.SYN, 1, 0), 1_000_000);
        long window = 262144;
        for (int i = 0; i < 4; i++) {
            server.receive(data(0, 1, (int) window), 1_000_000);
            server.gather();
            window = server.log.accepted.getFirst().receiveWindow;
        }
        assertThat(window).isGreaterThan(2 << 20);
        server.receive(data(0, 1, (2 << 20)), 1_000_000); // js fills the window with one frame
    }

    @Test
    @DisplayName("H-36 frames for unknown ids are dropped and the session lives")
    void unknownIds() throws Exception {
        var server = new End(false);
        server.receive(data(0, 7, 1000), 0);
        server.receive(credit(7, 1), 0);
        server.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.FIN, 7, 0), 0);
        server.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 7, 5), 0);
        server.receive(data(YamuxFrame.SYN, 9, 3), 0);
        assertThat(server.log.sinks).hasSize(1);
        assertThat(server.log.sinks.getFirst().bytes.size()).isEqualTo(3);
        assertThat(server.session.unreadBytes()).isZero();
    }

    // ---- closing

    @Test
    @DisplayName("H-34 FIN with data: the data first; credit is granted after our own FIN")
    void finWithData() throws Exception {
        var server = new End(false);
        server.receive(HEX.parseHex("0000000500000001" + "00000001" + "78"), 0); // SYN and FIN
        Sink sink = server.log.sinks.getFirst();
        assertThat(sink.events).containsExactly("fin after 1");

        server.receive(data(YamuxFrame.SYN, 3, 0), 0);
        server.log.accepted.get(1).closeWrite();
        assertThat(server.hex()).contains("0001000600000003" + "00000000"); // ACK and FIN
        server.receive(data(0, 3, 131072), 0);
        assertThat(server.hex()).isEqualTo("0001000000000003" + "00020000");
    }

    @Test
    @DisplayName(
            "H-34 our FIN never rides on data, since js drops the bytes then; both FINs end the stream")
    void ownFin() throws Exception {
        var client = new End(true);
        var sink = new Sink();
        YamuxStream stream = client.open(sink);
        stream.write("x".getBytes(US_ASCII), 0, 1);
        stream.closeWrite();
        stream.write("ignored".getBytes(US_ASCII), 0, 7);
        assertThat(client.hex())
                .isEqualTo("000000010000000100000001" + "78" + "000100040000000100000000");
        client.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK | YamuxFrame.FIN, 1, 0), 0);
        assertThat(sink.events).containsExactly("fin after 0", "finished");
        assertThat(client.session.streams()).isZero();
    }

    @Test
    @DisplayName(
            "H-35 the code of a RST is read and not added to the window; RST on Data has code 0")
    void resetCodes() throws Exception {
        var client = new End(true);
        var one = new Sink();
        var two = new Sink();
        YamuxStream first = client.open(one);
        YamuxStream second = client.open(two);
        first.write(new byte[1], 0, 1);
        second.write(new byte[1], 0, 1);
        client.gather();
        long window = first.sendWindow;
        client.receive(HEX.parseHex("000100080000000100001001"), 0);
        client.receive(data(YamuxFrame.RST, 3, 0), 0);
        assertThat(one.events).containsExactly("reset 1001 remote");
        assertThat(two.events).containsExactly("reset 0 remote");
        assertThat(first.sendWindow).isEqualTo(window);
        assertThat(client.session.streams()).isZero();
    }

    @Test
    void aLocalResetTellsTheCodeAndForgetsWhatIsQueued() throws Exception {
        var client = new End(true);
        YamuxStream stream = client.open(new Sink());
        stream.write(new byte[1], 0, 1);
        client.gather();
        stream.write(new byte[100_000], 0, 100_000);
        stream.reset(0x1001);
        assertThat(client.hex()).isEqualTo("000100080000000100001001");
        assertThat(client.session.heldBytes()).isZero();

        YamuxStream unborn = client.open(new Sink());
        unborn.reset(0x1001);
        assertThat(client.hex()).isEmpty(); // the peer never heard of it
    }

    // ---- windows

    @Test
    @DisplayName("H-37 the sender stops at exactly window 0 and resumes on credit")
    void sendWindow() throws Exception {
        var client = new End(true);
        YamuxStream stream = client.open(new Sink());
        stream.write(new byte[300_000], 0, 300_000);
        int bodies = bodies(client.gather());
        assertThat(bodies).isEqualTo(262144);
        assertThat(stream.sendWindow).isZero();
        client.receive(credit(1, 10), 0);
        assertThat(bodies(client.gather())).isEqualTo(10);
        client.receive(credit(1, 1 << 20), 0);
        assertThat(bodies(client.gather())).isEqualTo(300_000 - 262144 - 10);
    }

    private static int bodies(byte[] wire) {
        int sum = 0;
        for (int at = 0; at < wire.length; at += 12) {
            byte[] header = Arrays.copyOfRange(wire, at, at + 12);
            if (header[1] == YamuxFrame.DATA) {
                sum += (int) YamuxFrame.length(header);
                at += (int) YamuxFrame.length(header);
            }
        }
        return sum;
    }

    @Test
    @DisplayName("H-37 random traffic never goes over the credit, and everything arrives")
    void sendWindowProperty() throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(37);
        for (int round = 0; round < 20; round++) {
            var a = new End(true);
            var b = new End(false);
            long sent = 0;
            for (int i = 0; i < 5; i++) {
                YamuxStream stream = a.open(new Sink());
                int n = random.nextInt(1, 2_000_000);
                stream.write(new byte[n], 0, n);
                stream.closeWrite();
                sent += n;
            }
            exchange(a, b); // an overrun would be a violation of b
            long arrived = b.log.sinks.stream().mapToLong(sink -> sink.bytes.size()).sum();
            assertThat(arrived).isEqualTo(sent);
            assertThat(a.memory.reserved()).isLessThanOrEqualTo(128 << 10);
        }
    }

    @Test
    @DisplayName(
            "H-38 credit only after the application read; a slow reader holds at most the window")
    void slowReader() throws Exception {
        var a = new End(true);
        var b = new End(false);
        b.log.pause = true;
        YamuxStream stream = a.open(new Sink());
        stream.write(new byte[1_000_000], 0, 1_000_000);
        exchange(a, b);
        YamuxStream reader = b.log.accepted.getFirst();
        assertThat(reader.waitingBytes).isEqualTo(262144);
        assertThat(b.session.unreadBytes()).isEqualTo(262144);
        assertThat(stream.queued).isEqualTo(1_000_000 - 262144);

        reader.resumeReading();
        exchange(a, b);
        assertThat(b.log.sinks.getFirst().bytes.size()).isEqualTo(1_000_000);
        assertThat(reader.waitingBytes).isZero();
    }

    @Test
    @DisplayName("H-38 waiting single bytes do not pin the records they came in")
    void smallSlicesAreCopied() throws Exception {
        var b = new End(false);
        b.log.pause = true;
        b.receive(data(YamuxFrame.SYN, 1, 0), 0);
        for (int i = 0; i < 50_000; i++) {
            byte[] record = Arrays.copyOf(data(0, 1, 1), 60_000);
            b.session.receive(record, 0, 13, 0);
        }
        YamuxStream stream = b.log.accepted.getFirst();
        assertThat(stream.waitingBytes).isEqualTo(50_000); // 3 GB would not fit the heap of a test
        stream.resumeReading();
        assertThat(b.log.sinks.getFirst().bytes.size()).isEqualTo(50_000);
    }

    @Test
    @DisplayName("L25 no credit while too much of the connection is unread, and it resumes")
    void connectionUnread() throws Exception {
        var params = new YamuxSession.Params(512, 256, 16 << 20, 300_000, 30 * SECOND, 10 * SECOND);
        var b = new End(false, params, new MemoryScope(1L << 30, null));
        b.log.pause = true;
        b.receive(data(YamuxFrame.SYN, 1, 200_000), 0);
        b.receive(data(YamuxFrame.SYN, 3, 200_000), 0);
        b.log.pause = false;
        b.receive(data(YamuxFrame.SYN, 5, 200_000), 0); // read at once, but no credit
        b.gather();
        assertThat(b.log.events).contains("L25_MEMORY");
        assertThat(b.log.accepted.get(2).receiveWindow).isEqualTo(62_144);
        b.log.accepted.get(0).resumeReading();
        b.log.accepted.get(1).resumeReading();
        b.gather();
        assertThat(b.log.accepted.get(2).receiveWindow).isEqualTo(262_144);
    }

    @Test
    @DisplayName("L25 queued bytes beyond the memory budget cost the stream, not the session")
    void memoryBudget() throws Exception {
        var a = new End(true, PARAMS, new MemoryScope(1 << 20, null));
        var sink = new Sink();
        YamuxStream stream = a.open(sink);
        stream.write(new byte[900_000], 0, 900_000);
        stream.write(new byte[900_000], 0, 900_000);
        assertThat(sink.events).containsExactly("reset 1002");
        a.session.end(0);
        assertThat(a.memory.reserved()).isZero();
    }

    @ParameterizedTest
    @DisplayName(
            "H-43 the window doubles when half of it is used within 4 round trips, up to its cap")
    @CsvSource(
            textBlock =
                    """
                    # round trip, time for half a window, memory, expected after one grant
                    1000000, 3999999, 1073741824, 524288
                    1000000, 4000000, 1073741824, 262144
                    0,       1,       1073741824, 262144
                    1000000, 1000000, 400000,     262144
                    """)
    void windowGrowth(long roundTrip, long time, long memory, long expected) throws Exception {
        var server = new End(false, PARAMS, new MemoryScope(memory, null));
        if (roundTrip > 0) {
            server.session.ping(0);
            server.receive(frame(YamuxFrame.PING, YamuxFrame.ACK, 0, 1), roundTrip);
        }
        server.receive(data(YamuxFrame.SYN, 1, 0), 0);
        server.receive(data(0, 1, 131072), time);
        server.gather();
        assertThat(server.log.accepted.getFirst().receiveWindow).isEqualTo(expected);
        server.session.end(0);
        assertThat(server.memory.reserved()).isZero();
    }

    @Test
    @DisplayName("H-43 the caps of stream and connection hold")
    void windowCaps() throws Exception {
        var server = new End(false, PARAMS, new MemoryScope(64 << 20, null));
        server.session.ping(0);
        server.receive(frame(YamuxFrame.PING, YamuxFrame.ACK, 0, 1), SECOND);
        for (int id = 1; id < 10; id += 2) {
            server.receive(data(YamuxFrame.SYN, id, 0), SECOND);
            YamuxStream stream = server.log.accepted.getLast();
            for (int i = 0; i < 12; i++) {
                int half = (int) (stream.receiveTarget / 2);
                server.receive(data(0, id, half), SECOND);
                server.gather();
            }
            assertThat(stream.receiveTarget).isLessThanOrEqualTo(16 << 20);
        }
        assertThat(server.log.accepted.getFirst().receiveTarget).isEqualTo(16 << 20);
        long grown = server.log.accepted.stream().mapToLong(s -> s.receiveTarget - 262144).sum();
        assertThat(grown)
                .isEqualTo(server.memory.reserved())
                .isLessThanOrEqualTo((64 << 20) / 256 * 129);
        server.session.end(0);
        assertThat(server.memory.reserved()).isZero();
    }

    // ---- limits

    @Test
    @DisplayName(
            "H-44 at most 256 own unacknowledged streams: the 257th waits and goes on after an ACK")
    void ownStreamsWait() throws Exception {
        var params =
                new YamuxSession.Params(512, 1000, 16 << 20, 64 << 20, 30 * SECOND, 10 * SECOND);
        var client = new End(true, params, new MemoryScope(1L << 30, null));
        for (int i = 0; i < 257; i++) {
            YamuxStream stream = client.open(new Sink());
            stream.write(new byte[] {1}, 0, 1);
        }
        assertThat(bodies(client.gather())).isEqualTo(256);
        assertThat(client.session.waitingOpens()).isEqualTo(1);
        client.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, 1, 0), 0);
        assertThat(client.hex()).isEqualTo("0000000100000201" + "00000001" + "01");
    }

    @Test
    @DisplayName("H-44 at most 256 own open streams; one that ends makes room")
    void ownStreamsOpen() throws Exception {
        var a = new End(true);
        var b = new End(false);
        YamuxStream first = a.open(new Sink());
        first.write(new byte[1], 0, 1);
        for (int i = 0; i < 256; i++) {
            a.open(new Sink()).write(new byte[1], 0, 1);
        }
        exchange(a, b);
        assertThat(b.log.accepted).hasSize(256);
        first.reset(0);
        exchange(a, b);
        assertThat(b.log.accepted).hasSize(257);
    }

    @Test
    @DisplayName("H-44 the 513th inbound stream is reset with 0x1002, the session lives")
    void inboundStreams() throws Exception {
        var server = new End(false);
        for (int i = 0; i < 512; i++) {
            server.receive(data(YamuxFrame.SYN, 2L * i + 1, 0), 0);
            server.gather();
        }
        server.receive(data(YamuxFrame.SYN, 1025, 0), 0);
        assertThat(server.hex()).isEqualTo("0001000800000401" + "00001002");
        assertThat(server.log.events).containsExactly("L21_STREAMS");
        assertThat(server.session.openRemote()).isEqualTo(512);
    }

    @Test
    @DisplayName("L21 the 257th inbound stream that was not acknowledged yet is reset")
    void inboundUnaccepted() throws Exception {
        var server = new End(false);
        for (int i = 0; i <= 256; i++) {
            server.receive(data(YamuxFrame.SYN, 2L * i + 1, 0), 0);
        }
        assertThat(server.log.accepted).hasSize(256);
        assertThat(server.log.events).containsExactly("L21_STREAMS");
    }

    @Test
    @DisplayName(
            "H-45 L28 a pong for SYN pings only, with the same value; unsolicited pongs are ignored")
    void pings() throws Exception {
        var server = new End(false);
        server.receive(frame(YamuxFrame.PING, YamuxFrame.SYN, 0, 0xcafebabeL), 0);
        server.receive(frame(YamuxFrame.PING, YamuxFrame.ACK, 0, 5), 0);
        server.receive(frame(YamuxFrame.PING, 0, 0, 6), 0);
        assertThat(server.hex()).isEqualTo("0002000200000000cafebabe");
        assertThat(server.log.events).containsExactly("L28_PONG", "L28_PONG");
    }

    @Test
    @DisplayName("H-45 one ping of ours at a time; the answer gives the round trip")
    void ownPing() throws Exception {
        var client = new End(true);
        client.session.ping(5);
        client.session.ping(6);
        assertThat(client.hex()).isEqualTo("000200010000000000000001");
        client.receive(frame(YamuxFrame.PING, YamuxFrame.ACK, 0, 2), 9); // another value
        client.receive(frame(YamuxFrame.PING, YamuxFrame.ACK, 0, 1), 12);
        assertThat(client.log.events).containsExactly("L28_PONG", "rtt 7");
        client.session.ping(20);
        assertThat(client.hex()).isEqualTo("000200010000000000000002");
    }

    @Test
    @DisplayName("L27 a ping every 30 s; no bytes for 10 s after it end the session")
    void keepAlive() throws Exception {
        var client = new End(true);
        client.session.tick(30 * SECOND - 1);
        assertThat(client.hex()).isEmpty();
        client.session.tick(30 * SECOND);
        assertThat(client.hex()).isEqualTo("000200010000000000000001");
        client.session.tick(40 * SECOND);
        assertThatThrownBy(() -> client.session.tick(40 * SECOND + 1))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> {
                            assertThat(e.limit()).isEqualTo(Limit.L27_SILENCE);
                            assertThat(e.code()).isEqualTo(0x1006);
                        });
    }

    // ---- floods

    @Test
    @DisplayName("H-41 SYN and RST in a loop end the session at the 201st, and nothing is left")
    void rapidReset() throws Exception {
        var server = new End(false);
        for (int i = 0; i < 200; i++) {
            server.receive(data(YamuxFrame.SYN, 2L * i + 1, 0), 0);
            server.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 2L * i + 1, 0), 0);
        }
        server.receive(data(YamuxFrame.SYN, 1001, 0), 0);
        assertViolation(
                server,
                frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 1001, 0),
                Limit.L22_RESETS,
                0x1002);
        assertThat(server.session.streams()).isZero();
        assertThat(server.memory.reserved()).isZero();
    }

    @Test
    @DisplayName("L22 streams that carried an application byte may be reset as often as they like")
    void honestResets() throws Exception {
        var server = new End(false);
        for (int i = 0; i < 900; i++) {
            server.receive(data(YamuxFrame.SYN, 2L * i + 1, 5), 0);
            server.log.accepted.getLast().markUsed();
            server.receive(frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, 2L * i + 1, 0), 0);
        }
        assertThat(server.session.streams()).isZero();
    }

    @Test
    @DisplayName("L22 over 1000 SYNs in 10 s end the session, 1000 each 10 s do not")
    void synRate() throws Exception {
        var server = new End(false);
        long id = 1;
        for (int window = 0; window < 3; window++) {
            for (int i = 0; i < 1000; i++, id += 2) {
                server.receive(data(YamuxFrame.SYN, id, 1), window * (11 * SECOND));
                server.log.accepted.getLast().markUsed();
                server.receive(
                        frame(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, id, 0),
                        window * (11 * SECOND));
            }
        }
        byte[] oneMore = data(YamuxFrame.SYN, id, 0);
        assertThatThrownBy(() -> server.receive(oneMore, 22 * SECOND))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L22_SYN_RATE));
    }

    @Test
    @DisplayName("H-42 L23 pings: 20 are answered within 10 s, the 201st ends the session")
    void pingFlood() throws Exception {
        var server = new End(false);
        for (int i = 0; i < 200; i++) {
            server.receive(frame(YamuxFrame.PING, YamuxFrame.SYN, 0, i), 0);
        }
        assertThat(server.session.pendingReplies()).isEqualTo(20);
        assertThat(server.log.events).hasSize(180).containsOnly("L23_PINGS_IGNORED");
        assertViolation(
                server, frame(YamuxFrame.PING, YamuxFrame.SYN, 0, 0), Limit.L23_PINGS, 0x1002);
    }

    @Test
    @DisplayName("H-42 L29 a thousand empty Data or credit frames in a row end the session")
    void emptyFrames() throws Exception {
        var dataFlood = new End(false);
        dataFlood.receive(data(YamuxFrame.SYN, 1, 0), 0);
        for (int i = 0; i < 999; i++) {
            dataFlood.receive(data(0, 1, 0), 0);
        }
        assertViolation(dataFlood, data(0, 1, 0), Limit.L29_EMPTY_DATA, 1);

        var creditFlood = new End(false);
        for (int i = 0; i < 999; i++) {
            creditFlood.receive(credit(1, 0), 0);
        }
        creditFlood.receive(credit(1, 1), 0);
        for (int i = 0; i < 999; i++) {
            creditFlood.receive(credit(1, 0), 0);
        }
        assertViolation(creditFlood, credit(1, 0), Limit.L29_EMPTY_CREDIT, 1);
    }

    @Test
    @DisplayName("H-42 L24 over 4096 waiting replies stop the reading until half of them left")
    void controlQueue() throws Exception {
        var client = new End(true, PARAMS, new MemoryScope(1L << 30, null));
        int opened = 0;
        while (client.session.pendingReplies() <= YamuxSession.CONTROL_FRAMES_MAX) {
            // Resets of our own are the cheapest replies a test can make.
            YamuxStream stream = client.open(new Sink());
            stream.synSent = true;
            stream.reset(0);
            opened++;
        }
        assertThat(opened).isEqualTo(4097);
        assertThat(client.log.events).containsExactly("L24_CONTROL_QUEUE", "reading false");
        byte[] record = new byte[12 * 3000];
        client.session.gather(record, 0, record.length);
        assertThat(client.log.events).endsWith("reading true");
    }

    // ---- fairness and the end

    @Test
    @DisplayName("several writable streams share a record in pieces of at most 16372 bytes")
    void fairness() throws Exception {
        var client = new End(true);
        var sinks = new ArrayList<Sink>();
        for (int i = 0; i < 4; i++) {
            var sink = new Sink();
            sinks.add(sink);
            client.open(sink).write(new byte[200_000], 0, 200_000);
        }
        byte[] record = new byte[65519];
        for (int i = 0; i < 4; i++) {
            client.session.gather(record, 0, record.length);
        }
        long most = sinks.stream().mapToLong(sink -> sink.sent).max().orElseThrow();
        long least = sinks.stream().mapToLong(sink -> sink.sent).min().orElseThrow();
        assertThat(most - least).isLessThanOrEqualTo(16372);
    }

    @Test
    void theEndTellsAllStreamsAndFreesAllMemory() throws Exception {
        var a = new End(true);
        var open = new Sink();
        a.open(open).write(new byte[100_000], 0, 100_000);
        a.session.end(0x1006);
        a.session.end(0);
        assertThat(open.events).containsExactly("reset 1006");
        assertThat(a.memory.reserved()).isZero();
        assertThat(a.session.open(new Sink(), 0)).isNull();
    }

    @Test
    void aGoAwayOfThePeerIsPassedOn() throws Exception {
        var a = new End(true);
        a.receive("000300000000000000001006");
        assertThat(a.log.events).containsExactly("goaway 4102");
        assertThat(HEX.formatHex(a.session.goAway(2))).isEqualTo("000300000000000000000002");
    }
}
