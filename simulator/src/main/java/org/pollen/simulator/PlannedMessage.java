package org.pollen.simulator;

/// A message that somebody publishes.
///
/// @param at virtual nanoseconds
/// @param publisher index of the peer
/// @param size bytes of the payload, at least [#HEADER]
/// @param kind what attackers and validators look at
/// @param topic index of what it is published on; -1 for the masks of the run in turn
public record PlannedMessage(long at, int publisher, int size, Kind kind, int topic) {
    /// The payload begins with its number and its kind.
    static final int HEADER = 8;

    /// What a message is.
    public enum Kind {
        /// An ordinary one.
        NORMAL(0),
        /// One of the victim of an attack.
        VICTIM(1),
        /// One that validators reject.
        INVALID(2);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }
    }

    /// Checks the size.
    public PlannedMessage {
        if (size < HEADER) {
            throw new IllegalArgumentException(
                    "message of %d bytes: at least %d".formatted(size, HEADER));
        }
    }

    /// On the masks of the run in turn.
    public PlannedMessage(long at, int publisher, int size, Kind kind) {
        this(at, publisher, size, kind, -1);
    }

    /// The same of another publisher.
    PlannedMessage by(int other) {
        return other == publisher ? this : new PlannedMessage(at, other, size, kind, topic);
    }

    /// What is published: its number among the messages, its kind, and zeros.
    public byte[] payload(int number) {
        var bytes = new byte[size];
        bytes[0] = (byte) (number >>> 24);
        bytes[1] = (byte) (number >>> 16);
        bytes[2] = (byte) (number >>> 8);
        bytes[3] = (byte) number;
        bytes[4] = kind.code();
        return bytes;
    }

    static int number(byte[] array, int offset) {
        return (array[offset] & 0xff) << 24
                | (array[offset + 1] & 0xff) << 16
                | (array[offset + 2] & 0xff) << 8
                | (array[offset + 3] & 0xff);
    }
}
