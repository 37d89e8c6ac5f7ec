package org.pollen.libp2p.relay;

import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// What a relay grants a circuit.
///
/// @param seconds how long it may live, 0 for as long as it likes
/// @param bytes how much may pass in each direction, 0 for as much as it likes
public record CircuitLimit(long seconds, long bytes) {

    /// Whether anything is limited.
    public boolean limits() {
        return seconds != 0 || bytes != 0;
    }

    ProtoWriter encode() {
        return new ProtoWriter().varint(1, seconds).varint(2, bytes);
    }

    static CircuitLimit parse(ProtoReader in) throws MalformedException {
        long seconds = 0;
        long bytes = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> seconds = in.varint() & 0xffff_ffffL;
                case 2 -> bytes = in.varint();
                default -> {} // from the future
            }
        }
        return new CircuitLimit(seconds, bytes);
    }
}
