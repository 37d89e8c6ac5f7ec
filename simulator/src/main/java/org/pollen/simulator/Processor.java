package org.pollen.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import org.pollen.router.OutboundRpc;

/// The queue of one peer's processor: RPCs one after the other, in the order of their arrival.
///
/// That a message is new, and has to be verified, is known only when its RPC is through: the time
/// for it comes then, before the next RPC begins.
final class Processor {
    /// An RPC, who sent it, and what went with it.
    record Job(int source, OutboundRpc rpc, int stamp) {}

    private final Cpu cpu;
    private final Deque<Job> jobs = new ArrayDeque<>(); // the first one is under way if `working`
    private boolean working;
    private long freeAt;

    Processor(Cpu cpu) {
        this.cpu = cpu;
    }

    /// An RPC came.
    void add(Job job) {
        jobs.add(job);
    }

    /// Whether there is something to begin with.
    boolean ready() {
        return !working && !jobs.isEmpty();
    }

    /// Begins with the next RPC.
    ///
    /// @return when it is through
    long begin(long now) {
        working = true;
        return Math.max(now, freeAt) + cpu.nanos(jobs.element().rpc.bodyLength());
    }

    /// The RPC that is through.
    Job end() {
        working = false;
        return jobs.remove();
    }

    /// A message of it is new.
    ///
    /// @return when it is verified
    long verify(long now) {
        freeAt = Math.max(now, freeAt) + cpu.verifyNanos();
        return freeAt;
    }
}
