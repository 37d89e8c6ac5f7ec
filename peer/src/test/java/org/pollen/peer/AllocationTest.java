package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// H-10: what decoding costs in garbage, whatever comes: nothing on the hot path, and at most twice
/// the input and 1 KiB elsewhere. What a JDK or Bouncy Castle object for a key of another kind than
/// Ed25519 costs comes on top, by a constant; so does the object of an address in a record.
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int KEY_OBJECTS_BYTES = 96 * 1024;
    private static final int ADDRESS_OBJECT_BYTES = 64;

    private long sink; // keeps what is read from being optimised away

    @FunctionalInterface
    private interface Decoding {
        void run() throws MalformedException;
    }

    @Test
    void hotPathReadersAllocateNothing() throws Exception {
        byte[] rpc =
                new ProtoWriter()
                        .varint(1, 300)
                        .bytes(2, new byte[200])
                        .fixed64(3, 5)
                        .bool(4, true)
                        .toByteArray();
        var in = new ProtoReader(rpc);
        PeerId id = PeerId.parse("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq");
        PeerId same = PeerId.fromBytes(id.bytes());
        byte[] address = Multiaddr.parse("/ip6/::1/tcp/1/tls/ws/p2p/" + id).bytes();
        byte[] varint = HexFormat.of().parseHex("ffffffffffffffff7f");
        var buffer = ByteBuffer.wrap(varint);

        assertThat(allocated(() -> scan(in, rpc))).isZero();
        assertThat(allocated(() -> sink += Varint.read(varint, 0, 9))).isZero();
        assertThat(allocated(() -> sink += Varint.read(buffer.rewind()))).isZero();
        assertThat(allocated(() -> sink += id.equals(same) ? id.hashCode() : 0)).isZero();
        assertThat(allocated(() -> sink += id.matches(id.unsafeBytes(), 0, 38) ? 1 : 0)).isZero();
        assertThat(allocated(() -> sink += Utf8.isValid(address, 0, 4) ? 1 : 0)).isZero();
        assertThat(allocated(() -> MultiaddrProtocol.P2P.check(id.unsafeBytes(), 0, 38))).isZero();
    }

    private void scan(ProtoReader in, byte[] rpc) throws MalformedException {
        in.reset(rpc, 0, rpc.length);
        while (in.next()) {
            sink +=
                    switch (in.wireType()) {
                        case ProtoReader.VARINT -> in.varint();
                        case ProtoReader.FIXED64 -> in.fixed64();
                        default -> in.start() + in.length();
                    };
        }
    }

    /// The worst that there is: as many parts as there may be, of as few bytes as there are.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "060001 32",
                "cd03 32",
                "350161 32",
                "04ff 1",
                "a50326002408011220 1",
                "b90a 1",
                "84808000 1",
                "38ff01 1"
            })
    void h10_anAddressCostsItsBytes(String input) throws Exception {
        String[] parts = input.split(" ", -1);
        byte[] binary = HexFormat.of().parseHex(parts[0].repeat(Integer.parseInt(parts[1])));

        assertThat(allocated(() -> sink += Multiaddr.fromBytes(binary).hashCode()))
                .isLessThanOrEqualTo(2L * binary.length + 1024);
    }

    @Test
    void h10_aLongNameCostsItsBytes() throws Exception {
        byte[] binary = Multiaddr.parse("/dns/" + "é".repeat(510)).bytes();

        assertThat(allocated(() -> sink += Multiaddr.fromBytes(binary).hashCode()))
                .isLessThan(binary.length + 100);
    }

    /// Text beyond ASCII has two bytes a character in memory, and the JDK needs some tries to see
    /// it.
    @Test
    void h10_textCostsItsCharacters() throws Exception {
        for (String text : List.of("a".repeat(5000), "é".repeat(2500), "a".repeat(4997) + "€")) {
            byte[] message = new ProtoWriter().string(1, text).toByteArray();
            var in = new ProtoReader(message);
            long bytes =
                    allocated(() -> {
                        in.reset(message, 0, message.length);
                        if (in.next()) sink += in.string(9000).length();
                    });
            int times = text.endsWith("a") ? 2 : 5;
            assertThat(bytes).isLessThanOrEqualTo((long) times * message.length + 1024);
        }
    }

    /// A length that is claimed and not there must not be allocated.
    @Test
    void h10_claimedLengthsAreNotAllocated() throws Exception {
        for (String hex : List.of("0affffffff07", "0affffffffffffffff7f", "0a8080808004")) {
            byte[] bytes = HexFormat.of().parseHex(hex);
            assertThat(allocated(() -> sink += SignedEnvelope.parse(bytes).hashCode()))
                    .isLessThanOrEqualTo(2L * bytes.length + 1024);
        }
    }

    @Test
    void h10_ed25519KeysIdsAndEnvelopesCostTheirBytes() throws Exception {
        PrivateKey key = PrivateKey.ed25519(new byte[32]);
        byte[] protobuf = key.publicKey().toProtobuf();
        byte[] id = key.publicKey().peerId().bytes();
        byte[] sealed =
                SignedEnvelope.seal(key, "domain", new byte[] {1}, new byte[8000]).toByteArray();

        assertThat(allocated(() -> sink += PublicKey.fromProtobuf(protobuf).hashCode()))
                .isLessThanOrEqualTo(2L * protobuf.length + 1024);
        assertThat(allocated(() -> sink += PeerId.fromBytes(id).hashCode()))
                .isLessThanOrEqualTo(2L * id.length + 1024);
        assertThat(allocated(() -> sink += SignedEnvelope.parse(sealed).signature().length))
                .isLessThanOrEqualTo(2L * sealed.length + 1024);
        byte[] large = new byte[SignedEnvelope.BYTES_MAX + 1];
        assertThat(allocated(() -> sink += SignedEnvelope.parse(large).hashCode()))
                .isLessThanOrEqualTo(1024);
    }

    /// Random bytes and vectors with changed bytes: never another exception, never more memory.
    @Test
    void h10_noBytesMakeADecoderThrowOrAllocateMore() throws Exception {
        var random = new Random(10);
        List<byte[]> seeds = DecoderSeeds.all();
        for (int round = 0; round < 30_000; round++) {
            byte[] input = DecoderSeeds.mutated(seeds, random);
            long allowed = 2L * input.length + 1024;
            long withKey = allowed + KEY_OBJECTS_BYTES;
            var in = ByteBuffer.wrap(input);
            assertThat(cost(allowed, () -> sink += Varint.read(in.rewind())))
                    .isLessThanOrEqualTo(allowed);
            assertThat(cost(allowed, () -> sink += PeerId.fromBytes(input).hashCode()))
                    .isLessThanOrEqualTo(allowed);
            assertThat(cost(allowed, () -> sink += Multiaddr.fromBytes(input).hashCode()))
                    .isLessThanOrEqualTo(allowed);
            assertThat(cost(withKey, () -> sink += PublicKey.fromProtobuf(input).hashCode()))
                    .isLessThanOrEqualTo(withKey);
            assertThat(cost(withKey, () -> sink += SignedEnvelope.parse(input).hashCode()))
                    .isLessThanOrEqualTo(withKey);
        }
    }

    @Test
    void h10_aRecordCostsItsBytesAndAnObjectForEachAddress() throws Exception {
        PrivateKey key = PrivateKey.ed25519(new byte[32]);
        var addresses = new java.util.ArrayList<Multiaddr>();
        for (int i = 0; i < PeerRecord.ADDRESSES_MAX; i++) addresses.add(Multiaddr.parse("/tcp/1"));
        var record = new PeerRecord(key.publicKey().peerId(), 1, addresses);
        byte[] envelope = record.toSignedEnvelope(key);
        SignedEnvelope parsed = SignedEnvelope.parse(envelope);

        long checking = allocated(() -> sink += parsed.verify(PeerRecord.DOMAIN) ? 1 : 0);
        long all = allocated(() -> sink += PeerRecord.fromSignedEnvelope(envelope).seq());

        assertThat(all - checking)
                .isLessThanOrEqualTo(
                        2L * envelope.length
                                + 1024
                                + PeerRecord.ADDRESSES_MAX * ADDRESS_OBJECT_BYTES);
    }

    /// The least of many runs: what the code allocates, without what the JVM did meanwhile.
    private static long allocated(Decoding decoding) throws Exception {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) least = Math.min(least, once(decoding));
        return least;
    }

    /// What one run costs; measured again if it seems too much, since the first run of a line also
    /// links it.
    private static long cost(long allowed, Decoding decoding) {
        long cost = once(decoding);
        for (int i = 0; i < 5 && cost > allowed; i++) cost = once(decoding);
        return cost;
    }

    private static long once(Decoding decoding) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            decoding.run();
        } catch (MalformedException _) {
            // refused: it must be cheap too
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
