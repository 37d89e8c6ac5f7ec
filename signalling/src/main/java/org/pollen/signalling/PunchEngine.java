package org.pollen.signalling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.signalling.PunchAttempt.Group;
import org.pollen.signalling.PunchAttempt.State;
import org.pollen.signalling.PunchAttempt.Target;

/// Reaches peers at the addresses this node knows of them by itself, never at one that a message
/// names.
///
/// One attempt a peer, one task an address, few an IP, and never more bytes toward an address where
/// nobody was met than the request had: who asks cannot make this node a weapon.
///
/// Source: A8.
public final class PunchEngine {
    static final long RESOLVE_NANOS = 1_500_000_000L;
    static final long UNKNOWN_NANOS = 30_000_000_000L;
    static final int NEIGHBOURS = 3;
    private static final long BACKOFF_NANOS = 5_000_000_000L;
    private static final long BACKOFF_MAX_NANOS = 300_000_000_000L;
    private static final long RECENT_NANOS = 60_000_000_000L;

    private static final int ASKERS_MAX = 64;

    /// Hears how attempts end.
    interface Listener {
        void ended(PunchAttempt attempt, SignalCode result);
    }

    private record Backoff(int failures, long until) {}

    private final Shared shared;
    private final Listener listener;
    private final KeyedBuckets<IpKey> verifiedIps;
    private final KeyedBuckets<IpKey> unverifiedIps;
    private final IpPermits<Group> permits;
    private final Map<PeerId, PunchAttempt> attempts = new LinkedHashMap<>();
    private final Map<Long, Group> dials = new LinkedHashMap<>();
    private final Map<PeerId, Long> unknown = new LinkedHashMap<>();
    private final Map<PeerId, Backoff> backoffs = new LinkedHashMap<>();
    private final Map<IpKey, ArrayDeque<Long>> recent = new LinkedHashMap<>();
    private long nextDial;

    PunchEngine(Shared shared, Listener listener, Instants now) {
        this.shared = shared;
        this.listener = listener;
        verifiedIps = shared.buckets("punch.ip.verified", now);
        unverifiedIps = shared.buckets("punch.ip.unverified", now);
        permits = new IpPermits<>(shared.config().maxPerIp(), shared.config().ipWaiters());
    }

    /// Asks for a connection.
    ///
    /// @param initiator whether this node asked the other; else the other asked
    /// @param relay who passed the request on; null if nobody did
    /// @param expiresAt nanoseconds until which it may wait for a permit
    /// @param bytesIn of the frame that asked: no more go to where nobody was met
    /// @return [SignalCode#ACCEPTED] if it is under way, else why not
    SignalCode request(
            PeerId peer,
            RequestId id,
            boolean initiator,
            @Nullable PeerId relay,
            long expiresAt,
            int bytesIn,
            Instants now) {
        PunchAttempt active = attempts.get(peer);
        if (active != null) {
            if (active.askers.size() < ASKERS_MAX) {
                active.askers.add(new PunchAttempt.Asker(id, relay));
            }
            return SignalCode.ACCEPTED;
        }
        Backoff backoff = backoffs.get(peer);
        if (backoff != null && backoff.until - now.nanos() > 0) return SignalCode.RATE_LIMITED;
        if (attempts.size() >= shared.config().maxActive()) return SignalCode.OVERLOADED;
        var attempt = new PunchAttempt(peer, initiator, relay, expiresAt, bytesIn);
        attempt.askers.add(new PunchAttempt.Asker(id, relay));
        attempts.put(peer, attempt);
        resolve(attempt, now);
        return SignalCode.ACCEPTED;
    }

    // Addresses.

    private void resolve(PunchAttempt attempt, Instants now) {
        if (knows(attempt.peer, now)) {
            begin(attempt, now);
            return;
        }
        Long since = unknown.get(attempt.peer);
        if (since != null && now.nanos() - since < UNKNOWN_NANOS) {
            finish(attempt, SignalCode.NO_ADDRESS, now);
            return;
        }
        List<PeerId> neighbours = Nearest.to(attempt.peer, shared.links().signallers(), NEIGHBOURS);
        attempt.resolveUntil = now.nanos() + RESOLVE_NANOS;
        attempt.queries = neighbours.size();
        for (PeerId neighbour : neighbours) shared.output().query(neighbour, attempt.peer);
        if (neighbours.isEmpty()) nobodyKnows(attempt, now);
    }

