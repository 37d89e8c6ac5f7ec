package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

    @Test
    void whatProtobufJavaWritesIsRead() throws Exception {
        var random = new Random(13);
        for (int round = 0; round < 500; round++) {
            var theirs = new ByteArrayOutputStream();
            var out = CodedOutputStream.newInstance(theirs);
            for (int i = 0; i < 12; i++) {
                int field = 1 + random.nextInt(1 << random.nextInt(28));
                switch (random.nextInt(6)) {
                    case 0 -> out.writeUInt64(field, random.nextLong() >>> random.nextInt(64));
                    case 1 -> out.writeInt32(field, -random.nextInt(9)); // ten bytes if negative
                    case 2 -> out.writeFixed64(field, random.nextLong());
                    case 3 -> out.writeFixed32(field, random.nextInt());
                    case 4 -> out.writeBool(field, random.nextBoolean());
                    default -> out.writeString(field, "größe €😀".repeat(random.nextInt(3)));
                }
            }
            out.flush();
            byte[] bytes = theirs.toByteArray();
            assertThat(read(new ProtoReader(bytes)))
                    .isNotEqualTo("refused")
                    .isEqualTo(readByProtobufJava(bytes));
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
    void l47_messagesInMessagesHaveADepth() throws Exception {
        var message = new ProtoWriter().varint(1, 5);
        for (int i = 0; i <= ProtoReader.DEPTH_MAX; i++) {
            message = new ProtoWriter().message(1, message);
        }
        var in = new ProtoReader(message.toByteArray());
        for (int depth = 1; depth <= ProtoReader.DEPTH_MAX; depth++) {
            assertThat(in.next()).isTrue();
            in = in.message();
        }
        assertThat(in.next()).isTrue();
        assertThatExceptionOfType(MalformedException.class).isThrownBy(in::message);
        ProtoReader deepest = in.reset(in.buffer(), in.start(), in.length()); // no way around
        assertThat(deepest.next()).isTrue();
        assertThatExceptionOfType(MalformedException.class).isThrownBy(deepest::message);
    }

    @Test
    void l47_aVarintPaddedToTenBytesIsReadAndOneOfElevenIsNot() throws Exception {
        var in = new ProtoReader(HexFormat.of().parseHex("0881808080808080808000"));
        assertThat(in.next()).isTrue();
        assertThat(in.varint()).isEqualTo(1);
        var max = new ProtoReader(HexFormat.of().parseHex("08ffffffffffffffffff01"));
        assertThat(max.next()).isTrue();
        assertThat(max.varint()).isEqualTo(-1);
        var long11 = new ProtoReader(HexFormat.of().parseHex("088180808080808080808000"));
        assertThatExceptionOfType(MalformedException.class).isThrownBy(long11::next);
    }

    /// Against the JDK's strict decoder: random bytes, cut and changed text.
    @Test
    void l47_utf8IsWhatTheJdkTakes() {
        var random = new Random(14);
        byte[] text = "aé€😀\u07ff\u0800\uffff\ud7ff".getBytes(StandardCharsets.UTF_8);
        int good = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(6)];
            if (round % 2 == 0) {
                random.nextBytes(bytes);
                if (round % 4 == 0) bytes[0] = (byte) (0xc0 + random.nextInt(64));
            } else {
                bytes = Arrays.copyOfRange(text, random.nextInt(8), 8 + random.nextInt(16));
                if (bytes.length > 0 && round % 3 == 0) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            boolean expected = decodes(bytes);
            if (expected) good++;
            assertThat(Utf8.isValid(bytes, 0, bytes.length))
                    .as(HexFormat.of().formatHex(bytes))
                    .isEqualTo(expected);
        }
        assertThat(good).isBetween(10_000, 190_000);
    }

    private static boolean decodes(byte[] bytes) {
        try {
            var _ =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException _) {
            return false;
        }
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
