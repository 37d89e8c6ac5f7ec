package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Feeds recorded transactions to fresh pools and compares what they answer with what was expected.
///
/// A line without a group gets a pool of its own; the lines of a group share one, in the order of
/// their steps. Blob transactions go to a blob pool beside it. Stateless: the same lines give the
/// same results.
public final class PoolReplay {
    private static final Hash32 HEAD = new Hash32(Keccak256.hash(new byte[] {1}));
    private static final BigInteger CHAIN_ID = BigInteger.ONE;
    private static final String OK = "OK";

    private PoolReplay() {}

    /// Replays lines for chain 1.
    ///
    /// @param proofs verifies the sidecars of blob transactions
    /// @param randoms gives each pool its generator; with the same ones two replays are equal
    /// @return a result a line, in the order of the lines
    public static List<ReplayResult> replay(
            List<ReplayLine> lines,
            PoolMode mode,
            BlobProofs proofs,
            Supplier<RandomGenerator> randoms) {
        Map<String, List<ReplayLine>> groups = new LinkedHashMap<>();
        var results = new IdentityHashMap<ReplayLine, ReplayResult>();
        for (ReplayLine line : lines) {
            if (line.group() == null) {
                new Session(line.environment(), mode, proofs, randoms.get(), results)
                        .add(List.of(line));
            } else {
                groups.computeIfAbsent(line.group(), _ -> new ArrayList<>()).add(line);
            }
        }
        for (List<ReplayLine> group : groups.values())
            replayGroup(group, mode, proofs, randoms.get(), results);
        return lines.stream().map(line -> Objects.requireNonNull(results.get(line))).toList();
    }

    private static void replayGroup(
            List<ReplayLine> group,
            PoolMode mode,
            BlobProofs proofs,
            RandomGenerator random,
            IdentityHashMap<ReplayLine, ReplayResult> results) {
        group.sort(Comparator.comparingInt(ReplayLine::step)); // stable
        var session = new Session(group.getFirst().environment(), mode, proofs, random, results);
        for (int from = 0; from < group.size(); ) {
            Integer batch = group.get(from).batch();
            int to = from + 1;
            while (batch != null && to < group.size() && batch.equals(group.get(to).batch())) to++;
            session.add(group.subList(from, to));
            from = to;
        }
    }

    /// One pool and what was seen of it.
    private static final class Session implements PoolEvents {
        private final ReplayLine.Environment environment;
        private final IdentityHashMap<ReplayLine, ReplayResult> results;
        private final TransactionPool pool;
        private final BlobPool blobs;
        private int events;
        private int eventsSinceStep4;

        Session(
                ReplayLine.Environment environment,
                PoolMode mode,
                BlobProofs proofs,
                RandomGenerator random,
                IdentityHashMap<ReplayLine, ReplayResult> results) {
            this.environment = environment;
            this.results = results;
            PoolConfig config =
                    PoolConfig.DEFAULTS
                            .withMode(mode)
                            .withLimits(
                                    PoolConfig.DEFAULTS.accountSlots(),
                                    environment.globalSlots(),
                                    PoolConfig.DEFAULTS.accountQueue(),
                                    environment.globalQueue());
            ForkSchedule forks = ForkSchedule.always(environment.fork());
            PoolContext context = PoolContext.of(CHAIN_ID, forks, new StillChain(environment));
            pool = new TransactionPool(config, context, this, random);
            pool.setGasTip(environment.minTip(), 0);
            var storage = BlobStorage.onHeap();
            blobs =
                    new BlobPool(
                            BlobPoolConfig.DEFAULTS, context, storage, proofs, BlobEvents.NONE, 0);
            blobs.setGasTip(environment.minTip(), 0);
        }

        /// Adds lines at once, and keeps a result for each.
        void add(List<ReplayLine> batch) {
            var plain = new ArrayList<Answer>();
            var answers = new ArrayList<Answer>();
            for (ReplayLine line : batch) {
                var answer = new Answer(line);
                answers.add(answer);
                Transaction tx = decode(answer);
                if (tx == null) continue;
                if (tx.type() != Transaction.BLOB) plain.add(answer);
                else answer.take(blobs.add(List.of(tx), TransactionSource.LOCAL, 0).getFirst());
            }
            events = 0;
            List<Transaction> transactions =
                    plain.stream().map(answer -> Objects.requireNonNull(answer.tx)).toList();
            List<AddOutcome> outcomes = pool.add(transactions, TransactionSource.LOCAL, true, 0);
            for (int i = 0; i < plain.size(); i++) plain.get(i).take(outcomes.get(i));
            ReplayLine last = batch.getLast();
            eventsSinceStep4 = last.step() <= 4 ? 0 : eventsSinceStep4 + events;
            for (Answer answer : answers.subList(0, answers.size() - 1)) {
                finish(answer, null, null);
            }
            finish(answers.getLast(), last.after(), last.then());
        }

