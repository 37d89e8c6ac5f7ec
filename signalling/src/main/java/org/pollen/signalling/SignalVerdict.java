package org.pollen.signalling;

/// What gossip should do with a message; a router's verdict of the same name.
public enum SignalVerdict {
    /// Pass it on.
    ACCEPT,
    /// Drop it, and blame who sent it.
    REJECT,
    /// Drop it; nobody is to blame.
    IGNORE
}
