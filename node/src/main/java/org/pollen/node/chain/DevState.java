package org.pollen.node.chain;

import java.math.BigInteger;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;

/// All accounts after one block of the embedded chain; immutable.
///
/// A plain copy for each block: a chain of a few thousand accounts changes every two seconds, and
/// readers on other threads get a map nobody writes to.
final class DevState implements ChainState {
    private static final byte[] DELEGATION_PREFIX = {(byte) 0xef, 0x01, 0x00};

    private final Map<Address, Account> accounts;

    /// One account.
    ///
    /// @param delegate whose code stands for it (EIP-7702); null for none
    /// @param contract whether it has code of its own
    record Account(long nonce, BigInteger balance, @Nullable Address delegate, boolean contract) {
        static final Account EMPTY = new Account(0, BigInteger.ZERO, null, false);

        Account withNonce(long other) {
            return new Account(other, balance, delegate, contract);
        }

        Account withBalance(BigInteger other) {
            return new Account(nonce, other, delegate, contract);
        }

        Account withDelegate(@Nullable Address other) {
            return new Account(nonce, balance, other, contract);
        }

        AccountState state() {
            AccountState.Code code =
                    contract
                            ? AccountState.Code.CONTRACT
                            : delegate != null
                                    ? AccountState.Code.DELEGATION
                                    : AccountState.Code.NONE;
            return new AccountState(nonce, balance, code);
        }
    }

    private DevState(Map<Address, Account> accounts) {
        this.accounts = accounts;
    }

    /// The state before the first block.
    static DevState genesis(Collection<Address> funded, BigInteger balance) {
        var accounts = new HashMap<Address, Account>();
        for (Address address : funded) accounts.put(address, new Account(0, balance, null, false));
        accounts.put(GasBurner.ADDRESS, new Account(1, BigInteger.ZERO, null, true));
        return new DevState(accounts);
    }

    Account get(Address address) {
        return accounts.getOrDefault(address, Account.EMPTY);
    }

    boolean exists(Address address) {
        return accounts.containsKey(address);
    }

    int size() {
        return accounts.size();
    }

    @Override
    public AccountState account(Address address) {
        Account account = accounts.get(address);
        return account == null ? AccountState.EMPTY : account.state();
    }

    @Override
    public byte[] code(Address address) {
        Account account = get(address);
        if (account.contract()) return GasBurner.code();
        if (account.delegate() == null) return new byte[0];
        byte[] code = new byte[DELEGATION_PREFIX.length + Address.BYTES];
        System.arraycopy(DELEGATION_PREFIX, 0, code, 0, DELEGATION_PREFIX.length);
        System.arraycopy(
                account.delegate().bytes(), 0, code, DELEGATION_PREFIX.length, Address.BYTES);
        return code;
    }

    @Override
    public long gasOfCall(Address address) {
        return runsBurner(get(address)) ? GasBurner.GAS_MIN : 0;
    }

    static boolean runsBurner(Account account) {
        return account.contract() || GasBurner.ADDRESS.equals(account.delegate());
    }

    /// Changes on top of a state, made by one block. Not thread-safe.
    static final class Changes {
        private final DevState before;
        private final Map<Address, Account> after = new LinkedHashMap<>();

        Changes(DevState before) {
            this.before = before;
        }

        Account get(Address address) {
            Account changed = after.get(address);
            return changed == null ? before.get(address) : changed;
        }

        boolean exists(Address address) {
            return after.containsKey(address) || before.exists(address);
        }

        void put(Address address, Account account) {
            after.put(address, account);
        }

        /// Accounts whose value may differ, in the order they were first changed.
        Map<Address, Account> touched() {
            return after;
        }

        /// The state with the changes.
        DevState apply() {
            if (after.isEmpty()) return before;
            var accounts = new HashMap<>(before.accounts);
            accounts.putAll(after);
            return new DevState(accounts);
        }
    }
}
