package org.pollen.libp2p;

import java.util.Arrays;

/// A cursor over DER: definite, minimal lengths, tags of one byte. It neither copies nor builds a
/// tree; whoever reads knows the structure.
final class Der {
    static final int BOOLEAN = 0x01;
    static final int INTEGER = 0x02;
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int OID = 0x06;
    static final int UTC_TIME = 0x17;
    static final int GENERALIZED_TIME = 0x18;
    static final int SEQUENCE = 0x30;

    private final byte[] buffer;
    private int at;
    private final int end;

    private int start; // of the element read last
    private int content;

    private Der(byte[] buffer, int from, int end) {
        this.buffer = buffer;
        this.at = from;
        this.end = end;
    }

    static Der of(byte[] bytes) {
        return new Der(bytes, 0, bytes.length);
    }

    boolean hasMore() {
        return at < end;
    }

    /// The tag of the next element, -1 at the end.
    int peek() {
        return at < end ? buffer[at] & 0xff : -1;
    }

    /// Reads the next element, which must have this tag, and goes behind it.
    ///
    /// @return its content
    Der read(int tag) throws ViolationException {
        if (peek() != tag) {
            throw malformed("tag %d where %d is due".formatted(peek(), tag));
        }
        start = at++;
        int length = length();
        if (length > end - at) {
            throw malformed("an element is cut");
        }
        content = at;
        at += length;
        return new Der(buffer, content, at);
    }

    private int length() throws ViolationException {
        int first = octet();
        if (first < 0x80) {
            return first;
        }
        int octets = first & 0x7f;
        if (octets == 0 || octets > 2) {
            throw malformed("a length is indefinite or too long");
        }
        int length = octet();
        if (octets == 2) {
            length = (length << 8) | octet();
        }
        if (length < (octets == 1 ? 0x80 : 0x100)) {
            throw malformed("a length is not minimal");
        }
        return length;
    }

    private int octet() throws ViolationException {
        if (at == end) {
            throw malformed("an element is cut");
        }
        return buffer[at++] & 0xff;
    }

    /// The content of the element read last.
    byte[] content() {
        return Arrays.copyOfRange(buffer, content, at);
    }

    /// The element read last with its tag and length.
    byte[] element() {
        return Arrays.copyOfRange(buffer, start, at);
    }

    /// The bytes this cursor has not passed.
    byte[] rest() {
        return Arrays.copyOfRange(buffer, at, end);
    }

    void finish() throws ViolationException {
        if (hasMore()) {
            throw malformed("bytes behind the last element");
        }
    }

    static ViolationException malformed(String message) {
        return new ViolationException(Limit.L16_CERTIFICATE, "certificate: " + message);
    }

    // ---- writing

    /// An element around the parts.
    static byte[] element(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        int header = length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
        byte[] element = new byte[header + length];
        element[0] = (byte) tag;
        switch (header) {
            case 2 -> element[1] = (byte) length;
            case 3 -> {
                element[1] = (byte) 0x81;
                element[2] = (byte) length;
            }
            default -> {
                element[1] = (byte) 0x82;
                element[2] = (byte) (length >> 8);
                element[3] = (byte) length;
            }
        }
        int to = header;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, element, to, part.length);
            to += part.length;
        }
        return element;
    }
}
