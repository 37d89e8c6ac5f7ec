package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Signed envelopes and peer records against the vectors of host.md 19.6.
class SignedEnvelopeTest {
    private static final String KEY =
            "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fa"
                    + "e2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private static final String RECORD =
            "0a260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"
                    + "10011a0a0a0804c0000201060fa11a0d0a0b04c000020191020fa1cd03";
    private static final String SIGNED =
            "126c69627032702d706565722d7265636f7264020301450a260024080112201ed1e8fae2c4a144b8"
                    + "be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e10011a0a0a0804c0000201060fa11a0d0a"
                    + "0b04c000020191020fa1cd03";
    private static final String ENVELOPE =
            "0a24080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e1202"
                    + "03011a450a260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d4"
                    + "74fce27e10011a0a0a0804c0000201060fa11a0d0a0b04c000020191020fa1cd032a40b48ba1622d"
                    + "a4a64eabb91ef5f1a7e84adca805b06c47e3b96393b27d5069e800c1de77a730e3b29103f1826df6"
                    + "8bc3c7960de5dc959d7c6b811edbe895356c0a";
    private static final String VOUCHER =
            "0a260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"
                    + "1227002508021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca"
                    + "991880e2cfaa06";
    private static final String VOUCHER_SIGNATURE =
            "4fe38e21fbe57526c9e4197c4af82955d003a6b6f733e49ee18b0b9abdd1352f7a73250425d0db75"
                    + "1c1c62c2a106643e0ccd277760f80cefc8b7d810d5752a06";

    @Test
    void h59_aRecordIsWrittenAndReadAsOthersDo() throws Exception {
        PrivateKey key = key();
        var record =
                new PeerRecord(
                        key.publicKey().peerId(),
                        1,
                        List.of(
                                Multiaddr.parse("/ip4/192.0.2.1/tcp/4001"),
                                Multiaddr.parse("/ip4/192.0.2.1/udp/4001/quic-v1")));

        assertThat(record.toByteArray()).isEqualTo(hex(RECORD));
        assertThat(SignedEnvelope.signedBytes(PeerRecord.DOMAIN, new byte[] {3, 1}, hex(RECORD)))
                .isEqualTo(hex(SIGNED));
        assertThat(record.toSignedEnvelope(key)).isEqualTo(hex(ENVELOPE));
        assertThat(PeerRecord.fromSignedEnvelope(hex(ENVELOPE))).isEqualTo(record);
        assertThat(SignedEnvelope.parse(hex(ENVELOPE)).toByteArray()).isEqualTo(hex(ENVELOPE));
    }

    @Test
    void aVoucherIsWrittenAndReadAsOthersDo() throws Exception {
        var voucher =
                new RelayVoucher(
                        key().publicKey().peerId(),
                        PeerId.parse("16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY"),
                        1_700_000_000);

        byte[] sealed = voucher.toSignedEnvelope(key());

        assertThat(voucher.toByteArray()).isEqualTo(hex(VOUCHER));
        assertThat(SignedEnvelope.parse(sealed).signature()).isEqualTo(hex(VOUCHER_SIGNATURE));
        assertThat(RelayVoucher.fromSignedEnvelope(sealed)).isEqualTo(voucher);
    }

