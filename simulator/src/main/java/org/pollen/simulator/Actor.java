package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcMessage;

/// One peer of the network, honest or not: its links, its share of the wire, and what it does when
/// something reaches it.
///
/// Touched only by the partition it belongs to. It reaches others only by events that take at least
/// the latency between them.
abstract class Actor {
    static final int LINK_DOWN = 0;
    static final int LINK_UP = 1;
    static final int ARRIVAL = 2;
    static final int VALIDATED = 3;
    static final int HEARTBEAT = 4;
    static final int APPLICATION = 5;
    static final int UPLINK = 6;
    static final int SCRIPT = 7;

    /// The script `DIALS - p` dials the peer p.
    static final long DIALS = -1000;

    private static final long QUANTUM = 1_000;
    private static final long DIAL = 0;
    private static final long ACCEPT = 1;
    private static final long REFUSE = 2;

    /// A dial of ours; the other's crossed it.
    private static final int CROSSED = 2;

    private static final long OFF_THE_WIRE = -1;

    final Simulation simulation;
    final Partition partition;
    final int index;
    final int region;
    private final double nanosPerByte;
    private long upFree;
    private long downFree;
    private long sequence;
    private long sentBytes; // since the beginning, as they leave and as they arrive
    private long receivedBytes;
    private final IntMap handles = new IntMap();
    private final IntMap dialling = new IntMap();
    private int[] remotes = {};
    private long[] lastArrivals = {};
    private @Nullable SplittableRandom stream;
    private @Nullable FairUplink fair;
    private long fairToken; // events of the uplink with another are out of date
    private long[] windows = {};

    Actor(Simulation simulation, Partition partition, int index) {
        this.simulation = simulation;
        this.partition = partition;
        this.index = index;
        region = simulation.regionOf(index);
        nanosPerByte = simulation.nanosPerByte(index);
    }

    // What an actor does.

    /// A link is there.
    ///
    /// @return a small number for it, unique among its links, or -1 to refuse it
    abstract int onLinkUp(int remote, boolean outbound, long now);

    /// The link is in the table: it can be sent on.
    void onLinked(int handle, long now) {}

    abstract void onLinkDown(int handle, int remote, long now);

    /// An RPC that is a single message came.
    abstract void onMessage(int handle, RpcMessage message, long now);

    /// Any other RPC came; valid during the call.
    abstract void onRpc(int handle, Rpc rpc, long now);

    /// An RPC came that the decoder refused.
    void onRefused(int handle, String why, long now) {}

    void onHeartbeat(long now) {}

    void onScript(long word, long now) {}

    void onValidated(long word, @Nullable Object content, long now) {}

    void onApplication(long word, long now) {}

    void onUplink(long now) {}

    /// After each event.
    void settle(long now) {}

    boolean accepts(int remote) {
        return true;
    }

    // Links.

    int handleOf(int remote) {
        return handles.get(remote);
    }

    int remoteOf(int handle) {
        return remotes[handle];
    }

    int[] linkedRemotes() {
        var all = new int[handles.size()];
        int count = 0;
        for (int handle = 0; handle < remotes.length && count < all.length; handle++) {
            if (handleOf(remotes[handle]) == handle) all[count++] = remotes[handle];
        }
        return Arrays.copyOf(all, count);
    }

    int links() {
        return handles.size();
    }

    /// Bytes on the wire since the beginning.
    long sentBytes() {
        return sentBytes;
    }

    /// Bytes off the wire since the beginning; of honest peers only.
    long receivedBytes() {
        return receivedBytes;
    }

    void dial(int remote, long now) {
        if (remote == index || handles.contains(remote) || dialling.contains(remote)) return;
        dialling.put(remote, 1);
        post(remote, now + latencyTo(remote), LINK_UP, DIAL, null);
    }

    /// Closes a link; the other side hears of it one latency later.
    void hangUp(int remote, long now) {
        post(index, now, LINK_DOWN, 1 + (long) remote, null);
    }

