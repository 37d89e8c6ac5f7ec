package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// Which validators look at which messages, and what their verdicts add up to.
///
/// A message is judged by the default validators, that of its exact mask, and those of each of its
/// slices, each once: a validator of a slice cannot be avoided by adding a bit. Registration and
/// judging may happen on different threads. The limits on how many run at once only refuse, they
/// never wait.
///
/// Source: router specification 1.8 and 8.
public final class ValidatorRegistry {
    /// What the verdicts of all validators add up to.
    public enum Outcome {
        /// All accept.
        ACCEPT,
        /// One rejects.
        REJECT,
        /// None rejects, and one ignores.
        IGNORE,
        /// None that ran rejects, and there was no room for one.
        THROTTLED
    }

    /// A validator and how it is to be run.
    ///
    /// @param inline whether it is cheap: it runs before others, and without needing room
    /// @param concurrency how many messages it looks at at once
    public record Registration(Validator validator, boolean inline, int concurrency) {
        /// Checks the concurrency.
        public Registration {
            if (concurrency < 1) {
                throw new IllegalArgumentException(
                        "concurrency is " + concurrency + ": it must be at least 1");
            }
        }
    }

    private static final class Entry {
        final Registration registration;
        final Semaphore room;

        Entry(Registration registration) {
            this.registration = registration;
            room = new Semaphore(registration.concurrency());
        }
    }

    private final Dialect dialect;
    private final Semaphore room;
    private final Consumer<? super RuntimeException> failures;
    private volatile List<Entry> defaults = List.of();
    private volatile Map<Mask, Entry> byMask = Map.of();

    /// An empty registry.
    ///
    /// @param throttle how many messages are looked at at once by validators that are not inline
    /// @param failures told of each exception a validator throws
    public ValidatorRegistry(
            Dialect dialect, int throttle, Consumer<? super RuntimeException> failures) {
        this.dialect = dialect;
        this.room = new Semaphore(throttle);
        this.failures = failures;
    }

    /// Adds a validator for all messages.
    public synchronized void registerDefault(Registration registration) {
        var more = new ArrayList<>(defaults);
        more.add(new Entry(registration));
        defaults = List.copyOf(more);
    }

    /// Sets the validator of a mask.
    ///
    /// @throws IllegalStateException if it has one
    public synchronized void register(Mask mask, Registration registration) {
        if (byMask.containsKey(mask)) {
            throw new IllegalStateException("mask %s: it has a validator".formatted(mask));
        }
        var more = new LinkedHashMap<>(byMask);
        more.put(mask, new Entry(registration));
        byMask = more;
    }

    /// Removes the validator of a mask.
    ///
    /// @throws IllegalStateException if it has none
    public synchronized void unregister(Mask mask) {
        if (!byMask.containsKey(mask)) {
            throw new IllegalStateException("mask %s: it has no validator".formatted(mask));
        }
        var fewer = new LinkedHashMap<>(byMask);
        fewer.remove(mask);
        byMask = fewer;
    }

    /// Whether any validator looks at messages on a mask.
    public boolean covers(Mask mask) {
        return !entries(mask).isEmpty();
    }

    private Set<Entry> entries(Mask mask) {
        Map<Mask, Entry> all = byMask;
        Set<Entry> entries = new LinkedHashSet<>(defaults);
        if (all.isEmpty()) return entries;
        add(entries, all.get(mask));
        if (dialect == Dialect.BLOSSOM) {
            for (Mask slice : mask.slices()) add(entries, all.get(slice));
        }
        return entries;
    }

    private static void add(Set<Entry> entries, @Nullable Entry entry) {
        if (entry != null) entries.add(entry);
    }

    /// Runs all validators of a message on the calling thread.
    ///
    /// First those that are inline, of which one that rejects ends everything and one that ignores
    /// does not; then, if there is room, the others.
    public Outcome judge(PeerId from, RpcMessage message) {
        var slow = new ArrayList<Entry>();
        boolean ignored = false;
        for (Entry entry : entries(message.mask())) {
            if (!entry.registration.inline()) {
                slow.add(entry);
                continue;
            }
            switch (run(entry, from, message)) {
                case REJECT -> {
                    return Outcome.REJECT;
                }
                case IGNORE -> ignored = true;
                case ACCEPT -> {}
            }
        }
        if (slow.isEmpty()) return ignored ? Outcome.IGNORE : Outcome.ACCEPT;
        if (!room.tryAcquire()) return Outcome.THROTTLED;
        try {
            Outcome outcome = judgeSlow(slow, from, message);
            return outcome == Outcome.ACCEPT && ignored ? Outcome.IGNORE : outcome;
        } finally {
            room.release();
        }
    }

    private Outcome judgeSlow(List<Entry> slow, PeerId from, RpcMessage message) {
        boolean ignored = false;
        boolean throttled = false;
        for (Entry entry : slow) {
            if (!entry.room.tryAcquire()) {
                throttled = true;
                continue;
            }
            try {
                switch (run(entry, from, message)) {
                    case REJECT -> {
                        return Outcome.REJECT;
                    }
                    case IGNORE -> ignored = true;
                    case ACCEPT -> {}
                }
            } finally {
                entry.room.release();
            }
        }
        if (throttled) return Outcome.THROTTLED;
        return ignored ? Outcome.IGNORE : Outcome.ACCEPT;
    }

    private Verdict run(Entry entry, PeerId from, RpcMessage message) {
        try {
            return entry.registration.validator().validate(from, message);
        } catch (RuntimeException e) {
            failures.accept(e);
            return Verdict.IGNORE; // the message is not to blame for it
        }
    }
}
