package org.pollen.node.pool;

/// A local transaction could not be kept on the disk: nothing is promised for it.
public final class JournalException extends RuntimeException {
    private static final long serialVersionUID = 1;

    JournalException(String message) {
        super(message, null, false, false);
    }

    static String text(String trouble) {
        return "the journal of local transactions cannot be written (" + trouble + ")";
    }
}