    private boolean knows(PeerId peer, Instants now) {
        return shared.book().certified(peer) != null
                || !shared.book().met(peer, now.epochMillis()).isEmpty();
    }

    private void nobodyKnows(PunchAttempt attempt, Instants now) {
        bound(unknown);
        unknown.put(attempt.peer, now.nanos());
        finish(attempt, SignalCode.NO_ADDRESS, now);
    }

    /// A neighbour's answer: a signed record, or nothing. What it says without a signature of the
    /// peer in question is not used.
    void onRecord(PeerId about, byte @Nullable [] envelope, Instants now) {
        PunchAttempt attempt = attempts.get(about);
        if (attempt == null || attempt.state != State.RESOLVING) return;
        attempt.queries--;
        PeerRecord record = envelope == null ? null : certified(about, envelope);
        if (record != null) {
            shared.book().learned(record);
            begin(attempt, now);
        } else if (attempt.queries <= 0) {
            nobodyKnows(attempt, now);
        }
    }

    private static @Nullable PeerRecord certified(PeerId about, byte[] envelope) {
        try {
            PeerRecord record = PeerRecord.fromSignedEnvelope(envelope);
            return record.peerId().equals(about) ? record : null;
        } catch (MalformedException _) {
            return null;
        }
    }

    private List<PunchAddress> addresses(PunchAttempt attempt, Instants now) {
        PeerRecord record = shared.book().certified(attempt.peer);
        List<Multiaddr> certified = record == null ? List.of() : record.addresses();
        PeerId relay = attempt.relay;
        return AddressFilter.filter(
                shared.book().met(attempt.peer, now.epochMillis()),
                certified,
                shared.links().listenAddresses(),
                relay == null ? null : shared.links().remoteIp(relay),
                shared.config());
    }

    // Permits.

    private void begin(PunchAttempt attempt, Instants now) {
        attempt.state = State.WAITING_PERMIT;
        for (PunchAddress address : addresses(attempt, now)) {
            if (taken(address)) attempt.why = SignalCode.IP_BUSY;
            else group(attempt, address).targets.add(new Target(address));
        }
        if (attempt.groups.isEmpty() && attempt.why == SignalCode.PUNCH_FAILED) {
            attempt.why = SignalCode.NO_ADDRESS;
        }
        for (Group group : List.copyOf(attempt.groups)) {
            switch (permits.acquire(group.key, group)) {
                case HELD -> {
                    group.holds = true;
                    start(group, now);
                }
                case WAITING -> group.waiting = true;
                case BUSY -> attempt.why = SignalCode.IP_BUSY;
            }
        }
        finishIfEnded(attempt, now);
    }

    private static Group group(PunchAttempt attempt, PunchAddress address) {
        for (Group group : attempt.groups) {
            if (group.verified == address.verified() && group.key.equals(address.key())) {
                return group;
            }
        }
        var group = new Group(attempt, address.key(), address.verified());
        attempt.groups.add(group);
        return group;
    }

    private boolean taken(PunchAddress address) {
        for (PunchAttempt attempt : attempts.values()) {
            for (Group group : attempt.groups) {
                if (group.ended()) continue;
                for (Target target : group.targets) {
                    if (target.address.sameEndpoint(address)) return true;
                }
            }
        }
        return false;
    }

    /// With a permit: the IP is charged now, not while it was waited for.
    private void start(Group group, Instants now) {
        group.waiting = false;
        KeyedBuckets<IpKey> buckets = group.verified ? verifiedIps : unverifiedIps;
        if (!buckets.tryConsume(group.key, now.nanos())) {
            group.attempt.why = SignalCode.RATE_LIMITED;
            release(group, now);
            return;
        }
        note(group.key, now.nanos());
        group.attempt.state = State.PUNCHING;
        for (Target target : group.targets) {
            target.startedAt = now.nanos();
            target.steps =
                    connects(group, target)
                            ? PunchSchedule.connects(group.verified)
                            : PunchSchedule.datagrams(group.verified, shared.random());
        }
        advance(group, now);
    }

    /// A responder opens its NAT for QUIC with datagrams; who initiates dials.
    private static boolean connects(Group group, Target target) {
        return !target.address.quic() || group.attempt.initiator;
    }

