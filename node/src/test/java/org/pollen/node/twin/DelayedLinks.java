package org.pollen.node.twin;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.pollen.libp2p.EventLoops;

/// TCP links on loopback that hold every byte back for a time, each way, in order: a proxy for each
/// pair of peers, which dials from the dialler's own address.
final class DelayedLinks implements AutoCloseable {
    /// What a link takes now, in nanoseconds.
    interface Delay {
        long nanos(int from, int to);
    }

    private final EventLoopGroup loops = EventLoops.create("links", 1);
    private static final long LATE = 3_000_000;

    private volatile Delay delay = (_, _) -> 0;
    private final LongAdder parts = new LongAdder();
    private final LongAdder late = new LongAdder();

    /// All bytes that come from now on take so long.
    void delay(Delay value) {
        delay = value;
    }

    /// The share of reads that were passed on more than 3 ms too late: how busy the machine was
    /// with other things.
    double lateShare() {
        return (double) late.sum() / Math.max(1, parts.sum());
    }

    /// Makes a link.
    ///
    /// @param from the dialler's own address
    /// @param target where the other listens; the link is listened for at the same address
    /// @return the port to dial instead
    int link(int dialler, InetAddress from, int other, InetSocketAddress target) {
        Class<? extends ServerChannel> server =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        var bootstrap =
                new ServerBootstrap()
                        .group(loops)
                        .channel(server)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.AUTO_READ, false)
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel accepted) {
                                        forward(dialler, from, other, target, accepted);
                                    }
                                });
        Channel listening = bootstrap.bind(target.getAddress(), 0).syncUninterruptibly().channel();
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private void forward(
            int dialler, InetAddress from, int other, InetSocketAddress target, Channel accepted) {
        Class<? extends Channel> client =
                Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
        var bootstrap =
                new Bootstrap()
                        .group(accepted.eventLoop())
                        .channel(client)
                        .localAddress(from, 0)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.AUTO_READ, false)
                        .handler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {}
                                });
        bootstrap
                .connect(target)
                .addListener(
                        (ChannelFutureListener)
                                done -> {
                                    if (!done.isSuccess()) {
                                        accepted.close();
                                        return;
                                    }
                                    Channel dialled = done.channel();
                                    accepted.pipeline().addLast(new Held(dialled, dialler, other));
                                    dialled.pipeline().addLast(new Held(accepted, other, dialler));
                                    accepted.config().setAutoRead(true);
                                    dialled.config().setAutoRead(true);
                                });
    }

    /// One direction of a link.
    private final class Held extends ChannelInboundHandlerAdapter {
        private record Part(ByteBuf bytes, long due) {}

        private final Channel to;
        private final int sender;
        private final int receiver;
        private final ArrayDeque<Part> held = new ArrayDeque<>();
        private long last;

        Held(Channel to, int sender, int receiver) {
            this.to = to;
            this.sender = sender;
            this.receiver = receiver;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            last = Math.max(last, System.nanoTime() + delay.nanos(sender, receiver));
            held.add(new Part((ByteBuf) message, last));
            parts.increment();
            if (held.size() == 1) release();
        }

        private void release() {
            long now = System.nanoTime();
            boolean written = false;
            while (!held.isEmpty() && held.element().due - now <= 0) {
                Part part = held.remove();
                if (now - part.due > LATE) late.increment();
                to.write(part.bytes);
                written = true;
            }
            if (written) to.flush();
            if (held.isEmpty()) return;
            long wait = held.element().due - now;
            var _ = to.eventLoop().schedule(this::release, wait, TimeUnit.NANOSECONDS);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            held.forEach(part -> ReferenceCountUtil.release(part.bytes));
            held.clear();
            to.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5000);
    }
}
