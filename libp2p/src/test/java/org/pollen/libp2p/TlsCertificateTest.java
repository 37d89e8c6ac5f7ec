package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows H-26 and H-30 with the certificates of section 19.5.
class TlsCertificateTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    static final String A =
            "308201ae30820156a0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a"
                    + "13096c69627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f"
                    + "34303936303130313133303030305a302031123010060355040a13096c69627032702e696f310a300806"
                    + "035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca8"
                    + "5e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a6"
                    + "51691606d8173e55bd37e381569ea37c307a3078060a2b0601040183a25a0101046a3068042408011220"
                    + "a77f1d92fedb59dddaea5a1c4abd1ac2fbde7d7b879ed364501809923d7c11b90440d90d2769db992d5e"
                    + "6195dbb08e706b6651e024fda6cfb8846694a435519941cac215a8207792e42849cccc6cd8136c6e4bde"
                    + "92a58c5e08cfd4206eb5fe0bf909300a06082a8648ce3d0403020346003043021f50f6b6c52711a88177"
                    + "8718238f650c9fb48943ae6ee6d28427dc6071ae55e702203625f116a7a454db9c56986c82a25682f724"
                    + "8ea1cb764d322ea983ed36a31b77";
    static final String B =
            "308201f63082019da0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a"
                    + "13096c69627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f"
                    + "34303936303130313133303030305a302031123010060355040a13096c69627032702e696f310a300806"
                    + "035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca8"
                    + "5e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a6"
                    + "51691606d8173e55bd37e381569ea381c23081bf3081bc060a2b0601040183a25a01010481ad3081aa04"
                    + "5f0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004bf30511f909414ebdd32"
                    + "42178fd290f093a551cf75c973155de0bb5a96fedf6cb5d52da7563e794b512f66e60c7f55ba8a3acf3d"
                    + "d72a801980d205e8a1ad29f2044730450220064ea8124774caf8f50e57f436aa62350ce652418c019df5"
                    + "d98a3ac666c9386a022100aa59d704a931b5f72fb9222cb6cc51f954d04a4e2e5450f8805fe8918f71ea"
                    + "ae300a06082a8648ce3d04030203470030440220799395b0b6c1e940a7e4484705f610ab51ed376f19ff"
                    + "9d7c16757cfbf61b8d4302206205c03fbb0f95205c779be86581d3e31c01871ad5d1f3435bcf375cb0e5"
                    + "088a";
    static final String C =
            "308201ba3082015fa0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a"
                    + "13096c69627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f"
                    + "34303936303130313133303030305a302031123010060355040a13096c69627032702e696f310a300806"
                    + "035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca8"
                    + "5e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a6"
                    + "51691606d8173e55bd37e381569ea38184308181307f060a2b0601040183a25a01010471306f04250802"
                    + "12210206dc6968726765b820f050263ececf7f71e4955892776c0970542efd689d238204463044022014"
                    + "5e15a991961f0d08cd15425bb95ec93f6ffa03c5a385eedc34ecf464c7a8ab022026b3109b8a3f40ef83"
                    + "3169777eb2aa337cfb6282f188de0666d1bcec2a4690dd300a06082a8648ce3d04030203490030460221"
                    + "00e1a217eeef9ec9204b3f774a08b70849646b6a1e6b8b27f93dc00ed58545d9fe022100b00dafa549d0"
                    + "f03547878338c7b15e7502888f6d45db387e5ae6b5d46899cef0";
    static final String D =
            "308201f73082019da0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a"
                    + "13096c69627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f"
                    + "34303936303130313133303030305a302031123010060355040a13096c69627032702e696f310a300806"
                    + "035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca8"
                    + "5e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a6"
                    + "51691606d8173e55bd37e381569ea381c23081bf3081bc060a2b0601040183a25a01010481ad3081aa04"
                    + "5f0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004bf30511f909414ebdd32"
                    + "42178fd290f093a551cf75c973155de0bb5a96fedf6cb5d52da7563e794b512f66e60c7f55ba8a3acf3d"
                    + "d72a801980d205e8a1ad29f204473045022100bb6e03577b7cc7a3cd1558df0da2b117dfdcc0399bc250"
                    + "4ebe7de6f65cade72802206de96e2a5be9b6202adba24ee0362e490641ac45c240db71fe955f2c5cf8df"
                    + "6e300a06082a8648ce3d0403020348003045022100e847f267f43717358f850355bdcabbefb2cfbf8a3c"
                    + "043b203a14788a092fe8db022027c1d04a2d41fd6b57a7e8b3989e470325de4406e52e084e34a3fd56ee"
                    + "f0d0df";
    static final String E =
            "3082017130820116a003020102020101300a06082a8648ce3d04030230003020170d3735303130313030"
                    + "303030305a180f34303936303130313030303030305a30003059301306072a8648ce3d020106082a8648"
                    + "ce3d03010703420004856fe5d34c8cebd6e6ad73248e454217c3b27c79877205becd3e0f0e6abd3f64b7"
                    + "28c72e01ae3d68d441a04d570767850fc6975342f721bdc1cb496d1cdce8c5a37f307d307b060a2b0601"
                    + "040183a25a01010101ff046a3068042408011220bf1664ee73fc4f00cf14b4b07e244cad9512bad2980e"
                    + "54ab6547a91f4661a92f04404988a9e11f5f09e47b3efd75abbabfe7e57e4e1247bcceb97b649ee080e7"
                    + "dd0952c13e2370d17141f64449392695f15e3a9e52646a1be8ea078d78915fb1ab02300a06082a8648ce"
                    + "3d0403020349003046022100e9d4d8d09742d4afa8924ea0424d592c2519f1f2d2cf3a6a6d2d3eb0a053"
                    + "43aa022100ef4d7cdfdb5160896d9bc28f624032c07e0bf5bfec723bdaa6e5217f3e9b9e73";

    private static byte[] der(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    static byte[] vector(String name) {
        return der(
                switch (name) {
                    case "A" -> A;
                    case "B" -> B;
                    case "C" -> C;
                    case "D" -> D;
                    default -> E;
                });
    }

    private static void refused(byte[] der, String because) {
        assertThatExceptionOfType(ViolationException.class)
                .isThrownBy(() -> TlsCertificate.verify(der, NOW))
                .withMessageContaining(because)
                .satisfies(e ->
                        assertThat(e.limit())
                                .isIn(Limit.L16_CERTIFICATE, Limit.L17_CERTIFICATE_SIZE));
    }

    @ParameterizedTest
    @CsvSource({
        "A,12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv",
        "B,QmfXbAwNjJLXfesgztEHe8HwgVDCMMpZ9Eax1HYq6hn9uE",
        "C,16Uiu2HAkutTMoTzDw1tCvSRtu6YoixJwS46S1ZFxW8hSx9fWHiPs",
        "E,12D3KooWNgHqwmRv4YJ1KcRUrLUWZEwdPGPbYU2Ez1ikjMe8mgri"
    })
    @DisplayName("H-26 certificates A, B, C and E are accepted, with the peer id of the extension")
    void accepted(String name, String peer) throws Exception {
        TlsCertificate certificate = TlsCertificate.verify(vector(name), NOW);
        assertThat(certificate.peerId()).hasToString(peer);
        assertThat(certificate.notBefore()).isBefore(Instant.parse("1976-01-01T00:00:00Z"));
        assertThat(certificate.notAfter()).isAfter(Instant.parse("4095-01-01T00:00:00Z"));
    }

    @Test
    @DisplayName("H-26 L16 D, whose extension another key signed, is refused")
    void foreignExtension() {
        refused(vector("D"), "identity signature");
    }

    @Test
    @DisplayName("H-26 L16 every flipped byte of E is refused, and every cut of it")
    void flipped() {
        byte[] good = vector("E");
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            assertThatExceptionOfType(ViolationException.class)
                    .as("byte %d", i)
                    .isThrownBy(() -> TlsCertificate.verify(bad, NOW));
            byte[] cut = Arrays.copyOf(good, i);
            assertThatExceptionOfType(ViolationException.class)
                    .isThrownBy(() -> TlsCertificate.verify(cut, NOW));
        }
        byte[] last = good.clone();
        last[last.length - 1] ^= 1;
        refused(last, "not signed by its own key");
        refused(Arrays.copyOf(good, good.length + 1), "bytes behind");
        refused(new byte[TlsCertificate.BYTES_MAX + 1], "at most 8192");
    }

    @Test
    @DisplayName(
            "H-26 L16 a second extension of ours, an unknown critical one, none, or no signature")
    void extensions() throws Exception {
        byte[] libp2p = TlsForge.extension(TestHosts.key(1));
        byte[] unknown = TlsForge.extension("2b060104018237", false, new byte[] {5, 0});
        byte[] critical = TlsForge.extension("2b060104018237", true, new byte[] {5, 0});
        assertThat(TlsCertificate.verify(forge(libp2p, unknown), NOW).peerId())
                .isEqualTo(TestHosts.key(1).publicKey().peerId());
        refused(forge(libp2p, critical), "unknown critical");
        refused(forge(libp2p, libp2p), "two libp2p extensions");
        refused(forge(unknown), "no libp2p extension");
        refused(
                forge(TlsForge.extension("2b0601040183a25a0101", true, new byte[] {5, 0})),
                "tag 5");
    }

    @Test
    @DisplayName("H-26 L16 expired and not yet valid, to the second")
    void dates() throws Exception {
        Instant from = NOW.minus(Duration.ofDays(1));
        byte[] der = TlsForge.certificate(from, NOW, TlsForge.extension(TestHosts.key(1)));
        assertThat(TlsCertificate.verify(der, NOW).notAfter()).isEqualTo(NOW);
        assertThat(TlsCertificate.verify(der, from).notBefore()).isEqualTo(from);
        assertThatExceptionOfType(ViolationException.class)
                .isThrownBy(() -> TlsCertificate.verify(der, NOW.plusSeconds(1)));
        assertThatExceptionOfType(ViolationException.class)
                .isThrownBy(() -> TlsCertificate.verify(der, from.minusSeconds(1)));
    }

    private static byte[] forge(byte[]... extensions) throws Exception {
        return TlsForge.certificate(
                NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(1)), extensions);
    }

    @Test
    @DisplayName(
            "H-30 our certificate: P-256, from an hour ago for 100 years, read by our own reader")
    void own() throws Exception {
        TlsIdentity own = TlsIdentity.create(TestHosts.key(1), new SecureRandom(), NOW);
        byte[] der = own.certificate().getEncoded();
        TlsCertificate read = TlsCertificate.verify(der, NOW);
        assertThat(read.peerId()).isEqualTo(TestHosts.key(1).publicKey().peerId());
        assertThat(read.notBefore()).isEqualTo(NOW.minus(Duration.ofHours(1)));
        assertThat(read.notAfter()).isEqualTo(Instant.parse("2126-01-01T00:00:00Z"));
        assertThat(own.certificate().getSubjectAlternativeNames()).isNull();
        assertThat(own.certificate().getPublicKey().getEncoded()).hasSize(91); // P-256, named
        assertThat(own.certificate().getVersion()).isEqualTo(3);
        assertThat(NOW.truncatedTo(ChronoUnit.SECONDS)).isEqualTo(NOW);
    }
}
