package org.pollen.signalling;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// The answer to a frame, on the same stream.
///
/// Source: A4.1.
///
/// @param code how it fared
/// @param retryAfterMillis with [SignalCode#RATE_LIMITED], and where work is asked for and none is
///   taken now
/// @param challenge with [SignalCode#POW_REQUIRED]
/// @param syncDelayMillis with [SignalCode#ACCEPTED] by a relay: how long A waits before it dials
/// @param requestId which; empty before it was read
/// @param detail for humans; never text of a peer
public record SignalStatus(
        SignalCode code,
        int retryAfterMillis,
        @Nullable Challenge challenge,
        int syncDelayMillis,
        byte[] requestId,
        String detail) {
    /// Longest detail, in characters.
    public static final int DETAIL_MAX = 120;

    /// Refuses a longer detail.
    public SignalStatus {
        if (detail.length() > DETAIL_MAX) {
            throw new IllegalArgumentException("detail has " + detail.length() + " characters");
        }
    }

    /// Nothing but a code.
    static SignalStatus of(SignalCode code) {
        return new SignalStatus(code, 0, null, 0, Fields.NONE, "");
    }

    static SignalStatus limited(long millis) {
        return new SignalStatus(SignalCode.RATE_LIMITED, clamp(millis), null, 0, Fields.NONE, "");
    }

    static SignalStatus challenge(Challenge challenge, long retryMillis) {
        return new SignalStatus(
                SignalCode.POW_REQUIRED, clamp(retryMillis), challenge, 0, Fields.NONE, "");
    }

    private static int clamp(long millis) {
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    SignalStatus with(RequestId id) {
        return new SignalStatus(
                code, retryAfterMillis, challenge, syncDelayMillis, id.bytes(), detail);
    }

    ProtoWriter write() {
        var out = new ProtoWriter(64);
        Fields.put(out, 1, code.number());
        Fields.put(out, 2, retryAfterMillis);
        if (challenge != null) out.message(3, challenge.write());
        Fields.put(out, 4, syncDelayMillis);
        Fields.put(out, 5, requestId);
        if (!detail.isEmpty()) out.string(6, detail);
        return out;
    }

    static SignalStatus read(ProtoReader in) throws MalformedException {
        SignalCode code = SignalCode.UNSPECIFIED;
        int retry = 0;
        Challenge challenge = null;
        int delay = 0;
        byte[] id = Fields.NONE;
        String detail = "";
        while (in.next()) {
            switch (in.field()) {
                case 1 -> code = SignalCode.of(in.varint());
                case 2 -> retry = Fields.number(in);
                case 3 -> challenge = Challenge.read(in.message());
                case 4 -> delay = Fields.number(in);
                case 5 -> id = Fields.exactly(in, RequestId.BYTES);
                case 6 -> detail = in.string(DETAIL_MAX);
                default -> {} // from the future
            }
        }
        return new SignalStatus(code, retry, challenge, delay, id, detail);
    }
}
