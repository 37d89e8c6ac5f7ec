package org.pollen.node.chain;

import java.util.Locale;

/// What can go wrong with a chain source that is another client.
public enum ChainFault {
    /// It cannot be reached, or the connection broke.
    CONNECT,
    /// It did not answer in time.
    TIMEOUT,
    /// It answers with another HTTP status than 200.
    HTTP,
    /// An answer is larger than we read.
    TOO_LARGE,
    /// An answer is not JSON, not JSON-RPC, or lacks what it has to have.
    MALFORMED,
    /// It answers a call with an error.
    RPC,
    /// It follows another chain than ours.
    CHAIN_ID,
    /// It does not have a block that its own blocks name.
    MISSING_BLOCK,
    /// What it says contradicts itself: a block with another hash or height than was asked for.
    INCONSISTENT,
    /// The WebSocket broke, or fell silent while heads came.
    WEBSOCKET;

    /// The value of the metrics' label.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
