package org.pollen.node.devnet;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccessListEntry;
import org.pollen.mempool.AccountSnapshot;
import org.pollen.mempool.Address;
import org.pollen.mempool.Authorization;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.StateView;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.chain.GasBurner;

/// Decides which account sends what and when, and signs it.
///
/// Pure: time and randomness come in, transactions come out; same seed, same calls, same answers of
/// [Accounts]: same transactions. Owned by one thread.
///
/// Nonces are read from the pool an account submits to, so they are right again after a
/// reorganisation without this class knowing of it. Only while a submission may still be on its way
/// into the pool, the account's own count goes before. An account always has to use the same pool.
///
/// Nothing is sent that a pool must refuse for good, unless [LoadMix#invalid] asks for it: an
/// account waits while it has too much in flight, replaces only what is still executable, and those
/// that authorise delegations send nothing themselves, since a delegated account may have one
/// transaction in flight only. What remains is the race with a block that includes what is being
/// replaced.
///
/// Source: operations.md 2.
public final class LoadGenerator {
    /// What a submission is for.
    public enum Kind {
        /// Moves a little value.
        TRANSFER,
        /// Uses gas.
        CALL,
        /// Sets or clears a delegation.
        DELEGATION,
        /// One nonce ahead: queued, and not to be gossiped.
        GAP,
        /// What a gap misses.
        FILL,
        /// Takes the place of an earlier one, which may not reach everybody.
        REPLACEMENT,
        /// Has to be refused.
        INVALID
    }

    /// A transaction to submit now.
    ///
    /// @param account index of its sender: decides which node it goes to
    public record Submission(int account, Transaction tx, Kind kind) {}

    /// What the pool of an account knows of it.
    ///
    /// @param stateNonce at the head the pool follows
    /// @param nextNonce what a wallet would use next
    /// @param balance at that head, wei
    public record Status(
            long stateNonce, long nextNonce, int pending, int queued, BigInteger balance) {
        /// The status in a pool.
        ///
        /// @param state at the snapshot's head, not at the chain's, which may be another already
        public static Status of(Address address, PoolSnapshot pool, StateView state) {
            long stateNonce = state.account(address).nonce();
            OptionalLong next = pool.nextNonce(address);
            var account = pool.account(address);
            return new Status(
                    stateNonce,
                    next.orElse(stateNonce),
                    account.map(AccountSnapshot::pending).map(List::size).orElse(0),
                    account.map(AccountSnapshot::queued).map(List::size).orElse(0),
                    state.account(address).balance());
        }
    }

    /// Answers for the pool each account submits to.
    @FunctionalInterface
    public interface Accounts {
        /// What its pool knows of an account.
        ///
        /// @param account its index
        Status status(int account, Address address);
    }

    /// Executable transactions of one account, then it waits: below the pool's guaranteed share.
    public static final int PENDING_MAX = 12;

    private static final long SECOND = 1_000_000_000L;
    private static final long SETTLE_NANOS = SECOND; // a submission is in its pool by then
    private static final long FILL_AFTER_NANOS = SECOND / 2;
    private static final long REPLACE_AFTER_NANOS = 600 * SECOND / 1000; // let the first one spread
    private static final long REPLACE_BEFORE_NANOS = 1500 * SECOND / 1000;
    private static final int BURST_SECONDS = 1;
    private static final int PICKS = 8; // accounts tried before a submission is left out
    private static final int AUTHORITY_ONE_IN = 10;
    private static final double WAVE_SECONDS = 90;
    private static final double WAVE_HEIGHT = 0.6;
    private static final long CALL_GAS_MIN = 60_000;
    private static final long CALL_GAS_MAX = 8_000_000;
    private static final long TRANSFER_GAS = 21_000;
    private static final long DATA_GAS = 40; // of a byte, by Prague's floor
    private static final BigInteger GWEI = BigInteger.valueOf(SECOND);
    private static final BigInteger DEAR = GWEI.multiply(BigInteger.TEN);
    private static final BigInteger CHEAP = GWEI.divide(BigInteger.valueOf(5));
    private static final Address NOBODY = new Address(new byte[Address.BYTES]);

    private final List<Sender> senders = new ArrayList<>();
    private final List<Sender> authorities = new ArrayList<>();
    private final BigInteger chainId;
    private final LoadMix mix;
    private final double perSecond;
    private final RandomGenerator random;
    private final long startedAt;
    private long emitted; // submissions made or left out since the start
    private long leftOut;

    private enum Wish {
        INVALID,
        REPLACEMENT,
        GAP,
        CALL,
        DELEGATION,
        ACCESS_LIST,
        LEGACY,
        TRANSFER
    }

