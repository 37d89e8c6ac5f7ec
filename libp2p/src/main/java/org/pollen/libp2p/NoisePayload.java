package org.pollen.libp2p;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.PublicKey;

/// `NoiseHandshakePayload` as received.
///
/// @param muxers what the peer offers, empty if it offers nothing or more than 100 entries
record NoisePayload(byte[] identityKey, byte[] signature, List<String> muxers) {
    private static final int MUXERS_MAX = 100;
    private static final int MUXER_BYTES_MAX = 256;
    private static final int EXTENSIONS = 4;

    static NoisePayload parse(byte[] buffer, int off, int len) throws MalformedException {
        byte @Nullable [] key = null;
        byte @Nullable [] signature = null;
        List<String> muxers = List.of();
        var reader = new ProtoReader(buffer, off, len);
        while (reader.next()) {
            switch (reader.field()) {
                case 1 -> key = reader.bytes(PublicKey.PROTOBUF_BYTES_MAX);
                case 2 -> signature = reader.bytes(PublicKey.SIGNATURE_BYTES_MAX);
                case EXTENSIONS -> muxers = muxers(reader.message());
                default -> {} // field 3 was once "data"; jvm-libp2p still sends it empty
            }
        }
        if (key == null || signature == null) {
            throw new MalformedException("handshake payload without key or signature");
        }
        return new NoisePayload(key, signature, muxers);
    }

    private static List<String> muxers(ProtoReader extensions) throws MalformedException {
        var muxers = new ArrayList<String>();
        boolean tooMany = false;
        while (extensions.next()) {
            if (extensions.field() == 2) {
                tooMany |= muxers.size() == MUXERS_MAX;
                if (!tooMany) {
                    muxers.add(extensions.string(MUXER_BYTES_MAX));
                }
            }
        }
        return tooMany ? List.of() : List.copyOf(muxers);
    }
}
