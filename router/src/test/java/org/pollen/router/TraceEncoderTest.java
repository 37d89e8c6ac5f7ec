package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoReader;
import org.pollen.router.TraceEvent.RpcMeta;
import org.pollen.scoring.RejectReason;

class TraceEncoderTest {
    private static final PeerId SELF =
            PrivateKey.generateEd25519(new Random(1)).publicKey().peerId();
    private static final PeerId PEER =
            PrivateKey.generateEd25519(new Random(2)).publicKey().peerId();
    private static final Mask TOPIC = Mask.topic("t\"\u00e9");
    private static final byte[] ID = {1, (byte) 0xff};

    private final TraceEncoder encoder = new TraceEncoder(SELF, Dialect.MESHSUB, 1000);

    @Test
    @DisplayName(
            "C153, encoding: every kind has its type and its field, with a length before it; go's come first")
    void protobufTypesAndFields() throws Exception {
        TraceKind[] kinds = TraceKind.values();
        List<TraceEvent> events = events();
        assertThat(events).hasSameSizeAs(kinds);
        for (int i = 0; i < kinds.length; i++) {
            byte[] framed = encoder.protobuf(events.get(i));
            var frames = new ArrayList<byte[]>();
            new RpcFramer(1 << 20)
                    .feed(
                            framed,
                            0,
                            framed.length,
                            (a, o, n) -> frames.add(java.util.Arrays.copyOfRange(a, o, o + n)));
            assertThat(frames).hasSize(1);
            var reader = new ProtoReader(frames.getFirst());
            assertThat(reader.next()).isTrue();
            assertThat(reader.varint()).isEqualTo(i < 13 ? i : kinds[i].number());
            assertThat(reader.next()).isTrue();
            assertThat(reader.bytes(100)).isEqualTo(SELF.bytes());
            assertThat(reader.next()).isTrue();
            assertThat(reader.varint()).isEqualTo(1007);
            assertThat(reader.next()).isTrue();
            assertThat(reader.field()).isEqualTo(i < 13 ? 4 + i : kinds[i].field());
            assertThat(reader.length()).isPositive();
            assertThat(reader.next()).isFalse();
            assertThat(TraceKind.numbered(kinds[i].number())).contains(kinds[i]);
            assertThat(TraceKind.labelled(kinds[i].label())).contains(kinds[i]);
        }
        assertThat(TraceKind.numbered(13)).isEmpty();
        assertThat(TraceKind.labelled("RPC")).isEmpty();
    }

    @Test
    @DisplayName("C153: what an RPC held is in the trace, nested as in go's schema")
    void rpcMetaIsNested() throws Exception {
        byte[] framed = encoder.protobuf(new TraceEvent.SendRpc(7, PEER, meta()));
        var reader = new ProtoReader(framed, 2, framed.length - 2);
        while (reader.next() && reader.field() != 11) {}
        ProtoReader detail = reader.message();
        assertThat(detail.next()).isTrue();
        assertThat(detail.bytes(100)).isEqualTo(PEER.bytes());
        assertThat(detail.next()).isTrue();
        ProtoReader all = detail.message();
        var fields = new ArrayList<Integer>();
        while (all.next()) {
            fields.add(all.field());
            if (all.field() == 3) {
                ProtoReader control = all.message();
                while (control.next()) fields.add(10 * control.field());
            }
        }
        assertThat(fields).containsExactly(1, 2, 3, 10, 20, 30, 40, 50);
    }

    @Test
    void jsonLinesAreObjects() {
        assertThat(
                        encoder.json(
                                new TraceEvent.Reject(
                                        7, ID, PEER, RejectReason.INVALID_SIGNATURE, TOPIC)))
                .isEqualTo(
                        "{\"type\":\"reject\",\"peer\":\"%s\",\"at\":7,\"time\":1007,\"id\":\"01ff\",\"topic\":\"t\\\"\\u00e9\",\"from\":\"%s\",\"reason\":\"invalid signature\"}"
                                .formatted(SELF, PEER));
        assertThat(encoder.json(new TraceEvent.ReceiveRpc(7, PEER, meta())))
                .endsWith(
                        "\"subscriptions\":[{\"subscribe\":true,\"topic\":\"a\"}],\"ihave\":[{\"topic\":\"a\",\"ids\":[\"05\",\"06\"]}],\"iwant\":[\"07\",\"08\"],\"graft\":[\"a\"],\"prune\":[\"a\"],\"idontwant\":[\"09\"]}");
        for (TraceEvent event : events()) {
            String line = new String(encoder.jsonLine(event), StandardCharsets.UTF_8);
            assertThat(line).startsWith("{\"type\":\"").endsWith("}\n");
            assertThat(line.chars().filter(c -> c == '{').count())
                    .isEqualTo(line.chars().filter(c -> c == '}').count());
        }
    }

    private static List<TraceEvent> events() {
        RpcMeta meta = meta();
        return List.of(
                new TraceEvent.Publish(7, ID, TOPIC),
                new TraceEvent.Reject(7, ID, PEER, RejectReason.VALIDATION_FAILED, TOPIC),
                new TraceEvent.Duplicate(7, ID, PEER, TOPIC),
                new TraceEvent.Deliver(7, ID, PEER, TOPIC),
                new TraceEvent.AddPeer(7, PEER, PubsubProtocol.MESHSUB_1_1),
                new TraceEvent.RemovePeer(7, PEER),
                new TraceEvent.ReceiveRpc(7, PEER, meta),
                new TraceEvent.SendRpc(7, PEER, meta),
                new TraceEvent.DropRpc(
                        7,
                        PEER,
                        new RpcMeta(
                                List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                                List.of())),
                new TraceEvent.Join(7, TOPIC),
                new TraceEvent.Leave(7, TOPIC),
                new TraceEvent.Graft(7, PEER, TOPIC),
                new TraceEvent.Prune(7, PEER, TOPIC),
                new TraceEvent.Undeliverable(7, ID, TOPIC),
                new TraceEvent.ThrottlePeer(7, PEER),
                new TraceEvent.Validate(7, ID, PEER, TOPIC));
    }

    private static RpcMeta meta() {
        Mask a = Mask.topic("a");
        OutboundRpc rpc =
                new RpcBuilder(Dialect.MESHSUB, 1 << 20)
                        .message(TestMessages.message(1))
                        .subscription(SubOpts.subscribe(a))
                        .ihave(a, new byte[] {5})
                        .ihave(a, new byte[] {6})
                        .iwant(new byte[] {7})
                        .iwant(new byte[] {8})
                        .graft(a)
                        .prune(a, 3, List.of())
                        .idontwant(new byte[] {9})
                        .buildWhole();
        return RpcMeta.of(rpc, RpcCodecTest.decoder(Dialect.MESHSUB));
    }

    @Test
    void ourOwnDeliveriesComeFromUs() {
        var event = new TraceEvent.Deliver(7, ID, null, TOPIC);
        assertThat(encoder.protobuf(event)).containsSequence(SELF.bytes());
        assertThat(encoder.json(event)).doesNotContain("from");
    }
}
