package org.pollen.libp2p;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.SignedEnvelope;

/// The `Identify` protobuf: written in at most two parts, read in up to ten that are merged as
/// protobuf merges.
///
/// Source: libp2p identify specification; rust reads only the first part and 4096 bytes of it, so
/// that part is complete but for the signed record.
final class IdentifyMessage {
    static final int PART_BYTES_MAX = 8192;
    static final int PARTS_MAX = 10;
    static final int FIRST_PART_BYTES_MAX = 4096;

    private static final int SINGLE_PART_BYTES = 2048;
    private static final int ADDRESSES_MAX = 500;
    private static final int PROTOCOLS_MAX = 1000;
    private static final int TEXT_BYTES_MAX = 256;
    private static final int SIGNED_RECORD = 8;

    byte @Nullable [] publicKey;
    final List<byte[]> listenAddresses = new ArrayList<>();
    final List<String> protocols = new ArrayList<>();
    byte @Nullable [] observedAddress;
    String protocolVersion = "";
    String agentVersion = "";
    byte @Nullable [] signedPeerRecord;
    private int parts;

    /// What we tell.
    record Own(
            byte[] publicKey,
            List<Multiaddr> listenAddresses,
            List<String> protocols,
            Multiaddr observedAddress,
            String protocolVersion,
            String agentVersion,
            byte[] signedPeerRecord) {}

    /// Encodes, each part with its length before it. Listen addresses that do not fit stay out.
    ///
    /// @param own an empty `signedPeerRecord` is left out
    static byte[] encode(Own own) {
        int addresses = own.listenAddresses.size();
        byte[] first = part(own, addresses);
        while (first.length > FIRST_PART_BYTES_MAX && addresses > 0) {
            first = part(own, --addresses);
        }
        byte[] record =
                own.signedPeerRecord.length == 0
                        ? new byte[0]
                        : new ProtoWriter()
                                .bytes(SIGNED_RECORD, own.signedPeerRecord)
                                .toByteArray();
        var out = new ProtoWriter(first.length + record.length + 8);
        if (first.length + record.length <= SINGLE_PART_BYTES) {
            out.rawVarint(first.length + record.length)
                    .raw(first, 0, first.length)
                    .raw(record, 0, record.length);
        } else {
            out.rawVarint(first.length).raw(first, 0, first.length);
            if (record.length > 0) {
                out.rawVarint(record.length).raw(record, 0, record.length);
            }
        }
        return out.toByteArray();
    }

    private static byte[] part(Own own, int addresses) {
        var out = new ProtoWriter(512).bytes(1, own.publicKey);
        own.listenAddresses.stream()
                .limit(addresses)
                .forEach(address -> out.bytes(2, address.bytes()));
        own.protocols.forEach(protocol -> out.string(3, protocol));
        return out.bytes(4, own.observedAddress.bytes())
                .string(5, own.protocolVersion)
                .string(6, own.agentVersion)
                .toByteArray();
    }

    /// Merges one more part: numbers and texts replace, lists grow up to their bound.
    void merge(byte[] array, int off, int len) throws ViolationException {
        if (++parts > PARTS_MAX) {
            throw new ViolationException(Limit.L35_IDENTIFY, "over %d parts".formatted(PARTS_MAX));
        }
        try {
            var reader = new ProtoReader(array, off, len);
            while (reader.next()) {
                field(reader);
            }
        } catch (MalformedException e) {
            throw new ViolationException(Limit.L47_PROTOBUF, "identify: " + e.getMessage());
        }
    }

    private void field(ProtoReader reader) throws MalformedException {
        switch (reader.field()) {
            case 1 -> publicKey = reader.bytes(PART_BYTES_MAX);
            case 2 -> {
                if (listenAddresses.size() < ADDRESSES_MAX) {
                    listenAddresses.add(reader.bytes(PART_BYTES_MAX));
                }
            }
            case 3 -> {
                String protocol = reader.string(PART_BYTES_MAX);
                if (protocols.size() < PROTOCOLS_MAX && protocol.length() <= TEXT_BYTES_MAX) {
                    protocols.add(protocol);
                }
            }
            case 4 -> observedAddress = reader.bytes(PART_BYTES_MAX);
            case 5 -> protocolVersion = truncated(reader.string(PART_BYTES_MAX));
            case 6 -> agentVersion = truncated(reader.string(PART_BYTES_MAX));
            case SIGNED_RECORD -> signedPeerRecord = reader.bytes(SignedEnvelope.BYTES_MAX);
            default -> {} // from the future
        }
    }

    private static String truncated(String text) {
        return text.length() <= TEXT_BYTES_MAX ? text : text.substring(0, TEXT_BYTES_MAX);
    }
}
