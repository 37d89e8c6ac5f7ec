package org.pollen.router;

/// What a validator thinks of a message.
public enum Verdict {
    /// Valid: deliver and forward it.
    ACCEPT,
    /// Invalid, and the sender should have known: drop it and charge the sender.
    REJECT,
    /// Not useful, but nobody's fault: drop it.
    IGNORE
}
