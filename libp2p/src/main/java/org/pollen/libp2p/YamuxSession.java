package org.pollen.libp2p;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Yamux session on plain arrays, driven by one event loop: bytes in by [#receive], frames out by
/// [#gather], time by [#tick]. It starts no I/O; it says through [Events] when there is something
/// to gather.
///
/// Order of output: control replies (refusals, pongs), then ACKs and credit, then data of the
/// writable streams in turn. Everything queued is bounded: control replies by stopping to read,
/// data by the memory scope.
///
/// Source: the Yamux specification; what go, rust and js do where it is silent (host.md 8).
final class YamuxSession {
    static final int BODY_BYTES_MAX = 1 << 20;

    /// A stream that is alone fills a Noise record; several share it in pieces of one TLS record.
    static final int BODY_ALONE = NoiseTransport.PLAINTEXT_BYTES_MAX - YamuxFrame.HEADER_BYTES;

    static final int BODY_SHARED = (16 << 10) - YamuxFrame.HEADER_BYTES;
    static final int UNACKNOWLEDGED_MAX = 256;
    static final int CONTROL_FRAMES_MAX = 4096;

    private static final long WINDOW_MAX = 0xffff_ffffL;
    private static final long ID_MAX = 0xffff_fffeL;
    private static final int RESETS_MAX = 200;
    private static final int SYNS_MAX = 1000;
    private static final int PINGS_ANSWERED = 20;
    private static final int PINGS_MAX = 200;
    private static final int EMPTY_FRAMES_MAX = 1000;
    private static final int WAITING_OPENS_MAX = 256;

    /// A data frame below this is not worth its header if the record has no room for more.
    private static final int FRAGMENT_MIN = 512;

    private static final long CHARGE_STEP = 64 << 10;

    /// What the session tells its owner.
    interface Events {
        /// A stream of the peer. Answers who receives it, or null to refuse it.
        MuxedStream.@Nullable Receiver accept(YamuxStream stream);

        /// [#gather] has something to give.
        void outputPending();

        /// The peer ends the session.
        void goAway(long code);

        void roundTrip(long nanos);

        /// Whether the socket should be read: not while too many replies wait.
        void reading(boolean allowed);

        /// Something was refused without ending the session.
        void refused(Limit limit);

        /// Frames left with this gather: for the metrics.
        void framesGathered(int frames);
    }

    /// Bounds and times of a session.
    record Params(
            int inboundMax,
            int outboundMax,
            long windowMax,
            long unreadMax,
            long keepAliveNanos,
            long pongNanos) {}

    private final boolean client;
    private final Params params;
    private final MemoryScope memory;
    private final Events events;
    private final Map<Long, YamuxStream> streams = new LinkedHashMap<>();
    private final ArrayDeque<YamuxStream> waitingOpens = new ArrayDeque<>(0);
    private final ArrayDeque<YamuxStream> sendable = new ArrayDeque<>();
    private final ArrayDeque<YamuxStream> control = new ArrayDeque<>();
    private final ArrayDeque<YamuxStream> deferred = new ArrayDeque<>(0);
    private byte[] replies = new byte[16 * YamuxFrame.HEADER_BYTES]; // ready-made frames
    private int repliesFrom;
    private int repliesTo;
    private boolean readingStopped;
    private final List<YamuxStream> progressed = new ArrayList<>(); // within one gather

    private long nextId;
    private int localOpen;
    private int remoteOpen;
    private int unacknowledged;
    private int unaccepted;

    private final byte[] header = new byte[YamuxFrame.HEADER_BYTES];
    private int headerFilled;
    private long bodyLeft;
    private int bodyFlags;
    private @Nullable YamuxStream bodyStream;

    private long now;
    private long lastReceived;
    private long lastPing;
    private boolean pingOutstanding;
    private boolean pingDue; // with what leaves next
    private long pingValue;
    private long roundTripNanos;
    private final RateWindow syns = new RateWindow();
    private final RateWindow resets = new RateWindow();
    private final RateWindow pings = new RateWindow();
    private boolean lent; // the array that is being received is used again
    private boolean kept; // somebody has it
    private boolean copied; // somebody has what was in it
    private int emptyData;
    private int emptyCredit;

    private long unread; // of all streams
    private long held; // bytes in the write queues of all streams
    private volatile boolean crowded; // too many of them
    private long charged; // of them reserved in the memory scope, in steps
    private long grown; // receive windows beyond their initial size
    private boolean over;

    /// @param client whether we dialled: our ids are odd then
    YamuxSession(boolean client, Params params, MemoryScope memory, Events events, long now) {
        this.client = client;
        this.params = params;
        this.memory = memory;
        this.events = events;
        this.nextId = client ? 1 : 2;
        this.now = now;
        this.lastReceived = now;
        this.lastPing = now;
    }

    // ---- streams of ours

    /// A new stream of ours; it waits for its turn if 256 are open or unacknowledged already. What
    /// is written to it waits with it.
    ///
    /// @return null if even the waiting line is full, or ids ran out
    @Nullable YamuxStream open(MuxedStream.Receiver receiver, long time) {
        now = time;
        if (over || nextId > ID_MAX) {
            return null;
        }
        var stream = new YamuxStream(this, true, time);
        stream.receiver(receiver);
        if (mayActivate()) {
            activate(stream);
        } else if (waitingOpens.size() < WAITING_OPENS_MAX) {
            waitingOpens.add(stream);
        } else {
            return null;
        }
        return stream;
    }

    private boolean mayActivate() {
        return localOpen < params.outboundMax
                && unacknowledged < UNACKNOWLEDGED_MAX
                && nextId <= ID_MAX;
    }

    private void activate(YamuxStream stream) {
        stream.id = nextId;
        nextId += 2;
        stream.active = true;
        localOpen++;
        unacknowledged++;
        streams.put(stream.id, stream);
        maySend(stream);
    }

    private void activateWaiting() {
        while (!waitingOpens.isEmpty() && mayActivate()) {
            YamuxStream stream = waitingOpens.removeFirst();
            if (!stream.gone) {
                activate(stream);
            }
        }
    }

    /// The next ids start here: for tests of the end of the id space.
    void nextId(long id) {
        nextId = id;
    }

    // ---- input

    /// Takes all bytes. Callbacks of streams run inside.
    ///
    /// @throws ViolationException the session is over: say [#goAway(long)] with its code and close
    void receive(byte[] array, int off, int len, long time) throws ViolationException {
        now = time;
        lastReceived = time;
        int at = off;
        int end = off + len;
        while (at < end && !over) {
            if (bodyLeft > 0) {
                int n = (int) Math.min(bodyLeft, end - at);
                bodyLeft -= n;
                if (bodyStream != null) {
                    bodyStream.deliver(array, at, n, time);
                }
                at += n;
                if (bodyLeft == 0) {
                    afterBody();
                }
                continue;
            }
            int n = Math.min(YamuxFrame.HEADER_BYTES - headerFilled, end - at);
            System.arraycopy(array, at, header, headerFilled, n);
            headerFilled += n;
            at += n;
            if (headerFilled == YamuxFrame.HEADER_BYTES) {
                headerFilled = 0;
                onHeader();
            }
        }
    }

    /// The array that is received next is used again afterwards, or not.
    void lend(boolean arrayIsLent) {
        lent = arrayIsLent;
        kept = false;
        copied = false;
    }

    boolean lent() {
        return lent;
    }

    /// Somebody has bytes of the array that is being received.
    void keep() {
        kept = true;
    }

    /// Somebody has copied what came, for keeping.
    void copy() {
        copied = true;
    }

    boolean copied() {
        return copied;
    }

    /// Whether somebody has bytes of the array received last.
    boolean kept() {
        return kept;
    }

    private void onHeader() throws ViolationException {
        int flags = YamuxFrame.flags(header);
        long id = YamuxFrame.id(header);
        long length = YamuxFrame.length(header);
        if (header[0] != 0) {
            throw frameViolation("version is %d: it must be 0".formatted(header[0] & 0xff));
        }
        switch (header[1]) {
            case YamuxFrame.DATA -> onData(flags, id, length);
            case YamuxFrame.WINDOW_UPDATE -> onWindowUpdate(flags, id, length);
            case YamuxFrame.PING -> onPing(flags, id, length);
            case YamuxFrame.GO_AWAY -> onGoAway(id, length);
            default ->
                    throw frameViolation(
                            "type is %d: 0 to 3 are known".formatted(header[1] & 0xff));
        }
    }

    private static ViolationException frameViolation(String message) {
        return new ViolationException(Limit.L19_YAMUX_FRAME, message);
    }

    private void onData(int flags, long id, long length) throws ViolationException {
        if (length > BODY_BYTES_MAX && length > granted(flags, id)) {
            throw new ViolationException(
                    Limit.L20_BODY,
                    "body of %d bytes: at most %d are allowed".formatted(length, BODY_BYTES_MAX));
        }
        if (length > 0 || flags != 0) {
            emptyData = 0;
        } else if (++emptyData >= EMPTY_FRAMES_MAX) {
            throw new ViolationException(Limit.L29_EMPTY_DATA, "only empty data frames");
        }
        YamuxStream stream = synAndAck(flags, id);
        if (stream != null) {
            if (length > stream.receiveWindow) {
                throw new ViolationException(
                        Limit.L19_WINDOW,
                        "body of %d bytes on stream %d: the window has %d"
                                .formatted(length, id, stream.receiveWindow));
            }
            stream.receiveWindow -= length;
            stream.unread += length;
            unread += length;
        }
        bodyStream = stream;
        bodyFlags = flags;
        bodyLeft = length;
        if (length == 0) {
            afterBody();
        }
    }

    /// What a body may have beyond the general bound: js sends all its window allows in one frame,
    /// and may do so on a stream we just reset. Bodies are passed on in pieces, so size costs
    /// nothing.
    private long granted(int flags, long id) {
        YamuxStream stream = streams.get(id);
        if (stream != null) {
            return stream.receiveWindow;
        }
        return (flags & YamuxFrame.SYN) != 0 ? 0 : params.windowMax;
    }

    private void afterBody() throws ViolationException {
        YamuxStream stream = bodyStream;
        bodyStream = null;
        if (stream != null) {
            finAndReset(stream, bodyFlags, 0);
        }
    }

    private void onWindowUpdate(int flags, long id, long length) throws ViolationException {
        if (length > 0 || flags != 0) {
            emptyCredit = 0;
        } else if (++emptyCredit >= EMPTY_FRAMES_MAX) {
            throw new ViolationException(Limit.L29_EMPTY_CREDIT, "only empty credit");
        }
        YamuxStream stream = synAndAck(flags, id);
        if (stream == null) {
            return;
        }
        if ((flags & YamuxFrame.RST) == 0) { // else the length is an error code
            if (stream.sendWindow + length > WINDOW_MAX) {
                throw new ViolationException(
                        Limit.L19_CREDIT, "credit of stream %d overflows".formatted(id));
            }
            stream.sendWindow += length;
            maySend(stream);
        }
        finAndReset(stream, flags, length);
    }

    /// The stream a frame belongs to, opened if the frame opens it; null if there is none, which is
    /// normal for late frames after a reset.
    private @Nullable YamuxStream synAndAck(int flags, long id) throws ViolationException {
        if (id == 0) {
            throw frameViolation("stream frame on the session id 0");
        }
        YamuxStream stream = streams.get(id);
        if ((flags & YamuxFrame.SYN) != 0) {
            if ((flags & YamuxFrame.ACK) != 0) {
                throw frameViolation("SYN and ACK in one frame");
            }
            boolean clientId = (id & 1) == 1;
            if (clientId == client) {
                throw new ViolationException(
                        Limit.L19_STREAM_ID, "SYN with our parity: id %d".formatted(id));
            }
            if (stream != null) {
                throw new ViolationException(
                        Limit.L19_DUPLICATE_SYN, "second SYN for stream %d".formatted(id));
            }
            stream = accept(id);
        } else if ((flags & YamuxFrame.ACK) != 0
                && stream != null
                && stream.local
                && !stream.acknowledged) {
            stream.acknowledged = true;
            unacknowledged--;
            activateWaiting();
        }
        return stream;
    }

    private @Nullable YamuxStream accept(long id) throws ViolationException {
        if (syns.add(now) > SYNS_MAX) {
            throw new ViolationException(
                    Limit.L22_SYN_RATE, ErrorCodes.CONNECTION_RATE_LIMITED, "too many new streams");
        }
        if (remoteOpen >= params.inboundMax || unaccepted >= UNACKNOWLEDGED_MAX) {
            refuse(id, Limit.L21_STREAMS, ErrorCodes.STREAM_RESOURCE_LIMIT);
            return null;
        }
        var stream = new YamuxStream(this, false, now);
        stream.id = id;
        stream.active = true;
        stream.synSent = true;
        stream.ackDue = true;
        remoteOpen++;
        unaccepted++;
        streams.put(id, stream);
        MuxedStream.Receiver receiver = events.accept(stream);
        if (receiver == null) {
            if (!stream.gone) {
                resetLocally(stream, ErrorCodes.STREAM_RESOURCE_LIMIT);
            }
            countReset();
            return null;
        }
        if (stream.gone) {
            return null;
        }
        stream.receiver(receiver);
        control(stream);
        return stream;
    }

    private void refuse(long id, Limit limit, long code) throws ViolationException {
        events.refused(limit);
        reply(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, id, code);
        countReset();
    }

    private void countReset() throws ViolationException {
        if (resets.add(now) > RESETS_MAX) {
            throw new ViolationException(
                    Limit.L22_RESETS,
                    ErrorCodes.CONNECTION_RATE_LIMITED,
                    "too many streams that end before they begin");
        }
    }

    private void finAndReset(YamuxStream stream, int flags, long code) throws ViolationException {
        if (stream.gone) {
            return;
        }
        if ((flags & YamuxFrame.FIN) != 0 && !stream.remoteFin) {
            stream.remoteFin = true;
            stream.pump(now);
        }
        if ((flags & YamuxFrame.RST) != 0 && !stream.gone) {
            boolean empty = !stream.local && !stream.used;
            remove(stream);
            stream.tellReset(code, true);
            if (empty) {
                countReset();
            }
        }
    }

    private void onPing(int flags, long id, long value) throws ViolationException {
        if (id != 0) {
            throw frameViolation("ping on stream %d".formatted(id));
        }
        if ((flags & YamuxFrame.SYN) != 0) {
            int recent = pings.add(now);
            if (recent > PINGS_MAX) {
                throw new ViolationException(
                        Limit.L23_PINGS, ErrorCodes.CONNECTION_RATE_LIMITED, "too many pings");
            }
            if (recent > PINGS_ANSWERED) {
                events.refused(Limit.L23_PINGS_IGNORED);
            } else {
                reply(YamuxFrame.PING, YamuxFrame.ACK, 0, value);
            }
        } else if ((flags & YamuxFrame.ACK) != 0 && pingOutstanding && value == pingValue) {
            pingOutstanding = false;
            roundTripNanos = Math.max(1, now - lastPing);
            events.roundTrip(roundTripNanos);
        } else {
            events.refused(Limit.L28_PONG);
        }
    }

    private void onGoAway(long id, long code) throws ViolationException {
        if (id != 0) {
            throw frameViolation("goaway on stream %d".formatted(id));
        }
        // Everyone else takes any goaway as the end of the session, so streams cannot outlive it.
        events.goAway(code);
    }

    // ---- time

    /// Measures a round trip, unless a measurement is under way.
    void ping(long time) {
        now = time;
        if (!pingOutstanding && !over) {
            pingOutstanding = true;
            pingValue = (pingValue + 1) & WINDOW_MAX;
            lastPing = time;
            reply(YamuxFrame.PING, YamuxFrame.SYN, 0, pingValue);
        }
    }

    /// Measures a round trip with what leaves next, or at the next tick: alone, a ping and its
    /// answer would be two packets of the connection's set-up.
    void pingSoon() {
        pingDue = true;
    }

    /// Once a second or so.
    ///
    /// @throws ViolationException the peer is silent
    void tick(long time) throws ViolationException {
        now = time;
        if (pingDue) {
            pingDue = false;
            ping(time);
        }
        if (pingOutstanding) {
            if (time - lastPing > params.pongNanos && time - lastReceived > params.pongNanos) {
                throw new ViolationException(
                        Limit.L27_SILENCE, ErrorCodes.CONNECTION_SHUTDOWN, "no bytes and no pong");
            }
        } else if (time - lastPing >= params.keepAliveNanos) {
            ping(time);
        }
    }

    long roundTripNanos() {
        return roundTripNanos;
    }

    long now() {
        return now;
    }

    /// Streams see this time until the next input.
    void time(long time) {
        now = time;
    }

    // ---- output

    /// Whether [#gather] would give something.
    boolean hasOutput() {
        return repliesTo > repliesFrom || !control.isEmpty() || !sendable.isEmpty();
    }

    /// Writes as many frames as fit.
    ///
    /// @return bytes written
    int gather(byte[] out, int off, int capacity) {
        if (pingDue && hasOutput()) {
            pingDue = false;
            ping(now);
        }
        int at = off;
        int end = off + capacity;
        int frames = 0;

        int n = Math.min(repliesTo - repliesFrom, capacity / YamuxFrame.HEADER_BYTES * 12);
        System.arraycopy(replies, repliesFrom, out, at, n);
        at += n;
        frames += n / YamuxFrame.HEADER_BYTES;
        repliesSent(n);

        while (!control.isEmpty() && end - at >= YamuxFrame.HEADER_BYTES) {
            YamuxStream stream = control.removeFirst();
            stream.inControl = false;
            if (stream.controlDue()) {
                at = controlFrame(stream, out, at);
                frames++;
            }
        }

        while (!sendable.isEmpty()) {
            YamuxStream stream = sendable.getFirst();
            if (!stream.sendable()) {
                sendable.removeFirst();
                stream.inSendable = false;
                continue;
            }
            int room = end - at - YamuxFrame.HEADER_BYTES;
            int possible = (int) Math.min(stream.queued, stream.sendWindow);
            if (room < Math.min(possible, FRAGMENT_MIN)) {
                break; // the next record
            }
            sendable.removeFirst();
            stream.inSendable = false;
            int share = sendable.isEmpty() ? BODY_ALONE : BODY_SHARED;
            int body = Math.min(Math.min(possible, share), room);
            at = dataFrame(stream, out, at, body);
            frames++;
            if (body > 0) {
                if (stream.gathered == 0) {
                    progressed.add(stream);
                }
                stream.gathered += body;
            }
            if (stream.sendable()) {
                maySend(stream);
            }
            maybeFinished(stream);
        }
        events.framesGathered(frames);
        // Last, because the writers may queue more.
        for (YamuxStream stream : progressed) {
            int bytes = stream.gathered;
            stream.gathered = 0;
            stream.sent(bytes);
        }
        progressed.clear();
        return at - off;
    }

    private int controlFrame(YamuxStream stream, byte[] out, int at) {
        int flags = takeAck(stream);
        return YamuxFrame.write(
                out, at, YamuxFrame.WINDOW_UPDATE, flags, stream.id, stream.takeCredit());
    }

    private int dataFrame(YamuxStream stream, byte[] out, int at, int body) {
        int flags = takeAck(stream);
        if (!stream.synSent) {
            stream.synSent = true;
            flags |= YamuxFrame.SYN;
        }
        if (body == 0) {
            if (stream.finRequested && stream.queued == 0) {
                // Never on a Data frame: js acts on the FIN first and then drops the bytes.
                stream.finSent = true;
                flags |= YamuxFrame.FIN;
            }
            return YamuxFrame.write(out, at, YamuxFrame.WINDOW_UPDATE, flags, stream.id, 0);
        }
        int bodyAt = YamuxFrame.write(out, at, YamuxFrame.DATA, flags, stream.id, body);
        stream.drain(out, bodyAt, body);
        return bodyAt + body;
    }

    private int takeAck(YamuxStream stream) {
        if (!stream.ackDue) {
            return 0;
        }
        stream.ackDue = false;
        stream.acknowledged = true;
        unaccepted--;
        return YamuxFrame.ACK;
    }

    private void reply(int type, int flags, long id, long length) {
        if (repliesTo + YamuxFrame.HEADER_BYTES > replies.length) {
            int pending = repliesTo - repliesFrom;
            byte[] target = 2 * pending > replies.length ? new byte[2 * replies.length] : replies;
            System.arraycopy(replies, repliesFrom, target, 0, pending);
            replies = target;
            repliesFrom = 0;
            repliesTo = pending;
        }
        repliesTo = YamuxFrame.write(replies, repliesTo, type, flags, id, length);
        if (!readingStopped && pendingReplies() > CONTROL_FRAMES_MAX) {
            readingStopped = true;
            events.refused(Limit.L24_CONTROL_QUEUE);
            events.reading(false);
        }
        events.outputPending();
    }

    private void repliesSent(int bytes) {
        repliesFrom += bytes;
        if (repliesFrom == repliesTo) {
            repliesFrom = 0;
            repliesTo = 0;
            if (replies.length > 64 * YamuxFrame.HEADER_BYTES) {
                replies = Arrays.copyOf(replies, 16 * YamuxFrame.HEADER_BYTES);
            }
        }
        if (readingStopped && pendingReplies() < CONTROL_FRAMES_MAX / 2) {
            readingStopped = false;
            events.reading(true);
        }
    }

    int pendingReplies() {
        return (repliesTo - repliesFrom) / YamuxFrame.HEADER_BYTES;
    }

    /// Queues the farewell behind everything that can leave now. Nothing is read or opened
    /// afterwards.
    ///
    /// @return the frame, to be sent last
    byte[] goAway(long code) {
        byte[] frame = new byte[YamuxFrame.HEADER_BYTES];
        YamuxFrame.write(frame, 0, YamuxFrame.GO_AWAY, 0, 0, code);
        return frame;
    }

    /// Ends all streams: the connection is gone.
    void end(long code) {
        if (over) {
            return;
        }
        over = true;
        var all = new ArrayList<>(streams.values());
        all.addAll(waitingOpens);
        waitingOpens.clear();
        for (YamuxStream stream : all) {
            if (!stream.gone) {
                remove(stream);
                stream.tellReset(code, false);
            }
        }
        if (charged > 0) {
            memory.release(charged);
            charged = 0;
        }
        if (grown > 0) {
            memory.release(grown);
            grown = 0;
        }
    }

    // ---- what streams call

    void maySend(YamuxStream stream) {
        if (!stream.inSendable && stream.sendable()) {
            stream.inSendable = true;
            sendable.addLast(stream);
            events.outputPending();
        }
    }

    void control(YamuxStream stream) {
        if (!stream.inControl) {
            stream.inControl = true;
            control.addLast(stream);
            events.outputPending();
        }
    }

    void resetLocally(YamuxStream stream, long code) {
        boolean onWire = stream.active && stream.synSent;
        remove(stream);
        if (onWire && !over) {
            reply(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, stream.id, code);
        }
    }

    void resetForMemory(YamuxStream stream) {
        events.refused(Limit.L25_MEMORY);
        resetLocally(stream, ErrorCodes.STREAM_RESOURCE_LIMIT);
        stream.tellReset(ErrorCodes.STREAM_RESOURCE_LIMIT, false);
    }

    void maybeFinished(YamuxStream stream) {
        if (!stream.gone && stream.finished()) {
            remove(stream);
            stream.tellFinished();
        }
    }

    private void remove(YamuxStream stream) {
        stream.gone = true;
        unhold(stream.drop());
        unread -= stream.unread;
        long growth = stream.receiveTarget - YamuxStream.INITIAL_WINDOW;
        if (growth > 0) {
            grown -= growth;
            memory.release(growth);
        }
        if (!stream.active) {
            return; // was still waiting for its turn
        }
        streams.remove(stream.id);
        if (stream.local) {
            localOpen--;
            if (!stream.acknowledged) {
                unacknowledged--;
            }
            activateWaiting();
        } else {
            remoteOpen--;
            if (stream.ackDue) {
                unaccepted--;
            }
        }
        resumeCredit();
    }

    /// Accounts for bytes in a write queue, in steps so that the shared counter is touched rarely.
    boolean hold(int bytes) {
        held += bytes;
        crowded = held > params.unreadMax / 4;
        if (held > charged) {
            long step = (held - charged + CHARGE_STEP - 1) / CHARGE_STEP * CHARGE_STEP;
            if (!memory.reserve(step, MemoryScope.NEEDED)) {
                held -= bytes;
                crowded = true;
                return false;
            }
            charged += step;
        }
        return true;
    }

    void unhold(int bytes) {
        held -= bytes;
        assert held >= 0;
        crowded = held > params.unreadMax / 4;
        if (charged - held > 2 * CHARGE_STEP || (held == 0 && charged > 0 && over)) {
            long keep = (held + CHARGE_STEP - 1) / CHARGE_STEP * CHARGE_STEP;
            memory.release(charged - keep);
            charged = keep;
        }
    }

    /// Whether writers should hold back although their own queue is short. Any thread.
    boolean crowded() {
        return crowded;
    }

    void consumed(int bytes) {
        unread -= bytes;
        resumeCredit();
    }

    boolean creditStopped() {
        return unread >= params.unreadMax;
    }

    void defer(YamuxStream stream) {
        if (!stream.inDeferred) {
            stream.inDeferred = true;
            deferred.add(stream);
            events.refused(Limit.L25_MEMORY);
        }
    }

    private void resumeCredit() {
        while (!deferred.isEmpty() && !creditStopped()) {
            YamuxStream stream = deferred.removeFirst();
            stream.inDeferred = false;
            stream.grant(now);
        }
    }

    /// By how much a receive window may grow now: it doubles or stays.
    long growth(long target) {
        long more = Math.min(target, params.windowMax - target);
        if (more <= 0 || !memory.reserve(more, MemoryScope.OPTIONAL)) {
            return 0;
        }
        grown += more;
        return more;
    }

    // ---- queries

    int streams() {
        return streams.size();
    }

    int openLocal() {
        return localOpen;
    }

    int openRemote() {
        return remoteOpen;
    }

    int waitingOpens() {
        return waitingOpens.size();
    }

    long heldBytes() {
        return held;
    }

    long unreadBytes() {
        return unread;
    }
}
