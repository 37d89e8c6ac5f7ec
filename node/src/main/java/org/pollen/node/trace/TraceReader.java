package org.pollen.node.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoReader;
import org.pollen.router.TraceKind;

/// Reads a trace of either format, ours or go-libp2p-pubsub's.
///
/// The file may be anybody's: a record is bounded by [TraceFormat#RECORD_BYTES_MAX] and by what the
/// file has left before room is made for it. A last record that is cut off, as a crash or a full
/// disk leaves it, ends the reading; anything else that is no event is an error with its place.
public final class TraceReader {
    private static final int BUFFER = 64 << 10;
    private static final int PEER_BYTES_MAX = 256;
    private static final JsonFactory JSON = new JsonFactory();

    private final InputStream in;
    private final long size;
    private final TraceFormat format;
    private byte[] buffer = new byte[BUFFER];
    private int start; // of what is not read yet, in the buffer
    private int end;
    private long offset; // of the buffer's start in the file
    private long torn;
    private boolean done;

    /// A reader at the start of a trace.
    ///
    /// @param size how much of it to read, at most
    /// @throws TraceFormatException if it is compressed
    public TraceReader(InputStream in, long size) throws IOException, TraceFormatException {
        this.in = in;
        this.size = size;
        fill(2);
        int first = end > 0 ? buffer[0] & 0xff : -1;
        int second = end > 1 ? buffer[1] & 0xff : -1;
        if (first == 0x1f && second == 0x8b) {
            throw new TraceFormatException(0, "it is compressed with gzip");
        }
        // A message of 123 bytes begins with a brace, too, but no message goes on with a quote.
        format =
                first == '{' && (second == '"' || second < 0) ? TraceFormat.NDJSON : TraceFormat.PB;
    }

    /// What the file looks like.
    public TraceFormat format() {
        return format;
    }

    /// Bytes at the end that are the beginning of a record; known after [#next()] answered null.
    public long torn() {
        return torn;
    }

    /// The next event; null at the end.
    ///
    /// @throws TraceFormatException if there is something else
    public @Nullable TraceRecord next() throws IOException, TraceFormatException {
        if (done) return null;
        return format == TraceFormat.PB ? nextMessage() : nextLine();
    }

    private long position() {
        return offset + start;
    }

    /// Tries to have so many bytes in the buffer.
    private boolean fill(int wanted) throws IOException {
        while (end - start < wanted) {
            if (start + wanted > buffer.length) {
                byte[] to = buffer;
                if (wanted > buffer.length) {
                    to = new byte[(int) Math.min(2L * wanted, size - position())];
                }
                System.arraycopy(buffer, start, to, 0, end - start);
                buffer = to;
                offset += start;
                end -= start;
                start = 0;
            }
            long left = size - offset - end;
            int most = (int) Math.min(buffer.length - end, left);
            int read = most <= 0 ? -1 : in.read(buffer, end, most);
            if (read < 0) return false;
            end += read;
        }
        return true;
    }

    private @Nullable TraceRecord cutOff() {
        torn = (long) end - start;
        done = true;
        return null;
    }

    private @Nullable TraceRecord nextMessage() throws IOException, TraceFormatException {
        if (!fill(1)) return null;
        long length = 0;
        int prefix = 0;
        for (int shift = 0; ; shift += 7) {
            if (!fill(prefix + 1)) return cutOff();
            byte b = buffer[start + prefix++];
            length |= (b & 0x7fL) << shift;
            if (b >= 0) break;
            if (prefix == 5) throw broken("a length of more than 32 bits");
        }
        if (length > TraceFormat.RECORD_BYTES_MAX) {
            throw broken(
                    "a record of %d bytes, at most %d are read"
                            .formatted(length, TraceFormat.RECORD_BYTES_MAX));
        }
        int whole = prefix + (int) length;
        if (whole > size - position() || !fill(whole)) {
            torn = size - position();
            done = true;
            return null;
        }
        TraceRecord read;
        try {
            read = message(new ProtoReader(buffer, start + prefix, (int) length));
        } catch (MalformedException e) {
            throw broken(String.valueOf(e.getMessage()));
        }
        start += whole;
        return read;
    }

