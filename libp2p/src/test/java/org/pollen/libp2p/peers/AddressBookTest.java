package org.pollen.libp2p.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.peers.AddressBook.Certified;
import org.pollen.libp2p.peers.AddressBook.KnownAddress;
import org.pollen.libp2p.peers.AddressBook.KnownPeer;
import org.pollen.libp2p.peers.AddressBook.Limits;
import org.pollen.libp2p.peers.AddressBook.Outcome;
import org.pollen.libp2p.peers.AddressBook.Source;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;

/// H-59, L38: the certified address book.
class AddressBookTest {
    private static final Limits LIMITS = new Limits(8, 3, 1000, 100, 500);
    private static final String ONE = "/ip4/1.2.3.4/tcp/1";
    private static final String TWO = "/ip4/1.2.3.4/tcp/2";

    private final AddressBook book = new AddressBook(Peers.id(0), LIMITS);

    private List<String> addresses(int peer, long now) {
        return book.addresses(Peers.id(peer), now).stream()
                .map(known -> known.source() + " " + known.address())
                .toList();
    }

    private void tell(int peer, String address, Source source, long now) {
        book.tell(Peers.id(peer), Multiaddr.parse(address), source, now);
    }

    @Test
    @DisplayName("H-59 L38 the higher number wins, unsigned; a stale or changed record is ignored")
    void sequence() throws Exception {
        assertThat(book.certify(Peers.certified(1, 5, ONE), null, 0)).isEqualTo(Outcome.ADDED);
        assertThat(book.certify(Peers.certified(1, 4, TWO), null, 0)).isEqualTo(Outcome.STALE);
        assertThat(book.certify(Peers.certified(1, 5, TWO), null, 0)).isEqualTo(Outcome.STALE);
        assertThat(addresses(1, 0)).containsExactly("CERTIFIED " + ONE);
        assertThat(book.certify(Peers.certified(1, 5, ONE), null, 900))
                .isEqualTo(Outcome.REFRESHED);
        assertThat(addresses(1, 1800)).containsExactly("CERTIFIED " + ONE);
        assertThat(book.certify(Peers.certified(1, -1, TWO), null, 900)).isEqualTo(Outcome.ADDED);
        assertThat(addresses(1, 900)).containsExactly("CERTIFIED " + TWO);
        assertThat(book.envelope(Peers.id(1))).contains(Peers.envelope(1, -1, TWO));
        assertThat(book.outcomes()).containsEntry(Outcome.STALE, 2L);
    }

    @Test
    @DisplayName("H-59 L38 a record of another peer, of ourselves, or with a wrong signature")
    void foreign() throws Exception {
        assertThat(book.certify(Peers.certified(1, 5, ONE), Peers.id(2), 0))
                .isEqualTo(Outcome.FOREIGN);
        assertThat(book.certify(Peers.certified(0, 5, ONE), null, 0)).isEqualTo(Outcome.FOREIGN);
        byte[] forged = Peers.envelope(1, 5, ONE);
        forged[forged.length - 1] ^= 1;
        assertThatThrownBy(() -> Certified.verify(forged)).isInstanceOf(MalformedException.class);
        assertThat(book.malformed()).isEqualTo(Outcome.MALFORMED);
        assertThat(book.size()).isZero();
    }

