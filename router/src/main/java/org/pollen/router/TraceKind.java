package org.pollen.router;

import java.util.Optional;

/// What a [TraceEvent] is, as traces name it: a word in JSON, a number in protobuf.
///
/// The first thirteen are those of go-libp2p-pubsub's schema. It has no place for the last three;
/// theirs are far beyond its numbers, so that its readers pass over them and a later version of the
/// schema does not take them.
///
/// Source: router specification 9.8; go-libp2p-pubsub, trace schema.
public enum TraceKind {
    PUBLISH("publish", 0, 4),
    REJECT("reject", 1, 5),
    DUPLICATE("duplicate", 2, 6),
    DELIVER("deliver", 3, 7),
    ADD_PEER("addPeer", 4, 8),
    REMOVE_PEER("removePeer", 5, 9),
    RECEIVE_RPC("recvRPC", 6, 10),
    SEND_RPC("sendRPC", 7, 11),
    DROP_RPC("dropRPC", 8, 12),
    JOIN("join", 9, 13),
    LEAVE("leave", 10, 14),
    GRAFT("graft", 11, 15),
    PRUNE("prune", 12, 16),
    UNDELIVERABLE("undeliverable", 2_097_901, 2_097_901),
    THROTTLE_PEER("throttlePeer", 2_097_902, 2_097_902),
    VALIDATE("validate", 2_097_903, 2_097_903);

    private static final TraceKind[] ALL = values();

    private final String label;
    private final int number;
    private final int field;

    TraceKind(String label, int number, int field) {
        this.label = label;
        this.number = number;
        this.field = field;
    }

    /// The word, `recvRPC`.
    public String label() {
        return label;
    }

    /// The value of the field `type`.
    public int number() {
        return number;
    }

    /// The field that holds the details.
    public int field() {
        return field;
    }

    /// The kind with a word.
    public static Optional<TraceKind> labelled(String label) {
        for (TraceKind kind : ALL) if (kind.label.equals(label)) return Optional.of(kind);
        return Optional.empty();
    }

    /// The kind with a number.
    public static Optional<TraceKind> numbered(long number) {
        for (TraceKind kind : ALL) if (kind.number == number) return Optional.of(kind);
        return Optional.empty();
    }
}
