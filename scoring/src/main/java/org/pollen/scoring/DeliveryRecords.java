package org.pollen.scoring;

import java.util.Arrays;

/// Who sent which message, for as long as copies of it may arrive.
///
/// A record is a row of a ring of parallel arrays; as all records live equally long, the ring is in
/// the order of expiry, and the oldest are dropped from its head. A row is found by the 128-bit
/// hash of the message id through an open-addressing table of row numbers, with linear probing and
/// backward shift on removal, so that it never fills with tombstones. The peers of a record are a
/// chain of blocks of an array that all records share.
///
/// Nothing is allocated except to grow. The hash must be keyed if strangers choose the ids: whoever
/// can make equal low bits can make long probe sequences.
final class DeliveryRecords {
    static final byte UNKNOWN = 0;
    static final byte VALID = 1;
    static final byte INVALID = 2;
    static final byte IGNORED = 3;
    static final byte THROTTLED = 4;

    private static final int NONE = -1;
    private static final long FREE = -1;
    private static final int START = 16;

    /// The first int of a block is the next block or [#NONE].
    private static final int BLOCK = 8;

    private int rowsMax = Integer.MAX_VALUE;
    private long lifeNanos = Nanos.FOREVER;

    // The ring; row of sequence number s is s & mask.
    private long[] high = new long[START];
    private long[] low = new long[START];
    private long[] createdAt = new long[START];
    private long[] validatedAt = new long[START];
    private byte[] status = new byte[START];
    private int[] blocks = new int[START];
    private int[] counts = new int[START];
    private long head;
    private long tail;

    // Rows by hash, at most half full: the hash above, the row below, FREE where there is none.
    // With
    // the hash in it, probing never touches the rows of others, which are cold.
    private long[] table = new long[2 * START];

    private int[] chain = {};
    private int freeBlock = NONE;
    private long evicted;

    DeliveryRecords() {
        Arrays.fill(table, FREE);
    }

    /// Sets the limits. A larger number of records than allowed shrinks as they expire.
    void configure(int countMax, long life) {
        rowsMax = countMax;
        lifeNanos = life;
    }

    int size() {
        return (int) (tail - head);
    }

    /// How many records had to go before their time.
    long evicted() {
        return evicted;
    }

    /// The room for peers, in use or free.
    int chainLength() {
        return chain.length;
    }

    /// The row of a message, or -1.
    int find(long hi, long lo) {
        int mask = table.length - 1;
        int hash = hash(hi, lo);
        int i = hash & mask;
        for (long entry; (entry = table[i]) != FREE; i = (i + 1) & mask) {
            int row = (int) entry;
            if ((int) (entry >>> 32) == hash && low[row] == lo && high[row] == hi) return row;
        }
        return NONE;
    }

    /// The row of a message, made if there is none.
    int findOrCreate(long hi, long lo, long now) {
        int row = find(hi, lo);
        return row >= 0 ? row : create(hi, lo, now);
    }

    private int create(long hi, long lo, long now) {
        if (size() >= rowsMax) {
            dropOldest();
            evicted++;
        }
        if (size() == high.length) grow();
        int row = (int) (tail++ & high.length - 1);
        high[row] = hi;
        low[row] = lo;
        createdAt[row] = now;
        validatedAt[row] = now;
        status[row] = UNKNOWN;
        blocks[row] = NONE;
        counts[row] = 0;
        insert(row);
        return row;
    }

    byte status(int row) {
        return status[row];
    }

    void status(int row, byte value) {
        assert status[row] == UNKNOWN : "a record was decided twice";
        status[row] = value;
    }

    long validatedAt(int row) {
        return validatedAt[row];
    }

    void validatedAt(int row, long now) {
        validatedAt[row] = now;
    }

    /// How many peers sent the message.
    int peers(int row) {
        return counts[row];
    }

