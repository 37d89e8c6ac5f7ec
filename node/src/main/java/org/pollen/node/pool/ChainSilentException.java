package org.pollen.node.pool;

/// The chain source does not tell what a sender has; the transaction was neither taken nor refused.
public final class ChainSilentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ChainSilentException() {
        super("the chain source does not answer, try again", null, false, false);
    }
}
