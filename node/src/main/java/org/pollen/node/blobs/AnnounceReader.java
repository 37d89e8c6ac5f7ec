package org.pollen.node.blobs;

import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// A peer's announcements. More messages than a peer may send wait on its side: nothing is read
/// until it has some left again.
final class AnnounceReader implements StreamHandler {
    /// Messages a second, and at once after a pause.
    static final int MESSAGES = 100;

    static final int MESSAGES_BURST = 500;

    private final BlobExchange exchange;
    private final PeerId peer;
    private final Rate rate;
    private final Frames frames;
    private boolean paid = true; // for the messages of these bytes

    AnnounceReader(BlobExchange exchange, PeerId peer, long now) {
        this.exchange = exchange;
        this.peer = peer;
        rate = new Rate(MESSAGES_BURST, MESSAGES, now);
        frames = new Frames(BlobMessages.ANNOUNCEMENT_MAX, this::take);
    }

    private void take(byte[] message) throws MalformedException {
        exchange.heard(peer, BlobMessages.announcement(message));
        paid &= rate.take(1, exchange.now());
    }

    @Override
    public void data(Stream stream, byte[] array, int off, int len) {
        paid = true;
        try {
            frames.add(array, off, len);
        } catch (MalformedException e) {
            stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
            exchange.misbehaved(peer, BlobFaults.ANNOUNCEMENT, String.valueOf(e.getMessage()));
            return;
        }
        if (!paid) exchange.pause(stream);
    }

    @Override
    public void readClosed(Stream stream) {
        stream.closeWrite();
    }

    @Override
    public void closed(Stream stream, @Nullable Throwable cause) {
        exchange.unheard(peer, stream);
    }
}
