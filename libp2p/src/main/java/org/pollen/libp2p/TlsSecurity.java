package org.pollen.libp2p;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// TLS 1.3 with libp2p certificates on BoringSSL: the JDK's engine refuses the certificates of rust
/// and js before anybody can look at them. One context for each direction, made once.
final class TlsSecurity {
    /// ALPN for "agree on the muxer afterwards".
    static final String LIBP2P = "libp2p";

    private static final String VERSION = "TLSv1.3";

    /// One handshake: whom it should lead to, and what came of it.
    static final class Attempt {
        private final @Nullable PeerId expected;
        private volatile @Nullable TlsCertificate certificate;
        private volatile @Nullable ViolationException failure;

        Attempt(@Nullable PeerId expected) {
            this.expected = expected;
        }

        @Nullable TlsCertificate certificate() {
            return certificate;
        }

        /// Why we refused the peer's certificate.
        @Nullable ViolationException failure() {
            return failure;
        }
    }

    private final List<String> protocols;
    private final Map<SSLEngine, Attempt> attempts = new ConcurrentHashMap<>();
    private final SslContext server;
    private final SslContext client;

    TlsSecurity(TlsIdentity identity, Clock clock, List<String> protocols) {
        this.protocols = List.copyOf(protocols);
        var trust = new PeerCheck(attempts, clock);
        var alpn =
                new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        protocols);
        try {
            this.server =
                    SslContextBuilder.forServer(identity.key(), identity.certificate())
                            .sslProvider(SslProvider.OPENSSL)
                            .protocols(VERSION)
                            .clientAuth(ClientAuth.REQUIRE)
                            .trustManager(trust)
                            .applicationProtocolConfig(alpn)
                            .build();
            this.client =
                    SslContextBuilder.forClient()
                            .sslProvider(SslProvider.OPENSSL)
                            .protocols(VERSION)
                            .keyManager(identity.key(), identity.certificate())
                            .trustManager(trust)
                            .endpointIdentificationAlgorithm(null)
                            .applicationProtocolConfig(alpn)
                            .build();
        } catch (SSLException e) {
            throw new IllegalStateException("cannot set up TLS", e);
        }
    }

    /// Whether the native library is there.
    static boolean available() {
        return OpenSsl.isAvailable();
    }

    /// What we offer and serve, best first.
    List<String> protocols() {
        return protocols;
    }

    /// A handler for one socket; [#forget] it when the handshake is over.
    SslHandler handler(
            ByteBufAllocator allocator, boolean outbound, Attempt attempt, Executor tasks) {
        SslHandler handler = (outbound ? client : server).newHandler(allocator, tasks);
        handler.setHandshakeTimeoutMillis(0); // the upgrade has its own timer
        attempts.put(handler.engine(), attempt);
        return handler;
    }

    void forget(SslHandler handler) {
        attempts.remove(handler.engine());
    }

    /// Handshakes under way, for tests.
    int attempts() {
        return attempts.size();
    }

    static void check(Attempt attempt, X509Certificate[] chain, Clock clock)
            throws CertificateException {
        try {
            if (chain.length != 1) {
                throw Der.malformed("a chain of %d instead of one".formatted(chain.length));
            }
            TlsCertificate certificate =
                    TlsCertificate.verify(chain[0].getEncoded(), clock.instant());
            PeerId expected = attempt.expected;
            if (expected != null && !expected.equals(certificate.peerId())) {
                throw new ViolationException(
                        Limit.L12_AUTHENTICATION,
                        "peer is %s, expected %s".formatted(certificate.peerId(), expected));
            }
            attempt.certificate = certificate;
        } catch (ViolationException e) {
            attempt.failure = e;
            throw new CertificateException(e.getMessage(), e);
        }
    }

    /// The extended class, since a plain trust manager is wrapped with the JDK's own checks.
    static final class PeerCheck extends X509ExtendedTrustManager {
        private static final X509Certificate[] NONE = {};

        private final Map<SSLEngine, Attempt> attempts;
        private final Clock clock;

        PeerCheck(Map<SSLEngine, Attempt> attempts, Clock clock) {
            this.attempts = attempts;
            this.clock = clock;
        }

        private void check(X509Certificate[] chain, @Nullable SSLEngine engine)
                throws CertificateException {
            Attempt attempt = engine == null ? null : attempts.get(engine);
            if (attempt == null) {
                throw new CertificateException("the handshake is over");
            }
            TlsSecurity.check(attempt, chain, clock);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain, engine);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            check(chain, null);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            check(chain, null);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain, null);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain, null);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return NONE.clone();
        }
    }
}