    @Test
    void aVoucherThatIsNotItsRelaysIsRefused() throws Exception {
        PrivateKey other = PrivateKey.ed25519(new byte[32]);
        byte[] type = {3, 2};
        byte[][] bad = {
            SignedEnvelope.seal(other, RelayVoucher.DOMAIN, type, hex(VOUCHER)).toByteArray(),
            SignedEnvelope.seal(key(), PeerRecord.DOMAIN, type, hex(VOUCHER)).toByteArray(),
            SignedEnvelope.seal(key(), RelayVoucher.DOMAIN, new byte[] {3, 1}, hex(VOUCHER))
                    .toByteArray(),
            SignedEnvelope.seal(key(), RelayVoucher.DOMAIN, type, hex("180a2000")).toByteArray(),
            SignedEnvelope.seal(key(), RelayVoucher.DOMAIN, type, hex("0a0100")).toByteArray(),
            hex(ENVELOPE)
        };
        for (byte[] envelope : bad) {
            assertThatExceptionOfType(MalformedException.class)
                    .isThrownBy(() -> RelayVoucher.fromSignedEnvelope(envelope));
        }
        PeerId self = key().publicKey().peerId();
        var voucher = new RelayVoucher(self, self, 1);
        assertThatThrownBy(() -> voucher.toSignedEnvelope(other))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void h59_l38_onlyAHigherNumberOfTheSamePeerSupersedes() throws Exception {
        PeerId self = key().publicKey().peerId();
        var record = new PeerRecord(self, 5, List.of());

        assertThat(new PeerRecord(self, 6, List.of()).supersedes(record)).isTrue();
        assertThat(new PeerRecord(self, -1, List.of()).supersedes(record)).isTrue(); // 2^64 - 1
        assertThat(new PeerRecord(self, 5, List.of()).supersedes(record)).isFalse();
        assertThat(new PeerRecord(self, 4, List.of()).supersedes(record)).isFalse();
        PeerId other = PrivateKey.ed25519(new byte[32]).publicKey().peerId();
        assertThat(new PeerRecord(other, 6, List.of()).supersedes(record)).isFalse();
    }

    @Test
    void anEnvelopeWithoutKeyOrTypeIsRefusedAndOneWithMoreIsRead() throws Exception {
        SignedEnvelope good = SignedEnvelope.parse(hex(ENVELOPE));
        byte[] key = good.publicKey().toProtobuf();
        byte[] noKey = new ProtoWriter().bytes(2, new byte[] {3, 1}).toByteArray();
        byte[] noType = new ProtoWriter().bytes(1, key).toByteArray();
        byte[] more =
                new ProtoWriter()
                        .raw(hex(ENVELOPE), 0, hex(ENVELOPE).length)
                        .varint(9, 1)
                        .toByteArray();

        for (byte[] bad : List.of(noKey, noType)) {
            assertThatExceptionOfType(MalformedException.class)
                    .isThrownBy(() -> SignedEnvelope.parse(bad));
        }
        assertThat(SignedEnvelope.parse(more)).isEqualTo(good).hasSameHashCodeAs(good);
        assertThatThrownBy(() -> SignedEnvelope.seal(key(), "", new byte[] {1}, key))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SignedEnvelope.seal(key(), "domain", new byte[0], key))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aVoucherCountsForItsOwnDomainOnly() throws Exception {
        SignedEnvelope voucher =
                SignedEnvelope.seal(key(), "libp2p-relay-rsvp", new byte[] {3, 2}, hex(VOUCHER));

        assertThat(voucher.signature()).isEqualTo(hex(VOUCHER_SIGNATURE));
        assertThat(voucher.verify("libp2p-relay-rsvp")).isTrue();
        assertThat(voucher.verify("libp2p-peer-record")).isFalse();
        assertThat(voucher.verify("")).isFalse();
    }

    @Test
    void h59_aRecordOfTheRfcsTextIsReadToo() throws Exception {
        byte[] legacy =
                SignedEnvelope.seal(
                                key(),
                                "libp2p-routing-state",
                                "/libp2p/routing-state-record".getBytes(StandardCharsets.US_ASCII),
                                hex(RECORD))
                        .toByteArray();

        assertThat(PeerRecord.fromSignedEnvelope(legacy).addresses()).hasSize(2);
    }

    @Test
    void h59_l38_aRecordThatIsNotItsSignersIsRefused() throws Exception {
        PrivateKey other = PrivateKey.ed25519(new byte[32]);
        byte[] foreign =
                SignedEnvelope.seal(other, PeerRecord.DOMAIN, new byte[] {3, 1}, hex(RECORD))
                        .toByteArray();
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerRecord.fromSignedEnvelope(foreign))
                .withMessageContaining("another peer");

        byte[] wrongType =
                SignedEnvelope.seal(key(), PeerRecord.DOMAIN, new byte[] {3, 2}, hex(RECORD))
                        .toByteArray();
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerRecord.fromSignedEnvelope(wrongType));

