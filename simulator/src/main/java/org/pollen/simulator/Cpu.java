package org.pollen.simulator;

/// What the one processor of a peer needs for what it receives. RPCs wait for it in the order of
/// their arrival; nothing else it does takes time.
///
/// Source: simulator specification 2.4, "CPU".
///
/// @param rpcNanos for each RPC
/// @param kibibyteNanos for each KiB of it, in proportion
/// @param verifyNanos for each message that is new, after which the next RPC begins
public record Cpu(long rpcNanos, long kibibyteNanos, long verifyNanos) {
    /// 10 us, 1 us and 100 us.
    public static final Cpu DEFAULT = new Cpu(10_000, 1_000, Crypto.VERIFY_NANOS);

    private static final long MOST = 10_000_000_000L;

    /// Checks the times.
    public Cpu {
        check("rpc", rpcNanos);
        check("kibibyte", kibibyteNanos);
        check("verify", verifyNanos);
    }

    private static void check(String name, long nanos) {
        if (nanos < 0 || nanos > MOST) {
            throw new IllegalArgumentException(
                    "cpu: %s is %d ns: it must be in 0..10 s".formatted(name, nanos));
        }
    }

    /// What an RPC takes, its new messages apart.
    long nanos(int bytes) {
        return rpcNanos + bytes * kibibyteNanos / 1024;
    }
}
