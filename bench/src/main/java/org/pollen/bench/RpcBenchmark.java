package org.pollen.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.pollen.peer.MalformedException;
import org.pollen.router.Dialect;
import org.pollen.router.FrameSink;
import org.pollen.router.Mask;
import org.pollen.router.MessageFields;
import org.pollen.router.MessageIdFunction;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcDecoder;
import org.pollen.router.RpcLimits;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;

/// M-1: decoding and encoding RPCs, and forwarding a message as it came.
///
/// `scan` is decoding with an id function that costs nothing, `decode` with SHA-256, `forward`
/// decodes, takes the messages and hands their slices to a sink. The comparator reads and writes
/// the same bytes through protobuf-java's coded streams into objects like those its compiler
/// generates.
///
/// Look for: `scan` and `decode` at 0 B/op; `forward` below 200 B for a message (T-16), whatever
/// its size; `scan` several times faster than `protobufJavaDecode`, the more so the longer the
/// payload.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RpcBenchmark {
    private static final MessageKeyHasher HASHER = new MessageKeyHasher(1, 2);
    private static final MessageIdScheme FREE =
            new MessageIdScheme("free", () -> RpcBenchmark::noId);

    /// Messages of so many bytes each, as count x bytes; or control only, with so many ids.
    @Param({
        "1x128",
        "1x1024",
        "1x16384",
        "8x128",
        "8x1024",
        "64x128",
        "64x1024",
        "64 ids",
        "5000 ids"
    })
    String content = "";

    private final Rpc rpc = new Rpc();
    private final RpcDecoder scanner =
            new RpcDecoder(
                    Dialect.BLOSSOM, RpcLimits.DEFAULT.withFrameBytesMax(4 << 20), FREE, HASHER);
    private final RpcDecoder decoder =
            new RpcDecoder(
                    Dialect.BLOSSOM,
                    RpcLimits.DEFAULT.withFrameBytesMax(4 << 20),
                    MessageIdScheme.BLOSSOM,
                    HASHER);
    private byte[] body = {};
    private List<RpcMessage> messages = List.of();
    private List<byte[]> ids = List.of();
    private Generated parsed = new Generated();

    @Setup
    public void setUp() throws IOException {
        var random = new SplittableRandom(1);
        var builder = new RpcBuilder(Dialect.BLOSSOM, 4 << 20);
        messages = new ArrayList<>();
        ids = new ArrayList<>();
        if (content.endsWith(" ids")) {
            int count = Integer.parseInt(content.substring(0, content.indexOf(' ')));
            for (int i = 0; i < count; i++) {
                var id = new byte[33];
                random.nextBytes(id);
                ids.add(id);
                builder.ihave(Mask.bit(32, 7), id);
            }
        } else {
            int x = content.indexOf('x');
            int count = Integer.parseInt(content.substring(0, x));
            var signer =
                    new MessageSigner(
                            Dialect.BLOSSOM,
                            SigningPolicy.LAX_NO_SIGN,
                            null,
                            null,
                            0,
                            new MessageIdentifier(MessageIdScheme.BLOSSOM, HASHER));
            for (int i = 0; i < count; i++) {
                var payload = new byte[Integer.parseInt(content.substring(x + 1))];
                random.nextBytes(payload);
                RpcMessage message = signer.compose(Mask.bit(32, 7), payload);
                messages.add(message);
                builder.message(message);
            }
        }
        body = builder.buildWhole().toBody();
        parsed = Generated.parse(CodedInputStream.newInstance(body));
    }

    @Benchmark
    public Rpc scan() throws MalformedException {
        if (scanner.decode(body, 0, body.length, rpc) != null) throw new IllegalStateException();
        return rpc;
    }

    @Benchmark
    public Rpc decode() throws MalformedException {
        if (decoder.decode(body, 0, body.length, rpc) != null) throw new IllegalStateException();
        return rpc;
    }

    @Benchmark
    public void forward(Blackhole hole) throws MalformedException {
        if (scanner.decode(body, 0, body.length, rpc) != null) throw new IllegalStateException();
        for (int i = 0; i < rpc.messageCount(); i++) {
            rpc.message(i)
                    .writeTo(
                            new FrameSink() {
                                @Override
                                public void begin(int bodyLength) {
                                    hole.consume(bodyLength);
                                }

                                @Override
                                public void slice(byte[] array, int offset, int length) {
                                    hole.consume(array);
                                }
                            });
        }
    }

    @Benchmark
    public OutboundRpc encode() {
        var builder = new RpcBuilder(Dialect.BLOSSOM, 4 << 20);
        for (RpcMessage message : messages) builder.message(message);
        for (byte[] id : ids) builder.ihave(TOPIC, id);
        return builder.buildWhole();
    }

    private static final Mask TOPIC = Mask.bit(32, 7);

    @Benchmark
    public Object protobufJavaDecode() throws IOException {
        return Generated.parse(CodedInputStream.newInstance(body));
    }

    @Benchmark
    public byte[] protobufJavaEncode() throws IOException {
        return parsed.encode();
    }

    private static int noId(MessageFields message, byte[] out) {
        out[0] = (byte) message.length(MessageFields.DATA);
        return MessageIdFunction.BYTES_MAX / 2;
    }

    /// What protobuf-java's compiler would generate for messages and IHAVE, without its
    /// bookkeeping.
    private static final class Generated {
        final List<ByteString[]> publish = new ArrayList<>();
        final List<List<ByteString>> ihave = new ArrayList<>();

        static Generated parse(CodedInputStream in) throws IOException {
            var rpc = new Generated();
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                int limit = in.pushLimit(in.readRawVarint32());
                if (tag >>> 3 == 2) rpc.publish.add(message(in));
                else control(in, rpc.ihave);
                in.popLimit(limit);
            }
            return rpc;
        }

        private static ByteString[] message(CodedInputStream in) throws IOException {
            var fields = new ByteString[7];
            for (int tag = in.readTag(); tag != 0; tag = in.readTag())
                fields[tag >>> 3] = in.readBytes();
            return fields;
        }

        private static void control(CodedInputStream in, List<List<ByteString>> ihave)
                throws IOException {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                int limit = in.pushLimit(in.readRawVarint32());
                var entry = new ArrayList<ByteString>();
                for (int t = in.readTag(); t != 0; t = in.readTag()) entry.add(in.readBytes());
                ihave.add(entry);
                in.popLimit(limit);
            }
        }

        byte[] encode() throws IOException {
            int size = 0;
            for (ByteString[] message : publish) {
                int length = messageSize(message);
                size += 1 + CodedOutputStream.computeUInt32SizeNoTag(length) + length;
            }
            int control = 0;
            for (List<ByteString> entry : ihave) {
                int length = entrySize(entry);
                control += 1 + CodedOutputStream.computeUInt32SizeNoTag(length) + length;
            }
            if (control > 0)
                size += 1 + CodedOutputStream.computeUInt32SizeNoTag(control) + control;
            var bytes = new byte[size];
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            for (ByteString[] message : publish) {
                out.writeTag(2, 2);
                out.writeUInt32NoTag(messageSize(message));
                for (int f = 1; f < 7; f++) if (message[f] != null) out.writeBytes(f, message[f]);
            }
            if (control > 0) {
                out.writeTag(3, 2);
                out.writeUInt32NoTag(control);
                for (List<ByteString> entry : ihave) {
                    out.writeTag(1, 2);
                    out.writeUInt32NoTag(entrySize(entry));
                    for (int i = 0; i < entry.size(); i++)
                        out.writeBytes(i == 0 ? 1 : 2, entry.get(i));
                }
            }
            out.flush();
            return bytes;
        }

        private static int messageSize(ByteString[] message) {
            int size = 0;
            for (int f = 1; f < 7; f++)
                if (message[f] != null) size += CodedOutputStream.computeBytesSize(f, message[f]);
            return size;
        }

        private static int entrySize(List<ByteString> entry) {
            int size = 0;
            for (ByteString bytes : entry) size += CodedOutputStream.computeBytesSize(1, bytes);
            return size;
        }
    }
}
