package org.pollen.router;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// Protects against replay: of each author only messages with a higher sequence number than all
/// before are accepted.
///
/// A validator for the workers: any thread may use it.
///
/// Source: router specification 8; go-libp2p-pubsub, basic sequence number validator (which crashes
/// on numbers of 1 to 7 bytes: this one rejects them).
public final class SequenceNumberValidator {
    /// Where the highest number of each author is kept; used under the validator's lock, or before
    /// it only to read.
    public interface Store {
        /// The highest number so far, or null.
        @Nullable Long get(PeerId author);

        /// Remembers a higher number.
        void put(PeerId author, long seqno);
    }

    private final Store store;
    private final Object lock = new Object();

    /// A validator over a store.
    public SequenceNumberValidator(Store store) {
        this.store = store;
    }

    /// A store in memory that forgets the author heard longest ago when it is full: from then on
    /// that author can be replayed once.
    public static Store inMemory(int authorsMax) {
        return new Memory(authorsMax);
    }

    /// Judges a message by author and sequence number.
    public Verdict validate(MessageFields message) {
        if (message.length(MessageFields.SEQNO) != 8 || !message.has(MessageFields.FROM))
            return Verdict.REJECT;
        PeerId author;
        try {
            author =
                    PeerId.fromBytes(
                            message.array(),
                            message.offset(MessageFields.FROM),
                            message.length(MessageFields.FROM));
        } catch (MalformedException _) {
            return Verdict.REJECT;
        }
        long seqno =
                Long.reverseBytes(
                        Bytes.longAt(message.array(), message.offset(MessageFields.SEQNO)));
        if (!isHigher(seqno, author))
            return Verdict.IGNORE; // most replays end here, without the lock
        synchronized (lock) {
            if (!isHigher(seqno, author)) return Verdict.IGNORE;
            store.put(author, seqno);
            return Verdict.ACCEPT;
        }
    }

    private boolean isHigher(long seqno, PeerId author) {
        Long highest = store.get(author);
        return highest == null || Long.compareUnsigned(seqno, highest) > 0;
    }

    private static final class Memory implements Store {
        private final Map<PeerId, Long> highest;

        Memory(int authorsMax) {
            highest =
                    new LinkedHashMap<>(16, .75f, true) {
                        private static final long serialVersionUID = 1;

                        @Override
                        protected boolean removeEldestEntry(Map.Entry<PeerId, Long> eldest) {
                            return size() > authorsMax;
                        }
                    };
        }

        @Override
        public synchronized @Nullable Long get(PeerId author) {
            return highest.get(author);
        }

        @Override
        public synchronized void put(PeerId author, long seqno) {
            highest.put(author, seqno);
        }
    }
}
