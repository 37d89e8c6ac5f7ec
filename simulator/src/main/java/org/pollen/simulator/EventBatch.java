package org.pollen.simulator;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.router.OutboundRpc;

/// Events on their way to another member: columns as they are, and each RPC once, however many
/// peers it goes to.
final class EventBatch {
    private static final int NONE = -1;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /// Begins with the instant of the sender's next event, and whether it wants to stop.
    EventBatch(long next, boolean stop) {
        try {
            out.writeLong(next);
            out.writeBoolean(stop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Adds the events for one partition.
    void add(int partition, EventQueue.Bucket events) {
        var numbers = new IdentityHashMap<OutboundRpc, Integer>();
        var contents = new ArrayList<OutboundRpc>();
        var content = new int[events.count()];
        for (int i = 0; i < content.length; i++) {
            Object payload = events.payloads[i];
            if (payload == null) {
                content[i] = NONE;
            } else if (payload instanceof OutboundRpc rpc) {
                Integer known = numbers.putIfAbsent(rpc, contents.size());
                if (known == null) contents.add(rpc);
                content[i] = known == null ? contents.size() - 1 : known;
            } else {
                throw new IllegalStateException("an event with a " + payload.getClass());
            }
        }
        try {
            out.writeInt(partition);
            out.writeInt(contents.size());
            for (OutboundRpc rpc : contents) {
                out.writeBoolean(rpc.singleMessage() != null);
                byte[] body = rpc.toBody();
                out.writeInt(body.length);
                out.write(body);
            }
            out.writeInt(content.length);
            for (int i = 0; i < content.length; i++) {
                for (int word = 0; word < 4; word++) out.writeLong(events.words[4 * i + word]);
                out.writeInt(content[i]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        events.clear();
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /// Where received events go.
    interface Target {
        /// The RPC of these bytes.
        OutboundRpc rpc(int partition, byte[] body, boolean single);

        void event(
                int partition, long at, long key, long origin, long word, @Nullable Object content);
    }

    /// The instant of the sender's next event.
    static long next(byte[] batch) {
        try (var in = new DataInputStream(new ByteArrayInputStream(batch))) {
            return in.readLong();
        } catch (IOException e) {
            throw new UncheckedIOException("a member sent half a batch", e);
        }
    }

    /// Hands the events over.
    ///
    /// @return whether the sender wants to stop
    static boolean read(byte[] batch, Target target) {
        try (var in = new DataInputStream(new ByteArrayInputStream(batch))) {
            in.readLong();
            boolean stop = in.readBoolean();
            while (in.available() > 0) {
                int partition = in.readInt();
                List<OutboundRpc> contents = new ArrayList<>();
                for (int left = in.readInt(); left > 0; left--) {
                    boolean single = in.readBoolean();
                    byte[] body = in.readNBytes(in.readInt());
                    contents.add(target.rpc(partition, body, single));
                }
                for (int left = in.readInt(); left > 0; left--) {
                    long at = in.readLong();
                    long key = in.readLong();
                    long origin = in.readLong();
                    long word = in.readLong();
                    int content = in.readInt();
                    OutboundRpc rpc = content == NONE ? null : contents.get(content);
                    target.event(partition, at, key, origin, word, rpc);
                }
            }
            return stop;
        } catch (IOException e) {
            throw new UncheckedIOException("a member sent half a batch", e);
        }
    }
}
