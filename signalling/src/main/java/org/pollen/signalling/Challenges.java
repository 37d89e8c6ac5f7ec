package org.pollen.signalling;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.pollen.peer.PeerId;

/// Makes challenges and recognises its own, without keeping any: a code over each by a secret that
/// changes every ten minutes.
///
/// Source: A6.2.
final class Challenges {
    static final long LIFETIME_MILLIS = 60_000;
    static final long ROTATION_NANOS = 600_000_000_000L;
    private static final byte[] DOMAIN = Hashes.ascii("p2p-signal-challenge-v1");

    private final PeerId self;
    private final RandomGenerator random;
    private byte[] secret;
    private byte[] previous;
    private long rotatedAt;

    Challenges(PeerId self, RandomGenerator random, long nowNanos) {
        this.self = self;
        this.random = random;
        secret = fresh(32);
        previous = secret;
        rotatedAt = nowNanos;
    }

    Challenge make(PeerId source, PeerId target, int difficulty, Instants now) {
        rotate(now.nanos());
        byte[] seed = fresh(Challenge.SEED_BYTES);
        long expires = now.epochMillis() + LIFETIME_MILLIS;
        byte[] mac = mac(secret, seed, difficulty, expires, source, target);
        return new Challenge(seed, difficulty, expires, mac, self);
    }

    /// Whether a request answers one of ours, be it too late.
    boolean ours(SignalRequest request, Pow pow, long nowNanos) {
        rotate(nowNanos);
        return matches(secret, request, pow) || matches(previous, request, pow);
    }

    private static boolean matches(byte[] key, SignalRequest request, Pow pow) {
        byte[] mac =
                mac(
                        key,
                        pow.seed(),
                        pow.difficulty(),
                        pow.seedExpiresMillis(),
                        request.source(),
                        request.target());
        return MessageDigest.isEqual(mac, pow.mac());
    }

    static byte[] mac(
            byte[] secret,
            byte[] seed,
            int difficulty,
            long expires,
            PeerId source,
            PeerId target) {
        byte[] code =
                Hashes.hmac(
                        secret,
                        DOMAIN,
                        seed,
                        Hashes.bigEndian(difficulty, 4),
                        Hashes.bigEndian(expires, 8),
                        source.unsafeBytes(),
                        target.unsafeBytes());
        return Arrays.copyOf(code, Challenge.MAC_BYTES);
    }

    private void rotate(long nowNanos) {
        if (nowNanos - rotatedAt < ROTATION_NANOS) return;
        boolean once = nowNanos - rotatedAt < 2 * ROTATION_NANOS;
        byte[] old = secret;
        secret = fresh(32);
        previous = once ? old : secret;
        rotatedAt = nowNanos;
    }

    private byte[] fresh(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
