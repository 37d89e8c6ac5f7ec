package org.pollen.simulator;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Tables as Parquet files: optional columns of doubles, plain and uncompressed, one page each.
///
/// So little of the format needs no library (ADR 74), and every reader of Parquet knows it. A file
/// is the magic bytes, the pages, a footer in Thrift's compact protocol that says where they are,
/// its length, and the magic bytes again.
///
/// Source: Apache Parquet format 2.x, `parquet.thrift`.
final class Parquet {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int DOUBLE = 5;
    private static final int OPTIONAL = 1;
    private static final int PLAIN = 0;
    private static final int RLE = 3;

    private Parquet() {}

    static byte[] file(Table table) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(MAGIC);
        var footer = new Thrift();
        footer.number(1, 1); // version
        footer.list(2, Thrift.STRUCT, table.columns().size() + 1);
        footer.text(4, "schema").number(5, table.columns().size()).end();
        for (String column : table.columns()) {
            footer.number(1, DOUBLE).number(3, OPTIONAL).text(4, column).end();
        }
        footer.previous(2).wide(3, table.size());
        var columns = new Thrift();
        long bytes = 0;
        for (String column : table.columns()) {
            long at = out.size();
            out.writeBytes(page(table.column(column)));
            long length = out.size() - at;
            bytes += length;
            columns.wide(2, at).begin(3);
            columns.number(1, DOUBLE).list(2, Thrift.I32, 2).item(PLAIN).item(RLE);
            columns.previous(2).list(3, Thrift.BINARY, 1).item(column).previous(3);
            columns.number(4, 0).wide(5, table.size()).wide(6, length).wide(7, length).wide(9, at);
            columns.end().end();
        }
        int groups = table.size() == 0 ? 0 : 1;
        footer.list(4, Thrift.STRUCT, groups);
        if (groups == 1) {
            footer.list(1, Thrift.STRUCT, table.columns().size()).raw(columns.bytes()).previous(1);
            footer.wide(2, bytes).wide(3, table.size()).end();
        }
        footer.previous(4).text(6, "pollen").end();
        byte[] end = footer.bytes();
        out.writeBytes(end);
        out.writeBytes(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(end.length).array());
        out.writeBytes(MAGIC);
        return out.toByteArray();
    }

    /// A page: its header, which rows have a value, the values.
    private static byte[] page(double[] values) {
        var levels = new Thrift();
        int present = 0;
        for (int from = 0; from < values.length; ) {
            boolean missing = Double.isNaN(values[from]);
            int to = from;
            while (to < values.length && Double.isNaN(values[to]) == missing) to++;
            levels.varint((long) (to - from) << 1).raw(new byte[] {(byte) (missing ? 0 : 1)});
            if (!missing) present += to - from;
            from = to;
        }
        byte[] runs = levels.bytes();
        ByteBuffer body =
                ByteBuffer.allocate(4 + runs.length + 8 * present).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(runs.length).put(runs);
        for (double value : values) if (!Double.isNaN(value)) body.putDouble(value);
        var header = new Thrift();
        header.number(1, 0).number(2, body.capacity()).number(3, body.capacity()).begin(5);
        header.number(1, values.length).number(2, PLAIN).number(3, RLE).number(4, RLE).end();
        header.previous(5).end();
        return ByteBuffer.allocate(header.bytes().length + body.capacity())
                .put(header.bytes())
                .put(body.array())
                .array();
    }

    /// Writes structures of Thrift's compact protocol. A field's header has the distance to the one
    /// before it, so whoever comes back from an inner structure says which that was.
    private static final class Thrift {
        static final int I32 = 5;
        static final int BINARY = 8;
        static final int STRUCT = 12;
        private static final int I64 = 6;
        private static final int LIST = 9;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private int last;

        byte[] bytes() {
            return out.toByteArray();
        }

        Thrift previous(int field) {
            last = field;
            return this;
        }

        private void header(int field, int type) {
            out.write(((field - last) << 4) | type);
            last = field;
        }

        Thrift number(int field, int value) {
            header(field, I32);
            return zigzag(value);
        }

        Thrift wide(int field, long value) {
            header(field, I64);
            return zigzag(value);
        }

        Thrift text(int field, String value) {
            header(field, BINARY);
            return item(value);
        }

        Thrift begin(int field) {
            header(field, STRUCT);
            return previous(0);
        }

        Thrift list(int field, int type, int size) {
            header(field, LIST);
            if (size < 15) {
                out.write((size << 4) | type);
            } else {
                out.write(0xf0 | type);
                varint(size);
            }
            return previous(0);
        }

        Thrift item(int value) {
            return zigzag(value);
        }

        Thrift item(String value) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            varint(utf8.length);
            return raw(utf8);
        }

        /// The end of a structure; the next field is the first of another.
        Thrift end() {
            out.write(0);
            return previous(0);
        }

        Thrift raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        private Thrift zigzag(long value) {
            return varint((value << 1) ^ (value >> 63));
        }

        Thrift varint(long value) {
            long left = value;
            while ((left & ~0x7fL) != 0) {
                out.write((int) ((left & 0x7f) | 0x80));
                left >>>= 7;
            }
            out.write((int) left);
            return this;
        }
    }
}
