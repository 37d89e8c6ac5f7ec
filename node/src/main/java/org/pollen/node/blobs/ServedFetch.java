package org.pollen.node.blobs;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.fetch.MessageRules;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// One request of a peer, until it is answered. At most one transaction of it is in memory.
final class ServedFetch implements StreamHandler {
    private static final int CHUNK = 32 << 10;

    final PeerId peer;
    final long startedAt;
    private final BlobExchange exchange;
    private final Stream stream;
    private final Frames frames = new Frames(BlobMessages.REQUEST_MAX, this::take);
    private boolean asked; // on the event loop

    // On the pool's thread from here on.
    private List<Hash32> hashes = List.of();
    private int next;
    private byte @Nullable [] current;
    private int written;
    private int sent;

    ServedFetch(BlobExchange exchange, PeerId peer, Stream stream, long now) {
        this.exchange = exchange;
        this.peer = peer;
        this.stream = stream;
        startedAt = now;
    }

    private void take(byte[] message) throws MalformedException {
        if (asked) throw new MalformedException("asks twice on a stream");
        asked = true;
        exchange.asked(this, BlobMessages.request(message));
    }

    @Override
    public void data(Stream on, byte[] array, int off, int len) {
        try {
            frames.add(array, off, len);
        } catch (MalformedException e) {
            on.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
            exchange.misbehaved(peer, BlobFaults.REQUEST, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void readClosed(Stream on) {
        if (!asked) on.closeWrite();
    }

    @Override
    public void writable(Stream on) {
        exchange.goOn(this);
    }

    @Override
    public void closed(Stream on, @Nullable Throwable cause) {
        exchange.servedUp(this);
    }

    /// Begins to answer; on the pool's thread.
    void answer(List<Hash32> wanted, long now) {
        hashes = wanted;
        step(now);
    }

    /// Writes as much as there is room for; on the pool's thread.
    void step(long now) {
        while (!hashes.isEmpty() && stream.writable()) {
            byte[] body = current == null ? load(now) : current;
            if (body == null) {
                hashes = List.of();
                stream.closeWrite();
                return;
            }
            int length = Math.min(CHUNK, body.length - written);
            stream.write(body, written, length);
            written += length;
            current = written < body.length ? body : null;
        }
    }

    /// The next transaction that is here; null when the answer is complete.
    private byte @Nullable [] load(long now) {
        while (next < hashes.size() && sent < MessageRules.REPLY_BYTES) {
            byte[] network = exchange.serve(this, hashes.get(next++), now);
            if (network == null) continue;
            sent += network.length;
            written = 0;
            return BlobMessages.framed(network);
        }
        return null;
    }

    /// Ends it without an answer.
    void refuse() {
        hashes = List.of();
        stream.reset(ErrorCodes.STREAM_RATE_LIMITED);
    }
}
