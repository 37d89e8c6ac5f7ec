package org.pollen.router;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One RPC as it goes to the wire: immutable, and shared by all peers it goes to.
public sealed interface OutboundRpc permits RpcMessage, EncodedRpc {

    /// Length of the body, without the length prefix of the frame.
    int bodyLength();

    /// Hands the body over in parts; nothing is copied.
    void writeTo(FrameSink sink);

    /// The only message it carries, or null if it carries none, several, or control as well: what
    /// an IDONTWANT cancels.
    @Nullable RpcMessage singleMessage();

    /// The whole frame, length prefix included, as a copy: for tests and for streams that want one
    /// array.
    default byte[] toFrame() {
        int prefix = Bytes.varintSize(bodyLength());
        var out = new ByteArrayOutputStream(prefix + bodyLength());
        writeTo(
                new FrameSink() {
                    @Override
                    public void begin(int bodyLength) {
                        var length = new byte[prefix];
                        Bytes.putVarint(length, 0, bodyLength);
                        out.writeBytes(length);
                    }

                    @Override
                    public void slice(byte[] array, int offset, int length) {
                        out.write(array, offset, length);
                    }
                });
        return out.toByteArray();
    }

    /// The body as a copy.
    default byte[] toBody() {
        byte[] frame = toFrame();
        return Arrays.copyOfRange(frame, frame.length - bodyLength(), frame.length);
    }
}
