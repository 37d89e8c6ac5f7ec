package org.pollen.node.chain.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.ForkSchedule;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.StateView;
import org.pollen.node.CoreLoop;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.ChainState;
import org.pollen.node.chain.ChainStatus;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.chain.Inclusion;
import org.pollen.node.chain.RelayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The chain of another execution client, over its JSON-RPC: followed on a thread of its own, read
/// from any.
public final class RemoteChain implements ChainSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("chain");
    private static final int INBOX = 16_384;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long ASK_MILLIS = 2_000;
    private static final long LOADER_NANOS = 5_000_000;

    /// Where the chain is, and how to follow it.
    ///
    /// @param http of the client's JSON-RPC
    /// @param ws of its WebSocket; null to ask only
    /// @param chainId that it has to have; null for whichever it has
    /// @param poll between two questions for the head
    /// @param stallAfter without news until a WebSocket is not relied on, and the node is not ready
    /// @param readsPerSecond accounts of unknown senders that are read
    public record Settings(
            URI http,
            @Nullable URI ws,
            @Nullable Long chainId,
            Duration poll,
            Duration stallAfter,
            int readsPerSecond) {}

    private final Settings settings;
    private final ChainClient client;
    private final CoreLoop loop;
    private final LongSupplier clock;
    private final BlockTree tree = new BlockTree();
    private final AccountCache accounts = new AccountCache();
    private final ChainFollower follower;
    private final AccountLoader loader;
    private final @Nullable HeadFeed feed;
    private final Relay relay = new Relay();
    private final CopyOnWriteArrayList<HeadListener> listeners = new CopyOnWriteArrayList<>();
    private final Map<ChainFault, LongAdder> faults = new EnumMap<>(ChainFault.class);
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private volatile @Nullable ChainException lastFault;
    private volatile boolean refused;

    private RemoteChain(
            Settings settings,
            LongFunction<ForkSchedule> forks,
            RandomGenerator random,
            LongSupplier clock,
            Consumer<Throwable> onFailure) {
        this.settings = settings;
        this.clock = clock;
        for (ChainFault fault : ChainFault.values()) faults.put(fault, new LongAdder());
        client = new HttpChainClient(settings.http(), TIMEOUT);
        loop = new CoreLoop("chain", INBOX, clock, onFailure);
        Executor executor = task -> loop.post(_ -> task.run());
        long now = clock.getAsLong();
        follower =
                new ChainFollower(
                        client,
                        new BlockReader(forks),
                        tree,
                        accounts,
                        new ChainFollower.Settings(
                                settings.chainId(),
                                settings.poll().toNanos(),
                                settings.stallAfter().toNanos()),
                        executor,
                        random,
                        new Following(onFailure),
                        now);
        loader =
                new AccountLoader(
                        follower,
                        tree,
                        accounts,
                        executor,
                        settings.readsPerSecond(),
                        this::count,
                        now);
        URI ws = settings.ws();
        feed =
                ws == null
                        ? null
                        : new HeadFeed(
                                ws,
                                TIMEOUT,
                                settings.stallAfter().toNanos(),
                                executor,
                                clock,
                                new Feeding());
        loop.addTicker(this::tick, now);
    }

    /// Connects to a client and waits for its head.
    ///
    /// @param forks of the chain with an id
    /// @param patience how long to try
    /// @param onFailure hears of a defect that stopped the source
    /// @throws OperatorException CHN-001 if no head comes in that time, CHN-002 if the client
    ///   follows another chain
    public static RemoteChain connect(
            Settings settings,
            LongFunction<ForkSchedule> forks,
            Duration patience,
            RandomGenerator random,
            Consumer<Throwable> onFailure) {
        var chain = new RemoteChain(settings, forks, random, System::nanoTime, onFailure);
        chain.loop.start();
        try {
            chain.ready.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return chain;
        } catch (TimeoutException | ExecutionException _) {
            ChainException why = chain.lastFault;
            chain.close();
            throw why != null && why.fault() == ChainFault.CHAIN_ID
                    ? wrongChain(why)
                    : unreachable(settings, why);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            chain.close();
            throw unreachable(settings, new ChainException(ChainFault.CONNECT, "interrupted"));
        }
    }

    private static OperatorException unreachable(Settings settings, @Nullable ChainException why) {
        return new OperatorException(
                ErrorCode.CHN_001,
                "the chain source %s gives no head (%s)"
                        .formatted(shown(settings.http()), why == null ? "no answer" : why.text()),
                "start the execution client, or set chain.rpcUrl to the one that runs");
    }

    private static OperatorException wrongChain(ChainException why) {
        return new OperatorException(
                ErrorCode.CHN_002,
                why.text(),
                "set chain.id to the chain's, or chain.rpcUrl to a client of the chain you want");
    }

    /// An address without what may be a key of a provider: only scheme, host and port.
    private static String shown(URI url) {
        return url.getScheme() + "://" + url.getAuthority();
    }

    private long tick(long now) {
        long next = follower.tick(now);
        if (feed != null) feed.tick(now);
        loader.flush(now);
        if (loader.waits()) next = Math.min(next, now + LOADER_NANOS);
        if (feed != null) next = Math.min(next, now + 500_000_000L);
        return next;
    }

    private void count(ChainException fault) {
        LongAdder counter = faults.get(fault.fault());
        if (counter != null) counter.increment();
    }

    // ---- Reading, from any thread ----

    @Override
    public long chainId() {
        Long id = follower.chainId();
        if (id == null) throw new IllegalStateException("no head yet");
        return id;
    }

    @Override
    public ChainBlock latest() {
        ChainBlock head = tree.head();
        if (head == null) throw new IllegalStateException("no head yet");
        return head;
    }

    @Override
    public BlockHeader head() {
        return latest().header();
    }

    @Override
    public Optional<ChainBlock> byNumber(long number) {
        return tree.byNumber(number);
    }

    @Override
    public Optional<ChainBlock> byHash(Hash32 hash) {
        return tree.byHash(hash);
    }

    @Override
    public Optional<Block> block(Hash32 hash) {
        return byHash(hash).map(ChainBlock::block);
    }

    @Override
    public Optional<Inclusion> inclusion(Hash32 transaction) {
        return tree.inclusion(transaction);
    }

    /// The state of those accounts that are in memory; their code is not.
    @Override
    public Optional<ChainState> state(ChainBlock block) {
        return stateAt(block.header()).map(KnownState::new);
    }

    @Override
    public Optional<StateView> stateAt(BlockHeader header) {
        return follower.headOf(header.hash())
                .map(head -> accounts.view(head, account -> ask(account, header.hash(), head)));
    }

    @Override
    public StateView genesisState() {
        return accounts.view(
                follower.heads(), account -> ask(account, head().hash(), follower.heads()));
    }

    /// An account that somebody needs without having loaded it: a store that is opened with the
    /// transactions of an earlier process asks so. Waits, for a short time at most.
    private AccountState ask(Address account, Hash32 block, long head) {
        if (loop.inLoop()) return AccountState.EMPTY; // the answers would wait for us
        try {
            List<ChainClient.Answer> answers =
                    client.send(AccountReads.calls(List.of(account), block))
                            .get(ASK_MILLIS, TimeUnit.MILLISECONDS);
            AccountState state = AccountReads.states(answers).getFirst();
            loop.post(now -> {
                if (follower.heads() == head) follower.learned(account, state, now);
            });
            return state;
        } catch (ExecutionException | TimeoutException | ChainException e) {
            LOG.warn("account {} cannot be read: {}", account, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return AccountState.EMPTY;
    }

    @Override
    public Registration addListener(HeadListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public boolean loaded(Address account) {
        return accounts.verified(account, follower.heads(), clock.getAsLong());
    }

    @Override
    public CompletableFuture<Boolean> load(Collection<Address> wanted) {
        if (wanted.stream().allMatch(this::loaded)) {
            return CompletableFuture.completedFuture(true);
        }
        List<Address> list = List.copyOf(wanted);
        var answer = new CompletableFuture<Boolean>();
        boolean posted =
                loop.post(now -> {
                    var _ = loader.load(list, now).thenAccept(answer::complete);
                });
        if (!posted) answer.complete(false);
        return answer;
    }

    @Override
    public void keep(Supplier<? extends Collection<Address>> kept) {
        loop.post(_ -> follower.keep(kept));
    }

    @Override
    public ChainRelay relay() {
        return relay;
    }

    private long silentNanos() {
        return Math.max(0, clock.getAsLong() - follower.answeredAt());
    }

    @Override
    public boolean synced() {
        return !follower.syncing() && !refused && silentNanos() <= settings.stallAfter().toNanos();
    }

    @Override
    public ChainStatus status() {
        var errors = new EnumMap<ChainFault, Long>(ChainFault.class);
        faults.forEach((fault, count) -> errors.put(fault, count.sum()));
        long silent = silentNanos();
        String trouble = follower.trouble();
        if (trouble == null && follower.syncing()) trouble = "the client is syncing";
        return new ChainStatus(
                "rpc",
                follower.up(),
                synced(),
                trouble,
                silent,
                errors,
                accounts.size(),
                follower.reads(),
                accounts.misses());
    }

    @Override
    public void close() {
        loop.close();
        loader.close();
        if (feed != null) feed.close();
        client.close();
    }

    /// Hears of the follower, on its thread.
    private final class Following implements ChainFollower.Output {
        private final Consumer<Throwable> onFailure;

        Following(Consumer<Throwable> onFailure) {
            this.onFailure = onFailure;
        }

        @Override
        public void headChanged(HeadChange change) {
            if (change.jumped()) {
                LOG.warn(
                        "head {} has no known way from {}: nothing is pooled again",
                        change.newHead().number(),
                        change.oldHead().number());
            }
            for (HeadListener listener : listeners) listener.headChanged(change);
        }

        @Override
        public void ready() {
            // It can be relied on once the attempt that brought it has ended: see recovered().
        }

        @Override
        public void fault(ChainException fault, boolean down) {
            count(fault);
            lastFault = fault;
            boolean wrong = fault.fault() == ChainFault.CHAIN_ID;
            if (wrong && !ready.isDone()) ready.completeExceptionally(fault);
            else if (wrong && !refused) LOG.error("{}: not followed", fault.text());
            else if (down) LOG.warn("source down: {}", fault.text());
            refused = wrong;
        }

        @Override
        public void recovered() {
            ready.complete(true);
            if (lastFault != null) LOG.info("source up, head {}", latest().number());
            refused = false;
        }

        @Override
        public void feedSilent() {
            if (feed != null) feed.restart(clock.getAsLong());
        }

        @Override
        public void defect(Throwable cause) {
            LOG.error("stopped by a defect", cause);
            onFailure.accept(cause);
        }
    }

    /// Hears of the WebSocket, on the follower's thread.
    private final class Feeding implements HeadFeed.Output {
        @Override
        public void announced() {
            long now = clock.getAsLong();
            follower.announced(now);
            follower.tick(now);
        }

        @Override
        public void works(boolean works) {
            follower.fed(works);
            LOG.info(works ? "new heads by WebSocket" : "WebSocket lost: polling");
        }

        @Override
        public void fault(ChainException fault) {
            count(fault);
            LOG.debug("{}", fault.text());
        }
    }

    private record KnownState(StateView view) implements ChainState {
        @Override
        public AccountState account(Address address) {
            return view.account(address);
        }

        @Override
        public byte[] code(Address address) {
            throw new UnsupportedOperationException("code is asked of the chain's client");
        }

        @Override
        public long gasOfCall(Address address) {
            throw new UnsupportedOperationException("calls are made by the chain's client");
        }
    }

    private final class Relay implements ChainRelay {
        @Override
        public CompletableFuture<JsonNode> call(String method, JsonNode params) {
            if (refused) {
                return CompletableFuture.failedFuture(
                        new RelayException(
                                RelayException.UNREACHABLE,
                                "chain source refused: wrong chain",
                                null));
            }
            return client.send(List.of(new ChainClient.Call(method, params)))
                    .handle((answers, failure) -> {
                        if (failure != null) throw unreachable(failure);
                        ChainClient.Answer answer = answers.getFirst();
                        JsonNode result = answer.result();
                        if (result != null) return result;
                        throw refusal(answer.error());
                    });
        }

        private RelayException unreachable(Throwable failure) {
            ChainException fault = ChainException.of(failure);
            if (fault != null) count(fault);
            return new RelayException(
                    RelayException.UNREACHABLE,
                    "chain source: " + (fault == null ? "no answer" : fault.text()),
                    null);
        }

        private static RelayException refusal(@Nullable JsonNode error) {
            int code = error == null ? 0 : error.path("code").asInt();
            return new RelayException(
                    code == 0 ? RelayException.UNREACHABLE : code,
                    ChainJsonReader.text(error),
                    error == null ? null : error.get("data"));
        }
    }
}
