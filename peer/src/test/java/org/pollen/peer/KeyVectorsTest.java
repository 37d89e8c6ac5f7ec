package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys, ids and signatures against the vectors of host.md 19.2, and what must be refused.
class KeyVectorsTest {
    private static final byte[] MESSAGE = "libp2p test message".getBytes(StandardCharsets.US_ASCII);
    private static final String ED_PRIV =
            "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fa"
                    + "e2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private static final String ED_PUB =
            "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private static final String ED_SIG =
            "adfeda7f68cca899fa931635f9e68deb20765e1dbe241072892ebc28cfb94e612426fa4e1c75d2ea"
                    + "08ac4ac8f3d39bfec51688a6d02da6518fb0d4d249a75a0a";
    private static final String K_PRIV =
            "0802122053dadf1d5a164d6b4acdb15e24aa4c5b1d3461bdbd42abedb0a4404d56ced8fb";
    private static final String K_PUB =
            "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99";
    private static final String K_SIG =
            "3045022100fa612e07e7b5e460351892db4167c4af1a18c104ba33792e20dd7b9e13b56f5b022073"
                    + "8725d2130d0fffc00e6513042cdd4baed2ed13b8ae666a5648aaa0590643d7";
    private static final String E_PRIV =
            "08031279307702010104203e5b1fe9712e6c314942a750bd67485de3c1efe85b1bfb520ae8f9ae3d"
                    + "fa4a4ca00a06082a8648ce3d030107a14403420004de3d300fa36ae0e8f5d530899d83abab44abf3"
                    + "161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec034e9"
                    + "f77c409e62";
    private static final String E_PUB =
            "0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5"
                    + "d530899d83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47"
                    + "c646a597fb4dcec034e9f77c409e62";
    private static final String E_SIG =
            "3045022100ea8e2d446617c19c3ffcbdee31423c7d6464a94d256004125877ecc596a8bac2022059"
                    + "29c2f99eb6f3a00afaec6723b728c4e29d8bd0945371f2a7e5202d9a131d9b";
    private static final String RSA =
            "080012a60430820222300d06092a864886f70d01010105000382020f003082020a0282020100e1be"
                    + "ab071d08200bde24eef00d049449b07770ff9910257b2d7d5dda242ce8f0e2f12e1af4b32d9efd2c"
                    + "090f66b0f29986dbb645dae9880089704a94e5066d594162ae6ee8892e6ec70701db0a6c445c0477"
                    + "8eb3de1293aa1a23c3825b85c6620a2bc3f82f9b0c309bc0ab3aeb1873282bebd3da03c33e76c21e"
                    + "9beb172fd44c9e43be32e2c99827033cf8d0f0c606f4579326c930eb4e854395ad941256542c7939"
                    + "02185153c474bed109d6ff5141ebf9cd256cf58893a37f83729f97e7cb435ec679d2e33901d27bb3"
                    + "5aa0d7e20561da08885ef0abbf8e2fb48d6a5487047a9ecb1ad41fa7ed84f6e3e8ecd5d98b3982d2"
                    + "a901b4454991766da295ab78822add5612a2df83bcee814cf50973e80d7ef38111b1bd87da2ae924"
                    + "38a2c8cbcc70b31ee319939a3b9c761dbc13b5c086d6b64bf7ae7dacc14622375d92a8ff9af7eb96"
                    + "2162bbddebf90acb32adb5e4e4029f1c96019949ecfbfeffd7ac1e3fbcc6b6168c34be3d5a2e5999"
                    + "fcbb39bba7adbca78eab09b9bc39f7fa4b93411f4cc175e70c0a083e96bfaefb04a9580b4753c173"
                    + "8a6a760ae1afd851a1a4bdad231cf56e9284d832483df215a46c1c21bdf0c6cfe951c18f1ee4078c"
                    + "79c13d63edb6e14feaeffabc90ad317e4875fe648101b0864097e998f0ca3025ef9638cd2b0caecd"
                    + "3770ab54a1d9c6ca959b0f5dcbc90caeefc4135baca6fd475224269bbe1b0203010001";

