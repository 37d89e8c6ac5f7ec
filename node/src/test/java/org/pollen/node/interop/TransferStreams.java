package org.pollen.node.interop;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.libp2p.StreamResetException;
import org.pollen.peer.PeerId;

/// Streams for the transport checks: bulk both ways with digests, half-close, reset from either
/// side. All other programs serve and open the same.
final class TransferStreams {
    private static final String TRANSFER = "/interop/transfer/1.0.0";
    private static final String RESET = "/interop/reset/1.0.0";
    private static final String ABORT = "/interop/abort/1.0.0";
    private static final String BULK = "/interop/bulk/1.0.0";
    private static final int BLOCK = 64 << 10;
    private static final int DIGEST = 32;

    private final Host host;
    private final AtomicInteger aborted = new AtomicInteger();

    TransferStreams(Host host) {
        this.host = host;
        host.handle(TRANSFER, _ -> new Answering());
        host.handle(BULK, _ -> new Sink());
        host.handle(
                RESET,
                _ ->
                        new StreamHandler() {
                            @Override
                            public void data(Stream stream, byte[] array, int off, int len) {
                                stream.reset(0);
                            }
                        });
        host.handle(
                ABORT,
                _ ->
                        new StreamHandler() {
                            @Override
                            public void data(Stream stream, byte[] array, int off, int len) {
                                stream.write(array, off, len);
                            }

                            @Override
                            public void closed(Stream stream, @Nullable Throwable cause) {
                                if (cause instanceof StreamResetException) {
                                    aborted.incrementAndGet();
                                }
                            }
                        });
    }

    int aborted() {
        return aborted.get();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /// Writes as many bytes as asked for, as fast as they leave: blocks that begin with their
    /// number, so that one lost, doubled or moved shows.
    private static final class Pattern {
        private final MessageDigest sum = sha256();
        private long left;
        private int number;
        private boolean done;

        Pattern(long count) {
            left = count;
        }

        /// @return the digest once everything is written
        Optional<byte[]> write(Stream stream) {
            while (left > 0 && stream.writable()) {
                byte[] block = new byte[(int) Math.min(left, BLOCK)];
                for (int i = 0; i < block.length; i++) {
                    block[i] = (byte) (i * 31);
                }
                if (block.length >= Integer.BYTES) {
                    ByteBuffer.wrap(block).putInt(number);
                }
                number++;
                sum.update(block);
                stream.write(block, 0, block.length);
                left -= block.length;
            }
            if (left > 0 || done) {
                return Optional.empty();
            }
            done = true;
            return Optional.of(sum.digest());
        }
    }

    /// Reads to the end, then answers with the digest, as many bytes of its own and their digest.
    private static final class Answering implements StreamHandler {
        private final MessageDigest sum = sha256();
        private long count;
        private @Nullable Pattern own;

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            sum.update(array, off, len);
            count += len;
        }

        @Override
        public void readClosed(Stream stream) {
            stream.write(sum.digest(), 0, DIGEST);
            own = new Pattern(count);
            writable(stream);
        }

        @Override
        public void writable(Stream stream) {
            Pattern pattern = own;
            if (pattern != null) {
                pattern.write(stream)
                        .ifPresent(digest -> {
                            stream.write(digest, 0, DIGEST);
                            stream.closeWrite();
                        });
            }
        }
    }

    /// Sends bytes, ends its direction, and reads the digest of them, as many bytes and their
    /// digest.
    private static final class Asking implements StreamHandler {
        private final CompletableFuture<Map<String, Object>> result = new CompletableFuture<>();
        private final MessageDigest sum = sha256();
        private final long count;
        private final Pattern own;
        private final ByteBuffer theirDigest = ByteBuffer.allocate(DIGEST);
        private final ByteBuffer lastDigest = ByteBuffer.allocate(DIGEST);
        private volatile byte @Nullable [] ownDigest;
        private final Executor writer;
        private long received;
        private long turnedAt;
        private final long startedAt = System.nanoTime();

        Asking(long count, Executor writer) {
            this.count = count;
            this.writer = writer;
            this.own = new Pattern(count);
        }

        /// Only one thread may write: bytes of two have no order.
        @Override
        public void writable(Stream stream) {
            writer.execute(() ->
                    own.write(stream)
                            .ifPresent(digest -> {
                                ownDigest = digest;
                                stream.closeWrite();
                            }));
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            ByteBuffer in = ByteBuffer.wrap(array, off, len);
            take(in, theirDigest);
            if (turnedAt == 0 && !theirDigest.hasRemaining()) {
                turnedAt = System.nanoTime();
            }
            int n = (int) Math.min(in.remaining(), count - received);
            sum.update(array, in.position(), n);
            in.position(in.position() + n);
            received += n;
            take(in, lastDigest);
            if (in.hasRemaining()) {
                fail("there is more than was asked for");
            }
        }

        private static void take(ByteBuffer from, ByteBuffer to) {
            while (from.hasRemaining() && to.hasRemaining()) {
                to.put(from.get());
            }
        }

