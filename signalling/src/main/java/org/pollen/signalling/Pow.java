package org.pollen.signalling;

import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// Proof of work as it is signed with a request.
///
/// Source: A4.1, A6.
///
/// @param difficulty leading zero bits it claims
/// @param counter that gives them, unsigned
/// @param seed of the challenge that was solved, 16 bytes; empty for unsolicited work
/// @param mac of that challenge, 16 bytes; empty as the seed
/// @param seedExpiresMillis of that challenge; 0 without one
public record Pow(int difficulty, long counter, byte[] seed, byte[] mac, long seedExpiresMillis) {
    /// Work that nobody asked for.
    public static Pow unsolicited(int difficulty, long counter) {
        return new Pow(difficulty, counter, Fields.NONE, Fields.NONE, 0);
    }

    /// The answer to a challenge.
    public static Pow answer(Challenge challenge, long counter) {
        return new Pow(
                challenge.difficulty(),
                counter,
                challenge.seed(),
                challenge.mac(),
                challenge.expiresMillis());
    }

    /// Whether it answers a challenge.
    public boolean solicited() {
        return seed.length > 0;
    }

    ProtoWriter write() {
        var out = new ProtoWriter(64);
        Fields.put(out, 1, difficulty);
        Fields.put(out, 2, counter);
        Fields.put(out, 3, seed);
        Fields.put(out, 4, mac);
        Fields.put(out, 5, seedExpiresMillis);
        return out;
    }

    static Pow read(ProtoReader in) throws MalformedException {
        int difficulty = 0;
        long counter = 0;
        byte[] seed = Fields.NONE;
        byte[] mac = Fields.NONE;
        long expires = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> difficulty = Fields.number(in);
                case 2 -> counter = in.varint();
                case 3 -> seed = Fields.exactly(in, Challenge.SEED_BYTES);
                case 4 -> mac = Fields.exactly(in, Challenge.MAC_BYTES);
                case 5 -> expires = Fields.time(in);
                default -> throw new MalformedException("work: field " + in.field());
            }
        }
        Fields.require(difficulty <= 256, "difficulty over 256 bits");
        Fields.require(
                seed.length > 0 == mac.length > 0 && (seed.length > 0 || expires == 0),
                "a seed without its code, or a code without its seed");
        return new Pow(difficulty, counter, seed, mac, expires);
    }
}
