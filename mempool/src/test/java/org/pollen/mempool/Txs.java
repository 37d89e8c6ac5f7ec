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
        var parts = parts(Transaction.LEGACY, nonce, gas, value(price), value(price));
        parts.value = value(value);
        parts.data = new byte[dataLength];
        return make(key, parts, List.of());
    }

    static Transaction dynamic(int key, long nonce, long gas, long cap, long tip) {
        return dynamic(key, nonce, gas, value(cap), value(tip));
    }

    static Transaction dynamic(int key, long nonce, long gas, BigInteger cap, BigInteger tip) {
        return make(key, parts(Transaction.DYNAMIC_FEE, nonce, gas, cap, tip), List.of());
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
        var parts = parts(Transaction.SET_CODE, nonce, gas, value(cap), value(tip));
        List<Address> authorities = Arrays.stream(named).mapToObj(Txs::address).distinct().toList();
        parts.authorizations =
                authorities.stream()
                        .map(authority ->
                                new Authorization(
                                        BigInteger.ONE,
                                        authority,
                                        0,
                                        0,
                                        BigInteger.ONE,
                                        BigInteger.ONE))
                        .toList();
        return make(key, parts, authorities);
    }

    static Transaction blob(int key, long nonce) {
        return make(
                key,
                parts(Transaction.BLOB, nonce, 21_000, BigInteger.ONE, BigInteger.ONE),
                List.of());
    }

    private static Transaction.Parts parts(
            int type, long nonce, long gas, BigInteger cap, BigInteger tip) {
        var parts = new Transaction.Parts();
        parts.type = type;
        parts.chainId = BigInteger.ONE;
        parts.nonce = nonce;
        parts.gas = gas;
        parts.feeCap = cap;
        parts.tipCap = tip;
        parts.to = new Address(new byte[20]);
        parts.value = VALUE;
        parts.v = type == Transaction.LEGACY ? BigInteger.valueOf(37) : BigInteger.ZERO;
        parts.r = BigInteger.ONE;
        parts.s = BigInteger.ONE;
        return parts;
    }

    /// The sender stands where the signature would, so that equal transactions of two accounts
    /// differ.
    private static Transaction make(int key, Transaction.Parts parts, List<Address> authorities) {
        var out = new RlpWriter();
        if (parts.type != Transaction.LEGACY) out.number(parts.chainId);
        out.number(parts.nonce).number(parts.tipCap).number(parts.feeCap).number(parts.gas);
        out.bytes(new byte[20]).number(parts.value.abs()).bytes(parts.data);
        for (Authorization authorization : parts.authorizations) {
            out.bytes(authorization.address().bytes());
        }
        out.bytes(address(key).bytes());
        byte[] envelope = out.toEnvelope(parts.type);
        return new Transaction(parts, envelope, envelope.length).known(address(key), authorities);
    }

    private static BigInteger value(long wei) {
        return BigInteger.valueOf(wei);
    }
}
