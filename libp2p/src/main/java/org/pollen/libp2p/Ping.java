package org.pollen.libp2p;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// The ping protocol of one host: 32 random bytes out, the same 32 back.
final class Ping {
    static final String PROTOCOL = "/ipfs/ping/1.0.0";

    private static final int BLOCK_BYTES = 32;
    private static final int INBOUND_MAX = 2;
    private static final long INBOUND_SILENCE_NANOS = 30_000_000_000L;
    private static final int ROUNDS_MAX = 64;

    private final NettyHost host;
    private final Map<PeerId, Integer> inbound = new ConcurrentHashMap<>();
    private final Map<Connection, Asking> asking = new ConcurrentHashMap<>();

    Ping(NettyHost host) {
        this.host = host;
    }

    // ---- answering

    StreamHandler answer(Stream stream) {
        PeerId peer = stream.connection().remotePeer();
        int open = inbound.merge(peer, 1, Integer::sum);
        var answering = new Answering(peer);
        if (open > INBOUND_MAX) {
            host.counters().refused(Limit.L37_PING_STREAMS);
            stream.reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
            answering.release(); // nobody will tell it
        } else {
            answering.watch(stream);
        }
        return answering;
    }

    private final class Answering implements StreamHandler {
        private final PeerId peer;
        private byte[] block = new byte[BLOCK_BYTES];
        private int filled;
        private boolean released;

        private Answering(PeerId peer) {
            this.peer = peer;
        }

        void release() {
            if (!released) {
                released = true;
                inbound.computeIfPresent(peer, (_, n) -> n == 1 ? null : n - 1);
            }
        }

        void watch(Stream stream) {
            if (stream instanceof HostStream own) {
                own.deadline(
                        INBOUND_SILENCE_NANOS,
                        Limit.L37_PING_SILENCE,
                        ErrorCodes.STREAM_PROTOCOL_VIOLATION);
            }
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            watch(stream);
            int at = off;
            int left = len;
            while (left > 0) {
                int n = Math.min(left, BLOCK_BYTES - filled);
                System.arraycopy(array, at, block, filled, n);
                filled += n;
                at += n;
                left -= n;
                if (filled == BLOCK_BYTES) {
                    if (!stream.writable()) {
                        stream.reset(ErrorCodes.STREAM_RATE_LIMITED); // it does not read our echoes
                        return;
                    }
                    stream.write(block, 0, BLOCK_BYTES);
                    block = new byte[BLOCK_BYTES]; // the written one must not change
                    filled = 0;
                }
            }
        }

        @Override
        public void readClosed(Stream stream) {
            stream.closeWrite();
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            release();
        }
    }

    // ---- asking

    CompletableFuture<Long> ask(HostConnection connection) {
        var future = new CompletableFuture<Long>();
        connection.execute(() -> {
            Asking known = asking.get(connection);
            if (known == null) {
                known = new Asking(connection);
                asking.put(connection, known);
                known.open();
            }
            known.round(future);
        });
        return future;
    }

    /// One outbound stream with the rounds that are under way on it; on the connection's loop.
    private final class Asking implements StreamHandler {
        private record Round(byte[] block, long sentAt, CompletableFuture<Long> future) {}

        private final HostConnection connection;
        private final ArrayDeque<Round> rounds = new ArrayDeque<>();
        private final byte[] block = new byte[BLOCK_BYTES];
        private int filled;
        private @Nullable Stream stream;

        private Asking(HostConnection connection) {
            this.connection = connection;
        }

        void open() {
            var _ =
                    host.open(connection, List.of(PROTOCOL), this)
                            .whenComplete((opened, failure) -> {
                                if (failure != null) {
                                    end(failure);
                                } else {
                                    stream = opened;
                                }
                            });
        }

        void round(CompletableFuture<Long> future) {
            Stream ready = stream;
            if (ready == null || rounds.size() >= ROUNDS_MAX) {
                future.completeExceptionally(
                        new StreamResetException("cannot ping now", ErrorCodes.NONE));
                return;
            }
            byte[] random = new byte[BLOCK_BYTES];
            host.random().nextBytes(random);
            rounds.add(new Round(random, connection.now(), future));
            watch(ready);
            ready.write(random, 0, BLOCK_BYTES);
        }

        private void watch(Stream ready) {
            if (ready instanceof HostStream own) {
                if (rounds.isEmpty()) {
                    own.noDeadline();
                } else {
                    own.deadline(
                            host.config().timeouts().ping().toNanos(),
                            Limit.L37_PING_SILENCE,
                            ErrorCodes.STREAM_PROTOCOL_VIOLATION);
                }
            }
        }

        @Override
        public void data(Stream opened, byte[] array, int off, int len) {
            int at = off;
            int left = len;
            while (left > 0) {
                int n = Math.min(left, BLOCK_BYTES - filled);
                System.arraycopy(array, at, block, filled, n);
                filled += n;
                at += n;
                left -= n;
                if (filled == BLOCK_BYTES) {
                    filled = 0;
                    Round round = rounds.poll();
                    if (round == null || !Arrays.equals(round.block, block)) {
                        if (round != null) {
                            rounds.addFirst(round);
                        }
                        opened.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
                        return;
                    }
                    long nanos = connection.now() - round.sentAt;
                    connection.measured(nanos);
                    round.future.complete(nanos);
                }
            }
            watch(opened);
        }

        @Override
        public void readClosed(Stream opened) {
            opened.closeWrite();
        }

        @Override
        public void closed(Stream opened, @Nullable Throwable cause) {
            end(
                    cause != null
                            ? cause
                            : new StreamResetException("the peer ended ping", ErrorCodes.NONE));
        }

        private void end(Throwable cause) {
            asking.remove(connection, this);
            Round round;
            while ((round = rounds.poll()) != null) {
                round.future.completeExceptionally(cause);
            }
        }
    }

    void forget(Connection connection) {
        asking.remove(connection);
    }
}
