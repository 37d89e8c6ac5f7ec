package org.pollen.signalling;

import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// A request as gossip.
///
/// Source: A9.
///
/// @param kind [#REQUEST] or [#RELAYED]
/// @param envelope A's, or S's around it
public record GossipSignal(int kind, byte[] envelope) {
    /// The envelope is A's.
    public static final int REQUEST = 1;

    /// The envelope is S's.
    public static final int RELAYED = 2;

    /// Longest message.
    public static final int BYTES_MAX = 1024;

    /// The message's data.
    public byte[] toByteArray() {
        return new ProtoWriter(envelope.length + 16)
                .varint(1, kind)
                .bytes(2, envelope)
                .toByteArray();
    }

    /// Reads a message's data.
    ///
    /// @throws MalformedException if it is none
    public static GossipSignal parse(byte[] data) throws MalformedException {
        Fields.require(data.length <= BYTES_MAX, data.length + " bytes as gossip");
        int kind = 0;
        byte[] envelope = Fields.NONE;
        var in = new ProtoReader(data);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> kind = Fields.number(in);
                case 2 -> envelope = in.bytes(BYTES_MAX);
                default -> throw new MalformedException("gossip: field " + in.field());
            }
        }
        Fields.require(kind == REQUEST || kind == RELAYED, "kind " + kind);
        Fields.require(envelope.length > 0, "no envelope");
        return new GossipSignal(kind, envelope);
    }
}
