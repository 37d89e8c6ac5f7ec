package org.pollen.mempool;

import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// M-17: from bytes to a transaction with a sender: decoding an envelope of each type, the checks
/// before a signature is paid for, and recovery by both implementations.
///
/// Look for: decoding about 2 us, a microsecond of it the hash; checks below 0.1 us; native
/// recovery below 50 us and three times faster than in Java.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@org.openjdk.jmh.annotations.Fork(3)
public class TransactionBenchmark {
    private static final ForkRules PRAGUE = new ForkRules(Fork.PRAGUE);

    @Param({"0", "1", "2", "3", "4"})
    int type;

    private final StatelessChecks checks =
            new StatelessChecks(BigInteger.ONE, StatelessChecks.PLAIN_TYPES);
    private final TransactionSigner signer = new TransactionSigner(Keccak256.hash(new byte[] {1}));
    private Transaction transaction = make(0);

    /// A transaction of the type.
    @Setup
    public void prepare() {
        transaction = make(type);
    }

    private Transaction make(int kind) {
        Address to = signer.address();
        TransactionSigner.Draft draft =
                signer.draft(kind, BigInteger.ONE)
                        .nonce(7)
                        .to(to)
                        .gas(100_000)
                        .fees(
                                BigInteger.valueOf(30_000_000_000L),
                                BigInteger.valueOf(1_000_000_000))
                        .value(BigInteger.TEN.pow(18))
                        .data(new byte[68]);
        if (kind > 0) {
            Hash32 key = new Hash32(Keccak256.hash(new byte[] {2}));
            draft.accessList(List.of(new AccessListEntry(to, List.of(key))));
        }
        if (kind == 3) draft.blobs(BigInteger.TEN, List.of(new Hash32(new byte[32])));
        if (kind == 4) draft.authorizations(List.of(signer.authorize(BigInteger.ONE, to, 0)));
        return draft.sign();
    }

    /// Bytes to a transaction, hash included.
    @Benchmark
    public Transaction decodeEnvelope() throws TransactionRefusedException {
        return TransactionDecoder.decode(transaction.raw());
    }

    /// Rules S1 to S13.
    @Benchmark
    public @Nullable PoolError checkBeforeSender() {
        return checks.beforeSender(transaction, PRAGUE, 30_000_000);
    }

    /// Signing hash, public key and address by the native library.
    @Benchmark
    public @Nullable Address recoverNative() {
        return transaction.recover(SenderRecovery.best());
    }

    /// The same in Java.
    @Benchmark
    public @Nullable Address recoverJava() {
        return transaction.recover(SenderRecovery.java());
    }

    /// What the load generator pays.
    @Benchmark
    public Transaction decodeAndSign() {
        return make(type);
    }
}