    private static final class Sender {
        final int index;
        final TransactionSigner signer;
        long nextNonce;
        long countsUntil; // until then our nextNonce goes before the pool's
        boolean counts;
        @Nullable Plan last;
        long lastAt;
        boolean gapOpen;
        long gapNonce;
        long fillAt;

        Sender(int index, TransactionSigner signer) {
            this.index = index;
            this.signer = signer;
        }
    }

    /// A transaction before it is signed.
    private record Plan(
            int type,
            long nonce,
            BigInteger tip,
            BigInteger cap,
            long gas,
            Address to,
            BigInteger value,
            byte[] data,
            List<Authorization> authorizations) {

        Plan withNonce(long other) {
            return new Plan(type, other, tip, cap, gas, to, value, data, authorizations);
        }

        Plan withFees(BigInteger newTip, BigInteger newCap) {
            return new Plan(type, nonce, newTip, newCap, gas, to, value, data, authorizations);
        }
    }

    /// A generator that starts now.
    ///
    /// @param signers accounts with funds; every tenth only authorises delegations
    /// @param perSecond submissions a second
    /// @param now monotonic nanoseconds
    public LoadGenerator(
            List<TransactionSigner> signers,
            long chainId,
            LoadMix mix,
            double perSecond,
            RandomGenerator random,
            long now) {
        if (signers.isEmpty()) throw new IllegalArgumentException("there are no accounts");
        if (!(perSecond >= 0)) {
            throw new IllegalArgumentException(
                    "rate is " + perSecond + ": it must not be negative");
        }
        for (int i = 0; i < signers.size(); i++) {
            var sender = new Sender(i, signers.get(i));
            boolean authority = i % AUTHORITY_ONE_IN == AUTHORITY_ONE_IN - 1;
            (authority ? authorities : senders).add(sender);
        }
        this.chainId = BigInteger.valueOf(chainId);
        this.mix = mix;
        this.perSecond = perSecond;
        this.random = random;
        this.startedAt = now;
    }

    /// When the next submission is due.
    public long nextAt() {
        if (perSecond == 0) return Long.MAX_VALUE;
        return startedAt + (long) Math.ceil((emitted + 1) / perSecond * SECOND);
    }

    /// Submissions that were due and left out, since every account that was tried had too much in
    /// flight, or since the caller was late by more than a second.
    public long leftOut() {
        return leftOut;
    }

    /// What is due now.
    ///
    /// @param baseFee of the next block
    public List<Submission> poll(long now, Accounts accounts, BigInteger baseFee) {
        var due = new ArrayList<Submission>();
        long target = (long) ((now - startedAt) / (double) SECOND * perSecond);
        long burst = Math.max(1, (long) (BURST_SECONDS * perSecond));
        if (target - emitted > burst) {
            leftOut += target - emitted - burst;
            emitted = target - burst;
        }
        for (Sender sender : senders) {
            if (sender.gapOpen && now - sender.fillAt >= 0)
                fill(sender, now, accounts, baseFee, due);
        }
        while (emitted < target) {
            emitted++;
            if (!submit(now, accounts, baseFee, due)) leftOut++;
        }
        return due;
    }

    /// The last submissions: what open gaps miss, so that nothing stays queued for ever.
    ///
    /// @param baseFee of the next block
    public List<Submission> finish(long now, Accounts accounts, BigInteger baseFee) {
        var due = new ArrayList<Submission>();
        for (Sender sender : senders) {
            if (sender.gapOpen) fill(sender, now, accounts, baseFee, due);
        }
        return due;
    }

    private boolean submit(long now, Accounts accounts, BigInteger baseFee, List<Submission> out) {
        Wish wish = wish(random.nextDouble());
        if (wish == Wish.INVALID) return invalid(now, accounts, baseFee, out);
        if (wish == Wish.REPLACEMENT && replace(now, accounts, out)) return true;
        Sender sender = pick(now, accounts);
        if (sender == null) return false;
        Status status = accounts.status(sender.index, sender.signer.address());
        long nonce = nonce(sender, status, now);
        if (wish == Wish.GAP && status.pending() + status.queued() == 0 && !counts(sender, now)) {
            sender.gapOpen = true;
            sender.gapNonce = nonce;
            sender.fillAt = now + FILL_AFTER_NANOS + random.nextLong(SECOND);
            Plan ahead = transfer(Transaction.DYNAMIC_FEE, nonce + 1, baseFee);
            out.add(signed(sender, ahead, Kind.GAP));
            return true;
        }
        Plan plan =
                switch (wish) {
                    case CALL -> call(nonce, now, baseFee);
                    case DELEGATION ->
                            authorities.isEmpty()
                                    ? transfer(Transaction.DYNAMIC_FEE, nonce, baseFee)
                                    : delegation(nonce, accounts, baseFee);
                    case ACCESS_LIST -> transfer(Transaction.ACCESS_LIST, nonce, baseFee);
                    case LEGACY -> transfer(Transaction.LEGACY, nonce, baseFee);
                    case INVALID, REPLACEMENT, GAP, TRANSFER ->
                            transfer(Transaction.DYNAMIC_FEE, nonce, baseFee);
                };
        Kind kind =
                plan.type() == Transaction.SET_CODE
                        ? Kind.DELEGATION
                        : wish == Wish.CALL ? Kind.CALL : Kind.TRANSFER;
        out.add(signed(sender, plan, kind));
        sent(sender, plan, now);
        return true;
    }

