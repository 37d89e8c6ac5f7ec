package org.pollen.simulator;

import java.util.List;
import java.util.SplittableRandom;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SubOpts;

/// The base of attackers: knows its links, can send any RPC, and keeps no rules. Extend it, and put
/// it into a run by [Setup.Builder#adversaries], or by the name of its class ([Adversaries#named]).
///
/// A link is a *handle*, a small number from 0 on that is not used again when the link goes. When a
/// link comes up the attacker subscribes to all masks of the run; all else is up to the methods
/// `onLinked`, `onMessage`, `onRpc`, `onScript` and `beat`; of these only `onLinked` does something
/// here: it subscribes. Instants are nanoseconds of virtual time. Bytes of a message that came are
/// those of everybody who got it: they may be read and sent on, and not be written.
///
/// For a run to be the same again, an attacker reads no clock, starts no thread, takes its
/// randomness from [#random] only, and shares nothing with other attackers that their order could
/// change: they may be executed by several threads. Each of them is executed by one.
public abstract class Adversary extends Actor {
    /// The place of an attacker in a run; made by the run.
    public static final class Seat {
        private final Simulation simulation;
        private final Partition partition;
        private final int index;

        Seat(Simulation simulation, Partition partition, int index) {
            this.simulation = simulation;
            this.partition = partition;
            this.index = index;
        }

        /// Which of the attackers it is, from 0 on.
        public int number() {
            return index - simulation.setup().honest();
        }
    }

    private int handles;

    /// An attacker at its place.
    protected Adversary(Seat seat) {
        this(seat.simulation, seat.partition, seat.index);
    }

    Adversary(Simulation simulation, Partition partition, int index) {
        super(simulation, partition, index);
    }

    // What happens to it.

    @Override
    final int onLinkUp(int remote, boolean outbound, long now) {
        return handles++;
    }

    /// A link is up and can be sent on; subscribes to all masks.
    @Override
    protected void onLinked(int handle, long now) {
        RpcBuilder rpc = rpc();
        for (Mask mask : masks()) rpc.subscription(SubOpts.subscribe(mask));
        send(handle, rpc, now);
    }

    /// A link is down.
    ///
    /// @param remote the peer it led to
    @Override
    protected void onLinkDown(int handle, int remote, long now) {}

    /// A message came, the first copy or a further one.
    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {}

    /// An RPC came that is not a single message; it may be read during the call only.
    @Override
    protected void onRpc(int handle, Rpc rpc, long now) {}

    /// An instant that [#later] asked for.
    @Override
    protected void onScript(long word, long now) {}

    /// Once in each heartbeat interval.
    protected void beat(long now) {}

    @Override
    final void onHeartbeat(long now) {
        post(index, now + beatNanos(), HEARTBEAT, 0, null);
        beat(now);
    }

    /// Between its beats: the heartbeat interval of honest peers.
    long beatNanos() {
        return heartbeatNanos();
    }

    // What it does.

    /// An empty RPC in the dialect of the run, for [#send].
    protected final RpcBuilder rpc() {
        return new RpcBuilder(simulation.params().dialect(), simulation.params().sendBytesMax());
    }

    /// Sends what was built, in as many RPCs as it takes.
    protected final void send(int handle, RpcBuilder builder, long now) {
        for (OutboundRpc rpc : builder.build()) transmit(handle, rpc, now);
    }

    /// Sends a message alone, as one passes on what one got.
    protected final void forward(int handle, RpcMessage message, long now) {
        transmit(handle, message, now);
    }

    /// A message of its own, with the payload that [PlannedMessage#payload] makes or any other. Its
    /// first four bytes are a number, big endian: an honest peer that gets the number of a planned
    /// message counts it as delivered.
    protected final RpcMessage compose(Mask mask, byte[] payload) {
        return partition.signer.compose(mask, payload);
    }

    /// Asks for a call of [#onScript].
    ///
    /// @param at not before now
    /// @param word what it is called with, 0 or more
    protected final void later(long at, long word) {
        if (word < 0) throw new IllegalArgumentException("word is " + word + ": 0 or more");
        post(index, at, SCRIPT, word, null);
    }

    /// Dials a peer it has no link to.
    @Override
    protected final void dial(int remote, long now) {
        super.dial(remote, now);
    }

    /// Closes the link to a peer.
    @Override
    protected final void hangUp(int remote, long now) {
        super.hangUp(remote, now);
    }

    // What it knows.

    /// One more than the largest handle so far.
    protected final int handleLimit() {
        return handles;
    }

    /// Whether the link is up.
    protected final boolean linked(int handle) {
        return handleOf(remoteOf(handle)) == handle;
    }

    /// The peer that a link leads to, or led to.
    @Override
    protected final int remoteOf(int handle) {
        return super.remoteOf(handle);
    }

    /// Its own number among all peers: those below [#honestPeers] are honest, attackers come after.
    protected final int index() {
        return index;
    }

    /// How many honest peers there are; of these attackers know as much as they like.
    protected final int honestPeers() {
        return simulation.setup().honest();
    }

    /// How many attackers there are.
    protected final int attackers() {
        return simulation.setup().total() - simulation.setup().honest();
    }

    /// What messages are published on.
    protected final List<Mask> masks() {
        return simulation.setup().masks();
    }

    /// What GRAFTs, PRUNEs and IHAVEs are about: the slices of a mask, which have a mesh each, or
    /// the topic.
    protected final List<Mask> slices(Mask mask) {
        boolean topic = simulation.params().dialect() == Dialect.MESHSUB;
        return topic ? List.of(mask) : mask.slices();
    }

    /// From one heartbeat to the next.
    protected final long heartbeatNanos() {
        return simulation.params().heartbeatInterval().toNanos();
    }

    /// A stream of random numbers that is its own, the same at each call: keep it.
    protected final SplittableRandom random() {
        return Mix.stream(simulation.seed(), index, Mix.ATTACK);
    }
}