    @ParameterizedTest
    @CsvSource({
        "ED_PUB,12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq,bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6",
        "K_PUB,16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY,bafzaajiiaijcca3xo7uzjzcsyilaj6i54cj44qk7kqzpoao5rti2pjx6udtdbp6kte",
        "E_PUB,QmVMT29id3TUASyfZZ6k9hmNyc2nYabCo4uMSpDw4zrgDk,bafzbeidigywdclqvl5hxfefwp5onbffcfife7pza57mmfb4tiqmtkdjw64",
        "RSA,QmaeANgBs1DTSxWSrPPtobgQuxW8XTfsS4ydbK4rCHzqxG,bafzbeifwzcumbiyql7bhv7fe7mixg6i7aohegq75k234m63bnw6dbicmzu"
    })
    void h03_h08_theIdOfAKeyInAllItsForms(String key, String text, String cid) throws Exception {
        byte[] protobuf = hex(named(key));

        PublicKey read = PublicKey.fromProtobuf(protobuf);

        assertThat(read.toProtobuf()).isEqualTo(protobuf);
        assertThat(read.peerId()).hasToString(text).isEqualTo(PeerId.parse(text));
        assertThat(read.peerId().toCid()).isEqualTo(cid);
        assertThat(PeerId.parse(cid)).isEqualTo(read.peerId());
        assertThat(PeerId.fromBytes(read.peerId().bytes())).isEqualTo(read.peerId());
        if (protobuf.length <= 42) assertThat(read.peerId().publicKey()).contains(read);
        else assertThat(read.peerId().publicKey()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ED_PRIV,ED_PUB", "K_PRIV,K_PUB", "E_PRIV,E_PUB"})
    void h03_thePublicHalfOfAPrivateKey(String secret, String open) throws Exception {
        PrivateKey key = PrivateKey.fromProtobuf(hex(named(secret)));

        assertThat(key.publicKey().toProtobuf()).isEqualTo(hex(named(open)));
        assertThat(key.toProtobuf()).isEqualTo(hex(named(secret)));
        assertThat(key.publicKey().verify(MESSAGE, key.sign(MESSAGE))).isTrue();
        assertThat(key.toString()).doesNotContain(named(secret).substring(8, 40));
    }

    @Test
    void h03_anRsaKeyGoesRound() throws Exception {
        PrivateKey key = PrivateKey.fromProtobuf(rsaPrivate(2048));

        assertThat(key.toProtobuf()).isEqualTo(rsaPrivate(2048));
        assertThat(key.publicKey().verify(MESSAGE, key.sign(MESSAGE))).isTrue();
        assertThat(PublicKey.fromProtobuf(key.publicKey().toProtobuf())).isEqualTo(key.publicKey());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "12201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e0801",
                "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e1800",
                "0801121f1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce2",
                "08811200",
                "0801",
                "12201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
                "08810012201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
                "080112a0001ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
                "08041200",
                "08021221057777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99",
                "0803125a3059301306072a8648ce3d020106082a8648ce3d030107034200",
                ""
            })
    void h04_l43_anyOtherEncodingIsRefused(String protobuf) {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PublicKey.fromProtobuf(hex(protobuf)));
    }

