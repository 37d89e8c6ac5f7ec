package org.pollen.signalling;

/// How a request fared. The numbers go over the wire.
///
/// Source: A5.4.
public enum SignalCode {
    /// Nothing known, or a number from the future: a failure.
    UNSPECIFIED(0),
    /// Passed on, or punching.
    ACCEPTED(1),
    /// Not what it should be, byte for byte.
    MALFORMED(2),
    /// A bucket is empty.
    RATE_LIMITED(3),
    /// The challenge has to be solved first.
    POW_REQUIRED(4),
    /// The work is none, or for another challenge.
    POW_INVALID(5),
    /// The relay has no direct connection to the target.
    NOT_CONNECTED(6),
    /// The target knows no certified address of the source.
    NO_ADDRESS(7),
    /// The source is not the peer at the other end.
    SOURCE_MISMATCH(8),
    /// The relay is not the peer at the other end.
    RELAY_MISMATCH(9),
    /// Made for another relay.
    WRONG_RELAY(10),
    /// The target is who is asked, or who asks.
    BAD_TARGET(11),
    /// Too late.
    EXPIRED(12),
    /// From the future.
    NOT_YET_VALID(13),
    /// The source did not sign it.
    BAD_REQUEST_SIGNATURE(14),
    /// The relay did not sign it.
    BAD_RELAY_SIGNATURE(15),
    /// Seen before.
    REPLAY(16),
    /// The same nonce for another request.
    EQUIVOCATION(17),
    /// There is a direct connection already.
    ALREADY_CONNECTED(18),
    /// The relay sees the source at another IP than it certifies.
    ADDRESS_MISMATCH(19),
    /// Too many wait for this IP.
    IP_BUSY(20),
    /// The byte budget is used up.
    BUDGET_EXHAUSTED(21),
    /// A table is full.
    OVERLOADED(22),
    /// Not for now.
    BANNED(23),
    /// Not over a relayed connection.
    WRONG_TRANSPORT(24),
    /// No packet came through.
    PUNCH_FAILED(25),
    /// There is a direct connection now.
    PUNCH_OK(26);

    private final int number;

    SignalCode(int number) {
        this.number = number;
    }

    /// Its number on the wire.
    public int number() {
        return number;
    }

    /// The code with a number; [#UNSPECIFIED] if there is none.
    static SignalCode of(long number) {
        for (SignalCode code : values()) if (code.number == number) return code;
        return UNSPECIFIED;
    }
}
