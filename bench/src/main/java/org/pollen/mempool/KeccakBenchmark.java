package org.pollen.mempool;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.crypto.digests.KeccakDigest;
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

/// M-17: Keccak-256, ours against Bouncy Castle's with a digest made anew and one used again.
///
/// Look for: ours at least a tenth faster than the reused digest at each size, or it should go.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@org.openjdk.jmh.annotations.Fork(3)
public class KeccakBenchmark {
    @Param({"64", "200", "1000"})
    int bytes;

    private final KeccakDigest digest = new KeccakDigest(256);
    private byte[] input = {};

    /// Random bytes.
    @Setup
    public void fill() {
        input = new byte[bytes];
        new Random(1).nextBytes(input);
    }

    @Benchmark
    public byte[] ours() {
        return Keccak256.hash(input);
    }

    @Benchmark
    public byte[] bouncyCastleNew() {
        return finish(new KeccakDigest(256));
    }

    @Benchmark
    public byte[] bouncyCastleReused() {
        return finish(digest);
    }

    private byte[] finish(KeccakDigest with) {
        with.update(input, 0, input.length);
        byte[] out = new byte[32];
        with.doFinal(out, 0);
        return out;
    }
}
