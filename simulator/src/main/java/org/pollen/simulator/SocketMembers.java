package org.pollen.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Members over TCP: the first one waits for the others, tells them what to run, and passes on what
/// they have for each other.
///
/// Each says now and then that it is there, also while it executes a window or waits for the first
/// meeting: so a window may take as long as it likes, and yet a machine that is gone, which TCP
/// alone would not notice for hours, ends the run within minutes.
///
/// Nothing is encrypted and nobody proves who he is: for machines that trust each other, or
/// loopback.
final class SocketMembers implements Members, AutoCloseable {
    static final String HELLO = "pollen-sim-members-2";
    private static final int TEXT_MAX = 1 << 20;
    private static final int BATCH_MAX = 1 << 30;
    private static final int ALIVE = -1;

    /// How often a member says that it is there, and after which silence it is lost.
    record Patience(Duration beat, Duration silence) {
        /// A pause of a member, as of its garbage collector, has to be shorter than the silence.
        static final Patience USUAL = new Patience(Duration.ofSeconds(15), Duration.ofMinutes(3));
    }

    private static final class Peer {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;
        private @Nullable Thread beats;

        Peer(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
            out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
        }

        void begin(Patience patience) throws IOException {
            socket.setSoTimeout((int) patience.silence.toMillis());
            beats = Thread.ofVirtual().start(() -> beat(patience.beat));
        }

        private void beat(Duration every) {
            try {
                while (true) {
                    Thread.sleep(every);
                    synchronized (out) {
                        out.writeInt(ALIVE);
                        out.flush();
                    }
                }
            } catch (InterruptedException | IOException _) {
                // The run is over, or whoever reads next hears of it.
            }
        }

        void write(byte[][] batches) throws IOException {
            synchronized (out) {
                for (byte[] batch : batches) {
                    out.writeInt(batch.length);
                    out.write(batch);
                }
                out.flush();
            }
        }

        byte[] read(int most) throws IOException {
            int length = in.readInt();
            while (length == ALIVE) length = in.readInt();
            if (length < 0 || length > most) {
                throw new IOException("a batch of " + length + " bytes");
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) throw new EOFException();
            return bytes;
        }

        void close() {
            if (beats != null) beats.interrupt();
            try {
                socket.close();
            } catch (IOException _) {
                // It is gone either way.
            }
        }
    }

    /// What a member is told.
    ///
    /// @param scenario text of the file
    /// @param partitions of the run, over all members
    record Task(String scenario, long seed, int partitions) {}

    private final List<Peer> peers;
    private final int count;
    private final int self;
    private final @Nullable Task task;

    private SocketMembers(List<Peer> peers, int count, int self, @Nullable Task task) {
        this.peers = List.copyOf(peers);
        this.count = count;
        this.self = self;
        this.task = task;
    }

    /// Waits until all others are there; then nobody else can come.
    ///
    /// @param others how many
    static SocketMembers gather(ServerSocket server, int others, Task task, Patience patience)
            throws IOException {
        var peers = new ArrayList<Peer>();
        try {
            while (peers.size() < others) {
                var peer = new Peer(server.accept());
                if (welcome(peer, peers.size() + 1, others + 1, task, patience)) peers.add(peer);
                else peer.close();
            }
            server.close();
        } catch (IOException e) {
            peers.forEach(Peer::close);
            throw e;
        }
        return new SocketMembers(peers, others + 1, 0, null);
    }

    /// Whether it is a member, and knows what to do.
    private static boolean welcome(Peer peer, int self, int count, Task task, Patience patience) {
        try {
            peer.socket.setSoTimeout(5_000);
            if (!peer.in.readUTF().equals(HELLO)) return false;
            peer.out.writeInt(self);
            peer.out.writeInt(count);
            peer.out.writeLong(task.seed);
            peer.out.writeInt(task.partitions);
            peer.write(new byte[][] {task.scenario.getBytes(UTF_8)});
            peer.begin(patience);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /// Joins the run of a first member.
    static SocketMembers join(InetSocketAddress first, Patience patience) {
        var socket = new Socket();
        try {
            socket.connect(first, 5_000);
            var peer = new Peer(socket);
            peer.out.writeUTF(HELLO);
            peer.out.flush();
            socket.setSoTimeout((int) patience.silence.toMillis());
            int self = peer.in.readInt();
            int count = peer.in.readInt();
            long seed = peer.in.readLong();
            int partitions = peer.in.readInt();
            var task = new Task(new String(peer.read(TEXT_MAX), UTF_8), seed, partitions);
            peer.begin(patience);
            return new SocketMembers(List.of(peer), count, self, task);
        } catch (IOException e) {
            try {
                socket.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw new ScenarioException(
                    "joining the run at %s: %s (is it a run that still waits for members, of this version?)"
                            .formatted(first, MemberLostException.reason(e)));
        }
    }

    /// What this member was told to run; null for the first one.
    @Nullable Task task() {
        return task;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public int self() {
        return self;
    }

    @Override
    public byte[][] exchange(byte[][] to) {
        return self == 0 ? asFirst(to) : asOther(to);
    }

    private byte[][] asFirst(byte[][] to) {
        var all = new byte[count][][];
        all[0] = to;
        for (int m = 1; m < count; m++) {
            all[m] = new byte[count][];
            try {
                for (int i = 0; i < count; i++) all[m][i] = peers.get(m - 1).read(BATCH_MAX);
            } catch (IOException e) {
                throw lost(m, e);
            }
        }
        for (int m = 1; m < count; m++) {
            var theirs = new byte[count][];
            for (int from = 0; from < count; from++) theirs[from] = all[from][m];
            try {
                peers.get(m - 1).write(theirs);
            } catch (IOException e) {
                throw lost(m, e);
            }
        }
        var mine = new byte[count][];
        for (int m = 0; m < count; m++) mine[m] = all[m][0];
        return mine;
    }

    private byte[][] asOther(byte[][] to) {
        Peer first = peers.getFirst();
        try {
            first.write(to);
            var mine = new byte[count][];
            for (int m = 0; m < count; m++) mine[m] = first.read(BATCH_MAX);
            return mine;
        } catch (IOException e) {
            throw lost(0, e);
        }
    }

    private MemberLostException lost(int member, IOException why) {
        return new MemberLostException("member %d of %d".formatted(member + 1, count), why);
    }

    @Override
    public void close() {
        peers.forEach(Peer::close);
    }
}
