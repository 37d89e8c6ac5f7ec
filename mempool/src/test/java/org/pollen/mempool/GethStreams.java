package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes streams of operations from a seed, for go-ethereum's pool and ours.
///
/// It plays the stream on our pool while it makes it, to aim at what is there: replacements at the
/// exact bump, prices just above the cheapest, blocks that include what is executable.
///
/// The tip of an account is its number modulo ten. So no two transactions in the pool have the same
/// price, and who is evicted first does not depend on the order in a heap.
@SuppressWarnings({"RefactorSwitch", "StringSplitter"}) // the fields of a line are counted
final class GethStreams {
    private static final int ACCOUNTS_MAX = 10;
    private static final BigInteger TEN = BigInteger.TEN;
    private static final StatelessChecks CHECKS =
            new StatelessChecks(BigInteger.ONE, StatelessChecks.PLAIN_TYPES);

    private final Random random;
    private final GethReplay replay = new GethReplay();
    private final Consumer<String> out;
    private final int accounts;
    private final int bump;
    private final boolean london;
    private final boolean crowded;
    private final long londonAt;
    private final int gasLimit;
    private final Set<String> defined = new HashSet<>();
    private final Map<Integer, Long> heights = new LinkedHashMap<>();
    private final Map<Integer, Integer> parents = new LinkedHashMap<>();
    private int blocks;
    private int head;
    private int level;

    /// Makes one stream.
    ///
    /// @param out receives its lines and the answers of our pool, each answer after a tab
    GethStreams(long seed, int operations, Consumer<String> out) {
        this.random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
        this.out = out;
        accounts = 2 + random.nextInt(ACCOUNTS_MAX - 1);
        bump = random.nextInt(4) == 0 ? 1 + random.nextInt(50) : 10;
        int kind = random.nextInt(10);
        london = kind == 0;
        londonAt = london ? 1 + random.nextInt(12) : 0;
        gasLimit = random.nextInt(3) == 0 ? 200_000 : 10_000_000;
        String forks =
                london
                        ? "london@" + londonAt
                        : kind == 1 ? "osaka@" + random.nextInt(400) : "prague";
        boolean tight = random.nextInt(4) != 0;
        crowded = tight && random.nextInt(3) == 0;
        level = 1 + random.nextInt(60);
        line(
                "S %d %d %d %d %d %d %d %d %d %s"
                        .formatted(
                                seed,
                                accounts,
                                tight ? 1 + random.nextInt(6) : 16,
                                tight ? 4 + random.nextInt(crowded ? 10 : 40) : 5120,
                                tight ? 1 + random.nextInt(12) : 64,
                                tight ? 1 + random.nextInt(crowded ? 8 : 40) : 1024,
                                1 + random.nextInt(2) * 99,
                                bump,
                                60 + random.nextInt(600),
                                forks));
        genesis();
        line("P 1");
        for (int i = 0; i < operations - 1; i++) operation();
    }

    private void operation() {
        int dice = random.nextInt(100);
        if (crowded && random.nextInt(3) != 0) dice %= 64;
        if (dice < 36) add("A");
        else if (dice < 56) add("a");
        else if (dice < 64) line("R");
        else if (dice < 80) advance();
        else if (dice < 87) fork();
        else if (dice < 89) holes();
        else if (dice < 92) line("P " + tipFloor());
        else if (dice < 97) line("E " + random.nextInt(400));
        else line("V " + random.nextInt(accounts) + (random.nextInt(3) == 0 ? " +" : " -"));
    }

    private int tipFloor() {
        return random.nextInt(4) == 0 ? random.nextInt(2000) : 1 + random.nextInt(300);
    }

    // ---- transactions ----

    private void add(String how) {
        int n = random.nextInt(6) == 0 ? 1 + random.nextInt(30) : 1 + random.nextInt(4);
        var batch = new StringBuilder(how);
        int account = random.nextInt(accounts);
        boolean run = random.nextInt(3) == 0;
        for (int i = 0; i < n; i++) {
            if (!run) account = random.nextInt(accounts);
            int known = replay.transactions.size();
            batch.append(' ')
                    .append(
                            known > 0 && random.nextInt(15) == 0
                                    ? random.nextInt(known)
                                    : run ? consecutive(account, i) : any(account));
        }
        line(batch.toString());
    }

    private int consecutive(int account, int i) {
        return fresh(account, nextNonce(account) + i, null);
    }

    private int any(int account) {
        Account there = account(account);
        List<PoolEntry> pooled = new ArrayList<>();
        if (there != null) {
            collect(there.pending, pooled);
            collect(there.queue, pooled);
        }
        long next = nextNonce(account);
        int dice = random.nextInt(20);
        if (dice < 7 && !pooled.isEmpty()) {
            PoolEntry old = pooled.get(random.nextInt(pooled.size()));
            return fresh(account, old.nonce, old);
        }
        if (dice < 14) return fresh(account, next, null);
        if (dice < 18) return fresh(account, next + 1 + random.nextInt(4), null);
        return fresh(account, Math.max(0, next - 1 - random.nextInt(3)), null);
    }