    private void release(Group group, Instants now) {
        for (Target target : group.targets) hangUp(target);
        group.holds = false;
        Group next = permits.release(group.key);
        if (next == null) return;
        next.holds = true;
        start(next, now);
        finishIfEnded(next.attempt, now);
    }

    private void hangUp(Target target) {
        if (target.dial < 0) return;
        dials.remove(target.dial);
        shared.output().cancelDial(target.dial);
        target.dial = -1;
    }

    // Packets.

    private void advance(Group group, Instants now) {
        boolean over = true;
        for (Target target : group.targets) {
            while (!group.attempt.exhausted
                    && target.step < target.steps.length
                    && target.dueAt(false) - now.nanos() <= 0) {
                send(group, target);
            }
            boolean waits = group.attempt.exhausted ? target.dial < 0 : target.steps.length == 0;
            over &= waits || target.over(now.nanos());
        }
        if (over) release(group, now);
    }

    private void send(Group group, Target target) {
        int step = target.step++;
        PunchAttempt attempt = group.attempt;
        PunchAddress address = target.address;
        if (connects(group, target)) {
            long timeout = PunchSchedule.timeoutMillis(group.verified, step);
            int bytes = PunchSchedule.connectBytes(address.quic(), timeout);
            if (!attempt.spend(group.verified, bytes)) return;
            shared.metrics().punchBytesOut += bytes;
            hangUp(target);
            target.dial = nextDial++;
            dials.put(target.dial, group);
            shared.output().dial(target.dial, attempt.peer, address, timeout, attempt.initiator);
        } else {
            int size = PunchSchedule.datagramBytes(group.verified, shared.random());
            if (!attempt.spend(group.verified, size + PunchSchedule.DATAGRAM_OVERHEAD)) return;
            shared.metrics().punchBytesOut += size + PunchSchedule.DATAGRAM_OVERHEAD;
            shared.output().datagram(address, shared.randomBytes(size));
        }
    }

    /// A dial got through and its peer said who it is.
    ///
    /// @param ephemeral whether another port than the listen port had to be used
    void onDialed(long dial, PeerId actual, boolean ephemeral, Instants now) {
        Group group = dials.get(dial);
        if (group == null) {
            shared.output().cancelDial(dial); // too late
            return;
        }
        if (ephemeral) shared.metrics().ephemeralPorts++;
        if (!actual.equals(group.attempt.peer)) {
            shared.metrics().identityMismatches++;
            for (Target target : group.targets) if (target.dial == dial) hangUp(target);
            return;
        }
        for (Target target : group.targets) {
            if (target.dial == dial) target.dial = -1; // keep it
        }
        dials.remove(dial);
        finish(group.attempt, SignalCode.PUNCH_OK, now);
    }

    /// A dial came to nothing; the schedule goes on.
    void onDialFailed(long dial, Instants now) {
        Group group = dials.remove(dial);
        if (group == null) return;
        for (Target target : group.targets) if (target.dial == dial) target.dial = -1;
        if (!group.attempt.exhausted) return;
        advance(group, now);
        finishIfEnded(group.attempt, now);
    }

    /// An attempt came too early: it ends without a result, and the next need not wait.
    void cancel(PeerId peer, Instants now) {
        PunchAttempt attempt = attempts.remove(peer);
        if (attempt != null) end(attempt, now);
    }

    /// There is a direct connection now, whoever made it.
    void onDirect(PeerId peer, Instants now) {
        PunchAttempt attempt = attempts.get(peer);
        if (attempt != null) finish(attempt, SignalCode.PUNCH_OK, now);
    }

    // The end.

    private void finishIfEnded(PunchAttempt attempt, Instants now) {
        if (attempts.get(attempt.peer) == attempt
                && attempt.state != State.RESOLVING
                && attempt.ended()) {
            finish(attempt, attempt.why, now);
        }
    }

    private void finish(PunchAttempt attempt, SignalCode result, Instants now) {
        attempts.remove(attempt.peer);
        end(attempt, now);
        shared.metrics().punches[result.number()]++;
        if (result == SignalCode.PUNCH_OK) {
            backoffs.remove(attempt.peer);
            if (attempt.relay != null) {
                shared.standing().note(attempt.relay, Standing.Deed.PUNCH_OK, now.nanos());
            }
        } else if (result == SignalCode.PUNCH_FAILED || result == SignalCode.BUDGET_EXHAUSTED) {
            backOff(attempt.peer, now.nanos());
        }
        listener.ended(attempt, result);
    }