    /// What a throw of the dice stands for; what cannot be done just then becomes a transfer.
    private Wish wish(double dice) {
        double edge = mix.invalid();
        if (dice < edge) return Wish.INVALID;
        if (dice < (edge += mix.replacements())) return Wish.REPLACEMENT;
        if (dice < (edge += mix.gaps())) return Wish.GAP;
        if (dice < (edge += mix.calls())) return Wish.CALL;
        if (dice < (edge += mix.delegation())) return Wish.DELEGATION;
        if (dice < (edge += mix.accessList())) return Wish.ACCESS_LIST;
        return dice < edge + mix.legacy() ? Wish.LEGACY : Wish.TRANSFER;
    }

    /// An account that may send now.
    private @Nullable Sender pick(long now, Accounts accounts) {
        for (int i = 0; i < PICKS; i++) {
            Sender sender = senders.get(random.nextInt(senders.size()));
            if (sender.gapOpen) continue;
            Status status = accounts.status(sender.index, sender.signer.address());
            long inFlight = nonce(sender, status, now) - status.stateNonce();
            if (inFlight < PENDING_MAX && status.queued() <= 1) return sender;
        }
        return null;
    }

    private void fill(
            Sender sender, long now, Accounts accounts, BigInteger baseFee, List<Submission> out) {
        sender.gapOpen = false;
        Status status = accounts.status(sender.index, sender.signer.address());
        if (status.nextNonce() != sender.gapNonce) return;
        Plan plan = transfer(Transaction.DYNAMIC_FEE, sender.gapNonce, baseFee);
        out.add(signed(sender, plan, Kind.FILL));
        sent(sender, plan, now);
        sender.nextNonce = sender.gapNonce + 2;
        sender.last = null;
    }

    private boolean replace(long now, Accounts accounts, List<Submission> out) {
        for (int i = 0; i < PICKS; i++) {
            Sender sender = senders.get(random.nextInt(senders.size()));
            Plan last = sender.last;
            long age = now - sender.lastAt;
            if (last == null || age < REPLACE_AFTER_NANOS || age > REPLACE_BEFORE_NANOS) continue;
            Status status = accounts.status(sender.index, sender.signer.address());
            boolean executable =
                    status.stateNonce() <= last.nonce() && status.nextNonce() == last.nonce() + 1;
            if (!executable || status.pending() == 0) continue;
            Plan dearer = last.withFees(bumped(last.tip()), bumped(last.cap()));
            out.add(signed(sender, dearer, Kind.REPLACEMENT));
            sender.last = null; // once
            return true;
        }
        return false;
    }

    private boolean invalid(long now, Accounts accounts, BigInteger baseFee, List<Submission> out) {
        Sender sender = pick(now, accounts);
        if (sender == null) return false;
        Status status = accounts.status(sender.index, sender.signer.address());
        long nonce = nonce(sender, status, now);
        Plan good = transfer(Transaction.DYNAMIC_FEE, nonce, baseFee);
        int variants = status.stateNonce() > 0 ? 4 : 3;
        Plan bad =
                switch (random.nextInt(variants)) {
                    case 0 -> // owns less than that
                            new Plan(
                                    2,
                                    nonce,
                                    good.tip(),
                                    good.cap(),
                                    TRANSFER_GAS,
                                    good.to(),
                                    status.balance().add(BigInteger.ONE),
                                    good.data(),
                                    List.of());
                    case 1 -> // less than a transfer costs
                            new Plan(
                                    2,
                                    nonce,
                                    good.tip(),
                                    good.cap(),
                                    TRANSFER_GAS - 1,
                                    good.to(),
                                    good.value(),
                                    good.data(),
                                    List.of());
                    case 2 -> good.withFees(good.cap().add(BigInteger.ONE), good.cap());
                    default -> good.withNonce(status.stateNonce() - 1);
                };
        out.add(signed(sender, bad, Kind.INVALID));
        return true;
    }

