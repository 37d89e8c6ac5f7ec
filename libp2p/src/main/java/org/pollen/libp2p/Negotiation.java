package org.pollen.libp2p;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One multistream-select negotiation, either end. Bytes in by [#receive], bytes out by
/// [#takeOutput()]; it never takes bytes that belong to the protocol behind it.
///
/// Source: multistream-select 1.0 as deployed: both ends write their header at once.
abstract sealed class Negotiation {
    static final String HEADER = "/multistream/1.0.0";
    static final String NOT_AVAILABLE = "na";

    /// What we send at most, with the newline.
    static final int OWN_TOKEN_BYTES_MAX = 256;

    private static final byte[] HEADER_TOKEN = token(HEADER);
    private static final byte[] NOT_AVAILABLE_TOKEN = token(NOT_AVAILABLE);

    private final TokenReader tokens = new TokenReader();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream(64);
    private boolean headerSeen;
    @Nullable String agreed;
    boolean refused;

    private Negotiation() {
        send(HEADER_TOKEN);
    }

    /// Proposes the protocols in this order. The header and the first proposal are ready at once.
    static Negotiation initiator(List<String> proposals) {
        return new Initiator(proposals);
    }

    /// Agrees to the first proposal that is supported.
    static Negotiation responder(Predicate<String> supported) {
        return new Responder(supported);
    }

    static byte[] token(String text) {
        byte[] utf8 = (text + '\n').getBytes(StandardCharsets.UTF_8);
        int prefixBytes = utf8.length < 0x80 ? 1 : 2;
        byte[] token = new byte[prefixBytes + utf8.length];
        token[0] = (byte) (prefixBytes == 1 ? utf8.length : (utf8.length & 0x7f) | 0x80);
        if (prefixBytes == 2) {
            token[1] = (byte) (utf8.length >> 7);
        }
        System.arraycopy(utf8, 0, token, prefixBytes, utf8.length);
        return token;
    }

    /// Whether a text can be a protocol id of ours.
    static String checkProtocol(String protocol) {
        if (!protocol.startsWith("/")
                || protocol.indexOf('\n') >= 0
                || protocol.getBytes(StandardCharsets.UTF_8).length >= OWN_TOKEN_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "protocol is %s: it must begin with / and have at most 255 bytes and no newline"
                            .formatted(protocol));
        }
        return protocol;
    }

    /// Takes bytes until the negotiation is over.
    ///
    /// @return how many were taken; the rest belongs to the agreed protocol
    int receive(byte[] bytes, int off, int len) throws ViolationException {
        int at = off;
        while (!done() && at < off + len) {
            at += tokens.accept(bytes, at, off + len - at);
            String token = tokens.take();
            if (token == null) {
                continue;
            }
            if (headerSeen) {
                onToken(token);
            } else if (token.equals(HEADER)) {
                headerSeen = true;
            } else {
                throw new ViolationException(Limit.L6_HEADER, "first token is not the header");
            }
        }
        return at - off;
    }

    /// What has to be sent now; empty if nothing.
    byte[] takeOutput() {
        byte[] bytes = output.toByteArray();
        output.reset();
        return bytes;
    }

    /// Whether the peer speaks multistream-select at all.
    boolean headerSeen() {
        return headerSeen;
    }

    /// The protocol, once both ends agreed.
    @Nullable String agreed() {
        return agreed;
    }

    /// The peer has none of what we proposed.
    boolean refused() {
        return refused;
    }

    boolean done() {
        return agreed != null || refused;
    }

    abstract void onToken(String token) throws ViolationException;

    final void send(byte[] token) {
        output.write(token, 0, token.length);
    }

    private static final class Initiator extends Negotiation {
        private final List<String> proposals;
        private int proposed;

        private Initiator(List<String> proposals) {
            if (proposals.isEmpty()) {
                throw new IllegalArgumentException("proposals is empty: it must name a protocol");
            }
            this.proposals = List.copyOf(proposals);
            send(token(proposals.getFirst()));
        }

        @Override
        void onToken(String token) throws ViolationException {
            if (token.equals(proposals.get(proposed))) {
                agreed = token;
            } else if (!token.equals(NOT_AVAILABLE)) {
                throw new ViolationException(
                        Limit.L5_TOKEN, "answer is neither the proposal nor na");
            } else if (++proposed < proposals.size()) {
                send(token(proposals.get(proposed)));
            } else {
                refused = true;
            }
        }
    }

    private static final class Responder extends Negotiation {
        private static final int PROPOSALS_MAX = 32;

        private final Predicate<String> supported;
        private int proposals;

        private Responder(Predicate<String> supported) {
            this.supported = supported;
        }

        @Override
        void onToken(String token) throws ViolationException {
            if (++proposals > PROPOSALS_MAX) {
                throw new ViolationException(
                        Limit.L7_PROPOSALS, "over %d proposals".formatted(PROPOSALS_MAX));
            }
            // `ls` and simultaneous open are unknown names like any other.
            if (supported.test(token)) {
                agreed = token;
                send(token(token));
            } else {
                send(NOT_AVAILABLE_TOKEN);
            }
        }
    }
}
