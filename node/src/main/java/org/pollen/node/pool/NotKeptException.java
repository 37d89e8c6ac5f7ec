package org.pollen.node.pool;

/// A local transaction could not be kept on the disk: nothing is promised for it.
public final class NotKeptException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final String POOLED = ": it is pooled, but a restart may lose it";

    private NotKeptException(String message) {
        super(message, null, false, false);
    }

    static NotKeptException of(String why) {
        return new NotKeptException(why);
    }

    /// @param pooled whether the pool has it nevertheless
    static NotKeptException journal(String trouble, boolean pooled) {
        return new NotKeptException(
                "the journal of local transactions cannot be written ("
                        + trouble
                        + ")"
                        + (pooled ? POOLED : ""));
    }

    /// @param pooled whether the pool has it nevertheless
    static NotKeptException blobs(String trouble, boolean pooled) {
        return new NotKeptException(
                "blob transactions cannot be written to the disk ("
                        + trouble
                        + ")"
                        + (pooled ? POOLED : ""));
    }
}
