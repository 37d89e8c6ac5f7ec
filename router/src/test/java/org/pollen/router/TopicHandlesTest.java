package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.router.Rig.TX;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.TopicHandles.PeerEvent;
import org.pollen.router.TopicHandles.TopicHandle;

/// Topics as objects. Rows C23 and C150 of the router specification.
class TopicHandlesTest {
    @Test
    @DisplayName(
            "C23: joining a mask twice is an error; an overlapping one gives the old handle for the shared slice")
    void handlesAreBySlice() {
        var topics = new TopicHandles(new Rig().router);
        List<TopicHandle> first = topics.join(Mask.fromHex("c0"));

        assertThatThrownBy(() -> topics.join(Mask.fromHex("c0")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("exists");
        List<TopicHandle> second = topics.join(Mask.fromHex("60"));

        assertThat(first).extracting(TopicHandle::mask).containsExactly(mask("80"), mask("40"));
        assertThat(second.getFirst()).isSameAs(first.getLast());
        assertThat(second.getLast().mask()).isEqualTo(mask("20"));
    }

    private static Mask mask(String hex) {
        return Mask.fromHex(hex);
    }

    @Test
    @DisplayName(
            "C150: a handle in use cannot be closed; a closed one says so, and the topic can be joined again")
    void closing() {
        var rig = new Rig();
        var topics = new TopicHandles(rig.router);
        TopicHandle handle = topics.join(TX).getFirst();
        Subscription subscription = handle.subscribe(DeliveryMode.SUPERSET, rig.now);
        handle.relay(rig.now);
        TopicHandles.PeerEvents events = handle.peerEvents();

        assertThatThrownBy(handle::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1 subscriptions, 1 relays and 1 event handlers");
        handle.cancel(subscription, rig.now);
        handle.cancel(subscription, rig.now);
        assertThatThrownBy(handle::close).isInstanceOf(IllegalStateException.class);
        handle.cancelRelay(rig.now);
        handle.cancelRelay(rig.now);
        assertThatThrownBy(handle::close).isInstanceOf(IllegalStateException.class);
        events.cancel();
        events.cancel();
        handle.close();
        handle.close();

        assertThatThrownBy(() -> handle.publish(new byte[1], rig.now)).hasMessage("topic closed");
        assertThatThrownBy(() -> handle.subscribe(DeliveryMode.EXACT, rig.now))
                .hasMessage("topic closed");
        assertThatThrownBy(() -> handle.relay(rig.now)).hasMessage("topic closed");
        assertThatThrownBy(handle::peerEvents).hasMessage("topic closed");
        assertThatThrownBy(handle::peers).hasMessage("topic closed");
        assertThat(topics.join(TX).getFirst()).isNotSameAs(handle);
    }

    @Test
    @DisplayName(
            "C150: a new handler hears of who is there; coming and going before anybody looks is nothing")
    void peerEventsAreCoalesced() {
        var rig = new Rig().peers("a", "b");
        rig.subscribes("a", TX);
        var topics = new TopicHandles(rig.router);
        TopicHandle handle = topics.join(TX).getFirst();
        assertThat(handle.peers()).containsExactly(rig.id("a"));

        TopicHandles.PeerEvents events = handle.peerEvents();
        assertThat(events.next()).contains(new PeerEvent(rig.id("a"), true));
        assertThat(events.next()).isEmpty();
        topics.onSubscriber(rig.id("b"), TX, true);
        topics.onSubscriber(rig.id("b"), TX, false);
        topics.onSubscriber(rig.id("a"), TX, false);
        topics.onSubscriber(rig.id("a"), Mask.fromHex("02"), true);

        assertThat(events.next()).contains(new PeerEvent(rig.id("a"), false));
        assertThat(events.next()).isEmpty();
    }

    @Test
    @DisplayName("C150: publishing through a handle")
    void publishing() {
        var rig = new Rig();
        rig.members(TX, "a").clear();
        TopicHandle handle = new TopicHandles(rig.router).join(TX).getFirst();

        assertThat(handle.publish(RouterMessages.utf8("m"), rig.now).peers()).isEqualTo(1);

        assertThat(rig.sent("a")).containsExactly("MSG m");
    }
}
