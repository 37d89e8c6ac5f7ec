package org.pollen.simulator;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.ChainView;
import org.pollen.mempool.DropReason;
import org.pollen.mempool.GossipGate;
import org.pollen.mempool.GossipVerdict;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PendingFilter;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolEvents;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.PriceNonceOrder;
import org.pollen.mempool.RunReport;
import org.pollen.mempool.StateView;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionPool;
import org.pollen.mempool.TransactionSource;
import org.pollen.mempool.TransactionStatus;
import org.pollen.mempool.Verdicts;
import org.pollen.router.PublishOptions;
import org.pollen.router.RpcMessage;
import org.pollen.router.Verdict;

/// The pool of a node beside the router of a node: gossiped transactions go through the gate, the
/// pool and its run before they are passed on, and each slot somebody makes a block of what it has.
///
/// Signatures cost the one processor of the peer 100 us each; what came within 5 ms is one batch of
/// the pool.
final class PoolPeer implements Application, ChainView, PoolEvents {
    private static final long VERIFY = 100_000;
    private static final long BATCH = 5_000_000;

    // Words of events.
    private static final long RUN = 1;
    private static final long MAKE_BLOCK = 2;
    private static final long SUBMIT = 3;
    private static final long KINDS = 4;

    /// @param outcome null for a block
    private record Waiting(long ticket, @Nullable AddOutcome outcome) {}

    /// @param done when its signature is recovered
    private record Arrived(long ticket, GossipGate.Answer answer, long done) {}

    private final HonestPeer peer;
    private final PoolWorld world;
    private final List<Transaction> submissions;
    private final TransactionPool pool;
    private final ArrayDeque<Arrived> arrived = new ArrayDeque<>();
    private final List<Announcement> announcements = new ArrayList<>();
    private BlockHeader head;
    private long processorFree;
    private boolean runPosted;

    /// @param submissions what this peer's users send, one each second from the first slot on
    PoolPeer(HonestPeer peer, PoolWorld world, List<Transaction> submissions) {
        this.peer = peer;
        this.world = world;
        this.submissions = submissions;
        head = world.genesis;
        long seed = peer.simulation.seed();
        var random = new SplittableRandom(Mix.mix(seed, peer.index, 50));
        pool =
                new TransactionPool(
                        world.config,
                        PoolContext.of(PoolWorld.CHAIN, PoolWorld.FORKS, this),
                        this,
                        random);
        pool.add(PoolWorld.resident(), TransactionSource.GOSSIP, true, 0);
        announcements.clear();
        int honest = peer.simulation.setup().honest();
        for (long slot = 1; slot * PoolWorld.SLOT < peer.simulation.setup().end(); slot++) {
            if (Math.floorMod(Mix.mix(seed, slot, 51), honest) == peer.index) {
                post(slot * PoolWorld.SLOT, MAKE_BLOCK);
            }
        }
        for (int i = 0; i < submissions.size(); i++) {
            long at = 3_000_000_000L + i * 1_000_000_000L + (long) peer.index * 9_000_000;
            post(at, SUBMIT + KINDS * i);
        }
    }

    private void post(long at, long word) {
        peer.post(peer.index, at, Actor.APPLICATION, word, null);
    }

    TransactionPool pool() {
        return pool;
    }

    // Gossip.

    @Override
    public void judge(long ticket, RpcMessage message, int from, long now) {
        if (message.mask().equals(PoolWorld.BLOCKS)) {
            onBlock(ticket, message, now);
            return;
        }
        GossipGate.Answer answer = world.answer(message, head);
        Transaction tx =
                switch (answer) {
                    case GossipGate.Answer.Pass pass -> pass.transaction();
                    case GossipGate.Answer.Stop stop -> stop.transaction();
                };
        boolean honestSender = from >= 0 && peer.simulation.honest(from);
        if (tx != null && world.isAttack(tx) && honestSender) world.beyondFirstHop++;
        processorFree = Math.max(processorFree, now) + VERIFY;
        arrived.add(new Arrived(ticket, answer, processorFree));
        runAt(processorFree + BATCH);
    }

    private void runAt(long at) {
        if (runPosted) return;
        runPosted = true;
        post(at, RUN);
    }

    private void onBlock(long ticket, RpcMessage message, long now) {
        var hash = new byte[32];
        System.arraycopy(message.array(), message.dataOffset(), hash, 0, 32);
        Block block = world.block(new Hash32(hash));
        if (block == null) {
            peer.router().onValidated(ticket, Verdict.REJECT, now);
            return;
        }
        long number = block.header().number();
        Long madeAt = world.madeAt.get(number);
        if (madeAt != null) {
            int phase = madeAt < peer.simulation.setup().attackAt() ? 0 : 1;
            peer.partition.tally.phases[phase].add(now - madeAt);
        }
        if (number > head.number()) follow(block.header(), now);
        peer.router().onValidated(ticket, Verdict.ACCEPT, now);
    }

    private void follow(BlockHeader next, long now) {
        BlockHeader old = head;
        head = next;
        pool.requestReset(old, next);
        run(now);
    }

    // Its own events.

