package org.pollen.signalling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// What A signs: please open a hole for me. It holds no address.
///
/// Source: A4.1.
///
/// @param source A
/// @param target B
/// @param relay S; null for any relay, which only gossip may have
/// @param nonce 16 random bytes, never used twice
/// @param issuedMillis since 1970
/// @param expiresMillis since 1970
/// @param transports bits of [#TCP], [#QUIC] and [#RELAYED]
/// @param attempt 0 to 2
/// @param pow work that was done for it; null for none
public record SignalRequest(
        PeerId source,
        PeerId target,
        @Nullable PeerId relay,
        byte[] nonce,
        long issuedMillis,
        long expiresMillis,
        int transports,
        int attempt,
        @Nullable Pow pow) {
    /// The only version there is.
    public static final int VERSION = 1;

    /// A takes TCP.
    public static final int TCP = 1;

    /// A takes QUIC version 1.
    public static final int QUIC = 2;

    /// A holds a relayed connection and welcomes DCUtR on it.
    public static final int RELAYED = 4;

    /// Length of a nonce.
    public static final int NONCE_BYTES = 16;

    static final int ATTEMPTS = 3;

    /// The same with work.
    public SignalRequest withPow(Pow work) {
        return new SignalRequest(
                source,
                target,
                relay,
                nonce,
                issuedMillis,
                expiresMillis,
                transports,
                attempt,
                work);
    }

    /// What is signed.
    public byte[] toByteArray() {
        var out = new ProtoWriter(256);
        Fields.put(out, 1, VERSION);
        Fields.put(out, 2, source);
        Fields.put(out, 3, target);
        if (relay != null) Fields.put(out, 4, relay);
        Fields.put(out, 5, nonce);
        Fields.put(out, 6, issuedMillis);
        Fields.put(out, 7, expiresMillis);
        Fields.put(out, 8, transports);
        Fields.put(out, 9, attempt);
        if (pow != null) out.message(10, pow.write());
        return out.toByteArray();
    }

    /// Reads what was signed. Each request has one encoding: any other, an unknown field included,
    /// is refused.
    ///
    /// @throws MalformedException if it is none
    public static SignalRequest parse(byte[] payload) throws MalformedException {
        int version = 0;
        PeerId source = null;
        PeerId target = null;
        PeerId relay = null;
        byte[] nonce = Fields.NONE;
        long issued = 0;
        long expires = 0;
        int transports = 0;
        int attempt = 0;
        Pow pow = null;
        var in = new ProtoReader(payload);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> version = Fields.number(in);
                case 2 -> source = Fields.peer(in);
                case 3 -> target = Fields.peer(in);
                case 4 -> relay = Fields.peer(in);
                case 5 -> nonce = Fields.exactly(in, NONCE_BYTES);
                case 6 -> issued = Fields.time(in);
                case 7 -> expires = Fields.time(in);
                case 8 -> transports = Fields.number(in);
                case 9 -> attempt = Fields.number(in);
                case 10 -> pow = Pow.read(in.message());
                default -> throw new MalformedException("request: field " + in.field());
            }
        }
        Fields.require(version == VERSION, "version " + version);
        Fields.require(nonce.length == NONCE_BYTES, "no nonce");
        Fields.require(attempt < ATTEMPTS, "attempt " + attempt);
        var request =
                new SignalRequest(
                        Fields.required(source, "source"),
                        Fields.required(target, "target"),
                        relay,
                        nonce,
                        issued,
                        expires,
                        transports,
                        attempt,
                        pow);
        Fields.require(Arrays.equals(request.toByteArray(), payload), "not canonical");
        return request;
    }
}
