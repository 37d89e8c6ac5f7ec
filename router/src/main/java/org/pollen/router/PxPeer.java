package org.pollen.router;

import org.jspecify.annotations.Nullable;

/// A peer that a PRUNE offers in exchange.
///
/// @param peerId bytes of its peer id, not to be changed
/// @param signedRecord its signed peer record in an envelope, unverified, not to be changed; or
///   null
// Arrays compare by identity here: nobody compares offers.
@SuppressWarnings("ArrayRecordComponent")
public record PxPeer(byte[] peerId, byte @Nullable [] signedRecord) {}
