package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// I1 to I10 of mempool.md 1.8, checked the slow way. Stricter than the list: all hold after every
/// operation, except that a list begins at the state nonce only after a run.
final class PoolInvariants {
    private PoolInvariants() {}

    static void check(TransactionPool pool, boolean afterRun, boolean gaps) {
        PoolStore store = pool.store();
        Set<Account> accounts = new LinkedHashSet<>();
        accounts.addAll(Arrays.asList(store.pendingAccounts.copy()));
        accounts.addAll(Arrays.asList(store.heartbeats.copy()));

        Set<PoolEntry> listed = new HashSet<>();
        int pending = 0;
        int queued = 0;
        for (Account account : accounts) {
            assertThat(store.accounts.get(account.address)).as("I7 known").isSameAs(account);
            assertThat(account.reserved && store.reservations.owns(account.address))
                    .as("I7 reserved")
                    .isTrue();
            pending += checkList(account, account.pending, PoolEntry.Where.PENDING, listed, gaps);
            queued += checkList(account, account.queue, PoolEntry.Where.QUEUED, listed, gaps);
            checkPending(store, account, afterRun, gaps);
            assertThat(account.inHeartbeats).as("I8").isEqualTo(account.queue != null);
            checkDisjoint(account);
        }
        assertThat(accounts).as("I7 number of accounts").hasSize(store.accounts.size());
        assertThat(pending).as("I1 pending").isEqualTo(store.pendingCount);
        assertThat(queued).as("I1 queued").isEqualTo(store.queuedCount);
        assertThat(store.all.size()).as("I1 all").isEqualTo(pending + queued);

        long slots = 0;
        long bytes = 0;
        Map<Address, Set<Hash32>> authorities = new HashMap<>();
        for (int i = 0; i < store.all.size(); i++) {
            PoolEntry entry = store.all.at(i);
            assertThat(listed.contains(entry)).as("I1 in a list").isTrue();
            assertThat(store.all.get(entry.tx.hash())).as("I1 found").isSameAs(entry);
            slots += entry.slots;
            bytes += entry.tx.size();
            for (Address authority : entry.tx.authorities()) {
                authorities.computeIfAbsent(authority, _ -> new HashSet<>()).add(entry.tx.hash());
            }
        }
        assertThat(store.all.slots()).as("I9").isEqualTo(slots);
        assertThat(store.all.bytes()).as("bytes").isEqualTo(bytes);
        assertThat(store.authorities.size()).as("I5 size").isEqualTo(authorities.size());
        authorities.forEach((authority, hashes) ->
                assertThat(store.authorities.naming(authority)).as("I5").isEqualTo(hashes));
        PricedHeaps priced = store.priced;
        assertThat(priced.urgentSize() + priced.floatingSize() - priced.stales())
                .as("I4")
                .isEqualTo(store.all.size());
        checkSnapshot(pool, accounts);
    }

    private static int checkList(
            Account account,
            @Nullable NonceList list,
            PoolEntry.Where where,
            Set<PoolEntry> listed,
            boolean gaps) {
        if (list == null) return 0;
        assertThat(list.isEmpty()).as("I1 no empty list").isFalse();
        BigInteger cost = BigInteger.ZERO;
        for (int i = 0; i < list.size(); i++) {
            PoolEntry entry = list.at(i);
            assertThat(entry.account).as("I1 account").isSameAs(account);
            assertThat(entry.where).as("I1 where").isEqualTo(where);
            assertThat(listed.add(entry)).as("I1 once").isTrue();
            if (i > 0) {
                assertThat(Long.compareUnsigned(list.at(i - 1).nonce, entry.nonce)).isNegative();
                if (where == PoolEntry.Where.PENDING && !gaps) {
                    assertThat(entry.nonce).as("I2").isEqualTo(list.at(i - 1).nonce + 1);
                }
            }
            cost = cost.add(entry.cost());
            assertThat(list.costCap()).isGreaterThanOrEqualTo(entry.cost());
        }
        assertThat(list.totalCost()).as("I6").isEqualTo(cost);
        return list.size();
    }

    private static void checkPending(
            PoolStore store, Account account, boolean afterRun, boolean gaps) {
        NonceList pending = account.pending;
        if (pending == null) return;
        if (afterRun) {
            assertThat(pending.first().nonce)
                    .as("I2 start")
                    .isEqualTo(store.state.account(account.address).nonce());
        }
        if (gaps) return;
        assertThat(store.pendingNonce(account)).as("I3").isEqualTo(pending.last().nonce + 1);
    }

    private static void checkDisjoint(Account account) {
        NonceList pending = account.pending;
        NonceList queue = account.queue;
        if (pending == null || queue == null) return;
        for (int i = 0; i < queue.size(); i++) {
            assertThat(pending.contains(queue.at(i).nonce)).as("I10").isFalse();
        }
    }

    private static void checkSnapshot(TransactionPool pool, Set<Account> accounts) {
        PoolStore store = pool.store();
        PoolSnapshot snapshot = pool.snapshot();
        int[] seen = new int[3];
        snapshot.forEachAccount(account -> {
            seen[0]++;
            seen[1] += account.pending().size();
            seen[2] += account.queued().size();
        });
        assertThat(seen).containsExactly(accounts.size(), store.pendingCount, store.queuedCount);
        for (Account account : accounts) {
            AccountSnapshot view = snapshot.account(account.address).orElseThrow();
            assertThat(view.nextNonce()).isEqualTo(store.pendingNonce(account));
            assertThat(view.pending()).hasSize(account.pendingSize());
            assertThat(view.queued()).hasSize(account.queuedSize());
        }
        for (int i = 0; i < store.all.size(); i++) {
            PoolEntry entry = store.all.at(i);
            assertThat(snapshot.status(entry.tx.hash())).isEqualTo(pool.status(entry.tx.hash()));
        }
    }
}
