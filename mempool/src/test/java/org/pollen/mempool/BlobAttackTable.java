package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/// What blob spam takes from honest accounts: a section of `docs/mempool-attacks.md`.
///
/// The store is full of 20 honest accounts with four transactions of one blob each, at 1000, 10 and
/// 1000 wei for gas, tip and blob gas, which is what they cost now.
final class BlobAttackTable {
    private static final int HONEST = 20;
    private static final int ATTACKER = 100;

    private final StringBuilder rows = new StringBuilder();

    /// Runs every attack and writes the section.
    void append(StringBuilder out) {
        out.append("## Blobs\n\n");
        out.append("The blob pool behaves the same in both modes. Its store is full of 20 honest ");
        out.append("accounts with four transactions of one blob\neach, at 1000 wei for gas and ");
        out.append("blob gas, which is the price now, and a tip of 10. *Lost*, *kept* and *cost* ");
        out.append("as above, in fees of one honest\ntransaction.\n\n");
        out.append("| attack | lost | kept | cost |\n|---|---:|---:|---:|\n");
        row(
                "one account, 100 at ten times the price",
                h -> {
                    for (int i = 0; i < 100; i++)
                        h.add(BlobTxs.blob(ATTACKER, i, 100, 10_000, 10_000));
                });
        row(
                "one account, 15 at ten times the price behind one below it",
                h -> {
                    h.add(BlobTxs.blob(ATTACKER, 0, 1, 500, 500));
                    for (int i = 1; i < 16; i++)
                        h.add(BlobTxs.blob(ATTACKER, i, 100, 10_000, 10_000));
                });
        row(
                "100 that the balance does not cover together, at twice the price",
                h -> {
                    h.balance(
                            ATTACKER, BlobTxs.blob(ATTACKER, 0, 20, 2000, 2000).cost().longValue());
                    for (int i = 0; i < 100; i++) h.add(BlobTxs.blob(ATTACKER, i, 20, 2000, 2000));
                });
        row(
                "100 behind a gap",
                h -> {
                    h.nonce(ATTACKER, 1000);
                    for (int i = 1; i <= 100; i++) {
                        h.add(BlobTxs.blob(ATTACKER, 1000 + i, 20, 2000, 2000));
                    }
                });
        row(
                "one, replaced for as long as its price may rise to a thousand times",
                h -> {
                    for (long fee = 1000; fee <= 1_000_000; fee += 1000) {
                        h.add(BlobTxs.blob(ATTACKER, 0, fee / 100, fee, fee));
                    }
                });
        row("100 accounts with one at a tenth of the price", h -> singles(h, 1, 100));
        row("100 accounts with one at a tip of 11", h -> singles(h, 11, 1000));
        out.append(rows);
    }

    private interface Attack {
        void on(BlobHarness h);
    }

    private static void singles(BlobHarness h, long tip, long fee) {
        for (int i = 0; i < 100; i++) h.add(BlobTxs.blob(ATTACKER + i, 0, tip, fee, fee));
    }

    private void row(String name, Attack attack) {
        var h = new BlobHarness();
        h.chain.baseFee(1000);
        h.chain.blobFee = BigInteger.valueOf(1000);
        h.chain.defaultBalance(BigInteger.TEN.pow(24));
        List<Transaction> honest = new ArrayList<>();
        long bytes = 0;
        for (int key = 1; key <= HONEST; key++) {
            for (int nonce = 0; nonce < 4; nonce++) {
                Transaction tx = BlobTxs.blob(key, nonce, 10, 1000, 1000);
                honest.add(tx);
                bytes += tx.size();
            }
        }
        h.config = new BlobPoolConfig(bytes, 100);
        for (Transaction tx : honest) h.add(tx);
        attack.on(h);
        int left = 0;
        for (Transaction tx : honest) if (h.pool().get(tx.hash()) != null) left++;
        int kept = h.pool().snapshot().pending() - left;
        BigInteger cost = BigInteger.ZERO;
        for (int key = ATTACKER; key < ATTACKER + 100; key++) {
            for (PooledBlob blob : h.pool().pooled(BlobTxs.address(key))) {
                cost = cost.add(blob.cost());
            }
        }
        double fees = cost.doubleValue() / honest.getFirst().cost().doubleValue();
        rows.append(
                "| %s | %d | %d | %d |\n"
                        .formatted(name, honest.size() - left, kept, Math.round(fees)));
    }
}
