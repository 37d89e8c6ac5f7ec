package org.pollen.discovery;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt64;
import org.ethereum.beacon.discovery.crypto.DefaultSigner;
import org.ethereum.beacon.discovery.crypto.Signer;
import org.ethereum.beacon.discovery.schema.EnrField;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.ethereum.beacon.discovery.schema.NodeRecordBuilder;
import org.ethereum.beacon.discovery.util.Functions;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.KeyType;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.PublicKey;

/// What node records mean to us, and ours.
///
/// A record is signed by a secp256k1 key. A node whose identity is such a key signs with it, as
/// Ethereum's do. One with an Ed25519 identity signs records with a key derived from it, and shows
/// in them (`p`) its public key and that key's signature of the record's key. Records of a network
/// have the first bytes of the SHA-256 of its name (`pln`); others are of other networks. A record
/// has at most 300 bytes, which leaves no room for more.
final class NodeRecords {
    private static final String NETWORK = "pln";
    private static final String PEER = "p";
    private static final int NETWORK_BYTES = 4;
    private static final int KEY_BYTES = 32;
    private static final int PROOF_BYTES = KEY_BYTES + 64;
    private static final byte[] PROOF_DOMAIN = "pollen-enr:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NETWORK_DOMAIN =
            "pollen-network:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEY_DOMAIN = "pollen-discv5:".getBytes(StandardCharsets.US_ASCII);

    private NodeRecords() {}

    /// A peer that a record speaks for.
    ///
    /// @param addresses without peer id
    record Found(PeerId peer, List<Multiaddr> addresses) {
        Found {
            addresses = List.copyOf(addresses);
        }
    }

    /// The key that signs our records.
    ///
    /// @throws IllegalArgumentException if the identity is neither Ed25519 nor secp256k1
    static Signer signer(PrivateKey identity) {
        byte[] secret =
                switch (identity.publicKey().type()) {
                    case SECP256K1 -> identity.data();
                    case ED25519 -> sha256(KEY_DOMAIN, identity.data());
                    default ->
                            throw new IllegalArgumentException(
                                    "identity is "
                                            + identity.publicKey().type()
                                            + ": discv5 needs Ed25519 or secp256k1");
                };
        return new DefaultSigner(Functions.createSecretKey(Bytes32.wrap(secret)));
    }

    /// Our record.
    ///
    /// @param number grows with each record of ours
    /// @param ip where we are; empty if only others can tell
    static NodeRecord own(
            PrivateKey identity,
            String network,
            long number,
            Optional<String> ip,
            int udpPort,
            int tcpPort,
            OptionalInt quicPort) {
        Signer signer = signer(identity);
        var builder =
                new NodeRecordBuilder()
                        .signer(signer)
                        .seq(UInt64.valueOf(number))
                        .customField(NETWORK, mark(network));
        if (identity.publicKey().type() != KeyType.SECP256K1) {
            byte[] key = signer.deriveCompressedPublicKeyFromPrivate().toArrayUnsafe();
            byte[] all = identity.publicKey().toProtobuf();
            byte[] own = Arrays.copyOfRange(all, all.length - KEY_BYTES, all.length);
            byte[] proof = identity.sign(concat(PROOF_DOMAIN, key));
            builder.customField(PEER, Bytes.wrap(concat(own, proof)));
        }
        if (ip.isPresent()) {
            if (quicPort.isPresent() && ip.get().indexOf(':') < 0) {
                builder.address(ip.get(), udpPort, tcpPort, quicPort.getAsInt());
            } else {
                builder.address(ip.get(), udpPort, tcpPort);
            }
        }
        return builder.build();
    }

    /// Whom a record speaks for, if it is valid, of the network, and says where its node is.
    static Optional<Found> read(NodeRecord record, String network) {
        if (!mark(network).equals(record.get(NETWORK)) || !record.isValid()) {
            return Optional.empty();
        }
        try {
            PeerId peer = peer(record);
            var addresses = new ArrayList<Multiaddr>();
            record.getQuicAddress().ifPresent(at -> addresses.add(quic(at)));
            record.getQuic6Address().ifPresent(at -> addresses.add(quic(at)));
            record.getTcpAddress().ifPresent(at -> addresses.add(tcp(at)));
            record.getTcp6Address().ifPresent(at -> addresses.add(tcp(at)));
            return addresses.isEmpty() ? Optional.empty() : Optional.of(new Found(peer, addresses));
        } catch (MalformedException | RuntimeException _) {
            return Optional.empty(); // the library checks fields only when they are asked for
        }
    }

    private static PeerId peer(NodeRecord record) throws MalformedException {
        byte[] key = bytes(record.get(EnrField.PKEY_SECP256K1));
        if (!record.containsKey(PEER)) {
            return key(KeyType.SECP256K1, key).peerId();
        }
        byte[] shown = bytes(record.get(PEER));
        if (shown.length != PROOF_BYTES) {
            throw new MalformedException("the identity has another length");
        }
        PublicKey identity = key(KeyType.ED25519, Arrays.copyOf(shown, KEY_BYTES));
        byte[] proof = Arrays.copyOfRange(shown, KEY_BYTES, PROOF_BYTES);
        if (!identity.verify(concat(PROOF_DOMAIN, key), proof)) {
            throw new MalformedException("the identity did not sign the record's key");
        }
        return identity.peerId();
    }

    private static PublicKey key(KeyType type, byte[] data) throws MalformedException {
        return PublicKey.fromProtobuf(
                new ProtoWriter(40).varint(1, type.number()).bytes(2, data).toByteArray());
    }

    private static byte[] bytes(@Nullable Object field) throws MalformedException {
        if (field instanceof Bytes value) {
            return value.toArrayUnsafe();
        }
        throw new MalformedException("a field is missing");
    }

    private static Multiaddr tcp(InetSocketAddress at) {
        return Multiaddr.tcp(at.getAddress().getAddress(), at.getPort());
    }

    private static Multiaddr quic(InetSocketAddress at) {
        String kind = at.getAddress().getAddress().length == 4 ? "ip4" : "ip6";
        return Multiaddr.parse(
                "/%s/%s/udp/%d/quic-v1"
                        .formatted(kind, at.getAddress().getHostAddress(), at.getPort()));
    }

    private static Bytes mark(String network) {
        byte[] hash = sha256(NETWORK_DOMAIN, network.getBytes(StandardCharsets.UTF_8));
        return Bytes.wrap(hash, 0, NETWORK_BYTES);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static byte[] sha256(byte[] first, byte[] second) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(first);
            return digest.digest(second);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // each JDK has it
        }
    }
}