    @Override
    public void event(long word, long now) {
        switch ((int) (word % KINDS)) {
            case (int) RUN -> {
                runPosted = false;
                batch(now);
            }
            case (int) MAKE_BLOCK -> makeBlock(now);
            default -> submit(submissions.get((int) (word / KINDS)), now);
        }
    }

    private void submit(Transaction tx, long now) {
        pool.add(List.of(tx), TransactionSource.LOCAL, false, now);
        run(now);
    }

    private void batch(long now) {
        var waiting = new ArrayList<Waiting>();
        int admitted = 0;
        while (!arrived.isEmpty() && arrived.peek().done <= now) {
            Arrived one = arrived.remove();
            switch (one.answer) {
                case GossipGate.Answer.Stop stop ->
                        answer(one.ticket, stop.judgement().verdict(), now);
                case GossipGate.Answer.Pass pass -> {
                    Transaction tx = pass.transaction();
                    AddOutcome outcome =
                            pool.add(List.of(tx), TransactionSource.GOSSIP, false, now).getFirst();
                    if (outcome.accepted() && world.isAttack(tx)) {
                        admitted++;
                        if (outcome.replaced()) world.replacements++;
                    }
                    waiting.add(new Waiting(one.ticket, outcome));
                }
            }
        }
        if (!arrived.isEmpty()) runAt(now + BATCH);
        world.admittedMost = Math.max(world.admittedMost, admitted);
        if (pool.runRequested()) run(now);
        Verdicts verdicts = world.gate().verdicts();
        for (Waiting one : waiting) {
            AddOutcome outcome = one.outcome;
            if (outcome == null) continue;
            TransactionStatus status = pool.status(outcome.tx().hash());
            Verdicts.Judgement judgement =
                    outcome.error() == null
                            ? verdicts.accepted(status)
                            : verdicts.refused(outcome.error(), outcome.tx(), head);
            answer(one.ticket, judgement.verdict(), now);
        }
    }

    private void answer(long ticket, GossipVerdict verdict, long now) {
        Verdict word =
                switch (verdict) {
                    case ACCEPT -> Verdict.ACCEPT;
                    case IGNORE -> Verdict.IGNORE;
                    case REJECT -> Verdict.REJECT;
                };
        peer.router().onValidated(ticket, word, now);
    }

    private void run(long now) {
        pool.run(now);
        List<Announcement> due = List.copyOf(announcements);
        announcements.clear();
        for (Announcement one : due) {
            if (!one.publish()) continue;
            byte[] raw = one.pooled().transaction().raw();
            peer.router().announce(PoolWorld.TRANSACTIONS, raw, now);
        }
    }

    private void makeBlock(long now) {
        var order = new PriceNonceOrder(pool.snapshot().pending(PendingFilter.ALL), null);
        var taken = new ArrayList<Transaction>();
        long gas = 0;
        for (PriceNonceOrder.Best best = order.peek(); best != null; best = order.peek()) {
            Transaction tx = best.pooled().transaction();
            if (gas + tx.gas() > PoolWorld.GAS_LIMIT) break;
            gas += tx.gas();
            taken.add(tx);
            order.shift();
        }
        Block block = world.extend(head, taken, now);
        int size = 64;
        for (Transaction tx : taken) size += tx.size();
        var payload = ByteBuffer.allocate(size).put(block.header().hash().bytes()).array();
        peer.router().publish(PoolWorld.BLOCKS, payload, PublishOptions.DEFAULT, now);
        follow(block.header(), now);
    }

    // What probes ask.

    /// Executable transactions of honest accounts, those that came during the run too.
    int honestPending() {
        return pool.pendingCount() - attackPending();
    }

    /// Executable transactions of attackers.
    int attackPending() {
        int count = 0;
        for (List<PooledTransaction> list : pool.snapshot().pending(PendingFilter.ALL)) {
            for (PooledTransaction one : list) if (world.isAttack(one.transaction())) count++;
        }
        return count;
    }

    /// Hashes of executable transactions that came before an instant.
    Set<Hash32> hashes(long before) {
        var all = new HashSet<Hash32>();
        for (List<PooledTransaction> list : pool.snapshot().pending(PendingFilter.ALL)) {
            for (PooledTransaction one : list) {
                if (one.firstSeen() < before) all.add(one.transaction().hash());
            }
        }
        return all;
    }

    // The chain, for the pool.

    @Override
    public BlockHeader head() {
        return head == null ? world.genesis : head;
    }

    @Override
    public Optional<StateView> stateAt(BlockHeader header) {
        return world.knows(header.hash()) ? Optional.of(world.state(header)) : Optional.empty();
    }

    @Override
    public StateView genesisState() {
        return world.state(world.genesis);
    }

    @Override
    public Optional<Block> block(Hash32 hash) {
        return Optional.ofNullable(world.block(hash));
    }

    // Events of the pool.

    @Override
    public void announced(List<Announcement> list) {
        announcements.addAll(list);
    }

    @Override
    public void dropped(PooledTransaction pooled, DropReason reason, long now) {}

    @Override
    public void reinjected(List<Transaction> transactions) {}

    @Override
    public void runFinished(RunReport report) {}

    @Override
    public void warning(String text) {
        throw new IllegalStateException(text);
    }
}
