package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files are read back by a reader that knows no more than the format's description; hyparquet
/// 1.31.5 reads them too.
class ParquetTest {
    /// Any structure of Thrift's compact protocol: numbers, texts, lists and structures by field.
    private static final class Thrift {
        private final ByteBuffer in;

        Thrift(ByteBuffer in) {
            this.in = in;
        }

        Map<Integer, Object> structure() {
            var fields = new LinkedHashMap<Integer, Object>();
            int field = 0;
            while (true) {
                int header = in.get() & 0xff;
                if (header == 0) return fields;
                field += header >> 4;
                assertThat(header >> 4).isPositive();
                fields.put(field, value(header & 15));
            }
        }

        private Object value(int type) {
            return switch (type) {
                case 5, 6 -> {
                    long raw = varint();
                    yield (raw >>> 1) ^ -(raw & 1);
                }
                case 8 -> {
                    var text = new byte[(int) varint()];
                    in.get(text);
                    yield new String(text, StandardCharsets.UTF_8);
                }
                case 9 -> {
                    int header = in.get() & 0xff;
                    int size = header >> 4 == 15 ? (int) varint() : header >> 4;
                    var list = new ArrayList<Object>();
                    for (int i = 0; i < size; i++) list.add(value(header & 15));
                    yield list;
                }
                case 12 -> structure();
                default -> throw new AssertionError("type " + type);
            };
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                int next = in.get();
                value |= (next & 0x7fL) << shift;
                if (next >= 0) return value;
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<Integer, Object> map(@Nullable Object value) {
        return (Map<Integer, Object>) Objects.requireNonNull(value);
    }

    private static List<?> list(@Nullable Object value) {
        return (List<?>) Objects.requireNonNull(value);
    }

    private static long number(@Nullable Object value) {
        return (Long) Objects.requireNonNull(value);
    }

    private static Map<String, double[]> read(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = "PAR1".getBytes(StandardCharsets.US_ASCII);
        assertThat(Arrays.copyOf(file, 4)).isEqualTo(magic);
        assertThat(Arrays.copyOfRange(file, file.length - 4, file.length)).isEqualTo(magic);
        int length = in.getInt(file.length - 8);
        in.position(file.length - 8 - length);
        Map<Integer, Object> footer = new Thrift(in).structure();
        assertThat(in.position()).isEqualTo(file.length - 8);
        assertThat(footer.get(1)).isEqualTo(1L);
        List<?> schema = list(footer.get(2));
        int rows = (int) number(footer.get(3));
        var columns = new LinkedHashMap<String, double[]>();
        assertThat(map(schema.getFirst()).get(5)).isEqualTo((long) schema.size() - 1);
        for (Object column : schema.subList(1, schema.size())) {
            assertThat(map(column)).containsEntry(1, 5L).containsEntry(3, 1L);
            columns.put((String) map(column).get(4), new double[rows]);
        }
        for (Object group : list(footer.get(4))) {
            assertThat(map(group).get(3)).isEqualTo((long) rows);
            for (Object chunk : list(map(group).get(1))) {
                Map<Integer, Object> meta = map(map(chunk).get(3));
                String name = (String) list(meta.get(3)).getFirst();
                in.position((int) number(meta.get(9)));
                int start = in.position();
                double[] values = Objects.requireNonNull(columns.get(name));
                page(in, values);
                assertThat((long) in.position() - start).isEqualTo(meta.get(7));
            }
        }
        return columns;
    }

    private static void page(ByteBuffer in, double[] values) {
        Map<Integer, Object> header = new Thrift(in).structure();
        int start = in.position();
        assertThat(map(header.get(5)).get(1)).isEqualTo((long) values.length);
        int end = in.getInt() + in.position();
        var present = new boolean[values.length];
        int row = 0;
        while (in.position() < end) {
            int run = (int) new Thrift(in).varint();
            assertThat(run & 1).isZero();
            boolean there = in.get() == 1;
            for (int i = 0; i < run >> 1; i++) present[row++] = there;
        }
        assertThat(row).isEqualTo(values.length);
        for (int i = 0; i < values.length; i++) {
            values[i] = present[i] ? in.getDouble() : Double.NaN;
        }
        assertThat((long) in.position() - start).isEqualTo(header.get(3));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 200, 5000})
    void whatIsWrittenIsRead(int rows) {
        var table = new Table("second", "value", "missing");
        for (int i = 0; i < rows; i++) {
            table.add(i, Math.sqrt(i), i % 7 == 3 || i > 900 ? Double.NaN : -i);
        }

        Map<String, double[]> read = read(Parquet.file(table));

        assertThat(read.keySet()).containsExactly("second", "value", "missing");
        read.forEach((name, values) -> assertThat(values).isEqualTo(table.column(name)));
    }

    @Test
    void aTableMayHaveManyColumns() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 40; i++) names.add("column " + i);
        var table = new Table(names);
        table.add(new double[40]);

        assertThat(read(Parquet.file(table))).hasSize(40);
    }
}