    private void link(int remote, boolean outbound, long now) {
        int handle = onLinkUp(remote, outbound, now);
        if (handle < 0) {
            post(remote, now + latencyTo(remote), LINK_DOWN, 0, null);
            return;
        }
        if (handle >= remotes.length) {
            int more = Math.max(handle + 1, remotes.length + remotes.length / 2 + 4);
            remotes = Arrays.copyOf(remotes, more);
            lastArrivals = Arrays.copyOf(lastArrivals, more);
        }
        handles.put(remote, handle);
        remotes[handle] = remote;
        lastArrivals[handle] = 0;
        if (handle < windows.length) windows[handle] = 0;
        onLinked(handle, now);
    }

    private void unlink(int remote, long now) {
        int handle = handles.get(remote);
        if (handle < 0) return;
        handles.remove(remote);
        onLinkDown(handle, remote, now);
    }

    long latencyTo(int remote) {
        return up(simulation.linkNanos(index, remote));
    }

    private static long up(long nanos) {
        return (nanos + QUANTUM - 1) / QUANTUM * QUANTUM;
    }

    // Events.

    void post(int target, long at, int eventClass, long word, @Nullable Object content) {
        partition.post(target, at, eventClass, index, sequence++, word, content);
    }

    /// Executes one event.
    final void handle(int source, int eventClass, long word, @Nullable Object content, long now) {
        switch (eventClass) {
            case LINK_DOWN -> {
                if (word > 0) {
                    int remote = (int) (word - 1);
                    if (handles.contains(remote)) {
                        post(remote, now + latencyTo(remote), LINK_DOWN, 0, null);
                        unlink(remote, now);
                    }
                } else {
                    dialling.remove(source);
                    unlink(source, now);
                }
            }
            case LINK_UP -> onDial(source, word, now);
            case ARRIVAL -> onArrival(source, word, content, now);
            case VALIDATED -> onValidated(word, content, now);
            case HEARTBEAT -> onHeartbeat(now);
            case APPLICATION -> onApplication(word, now);
            case UPLINK -> {
                if (fair != null) onFairUplink(fair, word, now);
                onUplink(now);
            }
            case SCRIPT -> {
                if (word <= DIALS) dial((int) (DIALS - word), now);
                else onScript(word, now);
            }
            default -> throw new AssertionError("event class " + eventClass);
        }
        settle(now);
    }

    private void onDial(int remote, long word, long now) {
        if (word == REFUSE) {
            boolean crossed = dialling.get(remote) == CROSSED;
            dialling.remove(remote);
            if (crossed) onDial(remote, DIAL, now); // theirs counts now
            return;
        }
        if (word == ACCEPT) {
            dialling.remove(remote);
            if (!handles.contains(remote)) link(remote, true, now);
            return;
        }
        if (handles.contains(remote)) return;
        if (dialling.contains(remote) && index < remote) {
            dialling.put(remote, CROSSED); // ours is the one that counts, unless it is refused
            return;
        }
        if (!accepts(remote)) {
            post(remote, now + latencyTo(remote), LINK_UP, REFUSE, null);
            return;
        }
        dialling.remove(remote);
        post(remote, now + latencyTo(remote), LINK_UP, ACCEPT, null);
        link(remote, false, now);
    }

    private void onArrival(int source, long word, @Nullable Object content, long now) {
        int handle = handles.get(source);
        if (handle < 0 || !(content instanceof OutboundRpc rpc)) {
            partition.tally.droppedOnClosedLinks++;
            return;
        }
        if (word != OFF_THE_WIRE && nanosPerByte > 0) {
            long bytes = Network.wireBytes(rpc.bodyLength());
            long begins = Math.max(downFree, now - word); // the first byte is here
            downFree = Math.max(now, up(begins + (long) (bytes * nanosPerByte)));
            if (downFree > now) {
                partition.postAgain(downFree, OFF_THE_WIRE, rpc);
                return;
            }
        }
        Tally tally = partition.tally;
        tally.rpcs++;
        RpcMessage message = rpc.singleMessage();
        boolean honest = simulation.honest(index);
        if (honest) {
            long bytes = Network.wireBytes(rpc.bodyLength());
            receivedBytes += bytes;
            tally.count(now, Tally.RPCS, 1);
            tally.count(now, message == null ? Tally.CONTROL_BYTES : Tally.MESSAGE_BYTES, bytes);
            if (message != null) tally.count(now, Tally.MESSAGES, 1);
            if (!simulation.honest(source)) tally.count(now, Tally.ATTACK_BYTES, bytes);
        }
        if (message != null) {
            tally.messageRpcs++;
            onMessage(handle, message, now);
        } else {
            byte[] body = rpc.toBody();
            if (honest) RpcBytes.count(body, now, tally);
            Rpc decoded = partition.decode(body);
            if (decoded != null) {
                onRpc(handle, decoded, now);
            } else {
                tally.refusedRpcs++;
                onRefused(handle, partition.refusal(), now);
            }
        }
    }

