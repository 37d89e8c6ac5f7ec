package org.pollen.simulator;

import java.util.ArrayList;
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

    /// The scripts of a peer when a partition of the network begins and ends.
    static final long CUT = -10;

    static final long HEAL = -11;

    /// How long it takes until others notice that a machine is off: what QUIC and Yamux allow for
    /// silence.
    static final long SILENCE_NANOS = 30_000_000_000L;

    private static final long REDIAL_NANOS = 1_000_000_000L;

    /// The script that looks for links to trim.
    private static final long TRIM = -999;

    private static final long QUANTUM = 1_000;
    private static final long DIAL = 0;
    private static final long ACCEPT = 1;
    private static final long REFUSE = 2;
    private static final long TRIMMED = -1;

    /// A dial of ours; the other's crossed it.
    private static final int CROSSED = 2;

    /// Arrivals have the time that their RPC takes to be sent in the lower bits of their word, what
    /// [FirstCopies] has to say about it above, and this bit once it is off the wire.
    private static final long OFF_THE_WIRE = Long.MIN_VALUE;

    private static final int SENDING_BITS = Long.SIZE - 1 - FirstCopies.STAMP_BITS;
    private static final long SENDING = (1L << SENDING_BITS) - 1;

    private static final long PROCESSED = Long.MIN_VALUE;

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
    private boolean dead;
    private final @Nullable Redials redials;
    private @Nullable SplittableRandom[] streams = {};
    private final @Nullable Trimming trimming;
    private @Nullable RelayedLinks relayed;
    private final @Nullable Processor processor;

    /// What is remembered of first copies, if anybody asks.
    final @Nullable FirstCopies firstCopies;

    Actor(Simulation simulation, Partition partition, int index) {
        this.simulation = simulation;
        this.partition = partition;
        this.index = index;
        region = simulation.regionOf(index);
        nanosPerByte = simulation.nanosPerByte(index);
        redials = simulation.setup().cuts().isNone() ? null : new Redials();
        Watermarks marks = simulation.honest(index) ? simulation.setup().watermarks() : null;
        trimming =
                marks == null ? null : new Trimming(marks, simulation.setup().directPeers(index));
        Cpu cpu = simulation.honest(index) ? simulation.setup().cpu() : null;
        processor = cpu == null ? null : new Processor(cpu);
        Setup setup = simulation.setup();
        boolean remembers = setup.remembersCopies() && simulation.honest(index);
        firstCopies = remembers ? new FirstCopies(setup, partition.tally.copies) : null;
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

    /// A relay takes more from a link that waited for it.
    void onRelayFree(int handle) {}

    /// After each event.
    void settle(long now) {}

    boolean accepts(int remote) {
        return true;
    }

    /// Whether it has left because the scenario says so.
    boolean absent() {
        return false;
    }

    /// Does nothing any more; others notice when it has been silent for long.
    void die(long now) {
        for (int remote : linkedRemotes()) post(remote, now + SILENCE_NANOS, LINK_DOWN, 0, null);
        dead = true;
    }

    boolean isDead() {
        return dead;
    }

    /// What a link is worth to this peer.
    double scoreAt(int handle) {
        return 0;
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

    /// Whether it waits for an answer of another that it dialled.
    boolean dials(int remote) {
        return dialling.contains(remote);
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
        if (absent()) return;
        if (severed(remote, now)) {
            if (redials != null) redials.later(remote);
            return;
        }
        if (trimming != null && (trimming.parted(remote, now) || !room(trimming, remote))) return;
        dialling.put(remote, 1);
        post(remote, now + latencyTo(remote), LINK_UP, DIAL, null);
    }

    /// Whether a partition is between two peers, or between them and their relay.
    private boolean severed(int remote, long now) {
        if (redials == null) return false;
        Cuts cuts = simulation.setup().cuts();
        if (cuts.severed(index, remote, now)) return true;
        int relay = simulation.setup().relay(index, remote);
        return relay >= 0 && cuts.severed(index, relay, now);
    }

    /// Links to the other side of the network are gone, at the same instant at both ends.
    private void cut(Redials lost, long now) {
        for (int remote : linkedRemotes()) {
            if (!severed(remote, now)) continue;
            if (lost.dialled(handleOf(remote))) lost.later(remote);
            unlink(remote, now);
        }
    }

    /// Dials again whom it had dialled, within a second.
    private void heal(Redials lost, long now) {
        for (int remote : lost.take(remote -> !severed(remote, now))) {
            double part = Mix.unit(simulation.seed(), index, ((long) Mix.REDIAL << 32) | remote);
            post(index, up(now + (long) (part * REDIAL_NANOS)), SCRIPT, DIALS - remote, null);
        }
    }

    /// Closes a link; the other side hears of it one latency later.
    void hangUp(int remote, long now) {
        post(index, now, LINK_DOWN, 1 + (long) remote, null);
    }

    private boolean room(Trimming limit, int remote) {
        int count = links() + dialling.size() - (dialling.contains(remote) ? 1 : 0);
        int missing = 0;
        for (int each : limit.direct()) {
            boolean known = handles.contains(each) || dialling.contains(each);
            if (each != remote && !known) missing++;
        }
        return limit.room(count, missing);
    }

    /// Whether a link goes through a relay.
    boolean relayed(int handle) {
        return relayed != null && relayed.relayed(handle);
    }

    private void trim(Trimming trimming, long now) {
        trimming.looked();
        var all = new ArrayList<Trimming.Link>();
        for (int remote : linkedRemotes()) {
            int handle = handles.get(remote);
            double score = scoreAt(handle);
            all.add(new Trimming.Link(remote, relayed(handle), score, trimming.since(handle)));
        }
        for (Trimming.Link link : trimming.excess(all, now)) {
            int remote = link.remote();
            trimming.part(remote, now);
            post(remote, now + latencyTo(remote), LINK_DOWN, TRIMMED, null);
            unlink(remote, now);
        }
        if (trimming.stillOver(links())) {
            post(index, now + trimming.graceNanos(), SCRIPT, TRIM, null);
        }
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
        if (simulation.honest(index) && !simulation.honest(remote)) partition.tally.attackLinks++;
        if (redials != null) redials.linked(handle, outbound);
        lastArrivals[handle] = 0;
        if (handle < windows.length) windows[handle] = 0;
        if (handle < streams.length) streams[handle] = null;
        boolean byRelay = simulation.setup().relay(index, remote) >= 0;
        if (byRelay && relayed == null) relayed = new RelayedLinks();
        if (relayed != null) relayed.open(handle, byRelay);
        if (trimming != null && trimming.linked(handle, links(), now)) {
            post(index, now + trimming.graceNanos(), SCRIPT, TRIM, null);
        }
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
        if (dead) {
            if (eventClass != LINK_UP || word == REFUSE) return;
            // Who dialled gives up, and who was dialled notices, after the same silence.
            int then = word == ACCEPT ? LINK_DOWN : LINK_UP;
            long what = word == ACCEPT ? 0 : REFUSE;
            post(source, now + SILENCE_NANOS, then, what, null);
            return;
        }
        switch (eventClass) {
            case LINK_DOWN -> {
                if (word > 0) {
                    int remote = (int) (word - 1);
                    if (handles.contains(remote)) {
                        post(remote, now + latencyTo(remote), LINK_DOWN, 0, null);
                        unlink(remote, now);
                    }
                } else {
                    if (word == TRIMMED && trimming != null) trimming.part(source, now);
                    dialling.remove(source);
                    unlink(source, now);
                }
            }
            case LINK_UP -> onDial(source, word, now);
            case ARRIVAL -> onArrival(source, word, content, now);
            case VALIDATED -> {
                if (word == PROCESSED && processor != null) onProcessed(processor, now);
                else onValidated(word, content, now);
            }
            case HEARTBEAT -> onHeartbeat(now);
            case APPLICATION -> onApplication(word, now);
            case UPLINK -> {
                if (word < 0) {
                    onRelayFree((int) (-1 - word));
                } else {
                    if (fair != null) onFairUplink(fair, word, now);
                    onUplink(now);
                }
            }
            case SCRIPT -> {
                if (word <= DIALS) dial((int) (DIALS - word), now);
                else if (word == CUT && redials != null) cut(redials, now);
                else if (word == HEAL && redials != null) heal(redials, now);
                else if (word == TRIM && trimming != null) trim(trimming, now);
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
            if (severed(remote, now)) {
                if (redials != null) redials.later(remote);
                return;
            }
            if (crossed) onDial(remote, DIAL, now); // theirs counts now
            return;
        }
        if (word == ACCEPT) {
            dialling.remove(remote);
            if (severed(remote, now)) {
                if (redials != null) redials.later(remote);
                return;
            }
            if (absent()) {
                post(remote, now + latencyTo(remote), LINK_DOWN, 0, null);
                return;
            }
            if (!handles.contains(remote)) link(remote, true, now);
            return;
        }
        if (handles.contains(remote)) return;
        if (dialling.contains(remote) && index < remote) {
            dialling.put(remote, CROSSED); // ours is the one that counts, unless it is refused
            return;
        }
        boolean full = trimming != null && !room(trimming, remote);
        if (severed(remote, now) || !accepts(remote) || full) {
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
        if (word >= 0 && nanosPerByte > 0) {
            long bytes = Network.wireBytes(rpc.bodyLength());
            long begins = Math.max(downFree, now - (word & SENDING)); // the first byte is here
            downFree = Math.max(now, up(begins + (long) (bytes * nanosPerByte)));
            if (downFree > now) {
                partition.postAgain(downFree, word | OFF_THE_WIRE, rpc);
                return;
            }
        }
        int stamp = (int) ((word & ~OFF_THE_WIRE) >>> SENDING_BITS);
        if (processor == null) {
            onRpc(handle, rpc, stamp, now);
            return;
        }
        processor.add(new Processor.Job(source, rpc, stamp));
        proceed(processor, now);
    }

    private void proceed(Processor processor, long now) {
        if (processor.ready()) {
            post(index, up(processor.begin(now)), VALIDATED, PROCESSED, null);
        }
    }

    private void onProcessed(Processor processor, long now) {
        Processor.Job job = processor.end();
        int handle = handles.get(job.source());
        if (handle < 0) partition.tally.droppedOnClosedLinks++;
        else onRpc(handle, job.rpc(), job.stamp(), now);
        proceed(processor, now);
    }

    /// When a new message is verified; now if processors take no time.
    long verifiedAt(long now) {
        return processor == null ? now : up(processor.verify(now));
    }

    private void onRpc(int handle, OutboundRpc rpc, int stamp, long now) {
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
            if (!simulation.honest(remoteOf(handle))) {
                tally.count(now, Tally.ATTACK_BYTES, bytes);
            }
        }
        if (message != null) {
            tally.messageRpcs++;
            if (firstCopies != null) firstCopies.arrives(message, stamp, now);
            onMessage(handle, message, now);
        } else {
            byte[] body = rpc.toBody();
            if (honest) RpcBytes.count(body, now, tally);
            Rpc decoded = partition.decode(body);
            if (decoded != null) {
                if (honest) RpcBytes.count(decoded, now, tally);
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

    /// Whether an RPC has to wait for the relay of its link; then [#onRelayFree] is called in time.
    boolean awaitsRelay(int handle, long now) {
        if (relayed == null || relayed.freeAt(handle) <= now) return false;
        post(index, up(relayed.freeAt(handle)), UPLINK, -1 - (long) handle, null);
        return true;
    }

    /// Puts an RPC on the wire, behind what is on it already or beside it.
    void transmit(int handle, OutboundRpc rpc, long now) {
        transmit(handle, rpc, 0, now);
    }

    /// As above.
    ///
    /// @param stamp what [FirstCopies] has to say about it; 0 for nothing
    void transmit(int handle, OutboundRpc rpc, int stamp, long now) {
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
            uplink.add(handle, rpc, stamp, bytes * nanosPerByte, now);
            post(index, up(uplink.nextAt()), UPLINK, ++fairToken, null);
            return;
        }
        upFree = Math.max(upFree, now);
        if (nanosPerByte > 0) upFree = up(upFree + (long) (bytes * nanosPerByte));
        propagate(handle, rpc, stamp, bytes, upFree);
    }

    private void onFairUplink(FairUplink uplink, long token, long now) {
        if (token != fairToken) return;
        for (FairUplink.Transfer done = uplink.poll(now); done != null; done = uplink.poll(now)) {
            int handle = done.handle();
            if (handleOf(remotes[handle]) != handle) continue; // gone
            long bytes = Network.wireBytes(done.rpc().bodyLength());
            propagate(handle, done.rpc(), done.stamp(), bytes, now);
        }
        long next = uplink.nextAt();
        if (next != Long.MAX_VALUE) post(index, up(next), UPLINK, ++fairToken, null);
    }

    /// The last byte of an RPC leaves at an instant. The first one left before by what the uplink
    /// takes for all of them, or more where it is shared, so that a downlink may have less to do.
    private void propagate(int handle, OutboundRpc rpc, int stamp, long bytes, long leaves) {
        int remote = remotes[handle];
        long oneWay = simulation.linkNanos(index, remote);
        long base = oneWay;
        Network network = simulation.network();
        boolean late = false;
        long sending = (long) (bytes * nanosPerByte);
        long through = leaves;
        if (relayed != null && relayed.relayed(handle)) {
            through = relayed.pass(handle, bytes, leaves, sending);
            sending = Math.max(sending, RelayedLinks.nanos(bytes));
        }
        int to = simulation.regionOf(remote);
        Jitter jitter = network.jitter();
        if (!jitter.isNone()) {
            SplittableRandom random =
                    network.ownJitter() == null ? stream() : stream(handle, leaves);
            oneWay += jitter.nanos(region, to, base, random);
        }
        double loss = simulation.setup().loss(leaves);
        if (loss > 0) {
            long penalty = Network.lossNanos(loss, rpc.bodyLength(), base, stream().nextDouble());
            oneWay += penalty;
            late = penalty > 0;
        }
        if (network.sharing().windowed()) {
            oneWay += congestion(handle, bytes, base, leaves, late);
        }
        long arrival = Math.max(lastArrivals[handle], up(through + oneWay));
        lastArrivals[handle] = arrival;
        long word = Math.min(sending, SENDING) | ((long) stamp << SENDING_BITS);
        post(remote, arrival, ARRIVAL, word, rpc);
    }

    private SplittableRandom stream() {
        SplittableRandom random = stream;
        if (random == null) {
            random = Mix.stream(simulation.seed(), index, Mix.LINK);
            stream = random;
        }
        return random;
    }

    /// What the messages of one link draw from, another each time it is made.
    private SplittableRandom stream(int handle, long now) {
        if (streams.length < remotes.length) streams = Arrays.copyOf(streams, remotes.length);
        SplittableRandom random = streams[handle];
        if (random == null) {
            long link = Mix.mix(simulation.seed(), index, Mix.JITTER);
            random = new SplittableRandom(Mix.mix(link, remotes[handle], now));
            streams[handle] = random;
        }
        return random;
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
