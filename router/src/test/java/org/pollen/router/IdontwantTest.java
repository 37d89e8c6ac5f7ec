package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.router.Rig.PARAMS;
import static org.pollen.router.Rig.TX;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// IDONTWANT. Rows C103 to C112 of the router specification.
class IdontwantTest {
    private static Rig withMesh(RouterParams params) {
        var rig = new Rig(params);
        rig.subscribe(TX);
        rig.members(TX, "a", "b").clear();
        return rig;
    }

    @Test
    @DisplayName("C103: of a large message the other mesh peers are told before validation ends")
    void meshPeersAreToldAtOnce() {
        var rig = withMesh(PARAMS);
        rig.validates = true;
        rig.peers("from").clear();

        rig.sends("from", rig.large(TX, 1024, 1));

        assertThat(rig.tickets).hasSize(1);
        assertThat(rig.sent("a")).containsExactly("IDONTWANT [large]");
        assertThat(rig.sent("b")).containsExactly("IDONTWANT [large]");
    }

    @Test
    @DisplayName("C104: a message is not forwarded to a peer that does not want it")
    void unwantedMessagesAreNotForwarded() {
        var rig = withMesh(PARAMS);
        rig.peers("from").clear();
        RpcMessage message = rig.message(TX, "m");
        rig.rpc("a", builder -> builder.idontwant(message.id()));

        rig.sends("from", message);

        assertThat(rig.sent("a")).isEmpty();
        assertThat(rig.sent("b")).containsExactly("MSG m");
        assertThat(rig.router.metrics().total("gossipsub_idontwant_saved_total")).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C105: nobody is told who sent it, is not in the mesh, or speaks an older protocol; nor of small messages")
    void whoIsNotTold() {
        Mask tx = Mask.topic("tx");
        var rig = new Rig(PARAMS.toBuilder().dialect(Dialect.MESHSUB).build());
        rig.subscribe(tx);
        rig.peer("old", false, PubsubProtocol.MESHSUB_1_1);
        rig.peers("new", "from", "outside");
        for (String peer : new String[] {"old", "new", "from"}) {
            rig.subscribes(peer, tx).grafts(peer, tx);
        }
        rig.subscribes("outside", tx).clear();

        rig.sends("from", rig.large(tx, 1023, 1));
        assertThat(rig.sent("new")).containsExactly("MSG large");
        rig.clear().sends("from", rig.large(tx, 1024, 2));

        assertThat(rig.sent("new")).containsExactly("IDONTWANT [large]", "MSG large");
        assertThat(rig.sent("old")).containsExactly("MSG large");
        assertThat(rig.sent("from")).isEmpty();
        assertThat(rig.sent("outside")).isEmpty();
    }

    @Test
    @DisplayName("C106: with the option on, IDONTWANT precedes an own large message")
    void ownMessagesAreAnnouncedFirst() {
        var rig = withMesh(PARAMS.toBuilder().idontwantOnPublish(true).build());

        rig.router.publish(rig.large(TX, 2000, 1), PublishOptions.DEFAULT, rig.now);
        rig.publish(TX, "small");

        assertThat(rig.sent("a")).containsExactly("IDONTWANT [large]", "MSG large", "MSG small");
    }

    @Test
    @DisplayName("C107: who said IDONTWANT is not served by IWANT")
    void iwantAfterIdontwantIsNotServed() {
        var rig = withMesh(PARAMS);
        rig.peers("from").clear();
        RpcMessage message = rig.message(TX, "m");
        rig.rpc("a", builder -> builder.idontwant(message.id()));
        rig.sends("from", message);

        rig.rpc("a", builder -> builder.iwant(message.id()));

        assertThat(rig.sent("a")).isEmpty();
    }

    @Test
    @DisplayName("C108: after three heartbeats the message may be sent again")
    void idontwantExpires() {
        var rig = withMesh(PARAMS);
        rig.peers("from").clear();
        RpcMessage message = rig.message(TX, "m");
        rig.rpc("a", builder -> builder.idontwant(message.id()));
        rig.heartbeats(3);

        rig.clear().sends("from", message);

        assertThat(rig.sent("a")).containsExactly("MSG m");
        assertThat(rig.router.state().unwanted.size()).isZero();
    }

    @Test
    @DisplayName(
            "C109, C110: ten ids of an RPC are remembered; an empty control none; nothing once the peer is gone")
    void whatIsRemembered() {
        var rig = withMesh(PARAMS);
        rig.rpc(
                "a",
                builder -> {
                    for (int i = 0; i < 11; i++) builder.idontwant(rig.message(TX, "m" + i).id());
                });
        RouterState state = rig.router.state();
        assertThat(state.unwanted.size()).isEqualTo(10);
        assertThat(state.unwanted.rpcs(rig.handle("a"))).isEqualTo(1);

        rig.rpc("b", builder -> {});
        assertThat(state.unwanted.rpcs(rig.handle("b"))).isZero();
        rig.gone("a");

        assertThat(state.unwanted.size()).isZero();
    }

    @Test
    @DisplayName(
            "V14, C111: beyond maxIDontWantMessages in a heartbeat the rest is ignored, until the next")
    void idontwantSpamIsIgnored() {
        var rig = withMesh(PARAMS.toBuilder().maxIDontWantMessages(10).build());
        rig.peers("from");
        RpcMessage late = rig.message(TX, "late");
        for (int i = 0; i < 10; i++) {
            byte[] id = rig.message(TX, "spam" + i).id();
            rig.rpc("a", builder -> builder.idontwant(id));
        }
        rig.rpc("a", builder -> builder.idontwant(late.id()));
        rig.clear().sends("from", late);
        assertThat(rig.sent("a")).containsExactly("MSG late");

        rig.heartbeat().clear();
        RpcMessage next = rig.message(TX, "next");
        rig.rpc("a", builder -> builder.idontwant(next.id()));
        rig.sends("from", next);

        assertThat(rig.sent("a")).isEmpty();
    }

    @Test
    @DisplayName("C112: a copy that waits in the queue is cancelled")
    void queuedCopiesAreCancelled() {
        var rig = withMesh(PARAMS);
        rig.peers("from").clear();
        RpcMessage message = rig.message(TX, "m");
        rig.sends("from", message);

        rig.rpc("a", builder -> builder.idontwant(message.id()));

        assertThat(rig.sent("a")).isEmpty();
        assertThat(rig.sent("b")).containsExactly("MSG m");
        assertThat(rig.router.metrics().total("gossipsub_idontwant_saved_bytes_total"))
                .isEqualTo(message.encodedLength());
    }

    @Test
    @DisplayName("1.5: direct peers are sent what they do not want only if the option says so")
    void directPeersMayBeExempt() {
        for (boolean exempt : new boolean[] {true, false}) {
            var rig = new Rig(PARAMS.toBuilder().directIgnoreIdontwant(exempt).build());
            rig.router.addDirectPeer(rig.id("direct"), null, rig.now);
            rig.subscribe(TX);
            rig.peers("direct", "from");
            rig.subscribes("direct", TX).clear();
            RpcMessage message = rig.message(TX, "m");
            rig.rpc("direct", builder -> builder.idontwant(message.id()));

            rig.sends("from", message);

            // What waits in the queue is checked again on its way out, direct or not.
            assertThat(rig.router.outbound(rig.handle("direct")).size()).isEqualTo(exempt ? 1 : 0);
        }
    }

    @Test
    @DisplayName("6.8: for a message on several bits the mesh peers of any slice are told, once")
    void compositeMessagesAreForAllSlices() {
        var rig = new Rig();
        rig.subscribe(Mask.fromHex("03"));
        rig.members(Mask.fromHex("03"), "both");
        rig.members(Mask.fromHex("01"), "one");
        rig.peers("from").clear();

        rig.sends("from", rig.large(Mask.fromHex("03"), 2000, 1));

        assertThat(rig.sent("both")).containsExactly("IDONTWANT [large]", "MSG large");
        assertThat(rig.sent("one")).containsExactly("IDONTWANT [large]");
    }
}
