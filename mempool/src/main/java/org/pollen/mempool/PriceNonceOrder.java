package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// The order in which a block takes transactions: the best tip first, each account's in nonce
/// order, the earlier arrival first when tips are equal. Source: mempool.md 7.
public final class PriceNonceOrder {
    private final @Nullable BigInteger baseFee;
    private final PriorityQueue<Head> heads = new PriorityQueue<>();

    /// @param groups executable transactions of each account, in nonce order
    /// @param baseFee base fee of the block; null before London
    public PriceNonceOrder(
            Collection<? extends List<PooledTransaction>> groups, @Nullable BigInteger baseFee) {
        this.baseFee = baseFee;
        int group = 0;
        for (List<PooledTransaction> list : groups) push(list, 0, group++);
    }

    /// The best transaction and its tip; null when there is none left.
    public @Nullable Best peek() {
        Head head = heads.peek();
        return head == null ? null : new Best(head.list.get(head.next), head.tip);
    }

    /// Goes on to the next transaction of the best one's account; drops the account if that does
    /// not pay the base fee.
    public void shift() {
        Head head = heads.poll();
        if (head != null) push(head.list, head.next + 1, head.group);
    }

    /// Drops the best transaction's account.
    public void pop() {
        heads.poll();
    }

    /// Whether nothing is left.
    public boolean isEmpty() {
        return heads.isEmpty();
    }

    /// Drops everything.
    public void clear() {
        heads.clear();
    }

    private void push(List<PooledTransaction> list, int next, int group) {
        if (next >= list.size()) return;
        Transaction tx = list.get(next).transaction();
        if (baseFee != null && tx.feeCap().compareTo(baseFee) < 0) return;
        BigInteger tip = baseFee == null ? tx.tipCap() : PriceHeap.effectiveTip(tx, baseFee);
        heads.add(new Head(list, next, tip, group));
    }

    /// A transaction with its effective tip.
    public record Best(PooledTransaction pooled, BigInteger tip) {}

    /// @param group settles what is equal in tip and time, so that the order is always the same
    private record Head(List<PooledTransaction> list, int next, BigInteger tip, int group)
            implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            int order = other.tip.compareTo(tip);
            if (order != 0) return order;
            order =
                    Long.compare(
                            list.get(next).firstSeen() - other.list.get(other.next).firstSeen(), 0);
            return order != 0 ? order : Integer.compare(group, other.group);
        }
    }
}