    @Test
    void h05_signaturesEqualTheVectorsWhereTheyAreDeterministic() throws Exception {
        assertThat(PrivateKey.fromProtobuf(hex(ED_PRIV)).sign(MESSAGE)).isEqualTo(hex(ED_SIG));
        assertThat(PrivateKey.fromProtobuf(hex(K_PRIV)).sign(MESSAGE)).isEqualTo(hex(K_SIG));
        assertThat(PublicKey.fromProtobuf(hex(E_PUB)).verify(MESSAGE, hex(E_SIG))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"ED_PUB,ED_SIG", "K_PUB,K_SIG", "E_PUB,E_SIG"})
    void h05_anAlteredByteFails(String key, String signature) throws Exception {
        PublicKey open = PublicKey.fromProtobuf(hex(named(key)));
        byte[] good = hex(named(signature));
        assertThat(open.verify(MESSAGE, good)).isTrue();

        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            assertThat(open.verify(MESSAGE, bad)).as("byte %d", i).isFalse();
        }
        assertThat(open.verify("other".getBytes(StandardCharsets.US_ASCII), good)).isFalse();
        assertThat(open.verify(MESSAGE, new byte[0])).isFalse();
        assertThat(open.verify(MESSAGE, java.util.Arrays.copyOf(good, good.length + 1))).isFalse();
    }

    @Test
    void h05_theHigherSIsNeverWritten() throws Exception {
        PrivateKey key = PrivateKey.fromProtobuf(hex(K_PRIV));
        for (int i = 0; i < 64; i++) {
            var rs =
                    java.util.Objects.requireNonNull(
                            EcdsaSignature.decode(key.sign(new byte[] {(byte) i})));
            assertThat(rs[1]).isLessThanOrEqualTo(Secp256k1PublicKey.HALF_ORDER);
        }
    }

    @Test
    void h06_l17_anRsaModulusOutsideItsBoundsIsRefused() {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PrivateKey.fromProtobuf(rsaPrivate(1024)))
                .withMessageContaining("1024 bits");
        byte[] modulus = new byte[1025]; // 8200 bits
        java.util.Arrays.fill(modulus, (byte) 0xff);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPublicKey.of(spki(new java.math.BigInteger(1, modulus))));
    }

    @Test
    void h07_theLegacyEd25519FormIsReadIfBothPublicHalvesAgree() throws Exception {
        byte[] data = hex(ED_PRIV.substring(8));
        byte[] legacy = java.util.Arrays.copyOf(data, 96);
        System.arraycopy(data, 32, legacy, 64, 32);

        assertThat(Ed25519PrivateKey.of(legacy).toProtobuf()).isEqualTo(hex(ED_PRIV));

        legacy[95] ^= 1;
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Ed25519PrivateKey.of(legacy));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "0000",
                "122000000000000000000000000000000000000000000000000000000000000000",
                "13200000000000000000000000000000000000000000000000000000000000000000",
                "002b00000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
                "1220000000000000000000000000000000000000000000000000000000000000000000"
            })
    void h08_anIdThatIsNoneIsRefused(String bytes) {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerId.fromBytes(hex(bytes)));
    }

    @Test
    void h08_idsOfTheSpecification() {
        assertThat(PeerId.parse("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N").bytes()[0])
                .isEqualTo((byte) 0x12);
        assertThat(PeerId.parse("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA").bytes()[0])
                .isEqualTo((byte) 0);
        PeerId id = PeerId.parse("bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe");
        byte[] cid = Multibase.decode(id.toCid());
        assertThat(PeerId.parse("z" + Base58.encode(cid))).isEqualTo(id);
        assertThat(PeerId.parse("k" + new java.math.BigInteger(1, cid).toString(36))).isEqualTo(id);
        assertThat(PeerId.parse("f" + HexFormat.of().formatHex(cid))).isEqualTo(id);
        assertThat(PeerId.parse(id.toCid().toUpperCase(java.util.Locale.ROOT))).isEqualTo(id);
        cid[1] = 0x70;
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> PeerId.parse(Multibase.base32(cid)))
                .withMessageContaining("codec 112");
    }

    @Test
    void anIdComparesAbbreviatesAndMatches() {
        PeerId id = PeerId.parse("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq");

        assertThat(id.abbreviated()).isEqualTo("12D3…R3pq");
        byte[] framed = new byte[id.bytes().length + 2];
        System.arraycopy(id.unsafeBytes(), 0, framed, 1, framed.length - 2);
        assertThat(id.matches(framed, 1, framed.length - 2)).isTrue();
        assertThat(id.matches(framed, 0, framed.length - 2)).isFalse();
        assertThat(id.compareTo(PeerId.parse(id.toString()))).isZero();
        assertThat(id.hashCode()).isEqualTo(Long.hashCode(id.hash64()));
    }

    @Test
    void aNewKeySignsAndIsRead() throws Exception {
        var random = new java.util.Random(7);
        for (PrivateKey key :
                new PrivateKey[] {
                    PrivateKey.generateEd25519(random), PrivateKey.generateSecp256k1(random)
                }) {
            PrivateKey read = PrivateKey.fromProtobuf(key.toProtobuf());
            assertThat(read.publicKey()).isEqualTo(key.publicKey());
            assertThat(read.publicKey().hashCode()).isEqualTo(key.publicKey().hashCode());
            assertThat(key.publicKey().verify(MESSAGE, read.sign(MESSAGE))).isTrue();
            assertThat(key.publicKey()).hasToString(key.publicKey().peerId().toString());
        }
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PrivateKey.secp256k1(new byte[32]));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PrivateKey.secp256k1(new byte[31]));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> PrivateKey.ed25519(new byte[31]));
    }

    private static byte[] rsaPrivate(int bits) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("RSA");
        var random = java.security.SecureRandom.getInstance("SHA1PRNG");
        random.setSeed(bits);
        generator.initialize(bits, random);
        byte[] pkcs8 =
                KEYS.computeIfAbsent(
                        bits, _ -> generator.generateKeyPair().getPrivate().getEncoded());
        return new ProtoWriter().varint(1, 0).bytes(2, pkcs8, 26, pkcs8.length - 26).toByteArray();
    }

    private static final java.util.Map<Integer, byte[]> KEYS =
            new java.util.concurrent.ConcurrentHashMap<>();

    private static byte[] spki(java.math.BigInteger modulus) throws Exception {
        return java.security.KeyFactory.getInstance("RSA")
                .generatePublic(
                        new java.security.spec.RSAPublicKeySpec(
                                modulus, java.math.BigInteger.valueOf(65537)))
                .getEncoded();
    }

    private static String named(String name) {
        return switch (name) {
            case "ED_PRIV" -> ED_PRIV;
            case "ED_PUB" -> ED_PUB;
            case "ED_SIG" -> ED_SIG;
            case "K_PRIV" -> K_PRIV;
            case "K_PUB" -> K_PUB;
            case "K_SIG" -> K_SIG;
            case "E_PRIV" -> E_PRIV;
            case "E_PUB" -> E_PUB;
            case "E_SIG" -> E_SIG;
            case "RSA" -> RSA;
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
