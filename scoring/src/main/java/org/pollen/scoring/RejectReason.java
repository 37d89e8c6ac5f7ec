package org.pollen.scoring;

/// Why the router refused a message. The texts are the exact strings used in trace events.
public enum RejectReason {
    /// The peer that sent it is on the blacklist.
    BLACKLISTED_PEER("blacklisted peer", Effect.NONE),
    /// Its author is on the blacklist.
    BLACKLISTED_SOURCE("blacklisted source", Effect.NONE),
    /// The signing policy wants a signature and there is none.
    MISSING_SIGNATURE("missing signature", Effect.SENDER),
    /// The signing policy wants no signature and there is one.
    UNEXPECTED_SIGNATURE("unexpected signature", Effect.SENDER),
    /// The signing policy wants neither author nor sequence number and there is one.
    UNEXPECTED_AUTH_INFO("unexpected auth info", Effect.SENDER),
    /// The signature does not verify.
    INVALID_SIGNATURE("invalid signature", Effect.SENDER),
    /// Too many messages wait for validation.
    VALIDATION_QUEUE_FULL("validation queue full", Effect.NONE),
    /// A validator had no free slot.
    VALIDATION_THROTTLED("validation throttled", Effect.THROTTLE),
    /// A validator said REJECT.
    VALIDATION_FAILED("validation failed", Effect.INVALID),
    /// A validator said IGNORE.
    VALIDATION_IGNORED("validation ignored", Effect.IGNORE),
    /// It is our own message, sent back to us.
    SELF_ORIGIN("self originated message", Effect.SENDER);

    /// What a refusal does to scores.
    enum Effect {
        /// Nothing.
        NONE,
        /// The sender gains one invalid message; other senders are not known yet.
        SENDER,
        /// The record is closed without blame.
        THROTTLE,
        /// The record is closed without blame.
        IGNORE,
        /// Everybody who sent it, or will send it, gains one invalid message.
        INVALID
    }

    private final String text;
    private final Effect effect;

    RejectReason(String text, Effect effect) {
        this.text = text;
        this.effect = effect;
    }

    /// The string used in trace events.
    public String text() {
        return text;
    }

    Effect effect() {
        return effect;
    }

    /// The reason with this text; a text nobody knows counts as "validation failed".
    public static RejectReason of(String text) {
        for (RejectReason reason : values()) if (reason.text.equals(text)) return reason;
        return VALIDATION_FAILED;
    }
}
