package org.pollen.libp2p;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.relay.RelayLimits;

/// What a relay does with a circuit: bytes of one stream go to the other, within bounds. The two
/// streams may live on different loops.
final class CircuitPipe {
    private final NettyHost host;
    private final RelayLimits limits;
    private final Runnable onEnd;
    private final AtomicBoolean ended = new AtomicBoolean();
    final Side source;
    final Side target;

    /// @param onEnd called once
    CircuitPipe(NettyHost host, RelayLimits limits, Stream source, Stream target, Runnable onEnd) {
        this.host = host;
        this.limits = limits;
        this.onEnd = onEnd;
        this.source = new Side(source, target);
        this.target = new Side(target, source);
        var _ =
                host.schedule(
                        () -> {
                            if (!ended.get()) {
                                end(Limit.L39_CIRCUIT_TIME);
                            }
                        },
                        limits.circuitTime().toNanos());
    }

    /// Takes bytes from one stream and gives them to the other.
    final class Side implements StreamHandler {
        private final Stream from;
        private final Stream to;
        private long bytes;

        private Side(Stream from, Stream to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            bytes += len;
            if (bytes > limits.circuitBytes()) {
                end(Limit.L39_CIRCUIT_BYTES);
                return;
            }
            host.counters().relayed.add(len);
            to.write(array, off, len);
            if (!to.writable()) {
                from.pauseReading();
            }
        }

        @Override
        public void writable(Stream stream) {
            to.resumeReading();
        }

        @Override
        public void readClosed(Stream stream) {
            to.closeWrite();
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            if (cause != null || ended.get()) {
                to.reset(ErrorCodes.NONE);
            }
            finished();
        }
    }

    private void finished() {
        if (ended.compareAndSet(false, true)) {
            onEnd.run();
        }
    }

    private void end(Limit limit) {
        host.counters().refused(limit);
        source.from.reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
        target.from.reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
        finished();
    }
}
