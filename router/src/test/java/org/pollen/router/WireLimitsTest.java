package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoWriter;
import org.pollen.scoring.PeerScoreThresholds;

/// Every limit that an RPC can meet, with the values of the presets: at the limit, one past it and
/// far past it, in both dialects. What is past it is refused as the specification says, counted,
/// charged where it says so, and costs no more memory than the frame has bytes.
class WireLimitsTest {
    private static final RpcLimits LIMITS = RpcLimits.DEFAULT;
    private static final String MALFORMED = "gossipsub_rpc_malformed_total";
    private static final Mask T = Rig.TX;

    /// A limit past which the whole RPC is dropped.
    ///
    /// @param frame the body of an RPC with so many of what is limited
    record Whole(String what, int limit, RpcRefusal outcome, IntFunction<byte[]> frame) {
        private static Whole entries(String what, int field) {
            return new Whole(
                    what,
                    10_000,
                    RpcRefusal.CONTROL_ENTRIES,
                    n -> wrapped(3, fields(field, n, new byte[0])));
        }

        private static Whole ids(String what, int entry, int field) {
            return new Whole(
                    "ids of " + what,
                    20_000,
                    RpcRefusal.MESSAGE_IDS,
                    n -> control(entry, fields(field, n, new byte[1])));
        }

