package org.pollen.router;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.pollen.peer.PeerId;

/// When our stream to a peer that lost it may be opened again: at once, then after pauses that
/// double, and after too many attempts not at all until the peer was quiet for a while.
///
/// The history of a peer outlives its connections, so that one whose streams die at once cannot
/// have us open them forever by connecting anew. One thread.
///
/// Source: router specification row C122.
public final class StreamBackoff {
    /// The first pause but none, and the part of each pause that chance adds at most.
    public static final Duration PAUSE_MIN = Duration.ofMillis(100);

    /// The longest pause.
    public static final Duration PAUSE_MAX = Duration.ofSeconds(10);

    /// How long a peer has to be quiet to be forgotten.
    public static final Duration FORGET = Duration.ofMinutes(10);

    private static final int PEERS_MAX = 16_384;

    private static final class History {
        long pause;
        long last;
        int attempts;
    }

    private final Map<PeerId, History> histories = new LinkedHashMap<>();
    private final RandomGenerator random;
    private final int attemptsMax;

    /// @param attemptsMax how often a stream is opened again, at least 1
    public StreamBackoff(int attemptsMax, RandomGenerator random) {
        if (attemptsMax < 1) {
            throw new IllegalArgumentException(
                    "attemptsMax is " + attemptsMax + ": it must be at least 1");
        }
        this.attemptsMax = attemptsMax;
        this.random = random;
    }

    /// Counts one more attempt.
    ///
    /// @return the pause before it in nanoseconds, or empty if there were too many
    public OptionalLong next(PeerId peer, long now) {
        History history = histories.get(peer);
        if (history == null || now - history.last > FORGET.toNanos()) {
            if (history == null && histories.size() >= PEERS_MAX) dropEldest();
            history = new History();
        } else if (history.attempts >= attemptsMax) {
            return OptionalLong.empty();
        } else {
            history.pause = longer(history.pause);
        }
        histories.remove(peer);
        histories.put(peer, history); // in order of use, so that the eldest is first
        history.attempts++;
        history.last = now;
        return OptionalLong.of(history.pause);
    }

    private long longer(long pause) {
        if (pause < PAUSE_MIN.toNanos()) return PAUSE_MIN.toNanos();
        long jitter = Duration.ofMillis(random.nextInt(100)).toNanos();
        return Math.min(2 * pause + jitter, PAUSE_MAX.toNanos());
    }

    private void dropEldest() {
        Iterator<PeerId> eldest = histories.keySet().iterator();
        eldest.next();
        eldest.remove();
    }

    /// Forgets the peers that were quiet.
    public void sweep(long now) {
        histories.values().removeIf(history -> now - history.last > FORGET.toNanos());
    }

    /// How many peers are remembered.
    public int size() {
        return histories.size();
    }
}
