package org.pollen.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.HostConfig;
import org.pollen.mempool.Address;
import org.pollen.mempool.PoolMode;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigLoader;
import org.pollen.node.trace.TraceFormat;
import org.pollen.node.trace.TraceSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Dialect;
import org.pollen.router.SigningPolicy;

class ConfiguredNodeTest {
    private static final PrivateKey KEY = PrivateKey.ed25519(new byte[32]);

    private static Config config(String... sets) {
        return ConfigLoader.load(null, Map.of(), List.of(sets), Map.of());
    }

    private static NodeSetup setup(String... sets) {
        return ConfiguredNode.setup(
                config(sets), KEY, null, new SplittableRandom(1), Path.of("data"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"blossom-2.0", "blossom-2.1", "meshsub", "both"})
    void builtInSettingsPassTheStrictLint(String dialect) {
        assertThat(
                        NodeProfiles.lint(
                                ConfiguredNode.gossip(config("gossip.dialect=" + dialect)),
                                20,
                                true))
                .isEmpty();
        assertThat(setup("gossip.dialect=" + dialect).dialect()).isEqualTo(dialect);
    }

    @Test
    void everySettingHasItsEffect() {
        NodeSetup node =
                setup(
                        "p2p.host=127.0.0.1",
                        "p2p.port=0",
                        "p2p.maxPeers=7",
                        "p2p.maxPerIp=3",
                        "p2p.dialTimeout=3s",
                        "p2p.idleTimeout=9s",
                        "gossip.D=9",
                        "gossip.Dlo=7",
                        "gossip.Dhi=13",
                        "gossip.floodPublish=false",
                        "gossip.px=true",
                        "gossip.signing=strict-sign",
                        "gossip.validationQueue=99",
                        "gossip.outboundQueue=1MiB",
                        "txpool.mode=reference",
                        "txpool.pricelimit=5",
                        "txpool.pricebump=20",
                        "txpool.accountslots=1",
                        "txpool.globalslots=2",
                        "txpool.accountqueue=3",
                        "txpool.globalqueue=4",
                        "txpool.lifetime=1h",
                        "ops.page=off");
        assertThat(node.p2p().getAddress().isLoopbackAddress()).isTrue();
        assertThat(node.limits().connections()).isEqualTo(23);
        assertThat(node.limits().connectionsPerIp()).isEqualTo(3);
        assertThat(node.timeouts().dial()).isEqualTo(Duration.ofSeconds(3));
        assertThat(node.timeouts().idle()).isEqualTo(Duration.ofSeconds(9));
        assertThat(node.router().meshTarget()).isEqualTo(9);
        assertThat(node.router().meshLow()).isEqualTo(7);
        assertThat(node.router().meshHigh()).isEqualTo(13);
        assertThat(node.router().floodPublish()).isFalse();
        assertThat(node.router().peerExchange()).isTrue();
        assertThat(node.router().signingPolicy()).isEqualTo(SigningPolicy.STRICT_SIGN);
        assertThat(node.router().validationQueueMax()).isEqualTo(99);
        assertThat(node.router().outboundLimits().bytesMax()).isEqualTo(1 << 20);
        assertThat(node.pool().mode()).isEqualTo(PoolMode.REFERENCE);
        assertThat(node.pool().accountSlots()).isEqualTo(1);
        assertThat(node.pool().lifetime()).isEqualTo(Duration.ofHours(1));
        assertThat(node.page()).isFalse();
    }

    @Test
    void bothDialectsAreConfiguredAlike() {
        NodeSetup node = setup("gossip.dialect=both", "gossip.D=9");
        NodeProfiles.Gossip second = java.util.Objects.requireNonNull(node.second());
        assertThat(node.router().dialect()).isEqualTo(Dialect.BLOSSOM);
        assertThat(second.router().dialect()).isEqualTo(Dialect.MESHSUB);
        assertThat(second.router().meshTarget()).isEqualTo(node.router().meshTarget()).isEqualTo(9);
        assertThat(second.scores().ipColocationCountsLoopback()).isFalse();
        assertThat(node.protocols())
                .startsWith("/blossomsub/2.1.0", "/blossomsub/2.0.0", "/meshsub/1.3.0");
        assertThat(setup("gossip.dialect=meshsub").second()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict-sign", "lax-sign", "lax-no-sign"})
    void bothDialectsNeedMessagesWithoutSignatures(String policy) {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> setup("gossip.dialect=both", "gossip.signing=" + policy))
                .withMessageContaining("gossip.dialect is both, and gossip.signing is " + policy)
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(3));
    }

    @Test
    void aTraceGoesWhereTheSettingsSay() {
        assertThat(setup().trace()).isNull();
        assertThat(setup("trace.sink=file").trace())
                .isEqualTo(
                        new TraceSetup.File(
                                Path.of("data", "traces", "gossip.ndjson"),
                                TraceFormat.NDJSON,
                                256L << 20));
        assertThat(
                        setup(
                                        "trace.sink=file",
                                        "trace.format=pb",
                                        "trace.file=/var/a.pb",
                                        "trace.maxBytes=1MiB")
                                .trace())
                .isEqualTo(new TraceSetup.File(Path.of("/var/a.pb"), TraceFormat.PB, 1 << 20));
        String collector = "/ip4/127.0.0.1/tcp/9810/p2p/" + KEY.publicKey().peerId();
        assertThat(setup("trace.sink=remote", "trace.remote=" + collector).trace())
                .isEqualTo(new TraceSetup.Remote(Multiaddr.parse(collector)));
    }

    @Test
    void severalNodesBehindOneLoopbackAddressAreNotPunished() {
        assertThat(setup().scores().ipColocationCountsLoopback()).isFalse();
    }

    @Test
    void thePageIsNotShownToTheNetwork() {
        assertThat(setup().page()).isTrue();
        assertThat(setup("ops.host=0.0.0.0").page()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "p2p.bootnodes=nowhere, p2p.bootnodes has \"nowhere\"",
        "p2p.bootnodes=/ip4/127.0.0.1/tcp/9810, it names no peer id",
        "p2p.direct=/ip4/127.0.0.1/tcp/x, p2p.direct has",
        "trace.sink=remote, trace.sink is remote",
        "p2p.host=not an address, p2p.host is \"not an address\"",
        "gossip.Dlo=50, the gossip settings do not fit each other",
        "gossip.heartbeatInterval=60s, seenTtl is PT2M"
    })
    void whatCannotBeUsedIsRefusedByName(String set, String message) {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> setup(set))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "p2p.listen=nowhere;p2p.listen has \"nowhere\"",
                "p2p.listen=/ip4/127.0.0.1/tcp/99999/ws;p2p.listen has",
                "p2p.listen=/ip4/127.0.0.1/udp/1/quic;p2p.listen has",
                "p2p.listen=/dns4/localhost/tcp/1;p2p.listen has",
                "p2p.listen=/ip4/127.0.0.1/tcp/0/tls/ws;there is no certificate for it",
                "p2p.security=plain;p2p.security is \"plain\"",
                "p2p.security=tls,tls;p2p.security is \"tls,tls\"",
                "p2p.security=;p2p.security is \"\"",
                "p2p.wssKey=key.pem;one is set",
                "p2p.wssCertificate=cert.pem;one is set",
                "gossip.relayed=perhaps;gossip.relayed"
            })
    void transportsThatCannotBeUsedAreRefusedByName(String set, String message) {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> setup(set))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(3));
    }

    @Test
    void transportsAreAsSet(@TempDir Path folder) throws Exception {
        NodeSetup plain = setup();
        assertThat(plain.transports().security())
                .containsExactly(HostConfig.Security.TLS, HostConfig.Security.NOISE);
        assertThat(plain.transports().more()).isEmpty();
        assertThat(plain.reachability().limitedProtocols()).isEmpty();
        assertThat(setup("gossip.relayed=true").reachability().limitedProtocols())
                .containsExactlyInAnyOrderElementsOf(plain.protocols());

        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        KeyStore store = selfSigned(folder.resolve("store.p12"));
        Files.writeString(
                folder.resolve("cert.pem"),
                pem("CERTIFICATE", store.getCertificate("wss").getEncoded()));
        Files.writeString(
                folder.resolve("other.pem"), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        Files.writeString(
                folder.resolve("key.pem"),
                pem("PRIVATE KEY", store.getKey("wss", PASSWORD.toCharArray()).getEncoded()));
        Files.writeString(folder.resolve("empty.pem"), "");
        String secure = "p2p.listen=/ip4/127.0.0.1/tcp/0/tls/ws,/ip4/127.0.0.1/udp/0/quic-v1";
        String cert = "p2p.wssCertificate=" + folder.resolve("cert.pem");
        NodeSetup node =
                setup(
                        secure,
                        cert,
                        "p2p.wssKey=" + folder.resolve("key.pem"),
                        "p2p.security=noise");
        assertThat(node.transports().more()).hasSize(2);
        assertThat(node.transports().security()).containsExactly(HostConfig.Security.NOISE);
        assertThat(Objects.requireNonNull(node.transports().webSocketTls()).chain()).hasSize(1);

        refused(
                "the key is not the certificate's",
                secure,
                cert,
                "p2p.wssKey=" + folder.resolve("other.pem"));
        refused("there is no such file", secure, cert, "p2p.wssKey=" + folder.resolve("none.pem"));
        refused("no BEGIN PRIVATE KEY", secure, cert, "p2p.wssKey=" + folder.resolve("empty.pem"));
        refused(
                "no certificate",
                secure,
                "p2p.wssCertificate=" + folder.resolve("empty.pem"),
                "p2p.wssKey=" + folder.resolve("key.pem"));
        refused(
                "p2p.listen has no tls/ws address",
                cert,
                "p2p.wssKey=" + folder.resolve("key.pem"));
    }

    private static void refused(String message, String... sets) {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> setup(sets))
                .withMessageContaining(message);
    }

    private static final String PASSWORD = "changeit";

    /// A certificate for `localhost` and its key, as the JDK's own tool makes them.
    private static KeyStore selfSigned(Path file) throws Exception {
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "wss",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=localhost",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                PASSWORD,
                                "-keystore",
                                file.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        return KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
                .formatted(label, Base64.getMimeEncoder().encodeToString(der), label);
    }

    @Test
    void anotherChainIdIsRefused() {
        var chain =
                new org.pollen.node.chain.DevChain(
                        org.pollen.node.chain.DevChainConfig.defaults(1));
        ConfiguredNode.checkChain(config(), chain);
        ConfiguredNode.checkChain(config("chain.id=31337"), chain);
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> ConfiguredNode.checkChain(config("chain.id=1"), chain))
                .withMessageContaining("chain.id is 1, the chain has 31337");
    }

    @Test
    void discv5IsOffUnlessAskedForAndItsBootnodesAreRecords() {
        assertThat(ConfiguredNode.discv5(config(), KEY)).isEmpty();
        var settings =
                ConfiguredNode.discv5(
                                config(
                                        "p2p.discv5=true",
                                        "p2p.host=127.0.0.1",
                                        "p2p.discv5Port=9000",
                                        "p2p.discv5Network=test"),
                                KEY)
                        .orElseThrow();
        assertThat(settings.listen().getPort()).isEqualTo(9000);
        assertThat(settings.network()).isEqualTo("test");
        assertThat(settings.privateAddresses()).isFalse();
        assertThatThrownBy(() ->
                        ConfiguredNode.discv5(
                                config("p2p.discv5=true", "p2p.discv5Bootnodes=enr:none"), KEY))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("enr:none");
    }

    @Test
    @DisplayName("2.1 txpool.locals: addresses, and only where they have an effect")
    void locals() {
        String one = "0x" + "1f".repeat(20);
        assertThat(ConfiguredNode.locals(config())).isEmpty();
        assertThat(ConfiguredNode.locals(config("chain.source=rpc", "txpool.locals=" + one)))
                .containsExactly(Address.parse(one));
        assertThat(
                        ConfiguredNode.locals(
                                config(
                                        "chain.source=embedded",
                                        "txpool.nolocals=true",
                                        "txpool.locals=" + one)))
                .hasSize(1);
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() ->
                        ConfiguredNode.locals(config("chain.source=rpc", "txpool.locals=0x12")))
                .withMessage("txpool.locals contains \"0x12\"")
                .satisfies(e ->
                        assertThat(e.problems().getFirst().code()).isEqualTo(ErrorCode.CFG_003));
        for (String without : List.of("chain.source=none", "txpool.nolocals=true")) {
            String source = without.startsWith("chain") ? without : "chain.source=rpc";
            assertThatExceptionOfType(OperatorException.class)
                    .isThrownBy(() ->
                            ConfiguredNode.locals(config(source, without, "txpool.locals=" + one)))
                    .withMessageContaining("txpool.nolocals")
                    .withMessageContaining("chain.source")
                    .satisfies(e ->
                            assertThat(e.problems().getFirst().code())
                                    .isEqualTo(ErrorCode.CFG_005));
        }
    }
}