        /// The transaction of a line; null if it is none, and then that is the answer.
        private static @Nullable Transaction decode(Answer answer) {
            try {
                answer.tx = TransactionDecoder.decode(answer.line.raw());
            } catch (TransactionRefusedException e) {
                answer.error = e.error();
                answer.message = Objects.requireNonNullElse(e.getMessage(), "");
            }
            return answer.tx;
        }

        private TransactionStatus place(@Nullable Transaction tx) {
            if (tx == null) return TransactionStatus.UNKNOWN;
            return tx.type() == Transaction.BLOB ? blobs.status(tx.hash()) : pool.status(tx.hash());
        }

        private void finish(
                Answer answer, ReplayLine.@Nullable After after, ReplayLine.@Nullable Then then) {
            ReplayLine line = answer.line;
            String name = answer.error == null ? OK : answer.error.name();
            TransactionStatus place = place(answer.tx);
            var differences = new ArrayList<String>();
            if (!line.expected().isEmpty() && !line.expected().contains(name)) {
                differ(differences, "answer", String.join(" or ", line.expected()), name);
            }
            if (line.place() != null && line.place() != place) {
                differ(differences, "place", line.place(), place);
            }
            compare(differences, "after", after);
            if (then != null) {
                events = 0;
                pool.setGasTip(then.gasTip(), 0);
                compare(differences, "then.after", then.after());
            }
            boolean checked = !line.expected().isEmpty() || line.place() != null || after != null;
            ReplayResult.Status status =
                    !differences.isEmpty()
                            ? ReplayResult.Status.MISMATCH
                            : checked || then != null
                                    ? ReplayResult.Status.MATCHED
                                    : ReplayResult.Status.UNCHECKED;
            results.put(
                    line,
                    new ReplayResult(
                            line,
                            status,
                            name,
                            answer.message,
                            place,
                            gossip(answer, place),
                            differences));
        }

        private GossipVerdict gossip(Answer answer, TransactionStatus place) {
            if (answer.error != null) {
                return GossipVerdict.of(answer.error, answer.tx, environment.gasLimit(), false);
            }
            // Its hash says nothing about its sidecar: it is fetched, never gossiped.
            boolean blob = answer.tx != null && answer.tx.type() == Transaction.BLOB;
            if (blob) return GossipVerdict.REJECT;
            return place == TransactionStatus.PENDING ? GossipVerdict.ACCEPT : GossipVerdict.IGNORE;
        }

        private void compare(
                List<String> differences, String name, ReplayLine.@Nullable After after) {
            if (after == null) return;
            count(differences, name + ".pending", after.pending(), pool.pendingCount());
            count(differences, name + ".queued", after.queued(), pool.queuedCount());
            count(differences, name + ".events", after.events(), events);
            count(
                    differences,
                    name + ".eventsSinceStep4",
                    after.eventsSinceStep4(),
                    eventsSinceStep4);
        }

        private static void count(
                List<String> differences, String name, @Nullable Integer expected, int found) {
            if (expected != null && expected != found) differ(differences, name, expected, found);
        }

        private static void differ(
                List<String> differences, String name, Object expected, Object found) {
            differences.add("%s: expected %s, got %s".formatted(name, expected, found));
        }

        @Override
        public void announced(List<Announcement> announcements) {
            events += announcements.size();
        }

        @Override
        public void dropped(PooledTransaction pooled, DropReason reason, long now) {
            // Seen in the counts.
        }

        @Override
        public void reinjected(List<Transaction> transactions) {
            throw new AssertionError("the chain of a replay never moves");
        }

        @Override
        public void runFinished(RunReport report) {
            // Seen in the counts.
        }

        @Override
        public void warning(String text) {
            throw new AssertionError(text);
        }
    }

    /// What is known so far of one line's answer.
    private static final class Answer {
        final ReplayLine line;
        @Nullable Transaction tx;
        @Nullable PoolError error;
        String message = "";

        Answer(ReplayLine line) {
            this.line = line;
        }

        void take(AddOutcome outcome) {
            error = outcome.error();
            message = outcome.message();
        }
    }

    /// A chain with one block in which all accounts are alike.
    private static final class StillChain implements ChainView {
        private final BlockHeader head;
        private final AccountState plain;
        private final AccountState delegated;
        private final Set<Address> delegates;

        StillChain(ReplayLine.Environment environment) {
            head =
                    new BlockHeader(
                            HEAD,
                            HEAD,
                            1,
                            1,
                            environment.gasLimit(),
                            environment.gasLimit() >>> 1,
                            null);
            long nonce = environment.nonce();
            BigInteger balance = environment.balance();
            plain = new AccountState(nonce, balance, AccountState.Code.NONE);
            delegated = new AccountState(nonce, balance, AccountState.Code.DELEGATION);
            delegates = environment.delegated();
        }

        @Override
        public BlockHeader head() {
            return head;
        }

        @Override
        public Optional<StateView> stateAt(BlockHeader header) {
            return Optional.of(genesisState());
        }

        @Override
        public StateView genesisState() {
            return address -> delegates.contains(address) ? delegated : plain;
        }

        @Override
        public Optional<Block> block(Hash32 hash) {
            return Optional.empty();
        }
    }
}
