package org.pollen.mempool;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// Transactions of numbered accounts for the tests of the pool.
///
/// They are encoded for real but not signed: sender and authorities are what the test says, so that
/// a test of the pool does not spend its time on curves.
final class Txs {
    /// Every fork up to Prague from the first block on.
    static final ForkSchedule PRAGUE = ForkSchedule.always(Fork.PRAGUE);

    private static final BigInteger VALUE = BigInteger.valueOf(100);

    private Txs() {}

    static ForkSchedule londonAt(long block) {
        return ForkSchedule.always(Fork.BERLIN).atBlock(Fork.LONDON, block);
    }

    static ForkSchedule pragueAt(long time) {
        return ForkSchedule.always(Fork.CANCUN).atTime(Fork.PRAGUE, time);
    }

    static ForkSchedule osakaAt(long time) {
        return PRAGUE.atTime(Fork.OSAKA, time);
    }

    /// The account with a number.
    static Address address(int key) {
        byte[] bytes = new byte[20];
        ByteBuffer.wrap(bytes).putInt(0, key * 0x9E3779B9).putInt(16, key);
        return new Address(bytes);
    }

    static Hash32 hash(int n) {
        byte[] bytes = new byte[32];
        ByteBuffer.wrap(bytes).putInt(0, n).putInt(28, n);
        return new Hash32(bytes);
    }

    static Transaction legacy(int key, long nonce, long gas, long price) {
        return legacy(key, nonce, gas, price, 100);
    }

    static Transaction legacy(int key, long nonce, long gas, long price, long value) {
        return legacy(key, nonce, gas, price, value, 0);
    }

    private static Transaction legacy(
            int key, long nonce, long gas, long price, long value, int dataLength) {
        var fields = new Fields(nonce, gas, value(price), value(price));
        return make(key, Transaction.LEGACY, fields, value(value), new byte[dataLength], List.of());
    }

    static Transaction dynamic(int key, long nonce, long gas, long cap, long tip) {
        return dynamic(key, nonce, gas, value(cap), value(tip));
    }

    static Transaction dynamic(int key, long nonce, long gas, BigInteger cap, BigInteger tip) {
        return make(key, Transaction.DYNAMIC_FEE, new Fields(nonce, gas, cap, tip));
    }

    /// A transaction whose envelope has exactly so many bytes.
    static Transaction sized(int key, long nonce, int size) {
        int data = size - legacy(key, nonce, 5_000_000, 1, 100, size - 200).size() + size - 200;
        Transaction tx = legacy(key, nonce, 5_000_000, 1, 100, data);
        if (tx.size() != size) throw new AssertionError("size is " + tx.size());
        return tx;
    }

    static Transaction withData(int key, long nonce, long gas, int dataLength) {
        return legacy(key, nonce, gas, 1, 100, dataLength);
    }

    static Transaction setCode(int key, long nonce, long gas, long cap, long tip, int... named) {
        List<Address> authorities = Arrays.stream(named).mapToObj(Txs::address).distinct().toList();
        var fields = new Fields(nonce, gas, value(cap), value(tip));
        return make(key, Transaction.SET_CODE, fields, VALUE, new byte[0], authorities);
    }

    static Transaction blob(int key, long nonce) {
        var fields = new Fields(nonce, 21_000, BigInteger.ONE, BigInteger.ONE);
        return make(key, Transaction.BLOB, fields);
    }

    private record Fields(long nonce, long gas, BigInteger cap, BigInteger tip) {}

    private static Transaction make(int key, int type, Fields fields) {
        return make(key, type, fields, VALUE, new byte[0], List.of());
    }

    /// The sender stands where the signature would, so that equal transactions of two accounts
    /// differ.
    private static Transaction make(
            int key,
            int type,
            Fields fields,
            BigInteger value,
            byte[] data,
            List<Address> authorities) {
        var out = new RlpWriter();
        if (type != Transaction.LEGACY) out.number(1L);
        out.number(fields.nonce).number(fields.tip);
        if (type != Transaction.LEGACY) out.number(fields.cap);
        out.number(fields.gas).bytes(new byte[20]).number(value.abs()).bytes(data);
        if (type != Transaction.LEGACY) out.list(new RlpWriter());
        if (type == Transaction.BLOB) out.number(1L).list(new RlpWriter());
        if (type == Transaction.SET_CODE) {
            var list = new RlpWriter();
            for (Address authority : authorities) {
                list.list(
                        new RlpWriter()
                                .number(1L)
                                .bytes(authority.bytes())
                                .number(0L)
                                .number(0L)
                                .number(1L)
                                .number(1L));
            }
            out.list(list);
        }
        out.number(type == Transaction.LEGACY ? 37L : 0L);
        out.number(new BigInteger(1, address(key).bytes())).number(1L);
        try {
            Transaction.Parts parts = TransactionDecoder.parts(out.toEnvelope(type));
            parts.value = value; // a negative one can only be had so
            return new Transaction(parts).known(address(key), authorities);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static BigInteger value(long wei) {
        return BigInteger.valueOf(wei);
    }
}
