package org.pollen.mempool;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Plays a stream of operations on a pool in reference mode and answers each as the program in
/// `interop/geth` does for go-ethereum's pool. The format is described there.
///
/// Where go-ethereum follows the order of a map, both sides follow the order of addresses.
@SuppressWarnings({"RefactorSwitch", "StringSplitter"}) // the fields of a line are counted
final class GethReplay implements PoolEvents {
    private static final Map<Integer, Address> ADDRESSES = new HashMap<>();
    private static final Address CODE = new Address(first(20));

    private final Random random = new Random(1);
    final StreamChain chain = new StreamChain();
    final List<Transaction> transactions = new ArrayList<>();
    private final Map<Hash32, Integer> ids = new HashMap<>();
    private final List<Announcement> announced = new ArrayList<>();
    private final List<Character> where = new ArrayList<>();
    private String[] settings = {};
    private @Nullable TransactionPool started;
    private final Reservations reservations = new Reservations();
    private final Reservations.Handle others = reservations.handle("other");
    private long[] nonces = {};
    private boolean[] held = {};
    private long now;

    /// The account whose private key is the number after its own.
    static Address address(int account) {
        return ADDRESSES.computeIfAbsent(
                account,
                n -> {
                    byte[] key = new byte[32];
                    key[30] = (byte) ((n + 1) >>> 8);
                    key[31] = (byte) (n + 1);
                    return new TransactionSigner(key).address();
                });
    }

    TransactionPool pool() {
        return Objects.requireNonNull(started);
    }

    int accounts() {
        return nonces.length;
    }

    int id(Transaction tx) {
        return Objects.requireNonNull(ids.get(tx.hash()));
    }

    /// Does one operation.
    ///
    /// @return its answer, or null if it has none
    @Nullable String step(String line) {
        String[] f = line.split(" ");
        switch (f[0]) {
            case "S" -> {
                settings = f;
                return line;
            }
            case "T" -> {
                define(f);
                return null;
            }
            case "B" -> {
                chain.block(f, transactions);
                return null;
            }
            case "m" -> {
                chain.lose(Integer.parseInt(f[1]), f[2]);
                return null;
            }
            default -> {
                if (started == null) start();
                return operate(f);
            }
        }
    }

    private String operate(String[] f) {
        TransactionPool pool = pool();
        var verdicts = new ArrayList<String>();
        switch (f[0]) {
            case "A", "a" -> {
                var batch = new ArrayList<Transaction>();
                for (int i = 1; i < f.length; i++) {
                    batch.add(transactions.get(Integer.parseInt(f[i])));
                }
                boolean sync = f[0].equals("A");
                for (AddOutcome outcome : pool.add(batch, TransactionSource.GOSSIP, sync, now)) {
                    verdicts.add(outcome.error() == null ? "ok" : outcome.error().name());
                }
            }
            case "R" -> pool.run(now);
            case "H" -> {
                BlockHeader to = chain.header(f[2]);
                chain.head = Objects.requireNonNull(to);
                pool.requestReset(chain.header(f[1]), to);
                pool.run(now);
            }
            case "P" -> pool.setGasTip(new BigInteger(f[1]), now);
            case "E" -> {
                now += Duration.ofSeconds(Long.parseLong(f[1])).toNanos();
                pool.expire(now);
            }
            case "V" -> {
                Address address = address(Integer.parseInt(f[1]));
                if (f[2].equals("+")) {
                    verdicts.add(others.hold(address) ? "ok" : "ErrAlreadyReserved");
                } else {
                    verdicts.add(others.owns(address) ? "ok" : "no");
                    if (others.owns(address)) others.release(address);
                }
            }
            default -> throw new IllegalArgumentException(f[0]);
        }
        return answer(verdicts);
    }

    private void start() {
        int accounts = Integer.parseInt(settings[2]);
        nonces = new long[accounts];
        held = new boolean[accounts];
        PoolConfig config =
                PoolConfig.DEFAULTS
                        .withMode(PoolMode.REFERENCE)
                        .withLimits(
                                Integer.parseInt(settings[3]),
                                Integer.parseInt(settings[4]),
                                Integer.parseInt(settings[5]),
                                Integer.parseInt(settings[6]))
                        .withPrices(Long.parseLong(settings[7]), Integer.parseInt(settings[8]))
                        .withLifetime(
                                Duration.ofSeconds(Long.parseLong(settings[9])).plusMillis(500));
        chain.head = Objects.requireNonNull(chain.header("0"));
        var made =
                new TransactionPool(
                        config,
                        new PoolContext(
                                BigInteger.ONE, forks(settings[10]), chain, reservations, _ -> {}),
                        this,
                        random);
        made.store().order =
                Comparator.comparing(
                        (Account account) -> account.address.bytes(), Arrays::compareUnsigned);
        started = made;
    }

