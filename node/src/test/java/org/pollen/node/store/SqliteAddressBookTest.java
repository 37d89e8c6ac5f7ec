package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.libp2p.peers.AddressBook;
import org.pollen.libp2p.peers.AddressBook.KnownPeer;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// H-59: the address book survives the process, however that ends.
class SqliteAddressBookTest {
    private static final PrivateKey SELF = key(0);

    @TempDir Path folder;

    private static PrivateKey key(int n) {
        byte[] seed = new byte[32];
        new Random(n).nextBytes(seed);
        return PrivateKey.ed25519(seed);
    }

    private static AddressBook book() {
        return new AddressBook(SELF.publicKey().peerId(), AddressBook.Limits.DEFAULT);
    }

    private static void meet(AddressBook book, int n, long seq) throws Exception {
        PrivateKey key = key(n);
        var record =
                new PeerRecord(
                        key.publicKey().peerId(),
                        seq,
                        List.of(Multiaddr.parse("/ip4/192.0.2.1/tcp/" + n)));
        book.certify(AddressBook.Certified.verify(record.toSignedEnvelope(key)), null, 1000);
    }

    @Test
    @DisplayName("H-59 what was saved is read back by the next life, newest records and all")
    void goesRound() throws Exception {
        Path file = folder.resolve("peers.db");
        AddressBook book = book();
        try (var store = SqliteAddressBook.open(file)) {
            for (int n = 1; n <= 20; n++) meet(book, n, 1);
            book.connected(
                    key(30).publicKey().peerId(), Multiaddr.parse("/ip4/192.0.2.9/tcp/1"), 2000);
            store.save(book.changes());
            meet(book, 1, 2);
            book.expire(Long.MAX_VALUE); // all but the connected one are gone now
            store.save(book.changes());
            meet(book, 2, 5);
            store.save(book.changes());
        }
        AddressBook again = book();
        try (var store = SqliteAddressBook.open(file)) {
            List<KnownPeer> known = store.load();
            assertThat(known).hasSize(2);
            assertThat(known.getFirst().connectedAt()).isEqualTo(2000);
            for (KnownPeer peer : known) assertThat(again.restore(peer, 3000)).isTrue();
        }
        assertThat(again.envelope(key(2).publicKey().peerId()).orElseThrow())
                .isEqualTo(book.envelope(key(2).publicKey().peerId()).orElseThrow());
        assertThat(again.addresses(key(30).publicKey().peerId(), 3000)).hasSize(1);
    }

    @Test
    @DisplayName("H-59 L38 a file that is none, cut or scrambled is set aside and a new one begun")
    void corrupt() throws Exception {
        Path file = folder.resolve("peers.db");
        AddressBook book = book();
        for (int n = 1; n <= 200; n++) meet(book, n, 1);
        try (var store = SqliteAddressBook.open(file)) {
            store.save(book.changes());
        }
        byte[] good = Files.readAllBytes(file);
        var random = new Random(7);
        for (int round = 0; round < 6; round++) {
            byte[] bad = good.clone();
            switch (round) {
                case 0 ->
                        bad =
                                "this is no database, but it is long enough to be one"
                                        .getBytes(StandardCharsets.UTF_8);
                case 1 -> bad = java.util.Arrays.copyOf(good, good.length / 2);
                default -> {
                    byte[] noise = new byte[8192];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, bad, 4096 * (round - 1), noise.length);
                }
            }
            Files.write(file, bad);
            try (var store = SqliteAddressBook.open(file)) {
                List<KnownPeer> left = store.load();
                AddressBook fresh = book();
                left.forEach(peer -> fresh.restore(peer, 1001)); // whatever is read is checked
                meet(fresh, 300, 1);
                store.save(fresh.changes());
            }
            try (var store = SqliteAddressBook.open(file)) {
                assertThat(store.load()).isNotEmpty();
            }
            assertThat(folder.resolve("peers.db.corrupt")).exists();
            Files.delete(folder.resolve("peers.db.corrupt"));
        }
    }

    @Test
    @DisplayName("a book of a newer version is set aside, a folder in its place costs only memory")
    void unusable() throws Exception {
        Path file = folder.resolve("peers.db");
        SqliteAddressBook.open(file).close();
        try (var sql = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = sql.createStatement()) {
            statement.execute("PRAGMA user_version=2");
        }
        try (var store = SqliteAddressBook.open(file)) {
            assertThat(store.load()).isEmpty();
        }
        assertThat(folder.resolve("peers.db.corrupt")).exists();

        Path blocked = folder.resolve("no").resolve("peers.db");
        try (var store = SqliteAddressBook.open(blocked)) {
            AddressBook book = book();
            meet(book, 1, 1);
            store.save(book.changes());
            assertThat(store.load()).isEmpty();
        }
    }

    @Test
    @DisplayName("H-59 after kill -9 in the middle of writing every committed peer is there")
    void killed() throws Exception {
        Path file = folder.resolve("peers.db");
        Process writer =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Writer.class.getName(),
                                file.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        var committed = new ArrayList<Integer>();
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while (committed.size() < 50 && (line = lines.readLine()) != null) {
                if (line.startsWith("saved ")) committed.add(Integer.parseInt(line.substring(6)));
            }
            writer.destroyForcibly();
            assertThat(writer.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(committed).hasSize(50);
        AddressBook book = book();
        try (var store = SqliteAddressBook.open(file)) {
            store.load().forEach(peer -> book.restore(peer, 1001));
        }
        assertThat(folder.resolve("peers.db.corrupt")).doesNotExist();
        for (int n : committed) {
            assertThat(book.envelope(key(n).publicKey().peerId())).as("peer " + n).isPresent();
        }
    }

    /// Saves peers until it is killed.
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws Exception {
            AddressBook book = book();
            try (var store = SqliteAddressBook.open(Path.of(args[0]))) {
                for (int n = 1; n < 10_000; n++) {
                    meet(book, n, 1);
                    store.save(book.changes());
                    System.out.println("saved " + n);
                }
            }
        }
    }
}