    /// First nobody of it waits, or it would get its own permits.
    private void end(PunchAttempt attempt, Instants now) {
        leave(attempt);
        for (Group group : attempt.groups) if (group.holds) release(group, now);
    }

    private void leave(PunchAttempt attempt) {
        for (Group group : attempt.groups) {
            if (group.waiting) permits.leave(group.key, group);
            group.waiting = false;
        }
    }

    private void backOff(PeerId peer, long nowNanos) {
        Backoff last = backoffs.remove(peer);
        int failures = last == null ? 0 : Math.min(last.failures + 1, 10);
        long wait = Math.min(BACKOFF_MAX_NANOS, BACKOFF_NANOS << failures);
        bound(backoffs);
        backoffs.put(peer, new Backoff(failures, nowNanos + wait));
    }

    private <K, V> void bound(Map<K, V> map) {
        if (map.size() >= shared.config().tableEntries()) {
            map.remove(map.keySet().iterator().next());
        }
    }

    /// What is due.
    void onTick(Instants now) {
        for (PunchAttempt attempt : new ArrayList<>(attempts.values())) {
            if (attempts.get(attempt.peer) != attempt) continue; // ended meanwhile
            if (attempt.state == State.RESOLVING) {
                if (attempt.resolveUntil - now.nanos() <= 0) nobodyKnows(attempt, now);
                continue;
            }
            for (Group group : attempt.groups) {
                if (group.waiting && attempt.expiresAt - now.nanos() <= 0) {
                    permits.leave(group.key, group);
                    group.waiting = false;
                    attempt.why = SignalCode.IP_BUSY;
                } else if (group.holds) {
                    advance(group, now);
                }
            }
            finishIfEnded(attempt, now);
        }
    }

    /// When [#onTick] is next needed, in nanoseconds; the largest number for never.
    long nextTickAt() {
        long next = Long.MAX_VALUE;
        for (PunchAttempt attempt : attempts.values()) {
            if (attempt.state == State.RESOLVING) next = Math.min(next, attempt.resolveUntil);
            for (Group group : attempt.groups) {
                if (group.waiting) next = Math.min(next, attempt.expiresAt);
                if (!group.holds) continue;
                for (Target target : group.targets)
                    next = Math.min(next, target.dueAt(attempt.exhausted));
            }
        }
        return next;
    }

    /// Ends all attempts without a result.
    void stop(Instants now) {
        attempts.values().forEach(this::leave);
        for (PunchAttempt attempt : new ArrayList<>(attempts.values())) {
            attempts.remove(attempt.peer);
            end(attempt, now);
        }
        unknown.clear();
        backoffs.clear();
        recent.clear();
    }

    // What others ask.

    private void note(IpKey key, long nowNanos) {
        ArrayDeque<Long> times = recent.get(key);
        if (times == null) {
            bound(recent);
            times = new ArrayDeque<>();
            recent.put(key, times);
        }
        times.addLast(nowNanos);
    }

    /// Punches of the last minute toward the busiest IP this node knows of a peer, without asking
    /// anybody.
    int recentPunches(PeerId peer, Instants now) {
        int most = 0;
        var ips = new ArrayList<>(shared.book().met(peer, now.epochMillis()));
        PeerRecord record = shared.book().certified(peer);
        if (record != null) ips.addAll(record.addresses());
        for (Multiaddr address : ips) {
            if (address.ip().isEmpty()) continue;
            IpKey key = IpKey.of(address.ip().get());
            ArrayDeque<Long> times = recent.get(key);
            if (times == null) continue;
            while (!times.isEmpty() && now.nanos() - times.getFirst() >= RECENT_NANOS) {
                times.removeFirst();
            }
            most = Math.max(most, times.size());
            if (times.isEmpty()) recent.remove(key);
        }
        return most;
    }

    /// Attempts under way.
    public int active() {
        return attempts.size();
    }

    /// Attempts that wait for a permit.
    public int waiting() {
        return permits.waiting();
    }

    /// All that is kept for attempts: nothing when nothing is under way.
    int held() {
        return attempts.size() + dials.size() + permits.size();
    }
}
