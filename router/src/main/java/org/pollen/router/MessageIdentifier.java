package org.pollen.router;

import java.util.Arrays;

/// Computes ids and their 128-bit keys without allocating; one for each thread. The last result
/// stays in it.
public final class MessageIdentifier {
    private final MessageIdFunction function;
    private final MessageKeyHasher hasher;
    private final byte[] id = new byte[MessageIdFunction.BYTES_MAX];
    private int length;

    /// An identifier for one thread.
    ///
    /// @param hasher the secret that all tables of the router share; copied
    public MessageIdentifier(MessageIdScheme scheme, MessageKeyHasher hasher) {
        this.function = scheme.newFunction();
        this.hasher = hasher.copy();
    }

    /// Computes the id of a message.
    ///
    /// @return false if it can have none
    public boolean identify(MessageFields message) {
        length = function.write(message, id);
        if (length < 0) return false;
        if (length == 0)
            throw new IllegalStateException("the message id function gave an empty id");
        hasher.hash(id, 0, length);
        return true;
    }

    /// The last id, in the first [#length] bytes: overwritten by the next.
    byte[] unsafeId() {
        return id;
    }

    /// Length of the last id.
    public int length() {
        return length;
    }

    /// A copy of the last id.
    public byte[] id() {
        return Arrays.copyOf(id, length);
    }

    /// One half of the key of the last id.
    public long hi() {
        return hasher.hi();
    }

    /// The other half.
    public long lo() {
        return hasher.lo();
    }
}
