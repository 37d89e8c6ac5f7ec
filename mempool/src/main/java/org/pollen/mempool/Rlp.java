package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Arrays;

/// A strict cursor over RLP in a byte array: one encoding for each value, nothing outside its
/// bounds, nothing allocated before its length is known to be there.
///
/// Source: Ethereum yellow paper, appendix B; mempool specification 0.
final class Rlp {
    private final byte[] buffer;
    private final int end;
    private int position;
    private int start;
    private int length;
    private boolean list;

    Rlp(byte[] buffer, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, buffer.length);
        this.buffer = buffer;
        this.position = offset;
        this.end = offset + length;
    }

    boolean hasMore() {
        return position < end;
    }

    int position() {
        return position;
    }

    /// Whether the next item is a list.
    boolean nextIsList() throws TransactionRefusedException {
        if (position >= end) throw refused("ends early");
        return (buffer[position] & 0xff) >= 0xc0;
    }

    /// Opens the next item, which must be a list.
    Rlp list() throws TransactionRefusedException {
        item();
        if (!list) throw refused("a string where a list belongs");
        return new Rlp(buffer, start, length);
    }

    /// Reads the next item as bytes.
    ///
    /// @param max bytes accepted
    byte[] bytes(int max) throws TransactionRefusedException {
        string();
        if (length > max) throw refused(length + " bytes, at most " + max);
        return Arrays.copyOfRange(buffer, start, start + length);
    }

    /// Reads the next item as exactly so many bytes.
    byte[] exactly(int size) throws TransactionRefusedException {
        string();
        if (length != size) throw refused(length + " bytes, not " + size);
        return Arrays.copyOfRange(buffer, start, start + length);
    }

    /// Skips the next item, which must be exactly so many bytes.
    void skipExactly(int size) throws TransactionRefusedException {
        string();
        if (length != size) throw refused(length + " bytes, not " + size);
    }

    /// Skips the next item, which must be a string; [#start] says where it lies.
    void skip() throws TransactionRefusedException {
        string();
    }

    /// Where the bytes of the last item begin; they end at [#position].
    int start() {
        return start;
    }

    /// Reads the next item as a number.
    ///
    /// @param maxBytes accepted, 0 for any that is there
    BigInteger number(int maxBytes) throws TransactionRefusedException {
        skipNumber(maxBytes);
        if (length > 7) return new BigInteger(1, buffer, start, length);
        return BigInteger.valueOf(small()); // small values are shared
    }

    /// Skips the next item, which must be a number.
    ///
    /// @param maxBytes accepted, 0 for any that is there
    void skipNumber(int maxBytes) throws TransactionRefusedException {
        string();
        if (maxBytes > 0 && length > maxBytes) throw refused("number over " + maxBytes + " bytes");
        if (length > 0 && buffer[start] == 0) throw refused("number with a leading zero");
    }

    /// Reads the next item as an unsigned 64-bit number.
    long number64() throws TransactionRefusedException {
        skipNumber(8);
        return small();
    }

    private long small() {
        long value = 0;
        for (int i = 0; i < length; i++) value = (value << 8) | (buffer[start + i] & 0xff);
        return value;
    }

    /// Checks that nothing follows.
    void end() throws TransactionRefusedException {
        if (position != end) throw refused((end - position) + " bytes too many");
    }

    private void string() throws TransactionRefusedException {
        item();
        if (list) throw refused("a list where a string belongs");
    }

    private void item() throws TransactionRefusedException {
        if (position >= end) throw refused("ends early");
        int head = buffer[position] & 0xff;
        list = head >= 0xc0;
        if (head < 0x80) {
            start = position;
            length = 1;
        } else {
            int base = list ? 0xc0 : 0x80;
            int size = head - base;
            start = position + 1;
            if (size > 55) {
                int lengthBytes = size - 55;
                size = longLength(lengthBytes);
                start += lengthBytes;
            }
            length = size;
        }
        if (length > end - start) throw refused("ends inside an item");
        if (!list && head == 0x81 && buffer[start] >= 0)
            throw refused("a byte with a needless header");
        position = start + length;
    }

    private int longLength(int lengthBytes) throws TransactionRefusedException {
        if (lengthBytes > end - position - 1) throw refused("ends inside a length");
        if (buffer[position + 1] == 0) throw refused("length with a leading zero");
        if (lengthBytes > 4) throw refused("length over 4 bytes");
        long size = 0;
        for (int i = 1; i <= lengthBytes; i++) size = (size << 8) | (buffer[position + i] & 0xff);
        if (size < 56) throw refused("length with a needless header");
        if (size > end - position) throw refused("ends inside an item");
        return (int) size;
    }

    static TransactionRefusedException refused(String why) {
        return new TransactionRefusedException(PoolError.ErrRlp, "rlp: " + why);
    }
}
