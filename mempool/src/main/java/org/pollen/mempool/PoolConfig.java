package org.pollen.mempool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Limits of the plain pool. Source: mempool.md 2.1, whose names the components keep.
///
/// An instance may hold nonsense, since it mirrors what an operator wrote; [#sanitize()] repairs it
/// one field at a time, and the pool only accepts the result.
///
/// @param mode reference or hardened behaviour
/// @param noLocals whether the local tracker and its journal are off
/// @param journal file of the local journal; empty for none
/// @param rejournal time between two rewrites of the journal
/// @param priceLimit first minimum tip, wei
/// @param priceBump percent by which a replacement must pay more
/// @param accountSlots executable transactions an account keeps even when the pool overflows
/// @param globalSlots executable transactions of all accounts
/// @param accountQueue queued transactions of one account
/// @param globalQueue queued transactions of all accounts
/// @param lifetime how long queued transactions of an idle account stay
public record PoolConfig(
        PoolMode mode,
        boolean noLocals,
        String journal,
        Duration rejournal,
        long priceLimit,
        int priceBump,
        int accountSlots,
        int globalSlots,
        int accountQueue,
        int globalQueue,
        Duration lifetime) {

    /// The values of the reference, in hardened mode.
    public static final PoolConfig DEFAULTS =
            new PoolConfig(
                    PoolMode.HARDENED,
                    false,
                    "transactions.rlp",
                    Duration.ofHours(1),
                    1,
                    10,
                    16,
                    4096 + 1024,
                    64,
                    1024,
                    Duration.ofHours(3));

    private static final Duration REJOURNAL_MIN = Duration.ofSeconds(1);

    /// A configuration without nonsense, and what was replaced.
    ///
    /// @param warnings one line a repaired field, naming it and both values
    public record Sanitized(PoolConfig config, List<String> warnings) {
        /// Copies the list.
        public Sanitized {
            warnings = List.copyOf(warnings);
        }
    }

    /// Replaces each bad field by its default; never fails.
    public Sanitized sanitize() {
        var warnings = new ArrayList<String>();
        Duration journalEvery = rejournal;
        if (rejournal.compareTo(REJOURNAL_MIN) < 0) {
            journalEvery = REJOURNAL_MIN;
            warnings.add(warning("rejournal", rejournal, REJOURNAL_MIN));
        }
        Duration life = lifetime;
        if (lifetime.isNegative() || lifetime.isZero()) {
            life = DEFAULTS.lifetime;
            warnings.add(warning("lifetime", lifetime, life));
        }
        var clean =
                new PoolConfig(
                        mode,
                        noLocals,
                        journal,
                        journalEvery,
                        atLeastOne("pricelimit", priceLimit, DEFAULTS.priceLimit, warnings),
                        (int) atLeastOne("pricebump", priceBump, DEFAULTS.priceBump, warnings),
                        (int)
                                atLeastOne(
                                        "accountslots",
                                        accountSlots,
                                        DEFAULTS.accountSlots,
                                        warnings),
                        (int)
                                atLeastOne(
                                        "globalslots", globalSlots, DEFAULTS.globalSlots, warnings),
                        (int)
                                atLeastOne(
                                        "accountqueue",
                                        accountQueue,
                                        DEFAULTS.accountQueue,
                                        warnings),
                        (int)
                                atLeastOne(
                                        "globalqueue", globalQueue, DEFAULTS.globalQueue, warnings),
                        life);
        return new Sanitized(clean, warnings);
    }

    /// All slots of the pool: `globalSlots + globalQueue`.
    public long capacity() {
        return (long) globalSlots + globalQueue;
    }

    /// The same limits in another mode.
    public PoolConfig withMode(PoolMode other) {
        return new PoolConfig(
                other,
                noLocals,
                journal,
                rejournal,
                priceLimit,
                priceBump,
                accountSlots,
                globalSlots,
                accountQueue,
                globalQueue,
                lifetime);
    }

    /// The same configuration with other limits on executable and queued transactions.
    public PoolConfig withLimits(int slotsPerAccount, int slots, int queuePerAccount, int queue) {
        return new PoolConfig(
                mode,
                noLocals,
                journal,
                rejournal,
                priceLimit,
                priceBump,
                slotsPerAccount,
                slots,
                queuePerAccount,
                queue,
                lifetime);
    }

    /// The same configuration with another lifetime.
    public PoolConfig withLifetime(Duration other) {
        return new PoolConfig(
                mode,
                noLocals,
                journal,
                rejournal,
                priceLimit,
                priceBump,
                accountSlots,
                globalSlots,
                accountQueue,
                globalQueue,
                other);
    }

    /// The same configuration with another first minimum tip and replacement bump.
    public PoolConfig withPrices(long limit, int bump) {
        return new PoolConfig(
                mode,
                noLocals,
                journal,
                rejournal,
                limit,
                bump,
                accountSlots,
                globalSlots,
                accountQueue,
                globalQueue,
                lifetime);
    }

    private static long atLeastOne(String name, long value, long fallback, List<String> warnings) {
        if (value >= 1) return value;
        warnings.add(warning(name, value, fallback));
        return fallback;
    }

    private static String warning(String name, Object value, Object replacement) {
        return "txpool.%s is %s, which is not allowed: using %s"
                .formatted(name, value, replacement);
    }
}