    private static ForkSchedule forks(String text) {
        String[] parts = text.split("@");
        return switch (parts[0]) {
            case "london" -> Txs.londonAt(Long.parseLong(parts[1]));
            case "osaka" -> Txs.osakaAt(Long.parseLong(parts[1]));
            default -> Txs.PRAGUE;
        };
    }

    /// `T id type account nonce gas cap tip value dataLength authorities`
    private void define(String[] f) {
        int type = Integer.parseInt(f[2]);
        int account = Integer.parseInt(f[3]);
        boolean bad = f[10].equals("bad");
        var out = new RlpWriter();
        if (type != Transaction.LEGACY) out.number(1L);
        out.number(Long.parseUnsignedLong(f[4]));
        if (type >= Transaction.DYNAMIC_FEE) out.number(new BigInteger(f[7]));
        out.number(new BigInteger(f[6])).number(Long.parseUnsignedLong(f[5]));
        out.bytes(new byte[20]).number(new BigInteger(f[8]));
        out.bytes(new byte[Integer.parseInt(f[9])]);
        if (type != Transaction.LEGACY) out.list(new RlpWriter());
        List<Address> authorities = new ArrayList<>();
        if (type == Transaction.SET_CODE) {
            var list = new RlpWriter();
            for (String word : f[10].split(",")) {
                if (word.equals("-") || bad) continue;
                Address authority = address(Integer.parseInt(word));
                if (!authorities.contains(authority)) authorities.add(authority);
                list.list(
                        new RlpWriter()
                                .number(1L)
                                .bytes(CODE.bytes())
                                .number(0L)
                                .number(0L)
                                .number(new BigInteger(1, authority.bytes()))
                                .number(1L));
            }
            out.list(list);
        }
        out.number(type == Transaction.LEGACY ? 37L : 0L).number(bad ? 0L : account + 1L);
        out.number(1L);
        try {
            var tx = new Transaction(TransactionDecoder.parts(out.toEnvelope(type)));
            if (!bad) tx = tx.known(address(account), authorities);
            ids.put(tx.hash(), transactions.size());
            transactions.add(tx);
            where.add('-');
        } catch (TransactionRefusedException e) {
            throw new AssertionError(String.join(" ", f), e);
        }
    }

    // ---- answers ----

    private String answer(List<String> verdicts) {
        PoolStore store = pool().store();
        var moves = new ArrayList<String>();
        for (int id = 0; id < transactions.size(); id++) {
            char place = place(store, transactions.get(id));
            if (place != where.get(id)) moves.add(id + "" + place);
            where.set(id, place);
        }
        var changed = new ArrayList<String>();
        var reserved = new ArrayList<String>();
        for (int i = 0; i < nonces.length; i++) {
            long nonce = pool().nextNonce(address(i));
            if (nonce != nonces[i]) changed.add(i + "=" + Long.toUnsignedString(nonce));
            nonces[i] = nonce;
            boolean has = others.has(address(i));
            if (has != held[i]) reserved.add(i + "=" + has);
            held[i] = has;
        }
        announced.sort(
                Comparator.comparing(
                                (Announcement a) -> a.pooled().transaction().sender().bytes(),
                                Arrays::compareUnsigned)
                        .thenComparing(
                                a -> a.pooled().transaction().nonce(), Long::compareUnsigned));
        var events = new ArrayList<String>();
        for (Announcement a : announced) events.add("" + id(a.pooled().transaction()));
        announced.clear();
        PricedHeaps priced = store.priced;
        return String.join(
                "|",
                String.join(" ", verdicts),
                String.join(" ", moves),
                String.join(" ", changed),
                String.join(" ", reserved),
                String.join(" ", events),
                priced.urgentSize()
                        + " "
                        + priced.floatingSize()
                        + " "
                        + priced.stales()
                        + " "
                        + pool().changesSinceRun());
    }

