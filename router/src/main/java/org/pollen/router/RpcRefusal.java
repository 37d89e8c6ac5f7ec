package org.pollen.router;

import java.util.Locale;

/// Why a well-formed RPC is dropped whole: one of [RpcLimits] was passed. The stream lives on, the
/// peer is charged.
public enum RpcRefusal {
    MESSAGES,
    SUBSCRIPTIONS,
    CONTROL_ENTRIES,
    MESSAGE_IDS,
    MESSAGE_ID_BYTES,
    CONTROL_BYTES;

    /// The name in metrics and logs.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
