package org.pollen.node.rpc;

import java.net.BindException;
import java.net.InetSocketAddress;

/// A listener could not have its address; the operator sees it as NET-001.
public final class PortTakenException extends BindException {
    private static final long serialVersionUID = 1;

    private final String host;
    private final int port;

    /// @param reason what the system said
    PortTakenException(InetSocketAddress address, Throwable reason) {
        super(
                "cannot listen on %s:%d (%s)"
                        .formatted(address.getHostString(), address.getPort(), text(reason)));
        initCause(reason);
        this.host = address.getHostString();
        this.port = address.getPort();
    }

    /// The address that was wanted.
    public String host() {
        return host;
    }

    /// The port that was wanted.
    public int port() {
        return port;
    }

    private static String text(Throwable reason) {
        String message = reason.getMessage();
        if (message == null) return reason.getClass().getSimpleName();
        return message.contains("already in use") ? "address in use" : message;
    }
}
