package org.pollen.router;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The messages of the last heartbeats, kept to answer IWANT and to advertise in IHAVE.
///
/// A ring of windows; each heartbeat [#shift] opens a new one and drops the oldest with its
/// messages. A message is stored once, in a slot found by the 128-bit key of its id; a window lists
/// its slots in order of insertion and chains those of each key (a topic, or the handle of a
/// composite mask). Invariant: the stored messages are exactly those the windows list. Nothing is
/// allocated once the arrays have grown, except a counter array for a message that is asked for.
///
/// Source: router specification 7.2.
public final class MessageCache {
    private static final int NONE = -1;
    private static final int FIRST_SLOTS = 8;
    private static final int[] NO_SLOTS = {};

    private final int gossipWindows;
    private final long bytesMax;
    private final Window[] windows;
    private int newest; // index into windows; the one before it (cyclically) is the next older

    private final KeyTable slotOfId = new KeyTable();
    private @Nullable RpcMessage[] messages = new @Nullable RpcMessage[FIRST_SLOTS];
    private int[] keys = new int[FIRST_SLOTS];
    private int[] nextOfKey = new int[FIRST_SLOTS]; // chain within a window, in order of insertion
    private int[] @Nullable [] copies =
            new int[FIRST_SLOTS] @Nullable []; // peer, count, peer, count...
    private int[] free = new int[FIRST_SLOTS];
    private int freeCount;
    private int slots;
    private long bytes;
    private long overflows;

    /// An empty cache.
    ///
    /// @param gossipWindows how many of the newest windows are advertised
    /// @param historyWindows how many windows there are
    /// @param bytesMax encoded bytes of all messages; the oldest windows are emptied early to hold
    ///   it
    public MessageCache(int gossipWindows, int historyWindows, long bytesMax) {
        if (gossipWindows < 0 || gossipWindows > historyWindows || historyWindows < 1) {
            throw new IllegalArgumentException(
                    "message cache of %d windows, %d advertised: 0 <= advertised <= windows, and at least one window"
                            .formatted(historyWindows, gossipWindows));
        }
        this.gossipWindows = gossipWindows;
        this.bytesMax = bytesMax;
        windows = new Window[historyWindows];
        Arrays.setAll(windows, _ -> new Window());
    }

    /// Stores a message in the newest window; does nothing if its id is stored already.
    ///
    /// @param key the topic handle or composite mask handle it is advertised under
    /// @return whether it is new and was stored (a message that does not fit into an otherwise
    ///   empty cache is not)
    public boolean put(RpcMessage message, int key) {
        if (slotOfId.contains(message.idHi(), message.idLo())) return false;
        if (!makeRoom(message.encodedLength())) return false;
        int slot = freeCount > 0 ? free[--freeCount] : newSlot();
        messages[slot] = message;
        keys[slot] = key;
        nextOfKey[slot] = NONE;
        slotOfId.put(message.idHi(), message.idLo(), slot);
        bytes += message.encodedLength();
        Window window = windows[newest];
        window.append(slot);
        int last = window.chainEnd(key, slot);
        if (last != NONE) nextOfKey[last] = slot;
        return true;
    }

    /// The message with an id, or null.
    public @Nullable RpcMessage get(long hi, long lo) {
        long slot = slotOfId.get(hi, lo);
        return slot == KeyTable.ABSENT ? null : messages[(int) slot];
    }

    /// The key a message is stored under, or -1.
    public int keyOf(long hi, long lo) {
        long slot = slotOfId.get(hi, lo);
        return slot == KeyTable.ABSENT ? NONE : keys[(int) slot];
    }

    /// Counts that a peer asks for a message.
    ///
    /// @return how often it has asked for it, this time included; 0 if the message is not here
    public int countRequest(int peer, long hi, long lo) {
        long found = slotOfId.get(hi, lo);
        if (found == KeyTable.ABSENT) return 0;
        int slot = (int) found;
        int[] pairs = copies[slot];
        int end = 0;
        if (pairs == null) {
            pairs = new int[8];
        } else {
            for (; end < pairs.length && pairs[end + 1] != 0; end += 2) {
                if (pairs[end] == peer) return ++pairs[end + 1];
            }
            if (end == pairs.length) pairs = Arrays.copyOf(pairs, end * 2);
        }
        copies[slot] = pairs;
        pairs[end] = peer;
        pairs[end + 1] = 1;
        return 1;
    }

