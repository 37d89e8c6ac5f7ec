package org.pollen.signalling;

import java.util.Arrays;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// What S signs around A's envelope: I had this from A itself.
///
/// Source: A4.1.
///
/// @param relay S
/// @param requestEnvelope A's, as it was received
/// @param receivedMillis since 1970
/// @param rttMillis between S and A
/// @param relayNonce 8 random bytes
/// @param via [#STREAM] or [#GOSSIP]
/// @param ipMatch whether A connects from an IP that it certifies: [#IP_UNKNOWN], [#IP_CERTIFIED]
///   or [#IP_OTHER]
public record RelayAttestation(
        PeerId relay,
        byte[] requestEnvelope,
        long receivedMillis,
        int rttMillis,
        byte[] relayNonce,
        int via,
        int ipMatch) {
    /// Over a stream, from S to B.
    public static final int STREAM = 1;

    /// As gossip.
    public static final int GOSSIP = 2;

    /// S cannot tell.
    public static final int IP_UNKNOWN = 0;

    /// It is one of those A certifies.
    public static final int IP_CERTIFIED = 1;

    /// It is not.
    public static final int IP_OTHER = 2;

    /// Length of a relay's nonce.
    public static final int NONCE_BYTES = 8;

    private static final int VERSION = 1;

    /// What is signed.
    public byte[] toByteArray() {
        var out = new ProtoWriter(512);
        Fields.put(out, 1, VERSION);
        Fields.put(out, 2, relay);
        Fields.put(out, 3, requestEnvelope);
        Fields.put(out, 4, receivedMillis);
        Fields.put(out, 5, rttMillis);
        Fields.put(out, 6, relayNonce);
        Fields.put(out, 7, via);
        Fields.put(out, 8, ipMatch);
        return out.toByteArray();
    }

    /// Reads what was signed; strict, as [SignalRequest#parse].
    ///
    /// @throws MalformedException if it is none
    public static RelayAttestation parse(byte[] payload) throws MalformedException {
        int version = 0;
        PeerId relay = null;
        byte[] envelope = Fields.NONE;
        long received = 0;
        int rtt = 0;
        byte[] nonce = Fields.NONE;
        int via = 0;
        int ipMatch = 0;
        var in = new ProtoReader(payload);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> version = Fields.number(in);
                case 2 -> relay = Fields.peer(in);
                case 3 -> envelope = in.bytes(SignalFrame.BYTES_MAX);
                case 4 -> received = Fields.time(in);
                case 5 -> rtt = Fields.number(in);
                case 6 -> nonce = Fields.exactly(in, NONCE_BYTES);
                case 7 -> via = Fields.number(in);
                case 8 -> ipMatch = Fields.number(in);
                default -> throw new MalformedException("attestation: field " + in.field());
            }
        }
        Fields.require(version == VERSION, "version " + version);
        Fields.require(nonce.length == NONCE_BYTES, "no relay nonce");
        Fields.require(via == STREAM || via == GOSSIP, "via " + via);
        Fields.require(ipMatch <= IP_OTHER, "ip match " + ipMatch);
        var attestation =
                new RelayAttestation(
                        Fields.required(relay, "relay"),
                        envelope,
                        received,
                        rtt,
                        nonce,
                        via,
                        ipMatch);
        Fields.require(Arrays.equals(attestation.toByteArray(), payload), "not canonical");
        return attestation;
    }
}
