package org.pollen.libp2p;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Sockets that say as many bytes in the same order as a set-up does and understand none of them:
/// what of a set-up is the kernel's and Netty's.
final class BareSockets implements AutoCloseable {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /// Tokens and Noise's three messages, dialler and listener in turn: what a host sends that asks
    /// nobody who they are.
    private static final int[] AT_ONCE = {62, 246, 186};

    /// Tokens, and Noise once the listener chose it.
    private static final int[] CHOICE = {28, 28, 34, 218, 186};

    private final EventLoopGroup loops;
    private final int connections;
    private final int atOnce;
    private final Channel server;
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final List<Channel> dialled = new ArrayList<>();
    private volatile int[] script = AT_ONCE;

    BareSockets(EventLoopGroup loops, int connections, int atOnce) throws Exception {
        this.loops = loops;
        this.connections = connections;
        this.atOnce = atOnce;
        server =
                new ServerBootstrap()
                        .group(loops)
                        .channelFactory(
                                Epoll.isAvailable()
                                        ? EpollServerSocketChannel::new
                                        : NioServerSocketChannel::new)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(end(false))
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .sync()
                        .channel();
    }

    private ChannelInitializer<Channel> end(boolean dialler) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                open.incrementAndGet();
                channel.closeFuture().addListener(_ -> open.decrementAndGet());
                channel.pipeline().addLast(new End(dialler));
            }
        };
    }

    /// Connects all of them.
    ///
    /// @return processor time of the calling thread for it
    long connect(boolean unasked) {
        script = unasked ? AT_ONCE : CHOICE;
        ready.set(0);
        SocketAddress to = server.localAddress();
        long own = 0;
        for (int i = 0; i < connections; i += atOnce) {
            for (int k = 0; k < atOnce; k++) {
                long cpu = THREADS.getCurrentThreadCpuTime();
                dialled.add(
                        new Bootstrap()
                                .group(loops)
                                .channelFactory(
                                        Epoll.isAvailable()
                                                ? EpollSocketChannel::new
                                                : NioSocketChannel::new)
                                .option(ChannelOption.TCP_NODELAY, true)
                                .handler(end(true))
                                .connect(to)
                                .channel());
                own += THREADS.getCurrentThreadCpuTime() - cpu;
            }
            int both = 2 * dialled.size();
            SetupBench.awaitUntil(() -> ready.get() == both);
        }
        return own;
    }

    /// Lets them go.
    @Override
    public void close() {
        for (Channel channel : dialled) {
            var _ = channel.close();
        }
        dialled.clear();
        SetupBench.awaitUntil(() -> open.get() == 0);
    }

    /// Says its lines when all bytes of the line before are there.
    private final class End extends ChannelInboundHandlerAdapter {
        private final boolean dialler;
        private final int[] lines = script;
        private int line;
        private int read;

        private End(boolean dialler) {
            this.dialler = dialler;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            advance(ctx);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            var in = (ByteBuf) message;
            read += in.readableBytes();
            in.release();
            if (line < lines.length && read == lines[line]) {
                read = 0;
                line++;
                advance(ctx);
            }
        }

        private void advance(ChannelHandlerContext ctx) {
            if (line < lines.length && (line % 2 == 0) == dialler) {
                var _ = ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[lines[line++]]));
            }
            if (line == lines.length) {
                ready.incrementAndGet();
            }
        }
    }
}
