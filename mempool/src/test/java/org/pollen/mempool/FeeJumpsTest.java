package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows C185 and C186 of mempool.md 12.11.
class FeeJumpsTest {
    @ParameterizedTest
    @CsvSource({
        "7, 10, 4",
        "7, 7, 0",
        "9853941692, 11085092510, 1",
        "11544106391, 10356781100, -1",
        "17200000000, 7, -184",
        "7, 17200000000, 184"
    })
    @DisplayName("C185: steps from one fee to another, away from 0")
    void jumps(long from, long to, int steps) {
        double now = FeeJumps.base(BigInteger.valueOf(from));
        assertThat(FeeJumps.delta(now, FeeJumps.base(BigInteger.valueOf(to)))).isEqualTo(steps);
    }

    @Test
    @DisplayName("C185: no fee is no steps, and what can be included now does not wait")
    void noFee() {
        assertThat(FeeJumps.base(BigInteger.ZERO)).isZero();
        assertThat(FeeJumps.blob(BigInteger.ZERO)).isZero();
        assertThat(FeeJumps.priority(1, 5, 1, 5)).isZero();
        assertThat(FeeJumps.priority(5, 1, 1, 5)).isEqualTo(-4);
        assertThat(FeeJumps.priority(1, 5, 5, 2)).isEqualTo(-3);
    }

    @ParameterizedTest
    @CsvSource({
        "1 0 2,                 1 2 3,                          3 2 1,              0,    0,    1 0 2",
        "100 50 100 50 1 2 3,   1000 1000 500 500 2000 2000 2000, 0 0 0 0 0 0 0,    1999, 0,    3 2 1 0 4 5 6",
        "100 50 100 50 1 2 3,   0 0 0 0 0 0 0, 1000 1000 500 500 2000 2000 2000,    0,    1999, 3 2 1 0 4 5 6",
        "1 2 3 4,               800 630 800 630,                80 55 55 80,        1000, 100,  1 2 3 0"
    })
    @DisplayName("C186: the published orders of eviction")
    void orders(String tips, String caps, String blobCaps, long base, long blob, String order) {
        var heap = new BlobEvictions();
        heap.fees(FeeJumps.base(BigInteger.valueOf(base)), FeeJumps.blob(BigInteger.valueOf(blob)));
        List<BlobAccount> accounts = new ArrayList<>();
        String[] all = tips.split(" ", -1);
        for (int i = 0; i < all.length; i++) {
            byte[] address = new byte[20];
            address[0] = (byte) i;
            var account = new BlobAccount(new Address(address));
            long tip = Long.parseLong(all[i]);
            long cap = Long.parseLong(caps.split(" ", -1)[i]);
            long blobCap = Long.parseLong(blobCaps.split(" ", -1)[i]);
            Transaction tx = BlobTxs.bare(i + 1, 0, tip, cap, blobCap, 1);
            account.add(new PooledBlob(tx, TransactionSource.GOSSIP, i, 0));
            accounts.add(account);
        }
        heap.addAll(accounts);
        List<String> popped = new ArrayList<>();
        while (!heap.isEmpty()) {
            BlobAccount worst = heap.worst();
            popped.add("" + accounts.indexOf(worst));
            heap.remove(worst);
        }
        assertThat(String.join(" ", popped)).isEqualTo(order);
    }
}