        private static Whole idLength(String what, int entry, int field) {
            return new Whole(
                    "bytes of an id of " + what,
                    64,
                    RpcRefusal.MESSAGE_ID_BYTES,
                    n -> control(entry, fields(field, 1, new byte[n])));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static final List<Whole> WHOLES =
            List.of(
                    new Whole(
                            "messages",
                            5_000,
                            RpcRefusal.MESSAGES,
                            n -> fields(2, n, new byte[] {0x12, 0})),
                    new Whole(
                            "subscriptions",
                            5_000,
                            RpcRefusal.SUBSCRIPTIONS,
                            n -> fields(1, n, new byte[0])),
                    Whole.entries("IHAVE", 1),
                    Whole.entries("IWANT", 2),
                    Whole.entries("GRAFT", 3),
                    Whole.entries("PRUNE", 4),
                    Whole.entries("IDONTWANT", 5),
                    // The PRUNE that offers them is an entry too.
                    new Whole(
                            "offered peers",
                            9_999,
                            RpcRefusal.CONTROL_ENTRIES,
                            n -> control(4, fields(2, n, new byte[0]))),
                    Whole.ids("IHAVE", 1, 2),
                    Whole.ids("IWANT", 2, 1),
                    Whole.ids("IDONTWANT", 5, 1),
                    Whole.idLength("IHAVE", 1, 2),
                    Whole.idLength("IWANT", 2, 1),
                    Whole.idLength("IDONTWANT", 5, 1));

    private static byte[] fields(int field, int count, byte[] value) {
        var writer = new ProtoWriter();
        for (int i = 0; i < count; i++) writer.bytes(field, value);
        return writer.toByteArray();
    }

    private static byte[] wrapped(int field, byte[] inner) {
        return new ProtoWriter().bytes(field, inner).toByteArray();
    }

    private static byte[] control(int entry, byte[] inner) {
        return wrapped(3, wrapped(entry, inner));
    }

    private static Stream<Arguments> wholes() {
        return Stream.of(Dialect.values())
                .flatMap(d -> WHOLES.stream().map(w -> Arguments.of(d, w)));
    }

    @ParameterizedTest
    @MethodSource("wholes")
    @DisplayName("2.5, C119, V5: past a limit the RPC is dropped, counted and charged")
    void wholeRpcs(Dialect dialect, Whole whole) {
        int limit = whole.limit;
        for (int count : new int[] {limit, limit + 1, 8 * limit}) {
            Rig rig = rig(dialect).peers("a");
            byte[] body = whole.frame.apply(count);
            assertThat(body).hasSizeLessThanOrEqualTo(LIMITS.frameBytesMax());

            rig.frame("a", body);

            boolean past = count > limit;
            String label = whole.outcome.label();
            assertThat(rig.router.metrics().total(MALFORMED, label)).isEqualTo(past ? 1 : 0);
            assertThat(rig.router.metrics().total("gossipsub_penalties_total", "malformed_rpc"))
                    .isEqualTo(past ? 1 : 0);
            if (past) assertThat(rig.score("a")).isNegative();
            // The peer is heard on.
            rig.subscribes("a", T);
            assertThat(rig.router.state().remote.pairs()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("wholes")
    @DisplayName(
            "rust PR 6486: what is far past a limit costs no more than a few bytes for each of its own")
    void memory(Dialect dialect, Whole whole) throws Exception {
        var decoder = new RpcDecoder(dialect, LIMITS, MessageIdScheme.SHA256, TestMessages.HASHER);
        byte[] body = whole.frame.apply(8 * whole.limit);
        var bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        decoder.decode(body, 0, body.length, new Rpc()); // loads what is needed

        long before = bean.getThreadAllocatedBytes(thread);
        decoder.decode(body, 0, body.length, new Rpc());
        long allocated = bean.getThreadAllocatedBytes(thread) - before;

        // 20,000 ids are two ints each, 5,000 messages twenty, in arrays that doubled on the way.
        assertThat(allocated).isLessThan(2 << 20);
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("2.5: control of an RPC may be as long as the frame, and no longer")
    void controlBytes(Dialect dialect) throws Exception {
        var limits = new RpcLimits(1 << 20, 5_000, 5_000, 10_000, 20_000, 64, 16_384, 256, 256);
        var decoder = new RpcDecoder(dialect, limits, MessageIdScheme.SHA256, TestMessages.HASHER);
        for (int bytes : new int[] {16_384, 16_385, 1 << 19}) {
            // An unknown field fills it: it is skipped, and still counts.
            int header = bytes < 20_000 ? 3 : 4;
            byte[] body = wrapped(3, wrapped(15, new byte[bytes - header]));
            RpcRefusal refusal = decoder.decode(body, 0, body.length, new Rpc());
            assertThat(refusal).isEqualTo(bytes > 16_384 ? RpcRefusal.CONTROL_BYTES : null);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName(
            "2.1, 2.5, C118: a frame of 1 MiB is read; one byte more, or gigabytes, end the stream")
    void frames(Dialect dialect) throws Exception {
        var decoder = new RpcDecoder(dialect, LIMITS, MessageIdScheme.SHA256, TestMessages.HASHER);
        byte[] atLimit = wrapped(15, new byte[(1 << 20) - 4]);
        assertThat(atLimit).hasSize(1 << 20);
        assertThat(decoder.decode(atLimit, 0, atLimit.length, new Rpc())).isNull();
        var longer = new byte[(1 << 20) + 1];
        assertThatThrownBy(() -> decoder.decode(longer, 0, longer.length, new Rpc()))
                .isInstanceOf(MalformedException.class)
                .hasMessage("rpc of 1048577 bytes: at most 1048576 are allowed");

        for (long announced : new long[] {1 << 20, (1 << 20) + 1, 1L << 31, (1L << 35) - 1}) {
            var framer = new RpcFramer(LIMITS.frameBytesMax());
            byte[] prefix = new ProtoWriter().rawVarint(announced).toByteArray();
            if (announced <= 1 << 20) {
                framer.feed(prefix, 0, prefix.length, (_, _, _) -> {});
                assertThat(framer.atBoundary()).isFalse();
            } else {
                assertThatThrownBy(() -> framer.feed(prefix, 0, prefix.length, (_, _, _) -> {}))
                        .isInstanceOf(MalformedException.class)
                        .hasMessageContaining("frame of " + announced + " bytes");
            }
        }
        byte[] sixBytes = {-1, -1, -1, -1, -1, 1};
        assertThatThrownBy(() -> new RpcFramer(1 << 20).feed(sixBytes, 0, 6, (_, _, _) -> {}))
                .hasMessage("frame: length of over 5 bytes");
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName(
            "C118: a nested length up to the end of its parent is read; one past it, or 2^63, is malformed")
    void nestedLengths(Dialect dialect) throws Exception {
        var decoder = new RpcDecoder(dialect, LIMITS, MessageIdScheme.SHA256, TestMessages.HASHER);
        // RPC { control { graft { topic } } }, RPC { message { data } }, RPC { subscription { topic
        // } },
        // each as tags from the outside in.
        for (int[] path : new int[][] {{3, 3, 1}, {3, 4, 2, 1}, {3, 1, 2}, {2, 2}, {1, 2}}) {
            byte[] inner = new byte[3];
            for (int i = path.length - 1; i >= 0; i--) inner = wrapped(path[i], inner);
            byte[] whole = inner;
            assertThat(decoder.decode(whole, 0, whole.length, new Rpc())).isNull();
            for (int depth = 0; depth < path.length; depth++) {
                int at = 2 * depth + 1;
                byte[] onePast = whole.clone();
                onePast[at]++;
                malformed(decoder, onePast);
                // The same length as a varint of ten bytes, 2^63.
                var far = new ProtoWriter().raw(whole, 0, at);
                for (int i = 0; i < 9; i++) far.raw(new byte[] {(byte) 0x80}, 0, 1);
                far.raw(new byte[] {1}, 0, 1).raw(whole, at + 1, whole.length - at - 1);
                malformed(decoder, far.toByteArray());
            }
        }
    }

    private static void malformed(RpcDecoder decoder, byte[] body) {
        assertThatThrownBy(() -> decoder.decode(body, 0, body.length, new Rpc()))
                .isInstanceOf(MalformedException.class);
    }

    private static Stream<Arguments> masks() {
        return Stream.of(Dialect.values())
                .flatMap(d ->
                        IntStream.of(256, 257, 4_096).mapToObj(bytes -> Arguments.of(d, bytes)));
    }

    @ParameterizedTest
    @MethodSource("masks")
    @DisplayName(
            "C20, V21: an element with a mask of over 256 bytes is skipped and counted, the rest stands")
    void masksTooLong(Dialect dialect, int bytes) {
        var mask = new byte[bytes];
        mask[0] = 'a'; // a legal name, too
        byte[] named = wrapped(1, mask);
        byte[] opts = new ProtoWriter().bool(1, true).bytes(2, mask).toByteArray();
        byte[] message =
                new ProtoWriter()
                        .bytes(1, RouterMessages.peerId(7).unsafeBytes())
                        .bytes(2, new byte[3])
                        .bytes(3, new byte[8])
                        .bytes(4, mask)
                        .toByteArray();
        byte[] body =
                new ProtoWriter()
                        .bytes(1, opts)
                        .bytes(2, message)
                        .bytes(
                                3,
                                new ProtoWriter()
                                        .bytes(1, named)
                                        .bytes(3, named)
                                        .bytes(4, named)
                                        .toByteArray())
                        .bytes(
                                1,
                                new ProtoWriter()
                                        .bool(1, true)
                                        .bytes(2, new byte[] {1})
                                        .toByteArray())
                        .toByteArray();
        Rig rig = rig(dialect).peers("a");

        rig.frame("a", body);

        boolean past = bytes > 256;
        assertThat(rig.router.metrics().total(MALFORMED, "element")).isEqualTo(past ? 5 : 0);
        int slices = dialect == Dialect.MESHSUB ? 1 : Integer.bitCount('a');
        assertThat(rig.router.state().remote.pairs()).isEqualTo(past ? 1 : 1 + slices);
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("C20: a mask of over 256 bits is skipped; a topic's bits do not count")
    void masksOfManyBits(Dialect dialect) {
        for (int bits : new int[] {256, 257, 2_048}) {
            var mask = new byte[256];
            for (int i = 0; i < bits; i++) mask[i / 8] |= (byte) (1 << (i % 8));
            byte[] opts = new ProtoWriter().bool(1, true).bytes(2, mask).toByteArray();
            Rig rig = rig(dialect).peers("a");

            rig.frame("a", wrapped(1, opts));

            boolean past = dialect == Dialect.BLOSSOM && bits > 256;
            assertThat(rig.router.metrics().total(MALFORMED, "element")).isEqualTo(past ? 1 : 0);
            int pairs = dialect == Dialect.MESHSUB ? 1 : past ? 0 : 256;
            assertThat(rig.router.state().remote.pairs()).isEqualTo(pairs);
        }
    }

    // What the router takes of an RPC that is in order.

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName(
            "6.3, V2: a peer has at most 1,024 topics; surplus is ignored and charged once an RPC")
    void topicsOfAPeer(Dialect dialect) {
        for (int count : new int[] {1_024, 1_025, 5_000}) {
            Rig rig = rig(dialect).peers("a");

            rig.rpc(
                    "a",
                    rpc -> {
                        for (int i = 0; i < count; i++) {
                            rpc.subscription(SubOpts.subscribe(topic(i)));
                        }
                    });

            assertThat(rig.router.state().remote.pairs()).isEqualTo(1_024);
            assertThat(rig.score("a")).isEqualTo(count > 1_024 ? -1 : 0);
        }
    }

    private static Mask topic(int number) {
        // Masks of one bit, the longest ones 800 bits: never two slices, and all fit a frame.
        return Mask.bit(100 - number / 640, number % 640);
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("6.6: of what is announced 5,000 ids are asked for in a heartbeat")
    void idsAsked(Dialect dialect) {
        for (int count : new int[] {5_000, 5_001, 20_000}) {
            Rig rig = rig(dialect);
            rig.subscribe(T);
            rig.members(T, "a").clear();

            rig.rpc("a", rpc -> ids(count, id -> rpc.ihave(T, id)));
            rig.rpc("a", rpc -> rpc.ihave(T, new byte[] {9, 9, 9, 9, 9}));

            RouterMetrics metrics = rig.router.metrics();
            assertThat(metrics.iwantIdsSent).isEqualTo(5_000);
            assertThat(metrics.total("gossipsub_ihave_ignored_total", "max_ids")).isEqualTo(1);
            assertThat(rig.score("a")).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("6.6: 10 RPCs with IHAVE count in a heartbeat")
    void rpcsWithIhave(Dialect dialect) {
        for (int count : new int[] {10, 11, 1_000}) {
            Rig rig = rig(dialect);
            rig.subscribe(T);
            rig.members(T, "a").clear();

            for (int i = 0; i < count; i++) {
                byte[] id = id(i);
                rig.rpc("a", rpc -> rpc.ihave(T, id));
            }

            RouterMetrics metrics = rig.router.metrics();
            assertThat(metrics.iwantIdsSent).isEqualTo(10);
            assertThat(metrics.total("gossipsub_ihave_ignored_total", "max_messages"))
                    .isEqualTo(count - 10L);
            rig.heartbeat().rpc("a", rpc -> rpc.ihave(T, id(5_000)));
            assertThat(metrics.iwantIdsSent).isEqualTo(11);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("6.6: 5,000 ids of IWANT are looked up in a heartbeat, the rest is counted")
    void idsServed(Dialect dialect) {
        for (int count : new int[] {5_000, 5_001, 20_000}) {
            Rig rig = rig(dialect).peers("a");

            rig.rpc("a", rpc -> ids(count, rpc::iwant));

            RouterMetrics metrics = rig.router.metrics();
            assertThat(metrics.total("gossipsub_iwant_unserved_total", "missing")).isEqualTo(5_000);
            assertThat(metrics.total("gossipsub_iwant_unserved_total", "max_ids"))
                    .isEqualTo(count - 5_000L);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName(
            "6.8, V14: of an IDONTWANT as many ids count as the preset says, the rest is counted")
    void idsUnwanted(Dialect dialect) {
        int limit = params(dialect).maxIDontWantLength();
        for (int count : new int[] {limit, limit + 1, 20_000}) {
            Rig rig = rig(dialect).peers("a");

            rig.rpc("a", rpc -> ids(count, rpc::idontwant));

            assertThat(rig.router.state().unwanted.size()).isEqualTo(limit);
            assertThat(rig.router.metrics().total("gossipsub_idontwant_ignored_total", "max_ids"))
                    .isEqualTo(count - limit);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("6.8, C111: RPCs with IDONTWANT past the preset's limit are ignored and counted")
    void rpcsWithIdontwant(Dialect dialect) {
        int limit = params(dialect).maxIDontWantMessages();
        for (int count : new int[] {limit, limit + 1, 3 * limit}) {
            Rig rig = rig(dialect).peers("a");

            for (int i = 0; i < count; i++) {
                byte[] id = id(i);
                rig.rpc("a", rpc -> rpc.idontwant(id));
            }

            assertThat(rig.router.state().unwanted.size()).isEqualTo(limit);
            assertThat(
                            rig.router
                                    .metrics()
                                    .total("gossipsub_idontwant_ignored_total", "max_messages"))
                    .isEqualTo(count - limit);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("6.5: of the peers a PRUNE offers 16 are dialled, the rest is counted")
    void offeredPeers(Dialect dialect) {
        for (int count : new int[] {16, 17, 1_000}) {
            Rig rig = rig(dialect);
            rig.subscribe(T);
            rig.members(T, "a").clear();
            List<PxPeer> offered = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                offered.add(new PxPeer(RouterMessages.peerId(100 + i).unsafeBytes(), null));
            }

            rig.rpc("a", rpc -> rpc.prune(T, 60, offered));

            RouterMetrics metrics = rig.router.metrics();
            assertThat(metrics.total("gossipsub_px_peers_total", "ignored")).isEqualTo(count - 16L);
            assertThat(rig.events().stream().filter(e -> e.startsWith("connect "))).hasSize(16);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    @DisplayName("6.5, B18: a backoff is kept between 1 s and 1 h, whatever 64 bits say")
    void backoffSeconds(Dialect dialect) {
        long[] given = {0, 1, 3_600, 3_601, Long.MAX_VALUE, -1};
        long[] kept = {60, 1, 3_600, 3_600, 3_600, 3_600};
        for (int i = 0; i < given.length; i++) {
            Rig rig = rig(dialect);
            rig.subscribe(T);
            rig.members(T, "a");

            rig.prunes("a", T, given[i]);

            RouterState state = rig.router.state();
            int topic = state.masks.find(T);
            assertThat(state.backoffs.remaining(topic, rig.handle("a"), rig.now))
                    .isEqualTo(kept[i] * 1_000_000_000L);
        }
    }

    private static void ids(int count, Consumer<byte[]> each) {
        for (int i = 0; i < count; i++) each.accept(id(i));
    }

    private static byte[] id(int number) {
        return new byte[] {
            (byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number
        };
    }

    private static RouterParams params(Dialect dialect) {
        RouterParams preset =
                dialect == Dialect.BLOSSOM ? RouterParams.BLOSSOM_21 : RouterParams.GOSSIPSUB_GO;
        return preset.toBuilder().signingPolicy(SigningPolicy.LAX_NO_SIGN).build();
    }

    private static Rig rig(Dialect dialect) {
        return new Rig(
                params(dialect),
                builder ->
                        builder.scoring(GraftPruneTest.behaviour(-1), PeerScoreThresholds.NEUTRAL));
    }
}
