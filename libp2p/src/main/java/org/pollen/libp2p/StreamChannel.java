package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/// A stream in the place of a socket: what a relayed connection runs on. Lives on the loop of the
/// stream's connection; reading and writing are held back as on a socket.
final class StreamChannel extends AbstractChannel implements StreamHandler {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final Stream stream;
    private final Config config = new Config();
    private volatile boolean open = true;
    private boolean paused;

    StreamChannel(Stream stream) {
        super(null);
        this.stream = stream;
    }

    /// Where a relayed connection seems to come from.
    private static final class NoAddress extends SocketAddress {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            return "p2p-circuit";
        }
    }

    private final class Config extends DefaultChannelConfig {
        Config() {
            super(StreamChannel.this);
        }

        @Override
        protected void autoReadCleared() {
            if (!paused) {
                paused = true;
                stream.pauseReading();
            }
        }
    }

    private final class StreamUnsafe extends AbstractUnsafe {
        @Override
        public void connect(
                SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("it is connected"));
        }
    }

    // ---- the stream

    @Override
    public void data(Stream from, byte[] array, int off, int len) {
        pipeline().fireChannelRead(Unpooled.wrappedBuffer(array, off, len));
        pipeline().fireChannelReadComplete();
    }

    @Override
    public void writable(Stream from) {
        unsafe().flush();
    }

    @Override
    public void readClosed(Stream from) {
        unsafe().close(voidPromise());
    }

    @Override
    public void closed(Stream from, @Nullable Throwable cause) {
        unsafe().close(voidPromise());
    }

    // ---- the channel

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new StreamUnsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return new NoAddress();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return new NoAddress();
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException("a stream is not bound");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        if (open) {
            open = false;
            stream.reset(ErrorCodes.NONE);
        }
    }

    @Override
    protected void doBeginRead() {
        if (paused) {
            paused = false;
            stream.resumeReading();
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws ClosedChannelException {
        if (!open) {
            throw new ClosedChannelException();
        }
        while (in.current() instanceof ByteBuf buffer) {
            if (!stream.writable()) {
                return; // the stream tells when to go on
            }
            byte[] bytes = new byte[buffer.readableBytes()];
            buffer.readBytes(bytes);
            stream.write(bytes, 0, bytes.length);
            in.remove();
        }
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }
}
