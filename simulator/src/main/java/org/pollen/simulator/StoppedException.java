package org.pollen.simulator;

/// An entry of the catalogue was asked to stop before its end: it has no verdict.
///
/// Without a stack: it says nothing but that somebody pressed Ctrl-C.
final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StoppedException() {
        super("stopped", null, false, false);
    }
}
