package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.router.OutboundQueue.Offer;

class OutboundQueueTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PEER = 3;

    private final List<String> drops = new ArrayList<>();
    private final Set<MessageKey> unwanted = new HashSet<>();
    private long now;

    @Test
    @DisplayName("C124: urgent before normal, FIFO inside a class")
    void classesLeaveInOrder() {
        OutboundQueue queue = queue(OutboundLimits.DEFAULT);
        var order = new ArrayList<OutboundRpc>();
        for (RpcClass rpcClass :
                List.of(
                        RpcClass.GOSSIP,
                        RpcClass.IWANT_REPLY,
                        RpcClass.FORWARD,
                        RpcClass.OWN,
                        RpcClass.CONTROL)) {
            for (int i = 1; i >= 0; i--) {
                RpcMessage message = TestMessages.message(10 * rpcClass.rank() + i);
                order.addFirst(message);
                if (i == 0) java.util.Collections.swap(order, 0, 1);
                assertThat(queue.offer(message, rpcClass, now)).isEqualTo(Offer.QUEUED);
            }
            assertThat(queue.size(rpcClass)).isEqualTo(2);
            assertThat(queue.bytes(rpcClass)).isPositive();
        }

        assertThat(queue.size()).isEqualTo(10);
        for (OutboundRpc expected : order) assertThat(queue.poll(now)).isSameAs(expected);
        assertThat(queue.poll(now)).isNull();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.bytes()).isZero();
        assertThat(drops).isEmpty();
    }

    @Test
    @DisplayName(
            "V6, C124: after close, offers are refused and nothing is left; closing twice does nothing (go #426)")
    void aClosedQueueRefuses() {
        OutboundQueue queue = queue(OutboundLimits.DEFAULT);
        queue.offer(TestMessages.message(1), RpcClass.FORWARD, now);
        queue.offer(TestMessages.message(2), RpcClass.CONTROL, now);
        queue.close();
        queue.close();

        assertThat(queue.isClosed()).isTrue();
        assertThat(drops).containsExactly("CONTROL CLOSED", "FORWARD CLOSED");
        assertThat(queue.poll(now)).isNull();
        assertThat(queue.offer(TestMessages.message(3), RpcClass.OWN, now)).isEqualTo(Offer.CLOSED);
        assertThat(drops).endsWith("OWN CLOSED");
    }

    @Test
    @DisplayName("C125: queue of one, two publishes: the second is refused")
    void aFullQueueRefusesTheSameClass() {
        OutboundQueue queue = queue(limits(1, 1, 1000));

        assertThat(queue.offer(TestMessages.message(1), RpcClass.OWN, now)).isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(TestMessages.message(2), RpcClass.OWN, now))
                .isEqualTo(Offer.DROPPED);
        assertThat(drops).containsExactly("OWN FULL");
    }

    @Test
    @DisplayName("9.2: what is less important makes room, oldest of the lowest class first")
    void lowerClassesMakeRoom() {
        OutboundQueue queue = queue(limits(10, 3, 1000));
        RpcMessage oldGossip = TestMessages.message(1);
        RpcMessage newGossip = TestMessages.message(2);
        RpcMessage forward = TestMessages.message(3);
        queue.offer(oldGossip, RpcClass.GOSSIP, now);
        queue.offer(newGossip, RpcClass.GOSSIP, now);
        queue.offer(forward, RpcClass.FORWARD, now);

        assertThat(queue.offer(TestMessages.message(4), RpcClass.OWN, now)).isEqualTo(Offer.QUEUED);
        assertThat(drops).containsExactly("GOSSIP FULL");
        assertThat(queue.offer(TestMessages.message(5), RpcClass.GOSSIP, now))
                .as("own class")
                .isEqualTo(Offer.DROPPED);
        assertThat(queue.offer(TestMessages.message(6), RpcClass.FORWARD, now))
                .isEqualTo(Offer.QUEUED);
        assertThat(queue.offer(TestMessages.message(7), RpcClass.FORWARD, now))
                .isEqualTo(Offer.DROPPED);
        assertThat(drops)
                .containsExactly("GOSSIP FULL", "GOSSIP FULL", "GOSSIP FULL", "FORWARD FULL");
        queue.poll(now);
        assertThat(queue.poll(now)).isSameAs(forward);
    }

    @Test
    @DisplayName("9.2: bytes are bounded like counts; nothing is dropped in vain")
    void bytesAreBounded() {
        OutboundQueue queue = queue(limits(10, 10, 1000));
        queue.offer(TestMessages.ofEncodedLength(1, 600), RpcClass.OWN, now);
        queue.offer(TestMessages.ofEncodedLength(2, 300), RpcClass.GOSSIP, now);

        assertThat(queue.offer(TestMessages.ofEncodedLength(3, 500), RpcClass.FORWARD, now))
                .isEqualTo(Offer.DROPPED);
        assertThat(drops)
                .as("the gossip would not have been enough")
                .containsExactly("FORWARD FULL");
        assertThat(queue.offer(TestMessages.ofEncodedLength(4, 400), RpcClass.FORWARD, now))
                .isEqualTo(Offer.QUEUED);
        assertThat(drops).containsExactly("FORWARD FULL", "GOSSIP FULL");
        assertThat(queue.bytes()).isEqualTo(1000);
    }

    @Test
    @DisplayName(
            "9.2: control is never dropped for room; one more than allowed and the peer is given up")
    void controlOverflowsAtItsLimit() {
        OutboundQueue queue = queue(limits(2, 10, 1000));
        queue.offer(TestMessages.ofEncodedLength(1, 900), RpcClass.OWN, now);
        queue.offer(TestMessages.ofEncodedLength(2, 100), RpcClass.GOSSIP, now);

        assertThat(queue.offer(graft("a"), RpcClass.CONTROL, now)).isEqualTo(Offer.QUEUED);
        assertThat(drops).as("data goes").containsExactly("GOSSIP FULL");
        assertThat(queue.offer(TestMessages.ofEncodedLength(3, 2000), RpcClass.CONTROL, now))
                .isEqualTo(Offer.QUEUED);
        assertThat(drops).containsExactly("GOSSIP FULL", "OWN FULL");
        assertThat(queue.offer(graft("b"), RpcClass.CONTROL, now)).isEqualTo(Offer.OVERFLOW);
        assertThat(drops).endsWith("CONTROL FULL");
    }

    @Test
    @DisplayName("9.2: own messages expire after 5 s, those of others after 1 s, control never")
    void dataExpires() {
        OutboundQueue queue = queue(OutboundLimits.DEFAULT);
        for (RpcClass rpcClass : RpcClass.values())
            queue.offer(TestMessages.message(rpcClass.rank()), rpcClass, now);
        now = SECOND;
        assertThat(queue.poll(now)).isNotNull();
        now = SECOND + 1;
        assertThat(queue.poll(now)).as("own").isNotNull();
        assertThat(queue.poll(now)).as("asked for").isNotNull();
        assertThat(drops).containsExactly("FORWARD EXPIRED");
        assertThat(queue.poll(now)).isNull();
        assertThat(drops).containsExactly("FORWARD EXPIRED", "GOSSIP EXPIRED");

        queue.offer(TestMessages.message(8), RpcClass.OWN, now);
        queue.offer(TestMessages.message(9), RpcClass.CONTROL, now);
        assertThat(queue.poll(now + 100 * SECOND)).as("control").isNotNull();
        assertThat(queue.poll(now + 100 * SECOND)).isNull();
        assertThat(drops).endsWith("OWN EXPIRED");
    }

    @Test
    void whatExpiredMakesRoomFirst() {
        OutboundQueue queue = queue(limits(1, 1, 1000));
        queue.offer(TestMessages.message(1), RpcClass.FORWARD, 0);

        assertThat(queue.offer(TestMessages.message(2), RpcClass.FORWARD, SECOND))
                .isEqualTo(Offer.DROPPED);
        assertThat(queue.offer(TestMessages.message(2), RpcClass.FORWARD, SECOND + 1))
                .isEqualTo(Offer.QUEUED);
        assertThat(drops).containsExactly("FORWARD FULL", "FORWARD EXPIRED");
    }

    @ParameterizedTest
    @EnumSource(
            value = RpcClass.class,
            names = {"OWN", "FORWARD", "IWANT_REPLY"})
    @DisplayName("C112: an IDONTWANT cancels a copy that waits")
    void anUnwantedMessageIsNotSent(RpcClass rpcClass) {
        OutboundQueue queue = queue(OutboundLimits.DEFAULT);
        RpcMessage message = TestMessages.message(1);
        RpcMessage other = TestMessages.message(2);
        queue.offer(message, rpcClass, now);
        queue.offer(other, rpcClass, now);
        unwanted.add(new MessageKey(message.idHi(), message.idLo()));

        assertThat(queue.poll(now)).isSameAs(other);
        assertThat(drops).containsExactly(rpcClass + " UNWANTED");
    }

    @Test
    @DisplayName(
            "C126, queue part: an announcement that finds no room is reported and can be tried again")
    void anAnnouncementCanBeRetried() {
        OutboundQueue queue = queue(limits(1, 1, 1000));
        queue.offer(graft("a"), RpcClass.CONTROL, now);
        OutboundRpc announcement =
                new RpcBuilder(Dialect.MESHSUB, 1000)
                        .subscription(SubOpts.subscribe(Mask.topic("t")))
                        .buildWhole();

        assertThat(queue.offer(announcement, RpcClass.CONTROL, now)).isEqualTo(Offer.OVERFLOW);
        queue.poll(now);
        assertThat(queue.offer(announcement, RpcClass.CONTROL, now)).isEqualTo(Offer.QUEUED);
    }

    @Test
    @DisplayName("the body goes out in slices of the arrays it is in: message bytes are not copied")
    void bodiesAreNotCopied() {
        RpcMessage message = TestMessages.message(1);
        OutboundRpc rpc =
                new RpcBuilder(Dialect.MESHSUB, 1000)
                        .graft(Mask.topic("t"))
                        .message(message)
                        .buildWhole();
        var slices = new ArrayList<byte[]>();
        rpc.writeTo(
                new FrameSink() {
                    @Override
                    public void begin(int bodyLength) {
                        assertThat(bodyLength).isEqualTo(rpc.bodyLength());
                    }

                    @Override
                    public void slice(byte[] array, int offset, int length) {
                        slices.add(array);
                    }
                });

        assertThat(slices).hasSize(2);
        assertThat(slices.get(1)).isSameAs(message.array());
        assertThat(rpc.singleMessage()).as("it carries control as well").isNull();
    }

    /// Everything offered is sent, refused or dropped with a reason, in order within its class, and
    /// limits hold.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void nothingIsLostSilently(long seed) {
        var random = new Random(seed);
        OutboundQueue queue = queue(limits(5, 20, 3000));
        List<RpcClass> classes = List.of(RpcClass.values());
        int offered = 0;
        int sent = 0;
        for (int i = 0; i < 5000; i++) {
            now += random.nextInt(50) * SECOND / 1000;
            if (random.nextInt(3) > 0) {
                RpcClass rpcClass = classes.get(random.nextInt(5));
                queue.offer(
                        TestMessages.message(Mask.topic("t"), new byte[random.nextInt(400)]),
                        rpcClass,
                        now);
                offered++;
            } else if (queue.poll(now) != null) {
                sent++;
            }
            assertThat(queue.size()).isEqualTo(offered - sent - drops.size());
            assertThat(queue.size()).isLessThanOrEqualTo(25);
            assertThat(queue.bytes() - queue.bytes(RpcClass.CONTROL)).isLessThanOrEqualTo(3000);
        }
        assertThat(sent).isPositive();
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> limits(0, 1, 1))
                .hasMessage("outbound limits 0/1/1: all must be at least 1");
        assertThatThrownBy(() -> new OutboundLimits(1, 1, 1, Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessage("outbound times PT0S/PT1S: both must be positive");
        assertThat(RpcClass.IWANT_REPLY.label()).isEqualTo("iwant");
        assertThat(DropReason.FULL.label()).isEqualTo("full");
    }

    private OutboundQueue queue(OutboundLimits limits) {
        return new OutboundQueue(
                PEER,
                limits,
                (peer, hi, lo) -> peer == PEER && unwanted.contains(new MessageKey(hi, lo)),
                this::dropped);
    }

    private void dropped(int peer, OutboundRpc rpc, RpcClass rpcClass, DropReason reason) {
        assertThat(peer).isEqualTo(PEER);
        assertThat((@Nullable Object) rpc).isNotNull();
        drops.add(rpcClass + " " + reason);
    }

    private static OutboundLimits limits(int control, int data, long bytes) {
        return new OutboundLimits(
                control, data, bytes, Duration.ofSeconds(5), Duration.ofSeconds(1));
    }

    private static OutboundRpc graft(String topic) {
        return new RpcBuilder(Dialect.MESHSUB, 1000).graft(Mask.topic(topic)).buildWhole();
    }
}
