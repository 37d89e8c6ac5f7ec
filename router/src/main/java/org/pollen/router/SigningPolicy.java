package org.pollen.router;

/// Whether we sign what we publish, and what we demand of others.
///
/// Source: router specification 3.1.
public enum SigningPolicy {
    /// Sign, and refuse what is not signed.
    STRICT_SIGN(true, true),
    /// Do not sign, and refuse what is signed.
    STRICT_NO_SIGN(false, true),
    /// Sign; check a signature only where there is one.
    LAX_SIGN(true, false),
    /// Do not sign; check a signature only where there is one.
    LAX_NO_SIGN(false, false);

    private final boolean signs;
    private final boolean strict;

    SigningPolicy(boolean signs, boolean strict) {
        this.signs = signs;
        this.strict = strict;
    }

    /// Whether published messages carry author, sequence number and signature.
    public boolean signs() {
        return signs;
    }

    /// Whether received messages must follow the policy.
    public boolean strict() {
        return strict;
    }

    /// The policy with strict verification: lax signing becomes strict signing.
    public SigningPolicy withStrictVerification() {
        return this == LAX_SIGN ? STRICT_SIGN : this;
    }

    /// What [#check] found.
    public enum Presence {
        /// Nothing is missing and nothing is too much.
        FINE,
        /// "missing signature"
        MISSING_SIGNATURE,
        /// "unexpected signature"
        UNEXPECTED_SIGNATURE,
        /// "unexpected auth info"
        UNEXPECTED_AUTH_INFO
    }

    /// Whether a received message has the fields the policy demands and none that it forbids; reads
    /// no field's content.
    ///
    /// @param haveAuthorId whether this node publishes under an author id: then messages may name
    ///   theirs
    public Presence check(MessageFields message, boolean haveAuthorId) {
        if (!strict) return Presence.FINE;
        boolean signature = message.has(MessageFields.SIGNATURE);
        if (signs) return signature ? Presence.FINE : Presence.MISSING_SIGNATURE;
        if (signature) return Presence.UNEXPECTED_SIGNATURE;
        boolean authInfo =
                message.has(MessageFields.FROM)
                        || message.has(MessageFields.SEQNO)
                        || message.has(MessageFields.KEY);
        return authInfo && !haveAuthorId ? Presence.UNEXPECTED_AUTH_INFO : Presence.FINE;
    }
}
