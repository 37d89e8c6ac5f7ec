package org.pollen.router;

/// Computes the id of a message from its fields. All nodes of a network must use the same one.
///
/// The same encoded message always has the same id: it may be computed once and found again.
///
/// An instance may keep digests, so each thread has its own: a [MessageIdScheme] makes them.
@FunctionalInterface
public interface MessageIdFunction {
    /// The longest id, in bytes.
    int BYTES_MAX = 64;

    /// Writes the id.
    ///
    /// @param out receives it from 0; [#BYTES_MAX] bytes
    /// @return its length, at least 1; or -1 if the message can have no id, and is to be dropped
    ///   therefore
    int write(MessageFields message, byte[] out);
}
