package org.pollen.node.trace;

/// A file is no trace, or is damaged before its end.
public final class TraceFormatException extends Exception {
    private static final long serialVersionUID = 1;

    private final long offset;

    /// @param offset of the record that cannot be read
    TraceFormatException(long offset, String message) {
        super(message);
        this.offset = offset;
    }

    /// Where the record begins that cannot be read.
    public long offset() {
        return offset;
    }
}