    private Plan transfer(int type, long nonce, BigInteger baseFee) {
        BigInteger tip = tip();
        int bytes = random.nextInt(10) == 0 ? 1 + random.nextInt(200) : 0;
        byte[] data = new byte[bytes];
        random.nextBytes(data);
        long gas = TRANSFER_GAS + DATA_GAS * bytes;
        if (type == Transaction.ACCESS_LIST) gas += 2400 + 1900;
        return new Plan(
                type,
                nonce,
                tip,
                cap(baseFee, tip),
                gas,
                recipient(),
                BigInteger.valueOf(1 + random.nextLong(SECOND)),
                data,
                List.of());
    }

    private Plan call(long nonce, long now, BigInteger baseFee) {
        BigInteger tip = tip();
        return new Plan(
                Transaction.DYNAMIC_FEE,
                nonce,
                tip,
                cap(baseFee, tip),
                callGas(now, baseFee),
                GasBurner.ADDRESS,
                BigInteger.ZERO,
                new byte[0],
                List.of());
    }

    private Plan delegation(long nonce, Accounts accounts, BigInteger baseFee) {
        Sender authority = authorities.get(random.nextInt(authorities.size()));
        Status status = accounts.status(authority.index, authority.signer.address());
        Address code = random.nextInt(3) == 0 ? NOBODY : recipient();
        BigInteger tip = tip();
        return new Plan(
                Transaction.SET_CODE,
                nonce,
                tip,
                cap(baseFee, tip),
                TRANSFER_GAS + 25_000,
                recipient(),
                BigInteger.ONE,
                new byte[0],
                List.of(authority.signer.authorize(chainId, code, status.stateNonce())));
    }

    /// Gas of one call, so that all of them together swing around the wish; less when the base fee
    /// is dear and more when it is cheap, so that it stays where people can read it.
    private long callGas(long now, BigInteger baseFee) {
        double seconds = (now - startedAt) / (double) SECOND;
        double swing = 1 + WAVE_HEIGHT * Math.sin(2 * Math.PI * seconds / WAVE_SECONDS);
        if (baseFee.compareTo(DEAR) > 0) swing *= 0.5;
        if (baseFee.compareTo(CHEAP) < 0) swing *= 1.5;
        double wish = mix.gasPerSecond() * swing - perSecond * TRANSFER_GAS;
        double calls = Math.max(perSecond * mix.calls(), 0.001);
        return Math.clamp((long) (wish / calls), CALL_GAS_MIN, CALL_GAS_MAX);
    }

    private Submission signed(Sender sender, Plan plan, Kind kind) {
        TransactionSigner.Draft draft =
                sender.signer
                        .draft(plan.type(), chainId)
                        .nonce(plan.nonce())
                        .gas(plan.gas())
                        .to(plan.to())
                        .value(plan.value())
                        .data(plan.data());
        if (plan.type() < Transaction.DYNAMIC_FEE) draft.gasPrice(plan.cap());
        else draft.fees(plan.cap(), plan.tip());
        if (plan.type() == Transaction.ACCESS_LIST) {
            draft.accessList(
                    List.of(
                            new AccessListEntry(
                                    plan.to(), List.of(new Hash32(new byte[Hash32.BYTES])))));
        }
        if (!plan.authorizations().isEmpty()) draft.authorizations(plan.authorizations());
        return new Submission(sender.index, draft.sign(), kind);
    }

    private static void sent(Sender sender, Plan plan, long now) {
        sender.nextNonce = plan.nonce() + 1;
        sender.countsUntil = now + SETTLE_NANOS;
        sender.counts = true;
        sender.last = plan;
        sender.lastAt = now;
    }

    private static boolean counts(Sender sender, long now) {
        if (sender.counts && now - sender.countsUntil >= 0) sender.counts = false;
        return sender.counts;
    }

    private static long nonce(Sender sender, Status status, long now) {
        if (!counts(sender, now)) return status.nextNonce();
        return Math.max(sender.nextNonce, status.nextNonce());
    }

    private Address recipient() {
        int i = random.nextInt(senders.size() + authorities.size());
        Sender sender = i < senders.size() ? senders.get(i) : authorities.get(i - senders.size());
        return sender.signer.address();
    }

    /// From 1 to 32 gwei, small ones more often.
    private BigInteger tip() {
        return BigInteger.valueOf(
                (long) (SECOND * Math.pow(2, 5 * Math.pow(random.nextDouble(), 3))));
    }

    private static BigInteger cap(BigInteger baseFee, BigInteger tip) {
        return baseFee.shiftLeft(1).add(tip);
    }

    private static BigInteger bumped(BigInteger fee) {
        return fee.multiply(BigInteger.valueOf(115))
                .divide(BigInteger.valueOf(100))
                .add(BigInteger.ONE);
    }

    /// How long after its predecessor a replacement comes at the earliest.
    public static Duration replaceAfter() {
        return Duration.ofNanos(REPLACE_AFTER_NANOS);
    }
}
