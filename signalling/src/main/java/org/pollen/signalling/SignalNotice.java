package org.pollen.signalling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// What B may sign for A, to go back through S: why nothing will come.
///
/// Source: A5.5.
///
/// @param issuer B
/// @param to A
/// @param requestId the request's, 16 bytes
/// @param code why
/// @param challenge with [SignalCode#POW_REQUIRED]
public record SignalNotice(
        PeerId issuer,
        PeerId to,
        byte[] requestId,
        SignalCode code,
        @Nullable Challenge challenge) {
    private static final int VERSION = 1;

    /// What is signed.
    public byte[] toByteArray() {
        var out = new ProtoWriter(160);
        Fields.put(out, 1, VERSION);
        Fields.put(out, 2, issuer);
        Fields.put(out, 3, to);
        Fields.put(out, 4, requestId);
        Fields.put(out, 5, code.number());
        if (challenge != null) out.message(6, challenge.write());
        return out.toByteArray();
    }

    /// Reads what was signed; strict, as [SignalRequest#parse].
    ///
    /// @throws MalformedException if it is none
    public static SignalNotice parse(byte[] payload) throws MalformedException {
        int version = 0;
        PeerId issuer = null;
        PeerId to = null;
        byte[] id = Fields.NONE;
        SignalCode code = SignalCode.UNSPECIFIED;
        Challenge challenge = null;
        var in = new ProtoReader(payload);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> version = Fields.number(in);
                case 2 -> issuer = Fields.peer(in);
                case 3 -> to = Fields.peer(in);
                case 4 -> id = Fields.exactly(in, RequestId.BYTES);
                case 5 -> code = SignalCode.of(in.varint());
                case 6 -> challenge = Challenge.read(in.message());
                default -> throw new MalformedException("notice: field " + in.field());
            }
        }
        Fields.require(version == VERSION, "version " + version);
        Fields.require(id.length > 0, "no request id");
        var notice =
                new SignalNotice(
                        Fields.required(issuer, "issuer"),
                        Fields.required(to, "receiver"),
                        id,
                        code,
                        challenge);
        Fields.require(Arrays.equals(notice.toByteArray(), payload), "not canonical");
        return notice;
    }
}
