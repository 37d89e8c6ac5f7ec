package org.pollen.signalling;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// What goes over a stream of [#PROTOCOL], behind its length.
///
/// Source: A4.1.
public sealed interface SignalFrame {
    /// The stream protocol.
    String PROTOCOL = "/p2p-signal/1.0.0";

    /// Longest frame, without its length.
    int BYTES_MAX = 4096;

    /// A to S.
    ///
    /// @param requestEnvelope signed by A
    record Submit(byte[] requestEnvelope) implements SignalFrame {}

    /// S to B.
    ///
    /// @param relayEnvelope signed by S
    record Deliver(byte[] relayEnvelope) implements SignalFrame {}

    /// The answer to either.
    record Status(SignalStatus status) implements SignalFrame {}

    /// B to S and on to A.
    ///
    /// @param noticeEnvelope signed by B
    record Notice(byte[] noticeEnvelope) implements SignalFrame {}

    /// The frame without its length.
    default byte[] toByteArray() {
        var out = new ProtoWriter(512);
        switch (this) {
            case Submit submit ->
                    out.message(1, new ProtoWriter(512).bytes(1, submit.requestEnvelope));
            case Deliver deliver ->
                    out.message(2, new ProtoWriter(512).bytes(1, deliver.relayEnvelope));
            case Status status -> out.message(3, status.status.write());
            case Notice notice ->
                    out.message(4, new ProtoWriter(512).bytes(1, notice.noticeEnvelope));
        }
        return out.toByteArray();
    }

    /// The frame behind its length, as it goes over the wire.
    default byte[] toWire() {
        byte[] frame = toByteArray();
        return new ProtoWriter(frame.length + 2)
                .rawVarint(frame.length)
                .raw(frame, 0, frame.length)
                .toByteArray();
    }

    /// Reads a frame without its length.
    ///
    /// @throws MalformedException if it is over [#BYTES_MAX], or has not one body
    static SignalFrame parse(byte[] frame) throws MalformedException {
        if (frame.length > BYTES_MAX) {
            throw new MalformedException("frame of " + frame.length + " bytes");
        }
        @Nullable SignalFrame body = null;
        var in = new ProtoReader(frame);
        while (in.next()) {
            SignalFrame next =
                    switch (in.field()) {
                        case 1 -> new Submit(envelope(in.message()));
                        case 2 -> new Deliver(envelope(in.message()));
                        case 3 -> new Status(SignalStatus.read(in.message()));
                        case 4 -> new Notice(envelope(in.message()));
                        default -> null; // from the future
                    };
            if (next == null) continue;
            Fields.require(body == null, "two bodies in a frame");
            body = next;
        }
        return Fields.required(body, "body in a frame");
    }

    private static byte[] envelope(ProtoReader in) throws MalformedException {
        byte[] envelope = Fields.NONE;
        while (in.next()) if (in.field() == 1) envelope = in.bytes(BYTES_MAX);
        Fields.require(envelope.length > 0, "no envelope");
        return envelope;
    }
}
