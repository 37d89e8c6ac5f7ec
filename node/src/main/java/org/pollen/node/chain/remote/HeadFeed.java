package org.pollen.node.chain.remote;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.node.chain.ChainFault;

/// A subscription to `newHeads` over a WebSocket: it only says *when* to ask, never what the head
/// is, so that nothing of a notification has to be believed.
///
/// The socket is opened again after it broke, later each time; after a long silence it is pinged,
/// and given up if nothing answers. Owned by the follower's thread, on which everything here runs
/// but the socket's own callbacks.
final class HeadFeed implements AutoCloseable {
    /// Largest notification; a header has two kilobytes.
    static final int MESSAGE_CHARS_MAX = 1 << 16;

    private static final long BACKOFF_FIRST = 500_000_000L;
    private static final long BACKOFF_MAX = 30_000_000_000L;
    private static final long PONG_NANOS = 5_000_000_000L;
    private static final String SUBSCRIBE =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"newHeads\"]}";

    /// Hears of the feed, on the follower's thread.
    interface Output {
        /// There may be a new head.
        void announced();

        /// The feed works from now on, or does not any more.
        void works(boolean works);

        /// It broke.
        void fault(ChainException fault);
    }

    private final URI url;
    private final Duration timeout;
    private final long stallNanos;
    private final Executor loop;
    private final LongSupplier clock;
    private final Output output;
    private final HttpClient http;
    private @Nullable Socket socket;
    private boolean opening;
    private boolean works;
    private int failures;
    private long openAt;
    private long heardAt;
    private long pingedAt;
    private boolean closed;

    HeadFeed(
            URI url,
            Duration timeout,
            long stallNanos,
            Executor loop,
            LongSupplier clock,
            Output output) {
        this.url = url;
        this.timeout = timeout;
        this.stallNanos = stallNanos;
        this.loop = loop;
        this.output = output;
        this.clock = clock;
        this.openAt = clock.getAsLong();
        this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    /// Does what is due.
    void tick(long now) {
        if (closed) return;
        Socket open = socket;
        if (open == null) {
            if (!opening && now - openAt >= 0) open(now);
            return;
        }
        if (now - heardAt < stallNanos) return;
        if (pingedAt == 0) {
            pingedAt = now == 0 ? 1 : now;
            open.ping();
        } else if (now - pingedAt > PONG_NANOS) {
            broken(open, "no answer to a ping", now);
        }
    }

    /// Opens a new socket instead of this one: it says nothing although heads come.
    void restart(long now) {
        Socket open = socket;
        if (open != null) broken(open, "heads come that it does not announce", now);
    }

    private void open(long now) {
        opening = true;
        var fresh = new Socket();
        var _ =
                http.newWebSocketBuilder()
                        .connectTimeout(timeout)
                        .buildAsync(url, fresh)
                        .whenCompleteAsync(
                                (built, failure) -> opened(fresh, built, failure, now), loop);
    }

    private void opened(
            Socket fresh, @Nullable WebSocket built, @Nullable Throwable failure, long now) {
        opening = false;
        if (built == null || failure != null) {
            failed("cannot be opened: " + reason(failure), now);
            return;
        }
        if (closed) {
            built.abort();
            return;
        }
        socket = fresh;
        fresh.socket = built;
        heardAt = now;
        pingedAt = 0;
        var _ = built.sendText(SUBSCRIBE, true);
    }

    private void heard(Socket from, String message, long now) {
        if (!from.equals(socket)) return;
        heardAt = now;
        pingedAt = 0;
        if (message.contains("\"eth_subscription\"")) {
            output.announced();
        } else if (message.contains("\"error\"")) {
            broken(from, "subscription refused", now);
        } else if (!works) {
            failures = 0;
            works = true;
            output.works(true);
        }
    }

    private void pong(Socket from, long now) {
        if (!from.equals(socket)) return;
        heardAt = now;
        pingedAt = 0;
    }

    private void broken(Socket from, String why, long now) {
        if (!from.equals(socket)) return;
        socket = null;
        WebSocket open = from.socket;
        if (open != null) open.abort();
        if (works) {
            works = false;
            output.works(false);
        }
        failed(why, now);
    }

    private void failed(String why, long now) {
        if (closed) return;
        failures++;
        openAt = now + Math.min(BACKOFF_MAX, BACKOFF_FIRST << Math.min(failures - 1, 6));
        output.fault(new ChainException(ChainFault.WEBSOCKET, "WebSocket: " + why));
    }

    private static String reason(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause != null && cause.getCause() != null) cause = cause.getCause();
        if (cause == null) return "no reason";
        return ChainJsonReader.clean(
                cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
    }

    @Override
    public void close() {
        closed = true;
        Socket open = socket;
        socket = null;
        if (open != null && open.socket != null) open.socket.abort();
        http.shutdownNow();
    }

    /// One socket; its callbacks come one at a time, on threads of the JDK.
    private final class Socket implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();
        volatile @Nullable WebSocket socket;

        void ping() {
            WebSocket open = socket;
            if (open == null) return;
            var _ = open.sendPing(ByteBuffer.allocate(0));
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence part, boolean last) {
            if (message.length() + part.length() > MESSAGE_CHARS_MAX) {
                lost("a message of more than " + MESSAGE_CHARS_MAX + " characters");
                from.abort();
                return null;
            }
            message.append(part);
            if (last) {
                String text = message.toString();
                message.setLength(0);
                loop.execute(() -> heard(this, text, clock.getAsLong()));
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket from, ByteBuffer data, boolean last) {
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer data) {
            loop.execute(() -> pong(this, clock.getAsLong()));
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            lost("closed with " + status);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            lost(reason(error));
        }

        private void lost(String why) {
            loop.execute(() -> broken(this, why, clock.getAsLong()));
        }
    }
}
