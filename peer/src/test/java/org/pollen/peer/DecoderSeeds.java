package org.pollen.peer;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/// Good inputs of all decoders, and ways to spoil them.
final class DecoderSeeds {
    private DecoderSeeds() {}

    /// One of each kind that is read from strangers.
    static List<byte[]> all() throws MalformedException {
        PrivateKey ed = PrivateKey.ed25519(new byte[32]);
        byte[] scalar = new byte[32];
        scalar[31] = 7;
        PrivateKey k = PrivateKey.secp256k1(scalar);
        PeerId id = ed.publicKey().peerId();
        var record =
                new PeerRecord(
                        id,
                        1_700_000_000_000L,
                        List.of(
                                Multiaddr.parse("/ip4/192.0.2.1/tcp/4001"),
                                Multiaddr.parse("/dns4/a.b/tcp/443/tls/sni/a.b/ws/p2p/" + id)));
        var voucher = new RelayVoucher(id, k.publicKey().peerId(), 1_700_000_000);
        var many = new ProtoWriter();
        for (int i = 0; i < 40; i++) many.varint(1, 6).bytes(3, new byte[] {6, 0, 1});
        return List.of(
                new byte[0],
                new byte[] {(byte) 0xac, 2},
                ed.publicKey().toProtobuf(),
                k.publicKey().toProtobuf(),
                p256(),
                ed.toProtobuf(),
                id.bytes(),
                k.publicKey().peerId().bytes(),
                record.addresses().getFirst().bytes(),
                record.addresses().getLast().bytes(),
                Multiaddr.parse("/unix/%2Ftmp%2Fa/http-path/b/ip6zone/eth0/ip6/fe80::1").bytes(),
                record.toByteArray(),
                record.toSignedEnvelope(ed),
                voucher.toSignedEnvelope(ed),
                k.sign(new byte[3]),
                many.toByteArray());
    }

    private static byte[] p256() {
        return HexFormat.of()
                .parseHex(
                        "0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0"
                                + "e8f5d530899d83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d685151"
                                + "0c098e5c47c646a597fb4dcec034e9f77c409e62");
    }

    /// A seed with bytes changed, cut away, doubled or put in; now and then nothing but noise.
    static byte[] mutated(List<byte[]> seeds, Random random) {
        byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
        if (random.nextInt(8) == 0) {
            bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
        }
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + bytes.length - at);
                    System.arraycopy(bytes, at, longer, bytes.length, bytes.length - at);
                    bytes = longer;
                }
                default -> {
                    byte[] longer = new byte[bytes.length + 1];
                    System.arraycopy(bytes, 0, longer, 0, at);
                    longer[at] = (byte) random.nextInt(256);
                    System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                    bytes = longer;
                }
            }
        }
        return bytes;
    }
}
