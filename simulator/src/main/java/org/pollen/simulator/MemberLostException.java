package org.pollen.simulator;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;

/// Another member of a run is gone, and with it the run.
final class MemberLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// What the command ends with.
    static final int CODE = 5;

    /// @param who it was
    MemberLostException(String who, IOException why) {
        super("%s was lost: %s".formatted(who, reason(why)), why);
    }

    /// Never null, as the text of an exception may be.
    static String reason(IOException why) {
        if (why instanceof EOFException) return "it closed the connection";
        if (why instanceof SocketTimeoutException) return "nothing was heard of it for too long";
        String text = why.getMessage();
        return text == null ? why.getClass().getSimpleName() : text;
    }
}
