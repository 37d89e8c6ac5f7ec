package org.pollen.peer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The protocols that may be part of a [Multiaddr], with their code and the form of their value.
///
/// Source: multiaddr protocol table; host.md 4.
public enum MultiaddrProtocol {
    IP4(4, "ip4", Form.IP4, 4),
    TCP(6, "tcp", Form.PORT, 2),
    IP6(41, "ip6", Form.IP6, 16),
    IP6ZONE(42, "ip6zone", Form.NAME, -1),
    IPCIDR(43, "ipcidr", Form.BYTE, 1),
    DNS(53, "dns", Form.NAME, -1),
    DNS4(54, "dns4", Form.NAME, -1),
    DNS6(55, "dns6", Form.NAME, -1),
    DNSADDR(56, "dnsaddr", Form.NAME, -1),
    SCTP(132, "sctp", Form.PORT, 2),
    UDP(273, "udp", Form.PORT, 2),
    WEBRTC_DIRECT(280, "webrtc-direct", Form.NONE, 0),
    WEBRTC(281, "webrtc", Form.NONE, 0),
    P2P_CIRCUIT(290, "p2p-circuit", Form.NONE, 0),
    UNIX(400, "unix", Form.PATH, -1),
    P2P(421, "p2p", Form.PEER, -1),
    TLS(448, "tls", Form.NONE, 0),
    SNI(449, "sni", Form.NAME, -1),
    NOISE(454, "noise", Form.NONE, 0),
    QUIC(460, "quic", Form.NONE, 0),
    QUIC_V1(461, "quic-v1", Form.NONE, 0),
    WEBTRANSPORT(465, "webtransport", Form.NONE, 0),
    CERTHASH(466, "certhash", Form.HASH, -1),
    WS(477, "ws", Form.NONE, 0),
    WSS(478, "wss", Form.NONE, 0),
    HTTP(480, "http", Form.NONE, 0),
    HTTP_PATH(481, "http-path", Form.PATH, -1),
    MEMORY(777, "memory", Form.NAME, -1);

    private enum Form {
        NONE,
        IP4,
        IP6,
        PORT,
        BYTE,
        NAME,
        PATH,
        PEER,
        HASH
    }

    private static final String PLAIN =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private static final @Nullable MultiaddrProtocol[] BY_CODE = new MultiaddrProtocol[778];
    private static final Map<String, MultiaddrProtocol> BY_NAME = new HashMap<>();

    static {
        for (MultiaddrProtocol protocol : values()) {
            BY_CODE[protocol.code] = protocol;
            BY_NAME.put(protocol.text, protocol);
        }
        BY_NAME.put("ipfs", P2P);
    }

    private final int code;
    private final String text;
    private final Form form;
    private final int fixedSize;

    MultiaddrProtocol(int code, String text, Form form, int fixedSize) {
        this.code = code;
        this.text = text;
        this.form = form;
        this.fixedSize = fixedSize;
    }

    /// The number in the binary form.
    public int code() {
        return code;
    }

    /// The name in the text form.
    public String text() {
        return text;
    }

    boolean hasValue() {
        return form != Form.NONE;
    }

    /// Bytes of the value, -1 where a length precedes it.
    int fixedSize() {
        return fixedSize;
    }

    static @Nullable MultiaddrProtocol coded(long code) {
        return code < BY_CODE.length ? BY_CODE[(int) code] : null;
    }

    static @Nullable MultiaddrProtocol named(String name) {
        return BY_NAME.get(name);
    }

    /// The bytes of a value in text form.
    ///
    /// @throws IllegalArgumentException if it is none
    byte[] bytes(String value) {
        byte[] bytes =
                switch (form) {
                    case NONE -> new byte[0];
                    case IP4 -> IpText.ip4(value);
                    case IP6 -> IpText.ip6(value);
                    case PORT -> {
                        int port = number(value, 65535);
                        yield new byte[] {(byte) (port >>> 8), (byte) port};
                    }
                    case BYTE -> new byte[] {(byte) number(value, 255)};
                    case NAME -> value.getBytes(StandardCharsets.UTF_8);
                    case PATH -> unescaped(value);
                    case PEER -> PeerId.parse(value).bytes();
                    case HASH -> hash(value);
                };
        try {
            check(bytes, 0, bytes.length);
        } catch (MalformedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return bytes;
    }

    /// The text of a value.
    String text(byte[] value) {
        return switch (form) {
            case NONE -> "";
            case IP4 -> IpText.ip4(value);
            case IP6 -> IpText.ip6(value);
            case PORT -> Integer.toString(((value[0] & 0xff) << 8) | (value[1] & 0xff));
            case BYTE -> Integer.toString(value[0] & 0xff);
            case NAME -> new String(value, StandardCharsets.UTF_8);
            case PATH -> escaped(value);
            case PEER -> Base58.encode(value);
            case HASH -> "u" + Base64.getUrlEncoder().withoutPadding().encodeToString(value);
        };
    }

    /// Checks a value from the wire; without allocation.
    ///
    /// @throws MalformedException if it is none of this protocol
    void check(byte[] buffer, int offset, int length) throws MalformedException {
        switch (form) {
            case NONE, IP4, IP6, PORT, BYTE -> {}
            case NAME -> {
                if (!isName(buffer, offset, offset + length)) {
                    throw new MalformedException("multiaddr: " + text + " is not a name");
                }
            }
            case PATH -> {
                if (length == 0) throw new MalformedException("multiaddr: empty " + text);
            }
            case PEER -> PeerId.check(buffer, offset, length);
            case HASH -> {
                int end = offset + length;
                int digest = offset + Varint.size(Varint.read(buffer, offset, end));
                long size = Varint.read(buffer, digest, end);
                if (size == 0 || size != end - digest - Varint.size(size)) {
                    throw new MalformedException("multiaddr: " + text + " is not a multihash");
                }
            }
        }
    }

    /// Text that can stand between two slashes and in a log: UTF-8, no slash, no control character.
    private static boolean isName(byte[] bytes, int from, int to) {
        if (from == to || !Utf8.isValid(bytes, from, to)) return false;
        for (int at = from; at < to; at++) {
            int b = bytes[at] & 0xff;
            if (b < 0x20 || b == 0x7f || b == '/') return false;
            if (b == 0xc2 && (bytes[at + 1] & 0xff) < 0xa0) return false; // U+0080 to U+009F
        }
        return true;
    }

    private static String escaped(byte[] path) {
        var text = new StringBuilder();
        for (byte b : path) {
            if (PLAIN.indexOf(b) >= 0) text.append((char) b);
            else text.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
        }
        return text.toString();
    }

    private static byte[] unescaped(String text) {
        var path = new ByteArrayOutputStream();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '%') {
                path.write(bytes[i]);
                continue;
            }
            if (i + 2 >= bytes.length) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" ends inside an escaped character");
            }
            path.write(
                    (HexFormat.fromHexDigit(bytes[i + 1]) << 4)
                            | HexFormat.fromHexDigit(bytes[i + 2]));
            i += 2;
        }
        return path.toByteArray();
    }

    private static byte[] hash(String value) {
        return value.startsWith("u")
                ? Base64.getUrlDecoder().decode(value.substring(1))
                : Multibase.decode(value);
    }

    private int number(String value, int max) {
        if (!value.matches("[0-9]{1,5}") || Integer.parseInt(value) > max) {
            throw new IllegalArgumentException(
                    text + " is " + value + ": it must be a number from 0 to " + max);
        }
        return Integer.parseInt(value);
    }
}
