package org.pollen.node.blobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;
import org.pollen.mempool.fetch.AnnouncedTransaction;
import org.pollen.mempool.fetch.FetchCounter;
import org.pollen.mempool.kzg.KzgProofs;
import org.pollen.node.Shared;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.pool.BlobDesk;
import org.pollen.node.pool.BlobSetup;
import org.pollen.node.pool.PoolService;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;

/// Blob transactions between nodes over real connections, and peers that lie.
class BlobExchangeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Shared shared = new Shared(2);
    private final SplittableRandom random = new SplittableRandom(83);
    private final DevChain chain = new DevChain(DevChainConfig.defaults(1).withAccounts(3));
    private final KzgProofs proofs = KzgProofs.load().orElseThrow();
    private final List<Host> hosts = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();

    private record Node(Host host, PoolService pool) {
        BlobDesk desk() {
            return Objects.requireNonNull(pool.blobs());
        }

        BlobPoolSnapshot blobs() {
            return Objects.requireNonNull(desk().snapshot());
        }

        BlobExchangeView wire() {
            return Objects.requireNonNull(desk().exchange()).seen();
        }

        boolean has(Transaction tx) {
            BlobPoolSnapshot now = desk().snapshot();
            return now != null && now.blob(tx.hash()).isPresent();
        }
    }

    private Host host() {
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        Host host =
                Host.create(
                        HostConfig.builder(PrivateKey.ed25519(seed))
                                .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
                                .eventLoops(shared.loops())
                                .handshakes(shared.handshakes())
                                .build());
        hosts.add(host);
        return host;
    }

    private Node node() {
        Host host = host();
        var pool =
                new PoolService(
                        "node" + nodes.size(),
                        PoolConfig.DEFAULTS,
                        PoolContext.of(BigInteger.valueOf(chain.chainId()), DevChain.FORKS, chain),
                        chain,
                        shared.validation(),
                        random.split(),
                        System::nanoTime,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        pool.useBlobs(BlobSetup.inMemory(BlobPoolConfig.DEFAULTS, proofs));
        pool.exchangeBlobs(host, random.split(), _ -> {});
        host.start().join();
        pool.start();
        var node = new Node(host, pool);
        nodes.add(node);
        return node;
    }

    private static Connection dial(Host from, Host to) throws Exception {
        Multiaddr address = to.listenAddresses().getLast().withPeerId(to.peerId());
        return from.dialNow(address).get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.pool.close());
        hosts.forEach(Host::close);
        shared.close();
    }

    private TransactionSigner signer() {
        return chain.accounts().getFirst().signer();
    }

    private Transaction signed(long nonce) {
        return BlobFixtures.signed(chain, signer(), nonce, BlobFixtures.CELLS);
    }

    private static void submit(Node to, Transaction tx) throws Exception {
        assertThat(to.pool.submit(tx).get(30, TimeUnit.SECONDS).error()).isNull();
    }

    private static void await(Runnable assertion) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(assertion::run);
    }

    @Test
    @DisplayName("8.2, 8.3 what is submitted to one node is fetched by those next to it, and so on")
    void aTransactionReachesNodesThatItsSenderDoesNotKnow() throws Exception {
        Node first = node();
        Node second = node();
        Node third = node();
        dial(first.host, second.host);
        dial(second.host, third.host);
        Transaction zero = signed(0);
        Transaction one = signed(1);
        submit(first, zero);
        submit(first, one);
        await(() -> assertThat(nodes).allMatch(node -> node.has(zero) && node.has(one)));

        // Who comes later is told what there is.
        Node fourth = node();
        dial(fourth.host, third.host);
        await(() -> assertThat(fourth.has(one)).isTrue());
        assertThat(fourth.desk().network(zero.hash()).get(10, TimeUnit.SECONDS))
                .contains(zero.network());

        await(() -> {
            assertThat(third.wire().served()).isGreaterThanOrEqualTo(2);
            assertThat(third.wire().servedBytes()).isGreaterThan(2 * 131_072);
            assertThat(third.wire().peers()).isEqualTo(2);
            assertThat(second.wire().fetches().count(FetchCounter.REPLY_IN))
                    .isGreaterThanOrEqualTo(2);
            assertThat(first.wire().announced()).isGreaterThanOrEqualTo(2);
        });
        for (Node node : nodes) assertThat(node.wire().faults().values()).containsOnly(0L);
    }

    /// A peer with bytes of its own for an answer.
    private final class Liar {
        final Host host = host();
        final AtomicInteger asked = new AtomicInteger();
        @Nullable Connection to;

        Liar(byte @Nullable [] answer) {
            host.handle(
                    BlobMessages.FETCH,
                    _ ->
                            new StreamHandler() {
                                @Override
                                public void data(Stream s, byte[] array, int off, int len) {
                                    asked.incrementAndGet();
                                    if (answer == null) return; // never
                                    s.write(answer, 0, answer.length);
                                    s.closeWrite();
                                }
                            });
            host.handle(BlobMessages.ANNOUNCE, _ -> (_, _, _, _) -> {});
            host.start().join();
        }

        void announce(Node node, byte[] message) throws Exception {
            Connection connection = dial(host, node.host);
            to = connection;
            Stream stream =
                    host.open(connection, List.of(BlobMessages.ANNOUNCE), (_, _, _, _) -> {})
                            .get(20, TimeUnit.SECONDS);
            stream.write(message, 0, message.length);
        }

        void announce(Node node, Transaction tx) throws Exception {
            announce(
                    node,
                    BlobMessages.announcement(
                            List.of(
                                    new AnnouncedTransaction(
                                            tx.hash(), Transaction.BLOB, tx.size()))));
        }

        boolean disconnected() {
            return to != null && !to.isOpen();
        }
    }

    @Test
    @DisplayName("A15 a wrong sidecar costs its sender the connection, and the hash nothing")
    void aPoisonedSidecarIsFetchedFromTheNextPeer() throws Exception {
        Node victim = node();
        Node honest = node();
        Transaction tx = signed(0);
        var liar = new Liar(BlobMessages.framed(BlobFixtures.poisoned(tx)));
        liar.announce(victim, tx);
        await(() -> {
            assertThat(liar.disconnected()).isTrue();
            assertThat(victim.wire().faults().get(BlobFaults.SIDECAR)).isEqualTo(1);
        });
        assertThat(victim.has(tx)).isFalse();
        submit(honest, tx);
        dial(victim.host, honest.host);
        await(() -> assertThat(victim.has(tx)).isTrue());
        // It comes back, and is not asked again.
        int before = liar.asked.get();
        liar.announce(victim, signed(1));
        submit(honest, signed(1));
        await(() -> assertThat(victim.has(signed(1))).isTrue());
        assertThat(liar.asked).hasValue(before);
    }

    @Test
    @DisplayName("A16 a peer that does not answer costs five seconds")
    void whatAPeerWithholdsComesFromAnother() throws Exception {
        Node victim = node();
        Node honest = node();
        Transaction tx = signed(0);
        var silent = new Liar(null);
        silent.announce(victim, tx);
        await(() -> assertThat(silent.asked).hasValue(1));
        submit(honest, tx);
        dial(victim.host, honest.host);
        await(() -> assertThat(victim.has(tx)).isTrue());
        await(() ->
                assertThat(victim.wire().fetches().count(FetchCounter.REQUEST_TIMEOUT))
                        .isEqualTo(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"no transaction", "another transaction", "plain", "no sidecar", "half"})
    @DisplayName("8.1 an answer of anything else than what was asked for")
    void anAnswerThatIsNoAnswerCostsTheConnection(String kind) throws Exception {
        Node victim = node();
        Transaction tx = signed(0);
        byte[] whole = BlobMessages.framed(tx.network());
        byte[] answer =
                switch (kind) {
                    case "no transaction" -> BlobMessages.framed(new byte[] {1, 2, 3});
                    case "another transaction" -> BlobMessages.framed(signed(5).network());
                    case "plain" ->
                            BlobMessages.framed(
                                    signer().draft(0, BigInteger.valueOf(chain.chainId()))
                                            .gasPrice(BigInteger.TEN.pow(10))
                                            .to(signer().address())
                                            .sign()
                                            .raw());
                    case "no sidecar" -> BlobMessages.framed(tx.raw());
                    default -> java.util.Arrays.copyOf(whole, 1000);
                };
        var liar = new Liar(answer);
        liar.announce(victim, tx);
        await(() -> {
            assertThat(liar.disconnected()).isTrue();
            assertThat(victim.wire().faults().get(BlobFaults.ANSWER)).isEqualTo(1);
        });
        assertThat(victim.blobs().pending()).isZero();
    }

    @Test
    void anAnnouncementThatIsNoneCostsTheConnection() throws Exception {
        Node victim = node();
        var liar = new Liar(null);
        liar.announce(victim, new byte[] {3, 10, 5, 1});
        await(() -> {
            assertThat(liar.disconnected()).isTrue();
            assertThat(victim.wire().faults().get(BlobFaults.ANNOUNCEMENT)).isEqualTo(1);
        });
    }

    @Test
    void aPeerIsServedOnlySoManyRequestsASecond() throws Exception {
        Node node = node();
        Transaction tx = signed(0);
        submit(node, tx);
        Host greedy = host();
        greedy.start().join();
        Connection connection = dial(greedy, node.host);
        int whole = BlobMessages.framed(tx.network()).length;
        assertThat(ask(greedy, connection, tx)).isEqualTo(whole);
        Transaction unknown = signed(1);
        for (int i = 1; i < 3000 && node.wire().limited() == 0; i++) {
            assertThat(ask(greedy, connection, unknown)).isZero();
            if (i % 100 == 0) { // before 200 refusals in a second end the connection
                long asked = i;
                await(() ->
                        assertThat(node.wire().unknown() + node.wire().limited()).isEqualTo(asked));
            }
        }
        assertThat(node.wire().limited()).isPositive();
        await(() -> {
            assertThat(node.wire().served()).isEqualTo(1);
            assertThat(node.wire().servedBytes()).isEqualTo(tx.network().length);
            assertThat(node.wire().unknown()).isGreaterThan(BlobExchange.REQUESTS_BURST / 2);
        });
        assertThat(connection.isOpen()).isTrue(); // it is slowed down, not punished
    }

    /// Asks for one transaction.
    ///
    /// @return how many bytes came
    private static int ask(Host from, Connection connection, Transaction tx) throws Exception {
        byte[] request = BlobMessages.request(List.of(tx.hash()));
        var ended = new CompletableFuture<Integer>();
        Stream stream =
                from.open(connection, List.of(BlobMessages.FETCH), counting(ended))
                        .get(20, TimeUnit.SECONDS);
        stream.write(request, 0, request.length);
        stream.closeWrite();
        return ended.get(20, TimeUnit.SECONDS);
    }

    private static StreamHandler counting(CompletableFuture<Integer> ended) {
        return new StreamHandler() {
            private int bytes;

            @Override
            public void data(Stream stream, byte[] array, int off, int len) {
                bytes += len;
            }

            @Override
            public void readClosed(Stream stream) {
                ended.complete(bytes);
            }

            @Override
            public void closed(Stream stream, @Nullable Throwable cause) {
                ended.complete(bytes);
            }
        };
    }
}