    private static TraceRecord message(ProtoReader reader) throws MalformedException {
        long type = -1;
        long time = 0;
        String node = "";
        int detail = 0;
        while (reader.next()) {
            switch (reader.field()) {
                case 1 -> type = reader.varint();
                case 2 -> node = PeerId.fromBytes(reader.bytes(PEER_BYTES_MAX)).toString();
                case 3 -> time = reader.varint();
                default -> {
                    if (reader.wireType() != ProtoReader.BYTES) {
                        throw new MalformedException("field " + reader.field() + " is no message");
                    }
                    detail = reader.field();
                    fields(reader.message());
                }
            }
        }
        if (type < 0) throw new MalformedException("an event without a type");
        Optional<TraceKind> kind = TraceKind.numbered(type);
        if (kind.isPresent() && detail != 0 && detail != kind.get().field()) {
            throw new MalformedException(
                    "an event of kind %s with the details of another"
                            .formatted(kind.get().label()));
        }
        return new TraceRecord(kind.orElse(null), time, node);
    }

    /// Reads over a message.
    private static void fields(ProtoReader reader) throws MalformedException {
        while (reader.next()) {
            // Only whether it is one.
        }
    }

    private @Nullable TraceRecord nextLine() throws IOException, TraceFormatException {
        int length = 0;
        while (true) {
            if (!fill(length + 1)) {
                return end > start ? cutOff() : null;
            }
            int seen = end - start;
            int at = length;
            while (at < seen && buffer[start + at] != '\n') at++;
            length = at;
            if (at < seen) break;
            if (length > TraceFormat.RECORD_BYTES_MAX) {
                throw broken(
                        "a line of more than %d bytes".formatted(TraceFormat.RECORD_BYTES_MAX));
            }
        }
        TraceRecord read = object(length);
        start += length + 1;
        return read;
    }

    private TraceRecord object(int length) throws IOException, TraceFormatException {
        TraceKind kind = null;
        boolean typed = false;
        long time = 0;
        String node = "";
        try (JsonParser json = JSON.createParser(buffer, start, length)) {
            if (json.nextToken() != JsonToken.START_OBJECT)
                throw broken("a line without an object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (name.equals("type") && value == JsonToken.VALUE_STRING) {
                    kind = TraceKind.labelled(json.getText()).orElse(null);
                    typed = true;
                } else if (name.equals("type") && value == JsonToken.VALUE_NUMBER_INT) {
                    kind = TraceKind.numbered(json.getLongValue()).orElse(null);
                    typed = true;
                } else if ((name.equals("time") || name.equals("timestamp"))
                        && value == JsonToken.VALUE_NUMBER_INT) {
                    time = json.getLongValue();
                } else if (name.equals("peer") && value == JsonToken.VALUE_STRING) {
                    node = PeerId.parse(json.getText()).toString();
                } else if (name.equals("peerID") && value == JsonToken.VALUE_STRING) {
                    byte[] id = Base64.getDecoder().decode(json.getText());
                    node = PeerId.fromBytes(id).toString();
                } else {
                    json.skipChildren();
                }
            }
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
                throw broken("a line that is not one object");
            }
        } catch (JsonProcessingException e) {
            throw broken("a line that is no JSON: " + e.getOriginalMessage());
        } catch (IllegalArgumentException | MalformedException e) {
            throw broken("a line without a good peer id: " + e.getMessage());
        }
        if (!typed) throw broken("an object without a type");
        return new TraceRecord(kind, time, node);
    }

    private TraceFormatException broken(String what) {
        return new TraceFormatException(position(), what);
    }
}
