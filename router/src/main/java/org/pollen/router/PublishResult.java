package org.pollen.router;

import org.jspecify.annotations.Nullable;

/// What became of a message published here.
///
/// @param status what became of it
/// @param message the message as it was sent, or null if it was not made (status REJECTED or
///   NOT_READY)
/// @param peers to how many peers it was queued
/// @param reason for REJECTED and NOT_READY, why; else empty
public record PublishResult(Status status, @Nullable RpcMessage message, int peers, String reason) {
    /// What can become of it.
    public enum Status {
        /// Sent to at least one peer, or published for this node only.
        OK("ok"),
        /// A message with its id was seen before: not sent again.
        DUPLICATE("duplicate"),
        /// Nobody to send it to yet; it is advertised to who subscribes in the next heartbeats.
        NO_PEERS("no_peers"),
        /// Not a legal message here.
        REJECTED("rejected"),
        /// The queues of all its peers were full.
        ALL_QUEUES_FULL("queue_full"),
        /// Given up before there were enough peers: only of what waited for them.
        NOT_READY("not_ready");

        private final String label;

        Status(String label) {
            this.label = label;
        }

        /// The name in metrics.
        public String label() {
            return label;
        }
    }

    static PublishResult rejected(String reason) {
        return new PublishResult(Status.REJECTED, null, 0, reason);
    }

    static PublishResult notReady(String reason) {
        return new PublishResult(Status.NOT_READY, null, 0, reason);
    }

    /// The message id, empty if it was rejected; not to be changed.
    public byte[] id() {
        return message == null ? new byte[0] : message.id();
    }
}