        private void fail(String problem) {
            result.completeExceptionally(new IllegalStateException(problem));
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            if (cause != null) {
                result.completeExceptionally(cause);
            } else if (!Arrays.equals(ownDigest, theirDigest.array())) {
                fail("their digest differs");
            } else if (received != count || lastDigest.hasRemaining()) {
                fail("%d of %d bytes came".formatted(received, count));
            } else if (!Arrays.equals(sum.digest(), lastDigest.array())) {
                fail("our digest differs");
            } else {
                result.complete(
                        Map.of(
                                "sent",
                                (turnedAt - startedAt) / 1_000_000,
                                "received",
                                (System.nanoTime() - turnedAt) / 1_000_000));
            }
        }
    }

    /// For the speed of what carries it: reads to the end and answers with one byte.
    private static final class Sink implements StreamHandler {
        @Override
        public void data(Stream stream, byte[] array, int off, int len) {}

        @Override
        public void readClosed(Stream stream) {
            stream.write(new byte[] {1}, 0, 1);
            stream.closeWrite();
        }
    }

    /// Writes as fast as it leaves.
    private static final class Source implements StreamHandler {
        private static final byte[] ZEROS = new byte[BLOCK];
        private final CompletableFuture<Void> answered = new CompletableFuture<>();
        private final CompletableFuture<Void> gone = new CompletableFuture<>();
        private long left;

        Source(long count) {
            left = count;
        }

        @Override
        public synchronized void writable(Stream stream) {
            while (left > 0 && stream.writable()) {
                int n = (int) Math.min(left, BLOCK);
                stream.write(ZEROS, 0, n); // which bytes come first does not matter
                left -= n;
                if (left == 0) {
                    gone.complete(null);
                }
            }
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            answered.complete(null);
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            answered.completeExceptionally(new IllegalStateException("no answer", cause));
        }
    }

    Map<String, Object> bulk(String peer, long count)
            throws InterruptedException, ExecutionException, TimeoutException {
        long from = System.nanoTime();
        var handler = new Source(count);
        Stream stream =
                host.open(connection(peer), List.of(BULK), handler).get(10, TimeUnit.SECONDS);
        handler.writable(stream);
        handler.gone.get(300, TimeUnit.SECONDS);
        // From the loop, behind what the last callback wrote there.
        var _ = host.ping(connection(peer)).get(60, TimeUnit.SECONDS);
        stream.closeWrite();
        handler.answered.get(60, TimeUnit.SECONDS);
        return Map.of("sent", (System.nanoTime() - from) / 1_000_000);
    }

    private Connection connection(String peer) {
        return host.connection(PeerId.parse(peer))
                .orElseThrow(() -> new IllegalStateException("no connection to " + peer));
    }

    Map<String, Object> transfer(String peer, long count)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var writer = Executors.newSingleThreadExecutor()) {
            var handler = new Asking(count, writer);
            Stream stream =
                    host.open(connection(peer), List.of(TRANSFER), handler)
                            .get(10, TimeUnit.SECONDS);
            handler.writable(stream);
            return handler.result.get(120, TimeUnit.SECONDS);
        }
    }

    /// The other side resets, which is told as the reason.
    Map<String, Object> reset(String peer)
            throws InterruptedException, ExecutionException, TimeoutException {
        var closed = new CompletableFuture<@Nullable Throwable>();
        var handler =
                new StreamHandler() {
                    @Override
                    public void data(Stream stream, byte[] array, int off, int len) {}

                    @Override
                    public void closed(Stream stream, @Nullable Throwable cause) {
                        closed.complete(cause);
                    }
                };
        Stream stream =
                host.open(connection(peer), List.of(RESET), handler).get(10, TimeUnit.SECONDS);
        stream.write(new byte[] {1}, 0, 1);
        Throwable cause = closed.get(10, TimeUnit.SECONDS);
        if (!(cause instanceof StreamResetException)) {
            throw new IllegalStateException("no reset: " + cause);
        }
        return Map.of();
    }

    /// We reset, which the other side counts.
    Map<String, Object> abort(String peer)
            throws InterruptedException, ExecutionException, TimeoutException {
        var answered = new CompletableFuture<Void>();
        StreamHandler handler = (_, _, _, _) -> answered.complete(null);
        Stream stream =
                host.open(connection(peer), List.of(ABORT), handler).get(10, TimeUnit.SECONDS);
        stream.write(new byte[] {1}, 0, 1);
        answered.get(10, TimeUnit.SECONDS);
        stream.reset(0);
        return Map.of();
    }

    Map<String, Object> ping(String peer, int rounds)
            throws InterruptedException, ExecutionException, TimeoutException {
        for (int i = 0; i < rounds; i++) {
            var _ = host.ping(connection(peer)).get(10, TimeUnit.SECONDS);
        }
        return Map.of("rounds", rounds);
    }

    Map<String, Object> identify(String peer) {
        IdentifyInfo info =
                connection(peer)
                        .identify()
                        .orElseThrow(() -> new IllegalStateException("not identified"));
        return Map.of("agent", info.agentVersion(), "protocols", List.copyOf(info.protocols()));
    }

    Map<String, Object> carriers(String peer) {
        PeerId id = PeerId.parse(peer);
        return Map.of(
                "connections",
                host.connections().stream()
                        .filter(one -> one.remotePeer().equals(id))
                        .map(one -> one.transport() + " " + one.security() + " " + one.muxer())
                        .toList());
    }
}
