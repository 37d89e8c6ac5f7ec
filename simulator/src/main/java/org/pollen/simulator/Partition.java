package org.pollen.simulator;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.router.EncodedRpc;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RouterParams;
import org.pollen.router.Rpc;
import org.pollen.router.RpcDecoder;
import org.pollen.router.RpcMessage;
import org.pollen.router.RpcRefusal;
import org.pollen.router.SigningPolicy;

/// The peers that one thread executes, with their pending events.
///
/// Events for peers of other partitions wait in outboxes until the window ends.
final class Partition {
    private static final long BUCKET = 250_000;

    final int number;
    final Tally tally;
    final MessageSigner signer;
    final MessageNumbers messageNumbers = new MessageNumbers();
    final @Nullable Signatures signatures;
    final Rpc carrier = new Rpc();
    private final Simulation simulation;
    private final EventQueue queue = new EventQueue(BUCKET);
    private final EventQueue.Bucket[] outboxes;
    private final Rpc decoded = new Rpc();
    private @Nullable RpcRefusal refusal;
    private final RpcDecoder decoder;
    private final Simulation.@Nullable Listener listener;
    private final @Nullable EventLog record;
    private long now;

    Partition(Simulation simulation, int number, int partitions, int messages) {
        this.simulation = simulation;
        this.number = number;
        listener = simulation.setup().listener();
        record = simulation.setup().record();
        tally = new Tally(messages);
        outboxes = new EventQueue.Bucket[partitions];
        Arrays.setAll(outboxes, _ -> new EventQueue.Bucket());
        RouterParams params = simulation.params();
        MessageKeyHasher hasher = Simulation.hasher();
        decoder = new RpcDecoder(params.dialect(), params.rpcLimits(), params.messageIds(), hasher);
        boolean signed = simulation.setup().crypto() != Crypto.NONE;
        signatures = signed ? new Signatures(simulation) : null;
        signer =
                new MessageSigner(
                        params.dialect(),
                        SigningPolicy.STRICT_NO_SIGN,
                        null,
                        null,
                        0,
                        new MessageIdentifier(params.messageIds(), hasher));
    }

    long now() {
        return now;
    }

    long nextTime() {
        return queue.nextTime();
    }

    void post(
            int target,
            long at,
            int eventClass,
            int source,
            long sequence,
            long word,
            @Nullable Object content) {
        long key = EventQueue.key(target, eventClass);
        long origin = EventQueue.origin(source, sequence);
        int owner = simulation.partitionOf(target);
        if (owner == number) queue.add(at, key, origin, word, content);
        else outboxes[owner].add(at, key, origin, word, content);
    }

    /// Lets the event that is executed happen again later.
    void postAgain(long at, long word, @Nullable Object content) {
        queue.add(at, queue.key(), queue.origin(), word, content);
    }

    /// The RPC as a receiver reads it; null if its decoder refuses it.
    @Nullable Rpc decode(byte[] body) {
        try {
            refusal = decoder.decode(body, 0, body.length, decoded);
            return refusal == null ? decoded : null;
        } catch (MalformedException e) {
            throw new IllegalStateException("an actor sent what does not decode", e);
        }
    }

    /// Why the last RPC was refused.
    String refusal() {
        return refusal == null ? "frame" : refusal.label();
    }

    Rpc carry(RpcMessage message) {
        return carrier.carry(message);
    }

    /// Executes what happens before an instant.
    void run(long before) {
        while (queue.next(before)) {
            now = queue.time();
            tally.events++;
            long outcome =
                    queue.payload() instanceof OutboundRpc rpc ? rpc.bodyLength() : queue.aux();
            if (listener != null) {
                listener.event(
                        now,
                        queue.destination(),
                        queue.eventClass(),
                        queue.source(),
                        queue.payload());
            }
            tally.digest(now, queue.key(), queue.origin(), outcome);
            if (record != null) {
                long content = content(queue.payload());
                record.event(now, queue.key(), queue.origin(), outcome, content);
            }
            simulation
                    .actor(queue.destination())
                    .handle(queue.source(), queue.eventClass(), queue.aux(), queue.payload(), now);
        }
    }

    /// As [EventLog] has it.
    private static long content(@Nullable Object payload) {
        RpcMessage message = payload instanceof RpcMessage single ? single : null;
        if (payload instanceof OutboundRpc rpc) {
            message = rpc.singleMessage();
            if (message == null) return -rpc.bodyLength();
        }
        if (message == null || message.dataLength() < PlannedMessage.HEADER) return 0;
        return 1 + (long) PlannedMessage.number(message.array(), message.dataOffset());
    }

    /// What waits for a partition elsewhere.
    EventQueue.Bucket outbox(int other) {
        return outboxes[other];
    }

    /// An event from elsewhere.
    void take(long at, long key, long origin, long word, @Nullable Object content) {
        queue.add(at, key, origin, word, content);
    }

    /// The RPC that was sent elsewhere in these bytes.
    OutboundRpc rebuild(byte[] body, boolean single) {
        if (!single) return EncodedRpc.ofBody(body);
        try {
            if (decoder.decode(body, 0, body.length, decoded) == null) return decoded.message(0);
        } catch (MalformedException e) {
            throw new IllegalStateException("a member sent what does not decode", e);
        }
        throw new IllegalStateException("a member sent a message that is refused");
    }

    void deliverTo(Partition other) {
        outboxes[other.number].drainTo(other.queue);
    }
}
