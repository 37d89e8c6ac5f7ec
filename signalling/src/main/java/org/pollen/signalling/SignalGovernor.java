package org.pollen.signalling;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// What a role lets through in all: one bucket for everybody, work that costs more as the bucket
/// empties, and a reserve for whoever does the most work, so that service can always be bought.
///
/// Source: A6.3; A5.1 steps 4 and 9.
final class SignalGovernor {
    private static final int FULL_WORK = 22;

    private final TokenBucket global;
    private final TokenBucket reserve;
    private final int powMin;
    private final int powMax;
    private final Challenges challenges;
    private final ProofOfWork.Check check;
    private final SignalMetrics metrics;

    SignalGovernor(
            BucketParams global,
            BucketParams reserve,
            int powMin,
            int powMax,
            Challenges challenges,
            ProofOfWork.Check check,
            SignalMetrics metrics,
            long nowNanos) {
        this.global = new TokenBucket(global, nowNanos);
        this.reserve = new TokenBucket(reserve, nowNanos);
        this.powMin = powMin;
        this.powMax = powMax;
        this.challenges = challenges;
        this.check = check;
        this.metrics = metrics;
    }

    /// Before anything was read: why nothing can pass now; null if something can. Takes nothing.
    @Nullable SignalStatus closed(Instants now) {
        if (global.peekMicro(now.nanos()) >= BucketParams.MICRO) return null;
        if (powMax == 0) return SignalStatus.limited(global.retryAfterMillis(1, now.nanos()));
        long wait = reserve.retryAfterMillis(1, now.nanos());
        if (wait == 0) return null;
        return new SignalStatus(
                SignalCode.POW_REQUIRED, (int) wait, null, 0, Fields.NONE, "reserve is empty");
    }

    /// The same where nothing can pass for any work; who could do some is asked for it later, when
    /// it is known whom to tell.
    @Nullable SignalStatus closedToWork(Instants now) {
        return powMax == 0 ? closed(now) : null;
    }

    /// Work that is asked for now.
    ///
    /// @param punches of the last minute toward the busiest IP known of the source
    int required(int punches, long nowNanos) {
        int asked =
                Math.max(Difficulty.ofFill(global.fill(nowNanos)), Difficulty.ofPunches(punches));
        int bits = Math.min(powMax, Math.max(powMin, asked));
        metrics.difficulty = bits;
        return bits;
    }

    /// Checks work and takes a token.
    ///
    /// @return null if the request may go on
    @Nullable SignalStatus admit(SignalRequest request, int bits, Instants now) {
        Pow pow = request.pow();
        if (bits > 0) {
            SignalStatus refused = work(request, pow, bits, now);
            if (refused != null) return refused;
        }
        if (global.tryConsume(1, now.nanos())) return null;
        if (powMax == 0) return SignalStatus.limited(global.retryAfterMillis(1, now.nanos()));
        // Where work is asked for it was checked above.
        boolean paid = bits > 0 && pow != null && pow.difficulty() >= Math.min(FULL_WORK, powMax);
        if (paid && reserve.tryConsume(1, now.nanos())) return null;
        return ask(request, powMax, reserve.retryAfterMillis(1, now.nanos()), now);
    }

    private @Nullable SignalStatus work(
            SignalRequest request, @Nullable Pow pow, int bits, Instants now) {
        if (pow == null) return ask(request, bits, 0, now);
        metrics.worksChecked++;
        if (!holds(request, pow, check)) return SignalStatus.of(SignalCode.POW_INVALID);
        if (pow.solicited()) {
            if (!challenges.ours(request, pow, now.nanos())) {
                return SignalStatus.of(SignalCode.POW_INVALID);
            }
            if (now.epochMillis() > pow.seedExpiresMillis()) return ask(request, bits, 0, now);
        }
        return pow.difficulty() < bits ? ask(request, bits, 0, now) : null;
    }

    static boolean holds(SignalRequest request, Pow pow, ProofOfWork.Check check) {
        byte[] prefix = ProofOfWork.prefix(request, pow.seed());
        return check.holds(prefix, pow.counter(), pow.difficulty());
    }

    private SignalStatus ask(SignalRequest request, int bits, long retryMillis, Instants now) {
        PeerId source = request.source();
        return SignalStatus.challenge(
                challenges.make(source, request.target(), bits, now), retryMillis);
    }
}