    /// Adds a peer, by its stamp; false if it is there already.
    boolean addPeer(int row, int stamp) {
        int count = counts[row];
        int block = blocks[row];
        int last = NONE;
        for (int seen = 0; seen < count; seen += BLOCK - 1) {
            int inBlock = Math.min(BLOCK - 1, count - seen);
            for (int i = 1; i <= inBlock; i++) if (chain[block + i] == stamp) return false;
            last = block;
            block = chain[block];
        }
        int place = count % (BLOCK - 1);
        if (place == 0) {
            int added = takeBlock();
            if (last == NONE) blocks[row] = added;
            else chain[last] = added;
            last = added;
        }
        chain[last + 1 + place] = stamp;
        counts[row]++;
        return true;
    }

    /// A cursor over the stamps of a record: the first one, or -1 if there is none. Adding or
    /// removing peers ends it.
    int firstPeer(int row) {
        return counts[row] == 0 ? NONE : blocks[row] + 1;
    }

    int stampAt(int cursor) {
        return chain[cursor];
    }

    /// The cursor after `cursor`, which was the one of index `index`.
    int nextPeer(int row, int cursor, int index) {
        if (index + 1 >= counts[row]) return NONE;
        int offset = cursor % BLOCK;
        return offset == BLOCK - 1 ? chain[cursor - offset] + 1 : cursor + 1;
    }

    void clearPeers(int row) {
        int block = blocks[row];
        while (block != NONE) {
            int next = chain[block];
            chain[block] = freeBlock;
            freeBlock = block;
            block = next;
        }
        blocks[row] = NONE;
        counts[row] = 0;
    }

    /// Drops what has expired.
    void expire(long now) {
        while (head != tail && now - createdAt[(int) (head & high.length - 1)] > lifeNanos)
            dropOldest();
    }

    private void dropOldest() {
        int row = (int) (head & high.length - 1);
        clearPeers(row);
        delete(row);
        head++;
    }

    // ids are hashes, but not all callers' are as good in the low bits.
    private static int hash(long hi, long lo) {
        return (int) (((hi ^ lo) * 0x9e3779b97f4a7c15L) >>> 32);
    }

    private void insert(int row) {
        int mask = table.length - 1;
        int hash = hash(high[row], low[row]);
        int i = hash & mask;
        while (table[i] != FREE) i = (i + 1) & mask;
        table[i] = ((long) hash << 32) | row;
    }

    private void delete(int row) {
        int mask = table.length - 1;
        int hole = hash(high[row], low[row]) & mask;
        while ((int) table[hole] != row) hole = (hole + 1) & mask;
        for (int i = (hole + 1) & mask; table[i] != FREE; i = (i + 1) & mask) {
            int home = (int) (table[i] >>> 32) & mask;
            // Whoever's home is not after the hole, going round, may fill it.
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                table[hole] = table[i];
                hole = i;
            }
        }
        table[hole] = FREE;
    }

    private void grow() {
        int length = high.length;
        int size = size();
        int from = (int) (head & length - 1);
        high = unrolled(high, from);
        low = unrolled(low, from);
        createdAt = unrolled(createdAt, from);
        validatedAt = unrolled(validatedAt, from);
        byte[] statusNew = new byte[length * 2];
        int[] blocksNew = new int[length * 2];
        int[] countsNew = new int[length * 2];
        for (int i = 0; i < size; i++) {
            int old = (from + i) & length - 1;
            statusNew[i] = status[old];
            blocksNew[i] = blocks[old];
            countsNew[i] = counts[old];
        }
        status = statusNew;
        blocks = blocksNew;
        counts = countsNew;
        head = 0;
        tail = size;
        table = new long[table.length * 2];
        Arrays.fill(table, FREE);
        for (int row = 0; row < size; row++) insert(row);
    }

    private static long[] unrolled(long[] ring, int from) {
        long[] unrolled = new long[ring.length * 2];
        System.arraycopy(ring, from, unrolled, 0, ring.length - from);
        System.arraycopy(ring, 0, unrolled, ring.length - from, from);
        return unrolled;
    }

    private int takeBlock() {
        if (freeBlock == NONE) {
            int old = chain.length;
            chain = Arrays.copyOf(chain, Math.max(8 * BLOCK, 2 * old));
            for (int block = chain.length - BLOCK; block >= old; block -= BLOCK) {
                chain[block] = freeBlock;
                freeBlock = block;
            }
        }
        int block = freeBlock;
        freeBlock = chain[block];
        chain[block] = NONE;
        return block;
    }
}
