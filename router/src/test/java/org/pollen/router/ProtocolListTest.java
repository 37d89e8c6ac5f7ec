package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProtocolListTest {
    private static final ProtocolList OWN =
            ProtocolList.of(
                    List.of("/town/gossip/2.0.0", "/town/gossip/1.0.0"),
                    id ->
                            id.endsWith("2.0.0")
                                    ? PubsubProtocol.MESHSUB_1_2
                                    : PubsubProtocol.MESHSUB_1_0);

    @Test
    @DisplayName("C123: the list of a dialect is preferred newest first and matched exactly")
    void theDefaultIsExact() {
        ProtocolList list = ProtocolList.of(Dialect.MESHSUB, 0);

        assertThat(list.best(List.of("/meshsub/1.0.0", "/meshsub/1.2.0")))
                .contains("/meshsub/1.2.0");
        assertThat(list.features("/meshsub/1.1.0")).contains(PubsubProtocol.MESHSUB_1_1);
        assertThat(list.features("/meshsub/1.9.0")).isEmpty();
        assertThat(list.best(List.of("/blossomsub/2.1.0"))).isEmpty();
        assertThat(list.dialect()).isEqualTo(Dialect.MESHSUB);
        assertThat(ProtocolList.of(Dialect.BLOSSOM, 3).ids())
                .containsExactly("/blossomsub/2.1.0-network-3", "/blossomsub/2.0.0");
    }

    @Test
    @DisplayName("C123: identifiers of one's own, with a test for what a peer of each can do")
    void ownIdentifiers() {
        assertThat(OWN.best(List.of("/town/gossip/1.0.0"))).contains("/town/gossip/1.0.0");
        assertThat(OWN.features("/town/gossip/2.0.0").orElseThrow().idontwant()).isTrue();
        assertThat(OWN.features("/town/gossip/1.0.0").orElseThrow().peerExchange()).isFalse();
        assertThat(OWN.features("/meshsub/1.2.0")).isEmpty();
        assertThat(OWN).hasToString("[/town/gossip/2.0.0, /town/gossip/1.0.0]");
    }

    @Test
    @DisplayName("C123: a match function that ignores the version")
    void versionsMayBeIgnored() {
        ProtocolList list = OWN.matching(ProtocolList.IGNORING_VERSION);

        assertThat(list.best(List.of("/town/gossip/7.1.0"))).contains("/town/gossip/7.1.0");
        assertThat(list.features("/town/gossip/7.1.0"))
                .as("what matches first")
                .contains(PubsubProtocol.MESHSUB_1_2);
        assertThat(list.features("/town/gossip/1.0.0"))
                .as("equal goes before matching")
                .contains(PubsubProtocol.MESHSUB_1_0);
        assertThat(list.best(List.of("/town/gossip/7.1.0", "/town/gossip/2.0.0")))
                .contains("/town/gossip/2.0.0");
        assertThat(list.features("/town/talk/2.0.0")).isEmpty();
        assertThat(list.features("/town/gossip/more/2.0.0")).isEmpty();
        assertThat(list.features("gossip")).isEmpty();
    }

    @Test
    @DisplayName(
            "C123: a list without, with a repeated, or with protocols of two dialects is refused")
    void badListsAreRefused() {
        assertThatThrownBy(() -> ProtocolList.of(List.of(), _ -> PubsubProtocol.MESHSUB_1_0))
                .hasMessage("protocols are []: at least one, and each once");
        assertThatThrownBy(
                        () -> ProtocolList.of(List.of("/a", "/a"), _ -> PubsubProtocol.MESHSUB_1_0))
                .hasMessageContaining("each once");
        assertThatThrownBy(() ->
                        ProtocolList.of(
                                List.of("/meshsub/1.0.0", "/blossomsub/2.0.0"),
                                id -> PubsubProtocol.of(id).orElseThrow()))
                .hasMessageContaining("one list is of one dialect");
    }
}
