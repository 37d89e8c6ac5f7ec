package org.pollen.libp2p;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks for ALPN in a ClientHello. The TLS library goes on without a protocol when the lists are
/// disjoint; we have to refuse with an alert, so we look before it does.
final class TlsHello {
    /// The fatal alert `no_application_protocol`.
    static final byte[] NO_APPLICATION_PROTOCOL = {21, 3, 3, 0, 2, 2, 120};

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int ALPN = 16;

    private final byte[] message;
    private int at;

    private TlsHello(byte[] message) {
        this.message = message;
    }

    /// The protocols that the message between `off` and `end` offers.
    ///
    /// @return empty if there are none and also for what is no ClientHello, which is left to the
    ///   library to refuse; null if there are too few bytes
    static @Nullable List<String> protocols(byte[] bytes, int off, int end) {
        byte[] message = new byte[end - off];
        int filled = 0;
        for (int at = off; ; ) {
            if (end - at < 5) {
                return null;
            }
            int length = ((bytes[at + 3] & 0xff) << 8) | (bytes[at + 4] & 0xff);
            if (bytes[at] != HANDSHAKE || length == 0) {
                return List.of();
            }
            if (end - at - 5 < length) {
                return null;
            }
            System.arraycopy(bytes, at + 5, message, filled, length);
            filled += length;
            at += 5 + length;
            if (message[0] != CLIENT_HELLO) {
                return List.of();
            }
            if (filled >= 4) {
                int needed =
                        4
                                + ((message[1] & 0xff) << 16)
                                + ((message[2] & 0xff) << 8)
                                + (message[3] & 0xff);
                if (filled >= needed) {
                    return new TlsHello(Arrays.copyOf(message, needed)).read();
                }
            }
        }
    }

    private List<String> read() {
        try {
            at = 4 + 2 + 32; // header, version, random
            skip(octet()); // session id
            skip(twoOctets()); // cipher suites
            skip(octet()); // compression
            int extensions = twoOctets();
            int end = at + extensions;
            while (at < end) {
                int type = twoOctets();
                int length = twoOctets();
                if (type == ALPN) {
                    return alpn();
                }
                skip(length);
            }
        } catch (ArrayIndexOutOfBoundsException _) {
            // the library says so
        }
        return List.of();
    }

    private List<String> alpn() {
        var protocols = new ArrayList<String>();
        int end = twoOctets() + at;
        while (at < end) {
            int length = octet();
            if (length > message.length - at) {
                break;
            }
            protocols.add(new String(message, at, length, StandardCharsets.UTF_8));
            at += length;
        }
        return protocols;
    }

    private void skip(int n) {
        at += n;
    }

    private int octet() {
        return message[at++] & 0xff;
    }

    private int twoOctets() {
        return (octet() << 8) | octet();
    }
}
