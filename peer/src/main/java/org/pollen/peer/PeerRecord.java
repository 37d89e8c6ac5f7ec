package org.pollen.peer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The addresses a peer vouches for.
///
/// Signed with the domain and type that programs really use; records with those of the RFC's text
/// are read too. Source: RFC 0003 of libp2p; host.md 12.
///
/// @param peerId whose addresses
/// @param seq unsigned, grows with each record of the peer; not a time to others
/// @param addresses at most [#ADDRESSES_MAX]
public record PeerRecord(PeerId peerId, long seq, List<Multiaddr> addresses) {
    /// The domain that is signed.
    public static final String DOMAIN = "libp2p-peer-record";

    /// Most addresses that are read.
    public static final int ADDRESSES_MAX = 100;

    private static final byte[] TYPE = {3, 1};
    private static final String LEGACY_DOMAIN = "libp2p-routing-state";
    private static final byte[] LEGACY_TYPE =
            "/libp2p/routing-state-record".getBytes(StandardCharsets.US_ASCII);

    /// Copies the addresses.
    public PeerRecord {
        addresses = List.copyOf(addresses);
        if (addresses.size() > ADDRESSES_MAX) {
            throw new IllegalArgumentException(
                    "addresses has "
                            + addresses.size()
                            + " entries: it must have at most "
                            + ADDRESSES_MAX);
        }
    }

    /// Signs the record.
    ///
    /// @param key the peer's own
    /// @return the envelope as it goes over the wire
    public byte[] toSignedEnvelope(PrivateKey key) {
        if (!key.publicKey().peerId().equals(peerId)) {
            throw new IllegalArgumentException("key is not that of " + peerId);
        }
        return SignedEnvelope.seal(key, DOMAIN, TYPE, toByteArray()).toByteArray();
    }

    /// Reads and verifies a signed record.
    ///
    /// @throws MalformedException if the envelope is none, its signature is wrong, or it speaks for
    ///   another peer than its signer; addresses that cannot be read are left out
    public static PeerRecord fromSignedEnvelope(byte[] bytes) throws MalformedException {
        SignedEnvelope envelope = SignedEnvelope.parse(bytes);
        boolean deployed = Arrays.equals(envelope.payloadType(), TYPE);
        boolean legacy = Arrays.equals(envelope.payloadType(), LEGACY_TYPE);
        if (!deployed && !legacy) throw new MalformedException("record: unknown payload type");
        if (!envelope.verify(deployed ? DOMAIN : LEGACY_DOMAIN)) {
            throw new MalformedException("record: wrong signature");
        }
        PeerRecord record = parse(envelope.payload());
        if (!record.peerId.equals(envelope.publicKey().peerId())) {
            throw new MalformedException("record: signed by another peer");
        }
        return record;
    }

    /// The record without its envelope.
    public byte[] toByteArray() {
        var out = new ProtoWriter(256).bytes(1, peerId.unsafeBytes()).varint(2, seq);
        for (Multiaddr address : addresses) {
            out.message(3, new ProtoWriter().bytes(1, address.bytes()));
        }
        return out.toByteArray();
    }

    /// Whether this record is to be kept in place of another of the same peer: its number is
    /// higher.
    public boolean supersedes(PeerRecord other) {
        return peerId.equals(other.peerId) && Long.compareUnsigned(seq, other.seq) > 0;
    }

    private static PeerRecord parse(byte[] bytes) throws MalformedException {
        @Nullable PeerId id = null;
        long seq = 0;
        var addresses = new ArrayList<Multiaddr>();
        var in = new ProtoReader(bytes);
        var entry = new ProtoReader(bytes); // one for all addresses
        int listed = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    in.expectBytes();
                    id = PeerId.fromBytes(in.buffer(), in.start(), in.length());
                }
                case 2 -> seq = in.varint();
                case 3 -> {
                    in.expectBytes();
                    if (++listed > ADDRESSES_MAX) {
                        throw new MalformedException(
                                "record: over " + ADDRESSES_MAX + " addresses");
                    }
                    entry.reset(bytes, in.start(), in.length());
                    readAddress(entry, addresses);
                }
                default -> {}
            }
        }
        if (id == null) throw new MalformedException("record: no peer id");
        return new PeerRecord(id, seq, addresses);
    }

    /// One address an entry: of a field that comes twice the last counts, as everywhere in
    /// protobuf. Otherwise an entry could hold more addresses than a record may.
    private static void readAddress(ProtoReader in, List<Multiaddr> addresses)
            throws MalformedException {
        int start = 0;
        int length = 0;
        while (in.next()) {
            if (in.field() != 1) continue;
            in.expectBytes();
            start = in.start();
            length = in.length();
        }
        try {
            addresses.add(Multiaddr.fromBytes(in.buffer(), start, length));
        } catch (MalformedException _) {
            // too long, or a protocol we do not know: the record's other addresses are good
        }
    }
}
