package org.pollen.libp2p.autonat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;

/// A message of a dial request's stream. Fields that are 0 are not written, as proto3 says.
public sealed interface AutoNatMessage {
    /// Longest message that is read.
    int BYTES_MAX = 8192;

    /// Longest request that is written: rust reads no more.
    int REQUEST_BYTES_MAX = 4096;

    /// Addresses of a request that are looked at.
    int ADDRESSES_MAX = 50;

    /// Bytes of data in one message.
    int CHUNK_BYTES_MAX = 4096;

    /// Bytes of data from which a message that is not the last is taken for serious.
    int CHUNK_BYTES_MIN = 100;

    /// Most bytes of data that may be asked for.
    long DATA_BYTES_MAX = 100_000;

    long STATUS_INTERNAL_ERROR = 0;
    long STATUS_REQUEST_REJECTED = 100;
    long STATUS_DIAL_REFUSED = 101;
    long STATUS_OK = 200;

    long DIAL_UNUSED = 0;
    long DIAL_ERROR = 100;
    long DIAL_BACK_ERROR = 101;
    long DIAL_OK = 200;

    /// The message with its length before it.
    byte[] encode();

    /// Dial one of these and say the number there.
    ///
    /// @param addresses best first; null for one that cannot be read, which keeps its place
    record DialRequest(List<@Nullable Multiaddr> addresses, long nonce) implements AutoNatMessage {
        public DialRequest {
            addresses = Collections.unmodifiableList(new ArrayList<>(addresses));
        }

        /// As many addresses, from the first, as a request may have.
        public static DialRequest of(List<Multiaddr> addresses, long nonce) {
            var fitting = new ArrayList<@Nullable Multiaddr>();
            int bytes = 32;
            for (Multiaddr address : addresses) {
                bytes += address.bytes().length + 3;
                if (bytes > REQUEST_BYTES_MAX || fitting.size() == ADDRESSES_MAX) {
                    break;
                }
                fitting.add(address);
            }
            return new DialRequest(fitting, nonce);
        }

        @Override
        public byte[] encode() {
            var out = new ProtoWriter(256);
            for (Multiaddr address : addresses) {
                out.bytes(1, address == null ? new byte[0] : address.bytes());
            }
            return framed(1, out.fixed64(2, nonce));
        }

        private static DialRequest parse(ProtoReader in) throws MalformedException {
            var addresses = new ArrayList<@Nullable Multiaddr>();
            long nonce = 0;
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> {
                        in.expectBytes();
                        if (addresses.size() < ADDRESSES_MAX) {
                            addresses.add(address(in));
                        }
                    }
                    case 2 -> nonce = in.fixed64();
                    default -> {} // from the future
                }
            }
            return new DialRequest(addresses, nonce);
        }

        private static @Nullable Multiaddr address(ProtoReader in) {
            try {
                return Multiaddr.fromBytes(in.buffer(), in.start(), in.length());
            } catch (MalformedException _) {
                return null; // only this address is lost: it may be of a kind from the future
            }
        }
    }

    /// What came of it.
    ///
    /// @param status of the request
    /// @param index of the address that was dialled
    /// @param dialStatus of that dial
    record DialResponse(long status, long index, long dialStatus) implements AutoNatMessage {
        @Override
        public byte[] encode() {
            var out = new ProtoWriter();
            number(out, 1, status);
            number(out, 2, index);
            number(out, 3, dialStatus);
            return framed(2, out);
        }

        private static DialResponse parse(ProtoReader in) throws MalformedException {
            long status = 0;
            long index = 0;
            long dialStatus = 0;
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> status = in.varint();
                    case 2 -> index = in.varint();
                    case 3 -> dialStatus = in.varint();
                    default -> {} // from the future
                }
            }
            return new DialResponse(status, index, dialStatus);
        }
    }

    /// The server will dial another IP than the one it sees, and wants to be sent data first.
    record DialDataRequest(long index, long bytes) implements AutoNatMessage {
        @Override
        public byte[] encode() {
            var out = new ProtoWriter();
            number(out, 1, index);
            number(out, 2, bytes);
            return framed(3, out);
        }

        private static DialDataRequest parse(ProtoReader in) throws MalformedException {
            long index = 0;
            long bytes = 0;
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> index = in.varint();
                    case 2 -> bytes = in.varint();
                    default -> {} // from the future
                }
            }
            return new DialDataRequest(index, bytes);
        }
    }

    /// Some of that data; what it is does not matter.
    record DialDataResponse(int bytes) implements AutoNatMessage {
        @Override
        public byte[] encode() {
            return framed(4, new ProtoWriter(bytes + 8).bytes(1, new byte[bytes]));
        }

        private static DialDataResponse parse(ProtoReader in) throws MalformedException {
            int bytes = 0;
            while (in.next()) {
                if (in.field() == 1) {
                    in.expectBytes();
                    bytes = in.length();
                }
            }
            if (bytes > CHUNK_BYTES_MAX) {
                throw new MalformedException("autonat: data of " + bytes + " bytes");
            }
            return new DialDataResponse(bytes);
        }
    }

    /// Reads a message; of several kinds in one the last counts.
    ///
    /// @throws MalformedException if it is none
    static AutoNatMessage parse(byte[] array, int off, int len) throws MalformedException {
        AutoNatMessage message = null;
        var in = new ProtoReader(array, off, len);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> message = DialRequest.parse(in.message());
                case 2 -> message = DialResponse.parse(in.message());
                case 3 -> message = DialDataRequest.parse(in.message());
                case 4 -> message = DialDataResponse.parse(in.message());
                default -> {} // from the future
            }
        }
        if (message == null) {
            throw new MalformedException("autonat: a message of no known kind");
        }
        return message;
    }

    /// Longest message of a dial-back that is read.
    int DIAL_BACK_BYTES_MAX = 1024;

    /// What is said on the dialled connection: 9 bytes and their length, no more, as rust reads
    /// ten.
    static byte[] dialBack(long nonce) {
        byte[] body = new ProtoWriter().fixed64(1, nonce).toByteArray();
        return new ProtoWriter().rawVarint(body.length).raw(body, 0, body.length).toByteArray();
    }

    /// The number of a dial-back.
    ///
    /// @throws MalformedException if there is none
    static long parseDialBack(byte[] array, int off, int len) throws MalformedException {
        boolean any = false;
        long nonce = 0;
        var in = new ProtoReader(array, off, len);
        while (in.next()) {
            if (in.field() == 1) {
                nonce = in.fixed64();
                any = true;
            }
        }
        if (!any) {
            throw new MalformedException("autonat: a dial-back without a number");
        }
        return nonce;
    }

    /// The answer to a dial-back: OK, which is 0 and hence not written.
    static byte[] dialBackResponse() {
        return new byte[] {0};
    }

    private static void number(ProtoWriter out, int field, long value) {
        if (value != 0) {
            out.varint(field, value);
        }
    }

    private static byte[] framed(int kind, ProtoWriter message) {
        byte[] body = new ProtoWriter(message.size() + 8).message(kind, message).toByteArray();
        return new ProtoWriter(body.length + 2)
                .rawVarint(body.length)
                .raw(body, 0, body.length)
                .toByteArray();
    }
}