    // The wire.

    /// Whether RPCs wait for each other on their way out.
    boolean uplinkLimited() {
        return nanosPerByte > 0;
    }

    /// Whether the uplink takes another RPC now.
    boolean uplinkFree(long now) {
        return upFree <= now;
    }

    long uplinkFreeAt() {
        return upFree;
    }

    /// Puts an RPC on the wire, behind what is on it already or beside it.
    void transmit(int handle, OutboundRpc rpc, long now) {
        long bytes = Network.wireBytes(rpc.bodyLength());
        partition.tally.wireBytes += bytes;
        sentBytes += bytes;
        if (simulation.honest(index)) partition.tally.count(now, Tally.SENT_BYTES, bytes);
        boolean shared = simulation.network().sharing() == Network.Sharing.FAIR;
        if (shared && nanosPerByte > 0) {
            FairUplink uplink = fair;
            if (uplink == null) {
                uplink = new FairUplink();
                fair = uplink;
            }
            uplink.add(handle, rpc, bytes * nanosPerByte, now);
            post(index, up(uplink.nextAt()), UPLINK, ++fairToken, null);
            return;
        }
        upFree = Math.max(upFree, now);
        if (nanosPerByte > 0) upFree = up(upFree + (long) (bytes * nanosPerByte));
        propagate(handle, rpc, bytes, upFree);
    }

    private void onFairUplink(FairUplink uplink, long token, long now) {
        if (token != fairToken) return;
        for (FairUplink.Transfer done = uplink.poll(now); done != null; done = uplink.poll(now)) {
            int handle = done.handle();
            if (handleOf(remotes[handle]) != handle) continue; // gone
            propagate(handle, done.rpc(), Network.wireBytes(done.rpc().bodyLength()), now);
        }
        long next = uplink.nextAt();
        if (next != Long.MAX_VALUE) post(index, up(next), UPLINK, ++fairToken, null);
    }

    /// The last byte of an RPC leaves at an instant. The first one left before by what the uplink
    /// takes for all of them, or more where it is shared, so that a downlink may have less to do.
    private void propagate(int handle, OutboundRpc rpc, long bytes, long leaves) {
        int remote = remotes[handle];
        long oneWay = simulation.linkNanos(index, remote);
        long base = oneWay;
        Network network = simulation.network();
        boolean late = false;
        if (network.latency().jitter() > 0 || network.loss() > 0) {
            SplittableRandom random = stream;
            if (random == null) {
                random = Mix.stream(simulation.seed(), index, Mix.LINK);
                stream = random;
            }
            oneWay = network.latency().messageNanos(base, random);
            if (network.loss() > 0) {
                long penalty = network.lossNanos(rpc.bodyLength(), base, random.nextDouble());
                oneWay += penalty;
                late = penalty > 0;
            }
        }
        if (network.sharing().windowed()) {
            oneWay += congestion(handle, bytes, base, leaves, late);
        }
        long arrival = Math.max(lastArrivals[handle], up(leaves + oneWay));
        lastArrivals[handle] = arrival;
        post(remote, arrival, ARRIVAL, (long) (bytes * nanosPerByte), rpc);
    }

    /// What a message waits for the window of its connection, which grows with it and is halved by
    /// a loss.
    private long congestion(int handle, long bytes, long oneWay, long leaves, boolean lost) {
        if (windows.length < remotes.length) windows = Arrays.copyOf(windows, remotes.length);
        long silent = leaves - (lastArrivals[handle] - oneWay);
        long window = simulation.network().window(windows[handle], silent);
        long most = nanosPerByte == 0 ? 1L << 40 : (long) (2 * oneWay / nanosPerByte);
        int rounds = Network.slowStart(bytes, window, most);
        long grown = Math.max(window, Math.min(window + bytes, most));
        windows[handle] = lost ? Math.max(1, grown / 2) : grown;
        return 2 * oneWay * rounds;
    }
}