    /// Forgets how often a peer has asked for what, for a handle that is about to name another
    /// peer.
    public void forgetRequests(int peer) {
        for (int slot = 0; slot < slots; slot++) {
            int[] pairs = copies[slot];
            if (pairs == null) continue;
            for (int i = 0; i < pairs.length; i += 2) {
                if (pairs[i] == peer && pairs[i + 1] != 0) pairs[i] = NONE;
            }
        }
    }

    /// Appends the messages of a key that are to be advertised: newest window first, in order of
    /// insertion within each.
    public void gossip(int key, List<? super RpcMessage> out) {
        for (int age = 0; age < gossipWindows; age++) {
            for (int slot = window(age).chainStart(key); slot != NONE; slot = nextOfKey[slot]) {
                RpcMessage message = Objects.requireNonNull(messages[slot]);
                out.add(message);
            }
        }
    }

    /// The keys that have messages to be advertised, in order of their first appearance, newest
    /// window first.
    public int[] gossipKeys() {
        if (size() == 0) return NO_SLOTS;
        var found = new int[16];
        int count = 0;
        var seen = new KeyTable();
        for (int age = 0; age < gossipWindows; age++) {
            Window window = window(age);
            for (int i = 0; i < window.size; i++) {
                int key = keys[window.slots[i]];
                if (seen.put(key, mix(key), 1) != KeyTable.ABSENT) continue;
                if (count == found.length) found = Arrays.copyOf(found, count * 2);
                found[count++] = key;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /// Drops the oldest window with its messages and opens a new one.
    public void shift() {
        newest = (newest + 1) % windows.length;
        empty(windows[newest]);
    }

    /// How many messages are stored.
    public int size() {
        return slotOfId.size();
    }

    /// Encoded bytes of all stored messages.
    public long bytes() {
        return bytes;
    }

    /// How often the limit in bytes dropped a window early, or refused a message.
    public long overflows() {
        return overflows;
    }

    private boolean makeRoom(int length) {
        if (bytes + length <= bytesMax) return true;
        overflows++;
        for (int age = windows.length - 1; age > 0 && bytes + length > bytesMax; age--) {
            empty(window(age));
        }
        return bytes + length <= bytesMax;
    }

    private Window window(int age) {
        return windows[Math.floorMod(newest - age, windows.length)];
    }

    private void empty(Window window) {
        for (int i = 0; i < window.size; i++) {
            int slot = window.slots[i];
            RpcMessage message = Objects.requireNonNull(messages[slot]);
            slotOfId.remove(message.idHi(), message.idLo());
            bytes -= message.encodedLength();
            messages[slot] = null;
            copies[slot] = null;
            if (freeCount == free.length) free = Arrays.copyOf(free, freeCount * 2);
            free[freeCount++] = slot;
        }
        window.clear();
    }

    private int newSlot() {
        if (slots == messages.length) {
            messages = Arrays.copyOf(messages, slots * 2);
            keys = Arrays.copyOf(keys, slots * 2);
            nextOfKey = Arrays.copyOf(nextOfKey, slots * 2);
            copies = Arrays.copyOf(copies, slots * 2);
        }
        return slots++;
    }

    /// Handles are small numbers: spread them over a table that takes low bits as they come.
    private static long mix(long key) {
        long h = (key + 1) * 0x9e3779b97f4a7c15L;
        return h ^ (h >>> 32);
    }

    private static final class Window {
        private int[] slots = NO_SLOTS;
        private int size;
        private final KeyTable chains = new KeyTable(); // key -> first slot << 32 | last slot

        void append(int slot) {
            if (size == slots.length) slots = Arrays.copyOf(slots, Math.max(8, size * 2));
            slots[size++] = slot;
        }

        /// Makes a slot the end of the chain of its key.
        ///
        /// @return the former end, or -1
        int chainEnd(int key, int slot) {
            long lo = mix(key);
            long chain = chains.get(key, lo);
            long first = chain == KeyTable.ABSENT ? slot : chain >>> 32;
            chains.put(key, lo, (first << 32) | slot);
            return chain == KeyTable.ABSENT ? NONE : (int) chain;
        }

        int chainStart(int key) {
            long chain = chains.get(key, mix(key));
            return chain == KeyTable.ABSENT ? NONE : (int) (chain >>> 32);
        }

        void clear() {
            size = 0;
            chains.clear();
        }
    }
}
