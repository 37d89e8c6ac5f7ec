package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The protobuf reader and writer, with protobuf-java as the judge.
class ProtoTest {
    @Test
    void whatIsWrittenIsWhatProtobufJavaWrites() throws IOException {
        var random = new Random(11);
        for (int round = 0; round < 200; round++) {
            var ours = new ProtoWriter(1);
            var theirs = new ByteArrayOutputStream();
            var out = CodedOutputStream.newInstance(theirs);
            for (int i = 0; i < 20; i++) {
                int field = 1 + random.nextInt(1 << random.nextInt(28));
                switch (random.nextInt(4)) {
                    case 0 -> {
                        long value = random.nextLong() >>> random.nextInt(64);
                        ours.varint(field, value);
                        out.writeUInt64(field, value);
                    }
                    case 1 -> {
                        byte[] value = new byte[random.nextInt(300)];
                        random.nextBytes(value);
                        ours.bytes(field, value);
                        out.writeByteArray(field, value);
                    }
                    case 2 -> {
                        long value = random.nextLong();
                        ours.fixed64(field, value);
                        out.writeFixed64(field, value);
                    }
                    default -> {
                        ours.bool(field, true).string(field, "größe");
                        out.writeBool(field, true);
                        out.writeString(field, "größe");
                    }
                }
            }
            out.flush();
            assertThat(ours.toByteArray()).isEqualTo(theirs.toByteArray());
        }
    }

    /// Whatever bytes come, both readers find the same fields or both refuse. Groups and the
    /// longest varints are where we are stricter on purpose.
    @Test
    void whatIsReadIsWhatProtobufJavaReads() throws Exception {
        var random = new Random(12);
        int agreed = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(24)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) bytes[0] = (byte) (random.nextInt(15) << 3 | 2);
            String ours = read(new ProtoReader(bytes));
            String theirs = readByProtobufJava(bytes);
            if (theirs.equals(ours)) agreed++;
            else assertThat(ours).as(HexFormat.of().formatHex(bytes)).isEqualTo("refused");
        }
        assertThat(agreed).isGreaterThan(19_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00",
                "0a05",
                "0aff",
                "08",
                "0880",
                "0b",
                "0c",
                "0f",
                "09010203",
                "0d01",
                "08ffffffffffffffffff7f",
                "ffffffffff01",
                "0affffffff0f"
            })
    void l47_whatLeavesTheMessageIsRefused(String hex) {
        assertThat(read(new ProtoReader(HexFormat.of().parseHex(hex)))).isEqualTo("refused");
    }

    @Test
    void l47_aFieldIsAskedForAsWhatItIs() throws Exception {
        var in = new ProtoReader(HexFormat.of().parseHex("0801120161"));
        assertThat(in.next()).isTrue();
        assertThat(in.bool()).isTrue();
        assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> in.bytes(5));
        assertThatExceptionOfType(MalformedException.class).isThrownBy(in::message);
        assertThat(in.next()).isTrue();
        assertThatExceptionOfType(MalformedException.class).isThrownBy(in::varint);
        assertThatExceptionOfType(MalformedException.class).isThrownBy(in::fixed64);
        assertThat(in.string(1)).isEqualTo("a");
        assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> in.string(0));
        assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> in.bytes(0));
        assertThat(in.fieldStart()).isEqualTo(2);
        assertThat(in.fieldEnd()).isEqualTo(5);
        assertThat(in.next()).isFalse();
    }

    @Test
    void l47_textThatIsNotUtf8IsRefused() throws Exception {
        var in = new ProtoReader(new byte[] {0x0a, 1, (byte) 0xff});
        assertThat(in.next()).isTrue();
        assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> in.string(9));
    }

    @Test
    void aReaderStaysInsideItsSliceAndIsUsedAgain() throws Exception {
        byte[] buffer = HexFormat.of().parseHex("ffff0a0161ffff");
        var in = new ProtoReader(buffer, 2, 3);
        assertThat(in.next()).isTrue();
        assertThat(in.string(5)).isEqualTo("a");
        assertThat(in.next()).isFalse();
        in.reset(buffer, 2, 2);
        assertThatExceptionOfType(MalformedException.class).isThrownBy(in::next);
        var inner = new ProtoReader(HexFormat.of().parseHex("0a020805"));
        assertThat(inner.next()).isTrue();
        ProtoReader message = inner.message();
        assertThat(message.next()).isTrue();
        assertThat(message.varint()).isEqualTo(5);
        assertThat(new ProtoWriter().varint(1, 3).clear().size()).isZero();
    }

    private static String read(ProtoReader in) {
        var found = new StringBuilder();
        try {
            while (in.next()) {
                found.append(in.field()).append(':');
                switch (in.wireType()) {
                    case ProtoReader.VARINT -> found.append(in.varint());
                    case ProtoReader.FIXED64 -> found.append(in.fixed64());
                    case ProtoReader.BYTES -> found.append(HexFormat.of().formatHex(in.bytes(99)));
                    default -> found.append("four");
                }
                found.append(' ');
            }
            return found.toString();
        } catch (MalformedException _) {
            return "refused";
        }
    }

    private static String readByProtobufJava(byte[] bytes) {
        var found = new StringBuilder();
        var in = CodedInputStream.newInstance(bytes);
        try {
            for (int tag; (tag = in.readTag()) != 0; ) {
                found.append(WireFormat.getTagFieldNumber(tag)).append(':');
                switch (WireFormat.getTagWireType(tag)) {
                    case WireFormat.WIRETYPE_VARINT -> found.append(in.readUInt64());
                    case WireFormat.WIRETYPE_FIXED64 -> found.append(in.readFixed64());
                    case WireFormat.WIRETYPE_LENGTH_DELIMITED ->
                            found.append(HexFormat.of().formatHex(in.readByteArray()));
                    case WireFormat.WIRETYPE_FIXED32 -> {
                        in.readFixed32();
                        found.append("four");
                    }
                    default -> throw new IOException("group");
                }
                found.append(' ');
            }
            return found.toString();
        } catch (IOException _) {
            return "refused";
        }
    }
}
