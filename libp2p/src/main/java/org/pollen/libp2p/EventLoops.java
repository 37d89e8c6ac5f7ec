package org.pollen.libp2p;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;

/// The threads that hosts run on: made once for a process and shared by all its hosts.
public final class EventLoops {

    private EventLoops() {}

    /// Loops on epoll where it is present, else on NIO. The caller shuts them down after its hosts.
    public static EventLoopGroup create(String name, int threads) {
        return Epoll.isAvailable()
                ? new MultiThreadIoEventLoopGroup(
                        threads, new DefaultThreadFactory(name, true), EpollIoHandler.newFactory())
                : createNio(name, threads);
    }

    /// Loops on NIO, which every platform has.
    public static EventLoopGroup createNio(String name, int threads) {
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    /// A pool for handshakes with a queue of 256; more is refused, so that a flood of connections
    /// costs at most these threads and a share of the loops ([HostConfig#handshakeShare()]).
    public static ThreadPoolExecutor handshakePool(String name, int threads) {
        return new HandshakePool(name, threads, 256, System::nanoTime);
    }
}
