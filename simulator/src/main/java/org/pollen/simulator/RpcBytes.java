package org.pollen.simulator;

import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.router.Rpc;

/// What an RPC that is not a single message has: its bytes by what they are for, by its fields: 1
/// subscriptions, 2 messages, 3 control, and in control 1 IHAVE, 2 IWANT, 3 GRAFT, 4 PRUNE, 5
/// IDONTWANT. The numbers are those of both dialects. And how many elements of control.
final class RpcBytes {
    private static final int SUBSCRIPTIONS = 1;
    private static final int MESSAGES = 2;
    private static final int CONTROL = 3;

    /// By number of the field in control.
    private static final int[] COLUMNS = {
        Tally.OTHER_BYTES,
        Tally.IHAVE_BYTES,
        Tally.IWANT_BYTES,
        Tally.MESH_BYTES,
        Tally.MESH_BYTES,
        Tally.IDONTWANT_BYTES
    };

    private RpcBytes() {}

    /// Adds the bytes of an RPC, and what the layers below put around them, to its second.
    static void count(byte[] body, long time, Tally tally) {
        long left = body.length;
        try {
            var rpc = new ProtoReader(body);
            while (rpc.next()) {
                int length = rpc.fieldEnd() - rpc.fieldStart();
                left -= length;
                switch (rpc.field()) {
                    case SUBSCRIPTIONS -> tally.count(time, Tally.SUBSCRIPTION_BYTES, length);
                    case MESSAGES -> tally.count(time, Tally.MIXED_BYTES, length);
                    case CONTROL -> control(rpc.message(), length, time, tally);
                    default -> tally.count(time, Tally.OTHER_BYTES, length);
                }
            }
        } catch (MalformedException _) {
            // What an attacker sent: its rest is of no kind.
        }
        if (left > 0) tally.count(time, Tally.OTHER_BYTES, left);
        tally.count(time, Tally.HEADER_BYTES, Network.wireBytes(body.length) - body.length);
    }

    /// Adds the elements of its control to its second.
    static void count(Rpc rpc, long time, Tally tally) {
        int entries = rpc.ihaveCount();
        add(time, Tally.IHAVE_IDS, entries == 0 ? 0 : rpc.ihaveEnd(entries - 1), tally);
        add(time, Tally.IWANT_IDS, rpc.iwantCount(), tally);
        add(time, Tally.IDONTWANT_IDS, rpc.idontwantCount(), tally);
        add(time, Tally.GRAFTS, rpc.graftCount(), tally);
        add(time, Tally.PRUNES, rpc.pruneCount(), tally);
    }

    private static void add(long time, int column, int count, Tally tally) {
        if (count > 0) tally.count(time, column, count);
    }

    private static void control(ProtoReader control, int length, long time, Tally tally) {
        long left = length;
        try {
            while (control.next()) {
                int field = control.field();
                int part = control.fieldEnd() - control.fieldStart();
                left -= part;
                int column = field < COLUMNS.length ? COLUMNS[field] : Tally.OTHER_BYTES;
                tally.count(time, column, part);
            }
        } catch (MalformedException _) {
            // As above.
        }
        if (left > 0) tally.count(time, Tally.OTHER_BYTES, left); // its tag and length
    }
}
