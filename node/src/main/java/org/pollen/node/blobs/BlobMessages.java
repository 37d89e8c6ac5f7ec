package org.pollen.node.blobs;

import java.util.ArrayList;
import java.util.List;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.StatelessChecks;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.fetch.AnnouncedTransaction;
import org.pollen.mempool.fetch.MessageRules;
import org.pollen.mempool.fetch.TransactionFetcher;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.Varint;

/// The messages of the two protocols, each with its length before it.
///
/// ```
/// message Announcement { repeated Entry entries = 1; }
/// message Entry        { bytes hash = 1; uint64 size = 2; }   // size: with its sidecar
/// message Request      { repeated bytes hashes = 1; }
/// ```
///
/// A transaction is answered as its network form, without a message around it.
final class BlobMessages {
    /// The protocol of announcements.
    static final String ANNOUNCE = "/pollen/blobs/announce/1.0.0";

    /// The protocol of requests.
    static final String FETCH = "/pollen/blobs/fetch/1.0.0";

    /// Longest announcement, bytes.
    static final int ANNOUNCEMENT_MAX = 256 << 10;

    /// Longest request, bytes.
    static final int REQUEST_MAX = TransactionFetcher.REQUEST_HASHES * (Hash32.BYTES + 2);

    /// Longest transaction, bytes.
    static final int TRANSACTION_MAX = StatelessChecks.BLOB_BYTES_MAX;

    private static final int LIST = 1;
    private static final int HASH = 1;
    private static final int SIZE = 2;

    private BlobMessages() {}

    static byte[] announcement(List<AnnouncedTransaction> announced) {
        var message = new ProtoWriter(announced.size() * (Hash32.BYTES + 10));
        var entry = new ProtoWriter(Hash32.BYTES + 8);
        for (AnnouncedTransaction one : announced) {
            entry.clear().bytes(HASH, one.hash().bytes()).varint(SIZE, one.size());
            message.message(LIST, entry);
        }
        return framed(message.toByteArray());
    }

    /// @throws MalformedException also for what [MessageRules] forbids
    static List<AnnouncedTransaction> announcement(byte[] message) throws MalformedException {
        var announced = new ArrayList<AnnouncedTransaction>();
        var hashes = new ArrayList<Hash32>();
        var reader = new ProtoReader(message);
        while (reader.next()) {
            if (reader.field() != LIST) continue;
            if (announced.size() == MessageRules.TRANSACTIONS_MAX) {
                throw new MalformedException("announces too many at once");
            }
            AnnouncedTransaction one = entry(reader.message());
            announced.add(one);
            hashes.add(one.hash());
        }
        String why = MessageRules.announcement(hashes.size(), hashes.size(), hashes);
        if (why != null) throw new MalformedException(why);
        return announced;
    }

    private static AnnouncedTransaction entry(ProtoReader reader) throws MalformedException {
        byte[] hash = null;
        long size = 0;
        while (reader.next()) {
            if (reader.field() == HASH) hash = hash(reader);
            else if (reader.field() == SIZE) size = reader.varint();
        }
        if (hash == null) throw new MalformedException("announces no hash");
        if (size < 1 || size > TRANSACTION_MAX) throw new MalformedException("announces no size");
        return new AnnouncedTransaction(new Hash32(hash), Transaction.BLOB, size);
    }

    private static byte[] hash(ProtoReader reader) throws MalformedException {
        byte[] hash = reader.bytes(Hash32.BYTES);
        if (hash.length != Hash32.BYTES) throw new MalformedException("a hash is too short");
        return hash;
    }

    static byte[] request(List<Hash32> hashes) {
        var message = new ProtoWriter(hashes.size() * (Hash32.BYTES + 2));
        for (Hash32 hash : hashes) message.bytes(LIST, hash.bytes());
        return framed(message.toByteArray());
    }

    /// @throws MalformedException if there is no hash in it, or too many
    static List<Hash32> request(byte[] message) throws MalformedException {
        var hashes = new ArrayList<Hash32>();
        var reader = new ProtoReader(message);
        while (reader.next()) {
            if (reader.field() != LIST) continue;
            if (hashes.size() == TransactionFetcher.REQUEST_HASHES) {
                throw new MalformedException("asks for too many at once");
            }
            hashes.add(new Hash32(hash(reader)));
        }
        if (hashes.isEmpty()) throw new MalformedException("asks for nothing");
        return hashes;
    }

    /// A message with its length before it.
    static byte[] framed(byte[] message) {
        byte[] framed = new byte[Varint.size(message.length) + message.length];
        int at = Varint.write(framed, 0, message.length);
        System.arraycopy(message, 0, framed, at, message.length);
        return framed;
    }
}
