package org.pollen.signalling;

import org.jspecify.annotations.Nullable;

/// When a request is good.
///
/// Source: A4.3.
///
/// @param skewMillis by which clocks may differ
/// @param lifetimeMillis most of a request
record TimeRules(long skewMillis, long lifetimeMillis) {
    /// Why it is not good now; null if it is.
    @Nullable SignalCode fault(SignalRequest request, long nowMillis) {
        long life = request.expiresMillis() - request.issuedMillis();
        if (life <= 0 || life > lifetimeMillis) return SignalCode.MALFORMED;
        if (request.issuedMillis() - nowMillis > skewMillis) return SignalCode.NOT_YET_VALID;
        return nowMillis - request.expiresMillis() > skewMillis ? SignalCode.EXPIRED : null;
    }

    /// Whether a relay received it when it says so.
    boolean received(long receivedMillis, long nowMillis) {
        return Math.abs(receivedMillis - nowMillis) <= skewMillis;
    }

    /// When no clock takes it any more.
    long forgetAt(SignalRequest request) {
        return request.expiresMillis() + 2 * skewMillis;
    }
}
