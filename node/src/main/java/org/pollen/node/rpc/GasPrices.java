package org.pollen.node.rpc;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountSnapshot;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;

/// Suggests what to pay: the 60th percentile of the lowest tips that recent blocks took, or of what
/// waits in the pool if these blocks are empty, never below the pool's minimum.
///
/// Computed once for each head. Source: operations.md 7, "from chain + pool percentiles".
final class GasPrices {
    private static final int BLOCKS = 20;
    private static final int LOWEST_PER_BLOCK = 3;
    private static final int PERCENTILE = 60;
    private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);
    private static final BigInteger TIP_MAX = GWEI.multiply(BigInteger.valueOf(500));

    private final ChainSource chain;
    private final PoolAccess pool;
    private volatile @Nullable Suggestion last;

    private record Suggestion(Hash32 head, BigInteger tip) {}

    GasPrices(ChainSource chain, PoolAccess pool) {
        this.chain = chain;
        this.pool = pool;
    }

    /// Tip plus base fee of the head.
    BigInteger gasPrice() {
        return tip().add(EthApi.baseFee(chain.latest()));
    }

    /// The tip.
    BigInteger tip() {
        ChainBlock head = chain.latest();
        Suggestion known = last;
        if (known == null || !known.head.equals(head.hash())) {
            known = new Suggestion(head.hash(), suggest(head));
            last = known;
        }
        return known.tip;
    }

    private BigInteger suggest(ChainBlock head) {
        PoolSnapshot content = pool.snapshot();
        List<BigInteger> tips = mined(head);
        if (tips.isEmpty()) tips = waiting(content);
        Collections.sort(tips);
        BigInteger tip = tips.isEmpty() ? GWEI : tips.get((tips.size() - 1) * PERCENTILE / 100);
        return tip.min(TIP_MAX).max(content.minTip());
    }

    private List<BigInteger> mined(ChainBlock head) {
        var tips = new ArrayList<BigInteger>();
        Optional<ChainBlock> next = Optional.of(head);
        for (int i = 0; i < BLOCKS && next.isPresent(); i++) {
            ChainBlock block = next.get();
            var own = new ArrayList<BigInteger>();
            for (Transaction tx : block.transactions()) {
                own.add(block.effectiveGasPrice(tx).subtract(EthApi.baseFee(block)));
            }
            Collections.sort(own);
            tips.addAll(own.subList(0, Math.min(own.size(), LOWEST_PER_BLOCK)));
            next = chain.byHash(block.parentHash());
        }
        return tips;
    }

    private static List<BigInteger> waiting(PoolSnapshot content) {
        var tips = new ArrayList<BigInteger>();
        content.forEachAccount((AccountSnapshot account) -> add(account, tips));
        return tips;
    }

    private static void add(AccountSnapshot account, List<BigInteger> tips) {
        if (!account.pending().isEmpty()) {
            tips.add(account.pending().getFirst().transaction().tipCap());
        }
    }
}
