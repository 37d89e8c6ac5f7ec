package org.pollen.simulator;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Members over TCP: the first one waits for the others, tells them what to run, and passes on what
/// they have for each other.
///
/// Nothing is encrypted and nobody proves who he is: for machines that trust each other, or
/// loopback.
final class SocketMembers implements Members, AutoCloseable {
    private static final String HELLO = "pollen-sim-members-1";
    private static final int TEXT_MAX = 1 << 20;
    private static final int BATCH_MAX = 1 << 30;

    private record Peer(Socket socket, DataInputStream in, DataOutputStream out) {
        static Peer of(Socket socket) throws IOException {
            socket.setTcpNoDelay(true);
            return new Peer(
                    socket,
                    new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16)),
                    new DataOutputStream(
                            new BufferedOutputStream(socket.getOutputStream(), 1 << 16)));
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
        this.peers = peers;
        this.count = count;
        this.self = self;
        this.task = task;
    }

    /// Waits until all others are there.
    ///
    /// @param others how many
    static SocketMembers gather(ServerSocket server, int others, Task task) {
        var peers = new ArrayList<Peer>();
        try {
            while (peers.size() < others) {
                Peer peer = Peer.of(server.accept());
                if (!HELLO.equals(hello(peer))) {
                    peer.socket.close();
                    continue;
                }
                peers.add(peer);
                peer.out.writeInt(peers.size());
                peer.out.writeInt(others + 1);
                peer.out.writeLong(task.seed);
                peer.out.writeInt(task.partitions);
                write(peer, task.scenario.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                peer.out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("waiting for members: " + e.getMessage(), e);
        }
        return new SocketMembers(peers, others + 1, 0, null);
    }

    private static String hello(Peer peer) {
        try {
            peer.socket.setSoTimeout(5_000);
            String text = peer.in.readUTF();
            peer.socket.setSoTimeout(0);
            return text;
        } catch (IOException _) {
            return ""; // no member
        }
    }

    /// Joins the run of a first member.
    static SocketMembers join(InetSocketAddress first) {
        try {
            var socket = new Socket();
            socket.connect(first, 5_000);
            Peer peer = Peer.of(socket);
            peer.out.writeUTF(HELLO);
            peer.out.flush();
            int self = peer.in.readInt();
            int count = peer.in.readInt();
            long seed = peer.in.readLong();
            int partitions = peer.in.readInt();
            byte[] text = read(peer, TEXT_MAX);
            var task =
                    new Task(
                            new String(text, java.nio.charset.StandardCharsets.UTF_8),
                            seed,
                            partitions);
            return new SocketMembers(List.of(peer), count, self, task);
        } catch (IOException e) {
            throw new ScenarioException(
                    "joining the run at %s: %s".formatted(first, e.getMessage()));
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
        try {
            return self == 0 ? asFirst(to) : asOther(to);
        } catch (IOException e) {
            throw new UncheckedIOException("a member of the run was lost: " + e.getMessage(), e);
        }
    }

    private byte[][] asFirst(byte[][] to) throws IOException {
        var all = new byte[count][][];
        all[0] = to;
        for (int m = 1; m < count; m++) {
            all[m] = new byte[count][];
            for (int i = 0; i < count; i++) all[m][i] = read(peers.get(m - 1), BATCH_MAX);
        }
        for (int m = 1; m < count; m++) {
            Peer peer = peers.get(m - 1);
            for (int from = 0; from < count; from++) write(peer, all[from][m]);
            peer.out.flush();
        }
        var mine = new byte[count][];
        for (int m = 0; m < count; m++) mine[m] = all[m][0];
        return mine;
    }

    private byte[][] asOther(byte[][] to) throws IOException {
        Peer first = peers.getFirst();
        for (byte[] batch : to) write(first, batch);
        first.out.flush();
        var mine = new byte[count][];
        for (int m = 0; m < count; m++) mine[m] = read(first, BATCH_MAX);
        return mine;
    }

    private static void write(Peer peer, byte[] bytes) throws IOException {
        peer.out.writeInt(bytes.length);
        peer.out.write(bytes);
    }

    private static byte[] read(Peer peer, int most) throws IOException {
        int length = peer.in.readInt();
        if (length < 0 || length > most) throw new IOException("a batch of " + length + " bytes");
        byte[] bytes = peer.in.readNBytes(length);
        if (bytes.length < length) throw new IOException("half a batch");
        return bytes;
    }

    @Override
    public void close() {
        for (Peer peer : peers) {
            try {
                peer.socket.close();
            } catch (IOException _) {
                // It is gone either way.
            }
        }
    }
}
