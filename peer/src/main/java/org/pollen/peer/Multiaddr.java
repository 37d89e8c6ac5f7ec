package org.pollen.peer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A network address that says how it is to be reached: `/ip4/192.0.2.1/tcp/4001/p2p/12D3…`.
///
/// Immutable; equality compares the binary form. Source: multiaddr specification; host.md 4.
public final class Multiaddr {
    /// Longest binary form, in bytes.
    public static final int BYTES_MAX = 1024;

    /// Most components.
    public static final int COMPONENTS_MAX = 32;

    /// One part of an address.
    ///
    /// @param protocol what the value means
    /// @param value without length prefix, empty for protocols that have none; must not be changed
    public record Component(MultiaddrProtocol protocol, byte[] value) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Component c
                    && c.protocol == protocol
                    && Arrays.equals(c.value, value);
        }

        @Override
        public int hashCode() {
            return 31 * protocol.hashCode() + Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            String text = protocol.text(value);
            return text.isEmpty() ? "/" + protocol.text() : "/" + protocol.text() + "/" + text;
        }
    }

    private final byte[] bytes;
    // Made when asked for: most addresses of strangers are stored and never looked into. A race
    // makes the same list twice.
    private @Nullable List<Component> components;

    private Multiaddr(byte[] bytes) {
        this.bytes = bytes;
    }

    /// Reads text.
    ///
    /// @throws IllegalArgumentException naming what is wrong with it
    public static Multiaddr parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException(
                    "multiaddr \"" + text + "\" does not begin with a slash");
        }
        if (text.length() > 4 * BYTES_MAX) {
            throw new IllegalArgumentException(
                    "multiaddr text of " + text.length() + " characters");
        }
        String[] parts = text.substring(1).split("/", -1);
        var components = new ArrayList<Component>();
        for (int i = 0; i < parts.length; ) {
            if (i == parts.length - 1 && parts[i].isEmpty() && i > 0) break; // one trailing slash
            MultiaddrProtocol protocol = MultiaddrProtocol.named(parts[i++]);
            if (protocol == null) {
                throw new IllegalArgumentException(
                        "multiaddr \"" + text + "\": protocol " + parts[i - 1] + " is unknown");
            }
            String value = "";
            if (protocol.hasValue()) {
                if (i == parts.length) {
                    throw new IllegalArgumentException(
                            "multiaddr \"" + text + "\": " + protocol.text() + " needs a value");
                }
                value = parts[i++];
            }
            components.add(new Component(protocol, protocol.bytes(value)));
        }
        Multiaddr address = of(components);
        if (components.size() > COMPONENTS_MAX || address.bytes.length > BYTES_MAX) {
            throw new IllegalArgumentException(
                    "multiaddr of "
                            + components.size()
                            + " parts and "
                            + address.bytes.length
                            + " bytes: it must have at most "
                            + COMPONENTS_MAX
                            + " and "
                            + BYTES_MAX);
        }
        return address;
    }

    /// Reads the binary form.
    ///
    /// @throws MalformedException for an unknown code, a value that is cut or none, or more than
    ///   the limits of this class
    public static Multiaddr fromBytes(byte[] binary) throws MalformedException {
        return fromBytes(binary, 0, binary.length);
    }

    /// Reads the binary form in a slice of bytes. Allocates the address and nothing else.
    ///
    /// @throws MalformedException as [#fromBytes(byte\[\])]
    public static Multiaddr fromBytes(byte[] buffer, int offset, int length)
            throws MalformedException {
        if (length == 0 || length > BYTES_MAX) {
            throw new MalformedException("multiaddr: " + length + " bytes");
        }
        int end = offset + length;
        int parts = 0;
        for (int at = offset; at < end; ) {
            if (++parts > COMPONENTS_MAX) {
                throw new MalformedException("multiaddr: more than " + COMPONENTS_MAX + " parts");
            }
            long code = Varint.read(buffer, at, end);
            at += Varint.size(code);
            MultiaddrProtocol protocol = MultiaddrProtocol.coded(code);
            if (protocol == null) throw new MalformedException("multiaddr: unknown protocol");
            long size = protocol.fixedSize();
            if (size < 0) {
                size = Varint.read(buffer, at, end);
                at += Varint.size(size);
            }
            if (size > end - at) {
                throw new MalformedException("multiaddr: " + protocol.text() + " is cut");
            }
            protocol.check(buffer, at, (int) size);
            at += (int) size;
        }
        return new Multiaddr(Arrays.copyOfRange(buffer, offset, end));
    }

    /// `/ip4/…/tcp/…` or `/ip6/…/tcp/…`.
    ///
    /// @param ip 4 or 16 bytes
    public static Multiaddr tcp(byte[] ip, int port) {
        MultiaddrProtocol family =
                switch (ip.length) {
                    case 4 -> MultiaddrProtocol.IP4;
                    case 16 -> MultiaddrProtocol.IP6;
                    default ->
                            throw new IllegalArgumentException(
                                    "ip has " + ip.length + " bytes: it must have 4 or 16");
                };
        return of(List.of(new Component(family, ip.clone()), port(port)));
    }

    /// An address of parts that were checked one by one. Its size is not: what is made of a
    /// stranger's address that is just within the limits may be over them by a part, and must not
    /// throw.
    private static Multiaddr of(List<Component> components) {
        var out = new ProtoWriter();
        for (Component component : components) {
            out.rawVarint(component.protocol().code());
            if (component.protocol().fixedSize() < 0) out.rawVarint(component.value().length);
            out.raw(component.value(), 0, component.value().length);
        }
        return new Multiaddr(out.toByteArray());
    }

    /// The binary form, a copy.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// The parts in order.
    public List<Component> components() {
        List<Component> made = components;
        if (made == null) {
            made = parts(bytes);
            components = made;
        }
        return made;
    }

    private static List<Component> parts(byte[] bytes) {
        var parts = new ArrayList<Component>();
        var in = ByteBuffer.wrap(bytes);
        try {
            while (in.hasRemaining()) {
                MultiaddrProtocol protocol =
                        Objects.requireNonNull(MultiaddrProtocol.coded(Varint.read(in)));
                int size = protocol.fixedSize();
                byte[] value = new byte[size < 0 ? (int) Varint.read(in) : size];
                in.get(value);
                parts.add(new Component(protocol, value));
            }
        } catch (MalformedException e) {
            throw new AssertionError(e); // checked when the address was made
        }
        return List.copyOf(parts);
    }

    /// The peer at the end of the address: its last `/p2p/`, unless a relay circuit follows it.
    public Optional<PeerId> peerId() {
        Component last = components().getLast();
        if (last.protocol() != MultiaddrProtocol.P2P) return Optional.empty();
        try {
            return Optional.of(PeerId.fromBytes(last.value()));
        } catch (MalformedException e) {
            throw new AssertionError(e); // checked when the component was read
        }
    }

    /// This address with `/p2p/` and the id at its end, in place of one that is there. It may be
    /// over the limits of this class by that part.
    public Multiaddr withPeerId(PeerId id) {
        var parts = new ArrayList<>(components());
        if (parts.getLast().protocol() == MultiaddrProtocol.P2P) parts.removeLast();
        parts.add(new Component(MultiaddrProtocol.P2P, id.bytes()));
        return of(parts);
    }

    /// This address without the `/p2p/` at its end.
    public Multiaddr withoutPeerId() {
        List<Component> parts = components();
        if (parts.getLast().protocol() != MultiaddrProtocol.P2P || parts.size() == 1) {
            return this;
        }
        return of(parts.subList(0, parts.size() - 1));
    }

    /// The one way to write what is dialled: `/tls/ws` for `/wss`, and the port that a WebSocket
    /// has if none is named. Addresses that mean the same destination have equal dial forms.
    ///
    /// @return itself if there is nothing to write otherwise
    public Multiaddr dialForm() {
        List<Component> parts = components();
        boolean portNamed =
                parts.stream().anyMatch(part -> part.protocol() == MultiaddrProtocol.TCP);
        var written = new ArrayList<Component>();
        int portAt = -1;
        for (Component part : parts) {
            boolean webSocket =
                    part.protocol() == MultiaddrProtocol.WS
                            || part.protocol() == MultiaddrProtocol.WSS;
            if (portAt < 0 && (webSocket || part.protocol() == MultiaddrProtocol.TLS)) {
                portAt = written.size();
            }
            if (part.protocol() == MultiaddrProtocol.WSS) {
                written.add(new Component(MultiaddrProtocol.TLS, new byte[0]));
                written.add(new Component(MultiaddrProtocol.WS, new byte[0]));
            } else {
                written.add(part);
            }
            if (webSocket && !portNamed) {
                boolean secure = written.get(portAt).protocol() == MultiaddrProtocol.TLS;
                written.add(portAt, port(secure ? 443 : 80));
                portNamed = true;
            }
        }
        return written.equals(parts) ? this : of(written);
    }

    private static Component port(int port) {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port is " + port + ": it must be 0 to 65535");
        }
        return new Component(MultiaddrProtocol.TCP, new byte[] {(byte) (port >> 8), (byte) port});
    }

    /// The address part, 4 or 16 bytes; empty for names.
    public Optional<byte[]> ip() {
        for (Component component : components()) {
            if (component.protocol() == MultiaddrProtocol.IP4
                    || component.protocol() == MultiaddrProtocol.IP6) {
                return Optional.of(component.value().clone());
            }
        }
        return Optional.empty();
    }

    /// The TCP port; empty if there is none.
    public OptionalInt tcpPort() {
        for (Component component : components()) {
            if (component.protocol() == MultiaddrProtocol.TCP) {
                byte[] port = component.value();
                return OptionalInt.of(((port[0] & 0xff) << 8) | (port[1] & 0xff));
            }
        }
        return OptionalInt.empty();
    }

    /// Whether it goes through a relay.
    public boolean isRelayed() {
        return components().stream()
                .anyMatch(component -> component.protocol() == MultiaddrProtocol.P2P_CIRCUIT);
    }

    /// Whether its IP is of this machine.
    public boolean isLoopback() {
        return ip().map(IpRange::isLoopback).orElse(false);
    }

    /// Whether its IP is of a local network, or not usable across networks.
    public boolean isPrivate() {
        return ip().map(ip -> !IpRange.isLoopback(ip) && IpRange.isPrivate(ip)).orElse(false);
    }

    /// Whether its IP can be reached from anywhere; names count as public.
    public boolean isPublic() {
        return ip().map(ip -> !IpRange.isLoopback(ip) && !IpRange.isPrivate(ip)).orElse(true);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Multiaddr address && Arrays.equals(address.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        components().forEach(text::append);
        return text.toString();
    }
}
