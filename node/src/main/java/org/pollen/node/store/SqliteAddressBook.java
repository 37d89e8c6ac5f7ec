package org.pollen.node.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.peers.AddressBook;
import org.pollen.libp2p.peers.AddressBook.KnownAddress;
import org.pollen.libp2p.peers.AddressBook.KnownPeer;
import org.pollen.libp2p.peers.AddressBook.Source;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.node.ErrorCode;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.SignedEnvelope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The address book in `peers.db` of the data directory: one SQLite file with a write-ahead log, so
/// that whatever was committed is there after `kill -9`.
///
/// Nothing in it is needed to run: a file that cannot be used is set aside with one error, and the
/// book begins anew. Rows are checked like input from the network.
public final class SqliteAddressBook implements PeerManager.Store {
    private static final Logger LOG = LoggerFactory.getLogger("store");
    private static final int VERSION = 1;
    private static final int PEERS_MAX = 100_000; // rows read, however many there are
    private static final int ADDRESSES_MAX = 200; // of a peer

    private final Path file;
    private @Nullable Connection connection;

    private SqliteAddressBook(Path file) {
        this.file = file;
    }

    /// Opens the file, or makes it.
    public static SqliteAddressBook open(Path file) {
        var store = new SqliteAddressBook(file);
        try {
            store.connection = connect(file);
        } catch (SQLException | IOException e) {
            store.setAside(e);
        }
        return store;
    }