        byte[] wrongDomain =
                SignedEnvelope.seal(key(), "other", new byte[] {3, 1}, hex(RECORD)).toByteArray();
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerRecord.fromSignedEnvelope(wrongDomain));

        PeerRecord good = PeerRecord.fromSignedEnvelope(hex(ENVELOPE));
        assertThatThrownBy(() -> good.toSignedEnvelope(other))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void h59_anyByteChangedIsNoticed() {
        byte[] good = hex(ENVELOPE);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            assertThatExceptionOfType(MalformedException.class)
                    .as("byte %d", i)
                    .isThrownBy(() -> PeerRecord.fromSignedEnvelope(bad));
        }
    }

    @Test
    void l38_anEnvelopeOverItsSizeIsNotLookedAt() {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> SignedEnvelope.parse(new byte[SignedEnvelope.BYTES_MAX + 1]))
                .withMessageContaining("8193 bytes");
    }

    @Test
    void l38_aRecordWithTooManyAddressesIsRefusedAndOneUnknownIsSkipped() throws Exception {
        PrivateKey key = key();
        var many = new ProtoWriter().bytes(1, key.publicKey().peerId().bytes()).varint(2, 1);
        for (int i = 0; i <= PeerRecord.ADDRESSES_MAX; i++) {
            many.message(3, new ProtoWriter().bytes(1, hex("047f000001060fa1")));
        }
        byte[] over = seal(key, many);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerRecord.fromSignedEnvelope(over))
                .withMessageContaining("over 100");

        var unknown =
                new ProtoWriter()
                        .bytes(1, key.publicKey().peerId().bytes())
                        .message(3, new ProtoWriter().bytes(1, hex("b90a00")))
                        .message(3, new ProtoWriter().bytes(1, hex("047f000001060fa1")))
                        .varint(9, 3);
        assertThat(PeerRecord.fromSignedEnvelope(seal(key, unknown)).addresses()).hasSize(1);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() ->
                        PeerRecord.fromSignedEnvelope(seal(key, new ProtoWriter().varint(2, 1))))
                .withMessageContaining("no peer id");
    }

    /// A hundred and one addresses in one entry once came out as an unchecked exception.
    @Test
    void l38_anEntryHoldsOneAddressTheLast() throws Exception {
        PrivateKey key = key();
        var entry = new ProtoWriter();
        for (int i = 0; i <= PeerRecord.ADDRESSES_MAX; i++) {
            entry.bytes(1, new byte[] {6, 0, (byte) i});
        }
        var record = new ProtoWriter().bytes(1, key.publicKey().peerId().bytes()).message(3, entry);

        assertThat(PeerRecord.fromSignedEnvelope(seal(key, record)).addresses())
                .containsExactly(Multiaddr.parse("/tcp/100"));
    }

    @Test
    void l42_anAddressOverItsSizeIsDroppedAndTheRecordKept() throws Exception {
        PrivateKey key = key();
        var record = new ProtoWriter().bytes(1, key.publicKey().peerId().bytes());
        for (int size : new int[] {Multiaddr.BYTES_MAX, Multiaddr.BYTES_MAX + 1, 0}) {
            byte[] name = new byte[size];
            java.util.Arrays.fill(name, (byte) 'a');
            if (size > 0) System.arraycopy(hex("35fd07"), 0, name, 0, 3); // dns of 1021 bytes
            record.message(3, new ProtoWriter().bytes(1, name));
        }
        record.message(3, new ProtoWriter()); // an entry without an address

        assertThat(PeerRecord.fromSignedEnvelope(seal(key, record)).addresses()).hasSize(1);
    }

    private static byte[] seal(PrivateKey key, ProtoWriter record) {
        return SignedEnvelope.seal(key, PeerRecord.DOMAIN, new byte[] {3, 1}, record.toByteArray())
                .toByteArray();
    }

    private static PrivateKey key() throws MalformedException {
        return PrivateKey.fromProtobuf(hex(KEY));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
