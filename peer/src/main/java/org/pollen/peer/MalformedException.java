package org.pollen.peer;

/// Bytes from a peer that are not what they should be: the peer's fault, never ours.
///
/// It carries no stack trace, since a flood of bad frames must stay cheap.
public final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    /// @param message field, what was found, what was allowed
    public MalformedException(String message) {
        super(message, null, false, false);
    }
}
