package org.pollen.router;

/// The 128-bit name under which tables know a message id; see [MessageKeyHasher]. Hot paths pass
/// the two halves.
public record MessageKey(long hi, long lo) {}
