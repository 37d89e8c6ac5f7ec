package org.pollen.signalling;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pollen.peer.PeerId;

/// What peers did wrong in signalling, as a score that fades, and who is banned for it.
///
/// Source: A10; A4.4 for equivocation.
public final class Standing {
    /// What it costs, or earns.
    enum Deed {
        FORGED_REQUEST(-20),
        FORGED_RELAY(-20),
        RELAY_MISMATCH(-10),
        REPLAY(-5),
        EQUIVOCATION(-50),
        MALFORMED(-2),
        TEN_RATE_LIMITED(-1),
        PUNCH_OK(1);

        final double points;

        Deed(double points) {
            this.points = points;
        }
    }

    static final double BANNED_AT = -40;
    static final long BAN_NANOS = 600_000_000_000L;
    private static final long DECAY_NANOS = 60_000_000_000L;
    private static final double DECAY = 0.9;
    private static final double EARNED_MAX = 10;

    private static final class Account {
        double score;
        long decayedAt;
        int limited;
        boolean banned;
        long bannedUntil;
    }

    private final int entriesMax;
    private final Map<PeerId, Account> records = new LinkedHashMap<>();

    Standing(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    /// A peer's score, for the application's part of its gossip score (P5); 0 for who did nothing.
    public double score(PeerId peer, long nowNanos) {
        Account record = records.get(peer);
        return record == null ? 0 : decayed(record, nowNanos);
    }

    /// Whether nothing of a peer is taken.
    public boolean banned(PeerId peer, long nowNanos) {
        Account record = records.get(peer);
        return record != null && record.banned && record.bannedUntil - nowNanos > 0;
    }

    /// Peers that anything is known of.
    public int size() {
        return records.size();
    }

    void limited(PeerId peer, long nowNanos) {
        Account record = account(peer, nowNanos);
        if (++record.limited < 10) return;
        record.limited = 0;
        note(peer, Deed.TEN_RATE_LIMITED, nowNanos);
    }

    void note(PeerId peer, Deed deed, long nowNanos) {
        Account record = account(peer, nowNanos);
        record.score = Math.min(EARNED_MAX, decayed(record, nowNanos) + deed.points);
        record.decayedAt = nowNanos;
        if (record.score > BANNED_AT && deed != Deed.EQUIVOCATION) return;
        record.banned = true;
        record.bannedUntil = nowNanos + BAN_NANOS;
    }

    private static double decayed(Account record, long nowNanos) {
        long elapsed = nowNanos - record.decayedAt;
        if (elapsed <= 0) return record.score;
        double score = record.score * Math.pow(DECAY, (double) elapsed / (double) DECAY_NANOS);
        return Math.abs(score) < 0.01 ? 0 : score;
    }

    /// Full, it forgets the oldest that is not banned; if all are, the oldest.
    private Account account(PeerId peer, long nowNanos) {
        Account known = records.get(peer);
        if (known != null) return known;
        if (records.size() >= entriesMax) {
            Iterator<Account> oldest = records.values().iterator();
            boolean removed = false;
            for (int i = 0; i < 64 && oldest.hasNext() && !removed; i++) {
                Account record = oldest.next();
                if (record.banned && record.bannedUntil - nowNanos > 0) continue;
                oldest.remove();
                removed = true;
            }
            if (!removed) records.remove(records.keySet().iterator().next());
        }
        var fresh = new Account();
        fresh.decayedAt = nowNanos;
        records.put(peer, fresh);
        return fresh;
    }
}
