package org.pollen.signalling;

import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// Work that a relay or a target asks for. It keeps nothing of it: the code lets it recognise its
/// own.
///
/// Source: A6.2.
///
/// @param seed 16 random bytes
/// @param difficulty leading zero bits
/// @param expiresMillis since 1970
/// @param mac 16 bytes
/// @param issuer whose it is
public record Challenge(
        byte[] seed, int difficulty, long expiresMillis, byte[] mac, PeerId issuer) {
    static final int SEED_BYTES = 16;
    static final int MAC_BYTES = 16;

    ProtoWriter write() {
        var out = new ProtoWriter(128);
        Fields.put(out, 1, seed);
        Fields.put(out, 2, difficulty);
        Fields.put(out, 3, expiresMillis);
        Fields.put(out, 4, mac);
        Fields.put(out, 5, issuer);
        return out;
    }

    static Challenge read(ProtoReader in) throws MalformedException {
        byte[] seed = Fields.NONE;
        int difficulty = 0;
        long expires = 0;
        byte[] mac = Fields.NONE;
        PeerId issuer = null;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> seed = Fields.exactly(in, SEED_BYTES);
                case 2 -> difficulty = Fields.number(in);
                case 3 -> expires = Fields.time(in);
                case 4 -> mac = Fields.exactly(in, MAC_BYTES);
                case 5 -> issuer = Fields.peer(in);
                default -> throw new MalformedException("challenge: field " + in.field());
            }
        }
        Fields.require(seed.length > 0 && mac.length > 0, "challenge without seed or code");
        return new Challenge(
                seed, difficulty, expires, mac, Fields.required(issuer, "challenge's issuer"));
    }
}