    private static void collect(@Nullable NonceList list, List<PoolEntry> into) {
        for (int i = 0; list != null && i < list.size(); i++) into.add(list.at(i));
    }

    private @Nullable Account account(int account) {
        return replay.pool().store().accounts.get(GethReplay.address(account));
    }

    private long nextNonce(int account) {
        return replay.pool().nextNonce(GethReplay.address(account));
    }

    /// @param old the one to replace, or null
    private int fresh(int account, long nonce, @Nullable PoolEntry old) {
        for (; ; ) {
            int type = type();
            long cap;
            long tip;
            if (old != null) {
                long exactCap = old.feeCap * (100 + bump) / 100;
                long exactTip = old.tipCap * (100 + bump) / 100;
                cap = exactCap + nudge();
                tip = own(exactTip + nudge() * 10, account);
            } else if (random.nextInt(8) == 0) {
                PoolEntry cheapest = cheapest();
                cap = cheapest == null ? price() : cheapest.feeCap + random.nextInt(5) - 2;
                tip = own(cheapest == null ? price() : cheapest.tipCap, account);
            } else {
                cap = price();
                tip = own(random.nextInt(3) == 0 ? cap : price(), account);
            }
            cap = Math.max(cap, 0);
            if (type < 2) {
                tip = own(Math.max(cap, tip), account);
                cap = tip;
            } else if (cap < tip && random.nextInt(30) != 0) {
                cap = tip + (random.nextInt(3) == 0 ? random.nextInt(20) : 0);
            }
            long gas = gas(type);
            String fields =
                    "%d %d %d %d %d %d %s %d %s"
                            .formatted(
                                    type,
                                    account,
                                    nonce,
                                    gas,
                                    cap,
                                    tip,
                                    value(account),
                                    dataLength(type),
                                    authorities(type));
            // Of two at one nonce and price, one stale, a heap may show either first.
            if (!defined.add(account + " " + nonce + " " + cap + " " + tip)) continue;
            int id = replay.transactions.size();
            line("T " + id + " " + fields);
            return id;
        }
    }

    /// The authorizations of type 4 are signed for real on geth's side only, and longer there: such
    /// a transaction keeps away from the largest size.
    private int dataLength(int type) {
        int length = random.nextInt(60) == 0 ? random.nextInt(140_000) : 0;
        return type == 4 && length < 131_072 ? Math.min(length, 120_000) : length;
    }

    /// The one with the lowest fee cap.
    private @Nullable PoolEntry cheapest() {
        PoolEntry cheapest = null;
        TransactionIndex all = replay.pool().store().all;
        for (int i = 0; i < all.size(); i++) {
            PoolEntry entry = all.at(i);
            if (cheapest == null || entry.feeCap < cheapest.feeCap) cheapest = entry;
        }
        return cheapest;
    }

    private int type() {
        int dice = random.nextInt(20);
        if (dice < 6) return 0;
        if (dice < 8) return 1;
        return dice < 18 || london ? 2 : 4;
    }

    private String authorities(int type) {
        if (random.nextInt(100) == 0) return "bad";
        if (type != 4 || random.nextInt(20) == 0) return "-";
        var list = new StringBuilder().append(random.nextInt(accounts));
        while (random.nextInt(3) == 0) list.append(',').append(random.nextInt(accounts));
        return list.toString();
    }

    private long gas(int type) {
        return switch (random.nextInt(80)) {
            case 0 -> 20_000;
            case 1 -> 16_777_216 + random.nextInt(2);
            case 2 -> gasLimit + random.nextInt(2);
            case 3, 4, 5, 6, 7, 8, 9 -> 190_000;
            case 10 -> 2_500_000;
            default -> type == 4 ? 100_000 : 21_000 + random.nextInt(40_000);
        };
    }

    private String value(int account) {
        if (random.nextInt(8) != 0) return "100";
        AccountState state = replay.chain.state(head).get(account);
        if (state == null) return "0";
        BigInteger part = state.balance().divide(BigInteger.valueOf(1 + random.nextInt(6)));
        return part.toString();
    }

    private long price() {
        if (random.nextInt(25) == 0) level = 1 + random.nextInt(60);
        return (long) level * 100 + random.nextInt(3000);
    }

    private long nudge() {
        return random.nextInt(3) == 0 ? random.nextInt(200) : random.nextInt(3) - 1;
    }

    /// The next tip that belongs to an account.
    private static long own(long tip, int account) {
        long floor = Math.max(tip, 0);
        return floor + Math.floorMod(account - floor, ACCOUNTS_MAX);
    }

    // ---- blocks ----

    private void genesis() {
        var state = new StringBuilder();
        for (int i = 0; i < accounts; i++) {
            state.append(' ').append(i).append(":0:").append(balance()).append(":-");
        }
        line("B 0 - 0 %d %d %s%s".formatted(gasLimit, gasLimit / 2, baseFee(0), state));
        heights.put(0, 0L);
        blocks = 1;
    }

    private BigInteger balance() {
        return switch (random.nextInt(4)) {
            case 0, 1 -> TEN.pow(18);
            case 2 -> BigInteger.valueOf(100_000_000L + random.nextInt(2_000_000_000));
            default -> BigInteger.valueOf(2_000_000_000L + 4L * random.nextInt(2_000_000_000));
        };
    }