    @Test
    @DisplayName("H-59 signed replaces hearsay, and keeps the operator's word and what worked")
    void replaces() throws Exception {
        tell(1, ONE, Source.TOLD, 0);
        tell(1, TWO, Source.CONFIGURED, 0);
        assertThat(addresses(1, 0)).containsExactly("CONFIGURED " + TWO, "TOLD " + ONE);
        book.certify(Peers.certified(1, 1, "/ip4/1.2.3.4/tcp/3", TWO), null, 0);
        assertThat(addresses(1, 0))
                .containsExactly("CONFIGURED " + TWO, "CERTIFIED /ip4/1.2.3.4/tcp/3");
        tell(1, ONE, Source.TOLD, 0);
        assertThat(addresses(1, 0)).doesNotContain("TOLD " + ONE);
        tell(1, TWO, Source.TOLD, 0);
        assertThat(addresses(1, 0)).contains("CONFIGURED " + TWO);
        assertThat(book.tell(Peers.id(0), Multiaddr.parse(ONE), Source.TOLD, 0)).isFalse();
        assertThatThrownBy(() -> tell(1, ONE, Source.CERTIFIED, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("lives: hearsay, records and what worked end in their time, never while connected")
    void lives() throws Exception {
        tell(1, ONE, Source.TOLD, 0);
        book.certify(Peers.certified(2, 1, ONE), null, 0);
        book.connected(Peers.id(3), Multiaddr.parse(ONE), 0);
        tell(4, ONE, Source.CONFIGURED, 0);
        book.connected(Peers.id(5), null, 0); // came to us and is not known
        assertThat(addresses(1, 99)).hasSize(1);
        assertThat(addresses(1, 100)).isEmpty();
        book.expire(100);
        assertThat(book.size()).isEqualTo(3);
        book.expire(5000);
        assertThat(addresses(3, 5000)).containsExactly("CONNECTED " + ONE);
        assertThat(book.size()).isEqualTo(2);
        book.disconnected(Peers.id(3), 5000);
        assertThat(addresses(3, 5499)).hasSize(1);
        book.expire(5500);
        assertThat(book.size()).isEqualTo(1);
        assertThat(book.candidates()).containsExactly(Peers.id(4));
    }

    @Test
    @DisplayName("a full book gives up the oldest hearsay first, then records, never whom we knew")
    void eviction() throws Exception {
        book.connected(Peers.id(1), Multiaddr.parse(ONE), 1);
        tell(2, ONE, Source.CONFIGURED, 0);
        book.connected(Peers.id(3), Multiaddr.parse(ONE), 1);
        book.disconnected(Peers.id(3), 1);
        for (int i = 4; i <= 6; i++) {
            book.certify(Peers.certified(i, 1, ONE), null, i);
        }
        tell(7, ONE, Source.TOLD, 7);
        tell(8, ONE, Source.TOLD, 8);
        assertThat(book.size()).isEqualTo(8);
        tell(9, ONE, Source.TOLD, 9); // in place of 7
        assertThat(addresses(7, 9)).isEmpty();
        assertThat(addresses(9, 9)).hasSize(1);
        for (int i = 10; i < 30; i++) {
            book.certify(Peers.certified(i, 1, ONE), null, i); // hearsay, then the oldest records
        }
        tell(30, ONE, Source.TOLD, 30);
        assertThat(addresses(30, 30)).isEmpty();
        assertThat(book.outcomes().get(Outcome.FULL)).isEqualTo(1);
        assertThat(book.size()).isEqualTo(8);
        assertThat(book.evicted()).isEqualTo(21);
        assertThat(book.candidates())
                .startsWith(Peers.id(2), Peers.id(3))
                .doesNotContain(Peers.id(1))
                .hasSize(7);
        assertThat(addresses(1, 30)).hasSize(1);
    }

    @Test
    @DisplayName("L38 a peer has few unsigned addresses: the least trusted goes, then the oldest")
    void addressesPerPeer() {
        for (int i = 1; i <= 4; i++) {
            tell(1, "/ip4/1.2.3.4/tcp/" + i, Source.TOLD, i);
        }
        assertThat(addresses(1, 5)).hasSize(3).doesNotContain("TOLD /ip4/1.2.3.4/tcp/1");
        for (int i = 5; i <= 7; i++) {
            tell(1, "/ip4/1.2.3.4/tcp/" + i, Source.CONFIGURED, 5);
        }
        tell(1, ONE, Source.TOLD, 5);
        assertThat(addresses(1, 5)).hasSize(3).allMatch(text -> text.startsWith("CONFIGURED"));
    }

    @Test
    @DisplayName(
            "a store is told what changed and can give it back; its records are verified again")
    void store() throws Exception {
        book.certify(Peers.certified(1, 7, ONE), null, 0);
        tell(2, ONE, Source.TOLD, 0);
        tell(3, ONE, Source.CONFIGURED, 0);
        book.connected(Peers.id(4), Multiaddr.parse(TWO), 1);
        AddressBook.Changes changes = book.changes();
        assertThat(changes.kept())
                .extracting(KnownPeer::peer)
                .containsExactly(Peers.id(1), Peers.id(4));
        assertThat(changes.gone()).containsExactly(Peers.id(2), Peers.id(3));
        assertThat(book.changes().isEmpty()).isTrue();

        var again = new AddressBook(Peers.id(0), LIMITS);
        for (KnownPeer peer : changes.kept()) {
            assertThat(again.restore(peer, 10)).isTrue();
            assertThat(again.restore(peer, 10)).isFalse();
        }
        assertThat(again.addresses(Peers.id(1), 10))
                .containsExactly(new KnownAddress(Multiaddr.parse(ONE), Source.CERTIFIED, 1000));
        assertThat(again.certify(Peers.certified(1, 6, TWO), null, 10)).isEqualTo(Outcome.STALE);
        assertThat(again.changes().isEmpty()).isTrue();
        assertThat(again.candidates()).containsExactly(Peers.id(4), Peers.id(1));
    }

    @Test
    @DisplayName("L38 a stored peer that was tampered with is refused")
    void tampered() {
        byte[] envelope = Peers.envelope(1, 7, ONE);
        var address = new KnownAddress(Multiaddr.parse(ONE), Source.CERTIFIED, 100);
        assertThat(book.restore(stored(2, envelope, address), 0)).isFalse();
        byte[] broken = envelope.clone();
        broken[40] ^= 1;
        assertThat(book.restore(stored(1, broken, address), 0)).isFalse();
        assertThat(book.restore(stored(1, null, address), 0)).isFalse();
        assertThat(book.restore(stored(1, envelope, address), 100)).isFalse();
        var other = new KnownAddress(Multiaddr.parse(TWO), Source.CERTIFIED, 100);
        assertThat(book.restore(stored(1, envelope, other), 0)).isFalse();
        assertThat(book.outcomes())
                .containsEntry(Outcome.FOREIGN, 1L)
                .containsEntry(Outcome.MALFORMED, 1L);
        var forever = new KnownAddress(Multiaddr.parse(ONE), Source.CERTIFIED, Long.MAX_VALUE);
        assertThat(book.restore(stored(1, envelope, forever), 0)).isTrue();
        assertThat(book.addresses(Peers.id(1), 0).getFirst().untilMillis()).isEqualTo(1000);
    }

    @SuppressWarnings("NullAway") // the class file of a record does not tell what may be null
    private static KnownPeer stored(int peer, byte @Nullable [] envelope, KnownAddress address) {
        return new KnownPeer(Peers.id(peer), 7, envelope, List.of(address), 0, 0);
    }
}
