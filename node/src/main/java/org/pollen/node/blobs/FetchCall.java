package org.pollen.node.blobs;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.fetch.MessageRules;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// One request of ours, until its stream ends.
final class FetchCall implements StreamHandler {
    /// Most bytes of an answer: it may end with the transaction that brings it to its limit.
    static final int ANSWER_MAX = MessageRules.REPLY_BYTES + BlobMessages.TRANSACTION_MAX;

    final PeerId peer;
    final int number;
    final List<Hash32> hashes;
    final long startedAt;
    private final BlobExchange exchange;
    private final Frames frames = new Frames(BlobMessages.TRANSACTION_MAX, this::take);
    private final List<byte[]> answers = new ArrayList<>(); // on the event loop
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable Stream stream;
    private int bytes;

    FetchCall(BlobExchange exchange, PeerId peer, int number, List<Hash32> hashes, long now) {
        this.exchange = exchange;
        this.peer = peer;
        this.number = number;
        this.hashes = List.copyOf(hashes);
        startedAt = now;
    }

    /// The stream stands: asks.
    void opened(Stream on) {
        stream = on;
        if (ended.get()) {
            on.reset(ErrorCodes.NONE);
            return;
        }
        byte[] request = BlobMessages.request(hashes);
        on.write(request, 0, request.length);
        on.closeWrite();
    }

    /// There will be no answer.
    void failed() {
        if (ended.compareAndSet(false, true)) exchange.unanswered(this);
    }

    /// It took too long.
    void giveUp() {
        Stream open = stream;
        if (open != null) open.reset(ErrorCodes.NONE);
        failed();
    }

    private void take(byte[] message) throws MalformedException {
        bytes += message.length;
        if (answers.size() == hashes.size()) throw new MalformedException("answers too many");
        if (bytes > ANSWER_MAX) throw new MalformedException("answers too much");
        answers.add(message);
    }

    @Override
    public void data(Stream on, byte[] array, int off, int len) {
        try {
            frames.add(array, off, len);
        } catch (MalformedException e) {
            violated(on, String.valueOf(e.getMessage()));
        }
    }

    private void violated(Stream on, String why) {
        boolean first = ended.compareAndSet(false, true); // before `closed` is heard
        on.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
        if (!first) return;
        exchange.unanswered(this);
        exchange.misbehaved(peer, BlobFaults.ANSWER, why);
    }

    @Override
    public void readClosed(Stream on) {
        if (!frames.between()) {
            violated(on, "ends in the middle of a transaction");
        } else if (ended.compareAndSet(false, true)) {
            exchange.answered(this, List.copyOf(answers));
        }
    }

    @Override
    public void closed(Stream on, @Nullable Throwable cause) {
        failed();
    }
}