    private static Connection connect(Path file) throws SQLException, IOException {
        Connection fresh = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement sql = fresh.createStatement()) {
            sql.execute("PRAGMA journal_mode=WAL");
            sql.execute("PRAGMA synchronous=NORMAL");
            sql.execute("PRAGMA foreign_keys=ON");
            try (ResultSet check = sql.executeQuery("PRAGMA quick_check(1)")) {
                if (!check.next() || !check.getString(1).equals("ok")) {
                    throw new IOException("its check failed");
                }
            }
            int version;
            try (ResultSet found = sql.executeQuery("PRAGMA user_version")) {
                version = found.next() ? found.getInt(1) : 0;
            }
            if (version > VERSION) throw new IOException("a newer version wrote it");
            sql.execute(
                    "CREATE TABLE IF NOT EXISTS peer (id BLOB PRIMARY KEY, envelope BLOB,"
                            + " connected INTEGER NOT NULL, told INTEGER NOT NULL) WITHOUT ROWID");
            sql.execute(
                    "CREATE TABLE IF NOT EXISTS address (peer BLOB NOT NULL REFERENCES peer(id)"
                            + " ON DELETE CASCADE, address BLOB NOT NULL, certified INTEGER NOT NULL,"
                            + " until INTEGER NOT NULL, PRIMARY KEY (peer, address)) WITHOUT ROWID");
            sql.execute("PRAGMA user_version=" + VERSION);
            fresh.setAutoCommit(false);
            return fresh;
        } catch (SQLException | IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    /// One error, one file to look at, and a new beginning.
    private void setAside(Exception cause) {
        Path aside = file.resolveSibling(file.getFileName() + ".corrupt");
        try {
            for (String suffix : List.of("-wal", "-shm")) {
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
            }
            if (Files.exists(file)) Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            connection = connect(file);
            LOG.error(
                    "{}: address book {} cannot be used ({}): set aside as {}, starting a new one",
                    ErrorCode.DAT_004.text(),
                    file.getFileName(),
                    reason(cause),
                    aside.getFileName());
        } catch (IOException | SQLException e) {
            connection = null;
            LOG.error(
                    "{}: address book {} cannot be used ({}): peers are not remembered",
                    ErrorCode.DAT_004.text(),
                    file.getFileName(),
                    reason(e));
        }
    }

    private static String reason(Exception e) {
        return Optional.ofNullable(e.getMessage()).orElse(e.toString());
    }

    @Override
    public List<KnownPeer> load() {
        Connection open = connection;
        if (open == null) return List.of();
        try {
            return read(open);
        } catch (SQLException e) {
            close();
            setAside(e);
            return List.of();
        }
    }

    private static List<KnownPeer> read(Connection open) throws SQLException {
        var peers = new ArrayList<KnownPeer>();
        try (PreparedStatement one =
                        open.prepareStatement(
                                "SELECT id, envelope, connected, told FROM peer"
                                        + " ORDER BY connected DESC, told DESC LIMIT ?");
                PreparedStatement its =
                        open.prepareStatement(
                                "SELECT address, certified, until FROM address WHERE peer = ?"
                                        + " LIMIT ?")) {
            one.setInt(1, PEERS_MAX);
            its.setInt(2, ADDRESSES_MAX);
            try (ResultSet row = one.executeQuery()) {
                while (row.next()) {
                    byte[] id = row.getBytes(1);
                    if (id == null) continue;
                    its.setBytes(1, id);
                    KnownPeer peer = peer(row, id, its);
                    if (peer != null) peers.add(peer);
                }
            }
        }
        open.commit();
        return peers;
    }

    private static @Nullable KnownPeer peer(ResultSet row, byte[] id, PreparedStatement its)
            throws SQLException {
        byte[] envelope = row.getBytes(2);
        if (envelope != null && envelope.length > SignedEnvelope.BYTES_MAX) return null;
        try {
            var addresses = new ArrayList<KnownAddress>();
            try (ResultSet address = its.executeQuery()) {
                while (address.next()) {
                    byte[] bytes = address.getBytes(1);
                    if (bytes == null) continue;
                    addresses.add(
                            new KnownAddress(
                                    Multiaddr.fromBytes(bytes),
                                    address.getInt(2) != 0 ? Source.CERTIFIED : Source.CONNECTED,
                                    address.getLong(3)));
                }
            }
            return new KnownPeer(
                    PeerId.fromBytes(id), 0, envelope, addresses, row.getLong(3), row.getLong(4));
        } catch (MalformedException _) {
            return null; // the row is no good; it goes when the peer changes or never counts
        }
    }

    @Override
    public void save(AddressBook.Changes changes) {
        Connection open = connection;
        if (open == null) return;
        try {
            write(open, changes);
            open.commit();
        } catch (SQLException e) {
            LOG.warn("the address book was not saved: {}", reason(e));
            try {
                open.rollback();
            } catch (SQLException _) {
                close(); // it says so at the next start
            }
        }
    }

    private static void write(Connection open, AddressBook.Changes changes) throws SQLException {
        try (PreparedStatement forget = open.prepareStatement("DELETE FROM peer WHERE id = ?");
                PreparedStatement peer =
                        open.prepareStatement(
                                "INSERT INTO peer (id, envelope, connected, told) VALUES (?,?,?,?)");
                PreparedStatement address =
                        open.prepareStatement("INSERT OR REPLACE INTO address VALUES (?,?,?,?)")) {
            for (PeerId gone : changes.gone()) {
                forget.setBytes(1, gone.bytes());
                forget.executeUpdate();
            }
            for (KnownPeer one : changes.kept()) {
                byte[] id = one.peer().bytes();
                forget.setBytes(1, id);
                forget.executeUpdate();
                peer.setBytes(1, id);
                peer.setBytes(2, one.envelope());
                peer.setLong(3, one.connectedAt());
                peer.setLong(4, one.toldAt());
                peer.executeUpdate();
                for (KnownAddress known : one.addresses()) {
                    address.setBytes(1, id);
                    address.setBytes(2, known.address().bytes());
                    address.setInt(3, known.source() == Source.CERTIFIED ? 1 : 0);
                    address.setLong(4, known.untilMillis());
                    address.addBatch();
                }
                address.executeBatch();
            }
        }
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        if (open == null) return;
        try {
            open.close();
        } catch (SQLException e) {
            LOG.warn("the address book did not close: {}", reason(e));
        }
    }
}