    private static char place(PoolStore store, Transaction tx) {
        PoolEntry entry = store.all.get(tx.hash());
        if (entry == null) return '-';
        Account account = entry.account;
        boolean pending = account.pending != null && account.pending.get(entry.nonce) == entry;
        boolean queued = account.queue != null && account.queue.get(entry.nonce) == entry;
        return pending && queued ? '2' : pending ? 'p' : queued ? 'q' : '?';
    }

    @Override
    public void announced(List<Announcement> announcements) {
        announced.addAll(announcements);
    }

    @Override
    public void dropped(PooledTransaction pooled, DropReason reason, long at) {}

    @Override
    public void reinjected(List<Transaction> again) {}

    @Override
    public void runFinished(RunReport report) {}

    @Override
    public void warning(String text) {}

    private static byte[] first(int length) {
        byte[] bytes = new byte[length];
        bytes[0] = 1;
        return bytes;
    }

    /// The blocks of a stream; each has the state of its parent with changes of its own.
    static final class StreamChain implements ChainView {
        private final Map<Integer, Block> blocks = new HashMap<>();
        private final Map<Hash32, Integer> numbers = new HashMap<>();
        private final Map<Integer, Map<Integer, AccountState>> states = new HashMap<>();
        private final Map<Integer, String> lost = new HashMap<>();
        private @Nullable BlockHeader head;

        private static Hash32 hash(int id) {
            return Txs.hash(id + 1);
        }

        @Nullable BlockHeader header(String word) {
            return word.equals("-")
                    ? null
                    : Objects.requireNonNull(blocks.get(Integer.parseInt(word))).header();
        }

        Block block(int id) {
            return Objects.requireNonNull(blocks.get(id));
        }

        Map<Integer, AccountState> state(int id) {
            return Objects.requireNonNull(states.get(id));
        }

        /// `B id parent time gasLimit gasUsed baseFee account:nonce:balance:code... / transactions`
        void block(String[] f, List<Transaction> defined) {
            int id = Integer.parseInt(f[1]);
            Block parent = f[2].equals("-") ? null : block(Integer.parseInt(f[2]));
            var header =
                    new BlockHeader(
                            hash(id),
                            parent == null ? Txs.hash(0) : parent.header().hash(),
                            parent == null ? 0 : parent.header().number() + 1,
                            Long.parseLong(f[3]),
                            Long.parseLong(f[4]),
                            Long.parseLong(f[5]),
                            f[6].equals("-") ? null : new BigInteger(f[6]));
            Map<Integer, AccountState> state = new TreeMap<>();
            if (parent != null) state.putAll(state(Integer.parseInt(f[2])));
            List<Transaction> included = new ArrayList<>();
            int i = 7;
            for (; i < f.length && !f[i].equals("/"); i++) {
                String[] p = f[i].split(":");
                state.put(
                        Integer.parseInt(p[0]),
                        new AccountState(
                                Long.parseLong(p[1]),
                                new BigInteger(p[2]),
                                p[3].equals("d")
                                        ? AccountState.Code.DELEGATION
                                        : AccountState.Code.NONE));
            }
            for (i++; i < f.length; i++) included.add(defined.get(Integer.parseInt(f[i])));
            blocks.put(id, new Block(header, included, null));
            numbers.put(header.hash(), id);
            states.put(id, state);
        }

        void lose(int id, String what) {
            lost.put(id, what);
        }

        @Override
        public BlockHeader head() {
            return Objects.requireNonNull(head);
        }

        @Override
        public Optional<StateView> stateAt(BlockHeader header) {
            int id = Objects.requireNonNull(numbers.get(header.hash()));
            if ("state".equals(lost.get(id))) return Optional.empty();
            Map<Address, AccountState> byAddress = new HashMap<>();
            state(id).forEach((account, state) -> byAddress.put(address(account), state));
            return Optional.of(a -> byAddress.getOrDefault(a, AccountState.EMPTY));
        }

        @Override
        public StateView genesisState() {
            return _ -> AccountState.EMPTY;
        }

        @Override
        public Optional<Block> block(Hash32 hash) {
            Integer id = numbers.get(hash);
            if (id == null || "block".equals(lost.get(id))) return Optional.empty();
            return Optional.of(block(id));
        }
    }
}