    private String baseFee(long height) {
        if (height < londonAt) return "-";
        return "" + (random.nextInt(5) == 0 ? random.nextInt(20) : random.nextInt(6000));
    }

    /// The next block, with some of what is executable.
    private void advance() {
        var state = new StringBuilder();
        var included = new StringBuilder();
        include(head, state, included);
        int block = block(head, state, included);
        move(block);
    }

    private void include(int parent, StringBuilder state, StringBuilder included) {
        Map<Integer, AccountState> before = replay.chain.state(parent);
        for (int i = 0; i < accounts; i++) {
            AccountState old = before.getOrDefault(i, AccountState.EMPTY);
            long nonce = old.nonce();
            BigInteger balance = old.balance();
            AccountState.Code code = old.code();
            Account there = replay.pool() == null ? null : account(i);
            NonceList pending = there == null ? null : there.pending;
            int most = pending == null || random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(4);
            for (int k = 0; k < most && pending != null && k < pending.size(); k++) {
                PoolEntry entry = pending.at(k);
                if (entry.nonce != nonce) break;
                nonce++;
                balance = balance.subtract(entry.cost()).max(BigInteger.ZERO);
                if (random.nextInt(10) != 0) included.append(' ').append(replay.id(entry.tx));
            }
            int dice = random.nextInt(60);
            if (dice < 3) balance = balance();
            else if (dice == 3) balance = balance.shiftRight(1);
            else if (dice == 4) nonce += random.nextInt(3);
            else if (dice == 5 && !london && random.nextInt(3) == 0) {
                code =
                        code == AccountState.Code.NONE
                                ? AccountState.Code.DELEGATION
                                : AccountState.Code.NONE;
            }
            if (nonce == old.nonce() && balance.equals(old.balance()) && code == old.code()) {
                continue;
            }
            state.append(' ').append(i).append(':').append(nonce).append(':').append(balance);
            state.append(code == AccountState.Code.NONE ? ":-" : ":d");
        }
        // What was mined elsewhere before, or is not in the pool at all.
        while (!replay.transactions.isEmpty() && random.nextInt(3) == 0) {
            int id = random.nextInt(replay.transactions.size());
            if (valid(replay.transactions.get(id))) included.append(' ').append(id);
        }
    }

    /// Whether a block can hold a transaction.
    private static boolean valid(Transaction tx) {
        return CHECKS.check(tx, Txs.PRAGUE.rules(0, 0), 1L << 40, BigInteger.ZERO) == null;
    }

    private int block(int parent, CharSequence state, CharSequence included) {
        int id = blocks++;
        long height = heights.getOrDefault(parent, 0L) + 1;
        heights.put(id, height);
        parents.put(id, parent);
        int limit = random.nextInt(30) == 0 ? 40_000 : gasLimit;
        line(
                "B %d %d %d %d %d %s%s /%s"
                        .formatted(
                                id,
                                parent,
                                height * 12,
                                limit,
                                random.nextInt(limit + 1),
                                baseFee(height),
                                state,
                                included));
        return id;
    }

    private void move(int to) {
        int from = head;
        head = to;
        line("H " + (random.nextInt(40) == 0 ? "-" : "" + from) + " " + to);
    }

    /// A branch from a few blocks back, or many.
    private void fork() {
        int back = random.nextInt(12) == 0 ? 62 + random.nextInt(5) : 1 + random.nextInt(4);
        if (back > 10) {
            int top = head;
            long height = heights.getOrDefault(head, 0L);
            int grow = (int) Math.max(0, back - height);
            for (int i = 0; i < grow; i++) top = block(top, "", "");
            if (grow > 0) move(top);
        }
        int parent = head;
        for (int i = 0; i < back && parents.containsKey(parent); i++) parent = parents.get(parent);
        int top = parent;
        int length = back > 10 ? back - 1 + random.nextInt(4) : random.nextInt(back + 2);
        for (int i = 0; i < length; i++) {
            var state = new StringBuilder();
            var included = new StringBuilder();
            if (back < 10) include(top, state, included);
            top = block(top, state, included);
        }
        if (top != head) move(top);
    }

    /// A block, or the state after it, that cannot be had while a branch is changed.
    private void holes() {
        int old = head;
        int parent = head;
        for (int i = 0; i < 2 && parents.containsKey(parent); i++) parent = parents.get(parent);
        int top = parent;
        int length = 1 + random.nextInt(4);
        for (int i = 0; i < length; i++) {
            var state = new StringBuilder();
            var included = new StringBuilder();
            include(top, state, included);
            top = block(top, state, included);
        }
        int[] candidates = {old, top, parent, parents.getOrDefault(top, top)};
        int lost = candidates[random.nextInt(candidates.length)];
        line("m " + lost + (random.nextInt(3) == 0 ? " state" : " block"));
        move(top);
        line("m " + lost + " none");
    }

    private void line(String text) {
        String answer = replay.step(text);
        out.accept(answer == null ? text : text + "\t" + answer);
    }
}
