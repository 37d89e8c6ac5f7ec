package org.pollen.router;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What is to be published once there are peers to publish it to.
///
/// Source: router specification 9.6, publish with readiness.
final class WaitingPublications {
    /// How often it is looked whether the peers are there.
    static final long POLL_NANOS = Duration.ofMillis(200).toNanos();

    /// How many may wait.
    static final int MAX = 256;

    private static final class Entry implements WaitingPublication {
        final Mask mask;
        final byte[] payload;
        final PublishOptions options;
        final int peers;
        final long deadline;
        final Consumer<PublishResult> done;
        boolean waits = true;

        Entry(
                Mask mask,
                byte[] payload,
                PublishOptions options,
                int peers,
                long deadline,
                Consumer<PublishResult> done) {
            this.mask = mask;
            this.payload = payload;
            this.options = options;
            this.peers = peers;
            this.deadline = deadline;
            this.done = done;
        }

        @Override
        public boolean waits() {
            return waits;
        }

        @Override
        public void cancel() {
            if (waits) end(PublishResult.notReady("cancelled"));
        }

        void end(PublishResult result) {
            waits = false;
            done.accept(result);
        }
    }

    private final RouterState state;
    private List<Entry> entries = new ArrayList<>();
    private long pollAt;
    private long askedAt;

    WaitingPublications(RouterState state, long now) {
        this.state = state;
        this.pollAt = now;
        this.askedAt = now - Discovery.POLL_NANOS;
    }

    WaitingPublication add(
            Mask mask,
            byte[] payload,
            PublishOptions options,
            int peers,
            Duration patience,
            Consumer<PublishResult> done,
            long now) {
        var entry = new Entry(mask, payload, options, peers, now + patience.toNanos(), done);
        String refusal = state.publisher.refusal(mask);
        if (refusal != null) {
            entry.end(PublishResult.rejected(refusal));
        } else if (ready(entry)) {
            publish(entry, now);
        } else if (entries.removeIf(e -> !e.waits) || entries.size() < MAX) {
            if (entries.isEmpty()) pollAt = now + POLL_NANOS;
            entries.add(entry);
            ask(now);
        } else {
            entry.end(PublishResult.rejected(MAX + " publications wait for peers already"));
        }
        return entry;
    }

    private boolean ready(Entry entry) {
        return state.targets.ready(entry.mask, entry.peers);
    }

    private void publish(Entry entry, long now) {
        entry.end(state.publisher.publish(entry.mask, entry.payload, entry.options, now));
    }

    private void ask(long now) {
        if (now - askedAt < Discovery.POLL_NANOS) return;
        askedAt = now;
        for (Entry entry : entries) state.discovery.find(entry.mask);
    }

    void tick(long now) {
        if (entries.isEmpty() || now - pollAt < 0) return;
        pollAt = now + POLL_NANOS;
        List<Entry> before = entries;
        entries = new ArrayList<>();
        for (Entry entry : before) {
            if (!entry.waits) continue;
            if (ready(entry)) publish(entry, now);
            else if (now - entry.deadline >= 0) entry.end(PublishResult.notReady("too few peers"));
            else entries.add(entry);
        }
        ask(now);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /// When it is to be looked at again.
    long nextAt(long otherwise) {
        return !entries.isEmpty() && pollAt - otherwise < 0 ? pollAt : otherwise;
    }
}
