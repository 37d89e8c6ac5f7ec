package org.pollen.peer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    private final List<Component> components;
    private final byte[] bytes;

    private Multiaddr(List<Component> components, byte[] bytes) {
        this.components = List.copyOf(components);
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
        return of(components);
    }

    /// Reads the binary form.
    ///
    /// @throws MalformedException for an unknown code, a value that is cut or none, or more than
    ///   the limits of this class
    public static Multiaddr fromBytes(byte[] binary) throws MalformedException {
        if (binary.length == 0 || binary.length > BYTES_MAX) {
            throw new MalformedException("multiaddr: " + binary.length + " bytes");
        }
        var in = ByteBuffer.wrap(binary);
        var components = new ArrayList<Component>();
        while (in.hasRemaining()) {
            if (components.size() == COMPONENTS_MAX) {
                throw new MalformedException("multiaddr: more than " + COMPONENTS_MAX + " parts");
            }
            MultiaddrProtocol protocol = MultiaddrProtocol.coded(Varint.read(in));
            if (protocol == null) throw new MalformedException("multiaddr: unknown protocol");
            long size = protocol.fixedSize() >= 0 ? protocol.fixedSize() : Varint.read(in);
            if (size > in.remaining()) {
                throw new MalformedException("multiaddr: " + protocol.text() + " is cut");
            }
            byte[] value = new byte[(int) size];
            in.get(value);
            protocol.check(value);
            components.add(new Component(protocol, value));
        }
        return new Multiaddr(components, binary.clone());
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
        return of(
                List.of(
                        new Component(family, ip.clone()),
                        new Component(
                                MultiaddrProtocol.TCP,
                                MultiaddrProtocol.TCP.bytes(Integer.toString(port)))));
    }

    private static Multiaddr of(List<Component> components) {
        if (components.isEmpty() || components.size() > COMPONENTS_MAX) {
            throw new IllegalArgumentException("multiaddr with " + components.size() + " parts");
        }
        var out = new ProtoWriter();
        for (Component component : components) {
            out.rawVarint(component.protocol().code());
            if (component.protocol().fixedSize() < 0) out.rawVarint(component.value().length);
            out.raw(component.value(), 0, component.value().length);
        }
        if (out.size() > BYTES_MAX) {
            throw new IllegalArgumentException("multiaddr of " + out.size() + " bytes");
        }
        return new Multiaddr(components, out.toByteArray());
    }

    /// The binary form, a copy.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// The parts in order.
    public List<Component> components() {
        return components;
    }

    /// The peer at the end of the address: its last `/p2p/`, unless a relay circuit follows it.
    public Optional<PeerId> peerId() {
        Component last = components.getLast();
        if (last.protocol() != MultiaddrProtocol.P2P) return Optional.empty();
        try {
            return Optional.of(PeerId.fromBytes(last.value()));
        } catch (MalformedException e) {
            throw new AssertionError(e); // checked when the component was read
        }
    }

    /// This address with `/p2p/` and the id at its end, in place of one that is there.
    public Multiaddr withPeerId(PeerId id) {
        var parts = new ArrayList<>(withoutPeerId().components);
        parts.add(new Component(MultiaddrProtocol.P2P, id.bytes()));
        return of(parts);
    }

    /// This address without the `/p2p/` at its end.
    public Multiaddr withoutPeerId() {
        if (components.getLast().protocol() != MultiaddrProtocol.P2P || components.size() == 1) {
            return this;
        }
        return of(components.subList(0, components.size() - 1));
    }

    /// The address part, 4 or 16 bytes; empty for names.
    public Optional<byte[]> ip() {
        for (Component component : components) {
            if (component.protocol() == MultiaddrProtocol.IP4
                    || component.protocol() == MultiaddrProtocol.IP6) {
                return Optional.of(component.value().clone());
            }
        }
        return Optional.empty();
    }

    /// The TCP port; empty if there is none.
    public OptionalInt tcpPort() {
        for (Component component : components) {
            if (component.protocol() == MultiaddrProtocol.TCP) {
                byte[] port = component.value();
                return OptionalInt.of(((port[0] & 0xff) << 8) | (port[1] & 0xff));
            }
        }
        return OptionalInt.empty();
    }

    /// Whether it goes through a relay.
    public boolean isRelayed() {
        return components.stream()
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
        components.forEach(text::append);
        return text.toString();
    }
}
