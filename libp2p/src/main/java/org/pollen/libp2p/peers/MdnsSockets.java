package org.pollen.libp2p.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The multicast sockets of [Mdns]: one for each IPv4 interface, all on one event loop.
public final class MdnsSockets implements AutoCloseable {
    /// Where mDNS is spoken.
    public static final InetSocketAddress GROUP =
            new InetSocketAddress(address(224, 0, 0, 251), 5353);

    private static final Logger log = LoggerFactory.getLogger(MdnsSockets.class);
    private static final int INTERFACES_MAX = 16;

    private final EventLoop loop;
    private final Mdns mdns;
    private final InetSocketAddress group;
    private final List<DatagramChannel> channels = new ArrayList<>(); // the loop's
    private @Nullable ScheduledFuture<?> ticker;

    /// @param mdns used on the loop only
    public MdnsSockets(EventLoop loop, Mdns mdns, InetSocketAddress group) {
        this.loop = loop;
        this.mdns = mdns;
        this.group = group;
    }

    private static InetAddress address(int... bytes) {
        try {
            return InetAddress.getByAddress(
                    new byte[] {
                        (byte) bytes[0], (byte) bytes[1], (byte) bytes[2], (byte) bytes[3]
                    });
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /// The interfaces that take part by default: up, multicast, not loopback, with an IPv4 address.
    public static List<NetworkInterface> interfaces() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(MdnsSockets::takesPart)
                    .limit(INTERFACES_MAX)
                    .toList();
        } catch (SocketException e) {
            log.warn("mDNS: cannot list the network interfaces: {}", e.getMessage());
            return List.of();
        }
    }

    private static boolean takesPart(NetworkInterface one) {
        try {
            return one.isUp() && one.supportsMulticast() && !one.isLoopback() && ip4(one) != null;
        } catch (SocketException _) {
            return false;
        }
    }

    private static @Nullable InetAddress ip4(NetworkInterface one) {
        return one.inetAddresses().filter(Inet4Address.class::isInstance).findFirst().orElse(null);
    }

    /// Joins the group on each interface; one that refuses is left out with a warning.
    ///
    /// @return how many take part
    public CompletableFuture<Integer> start(List<NetworkInterface> interfaces) {
        var joins = new ArrayList<CompletableFuture<Boolean>>();
        for (NetworkInterface one : interfaces) {
            joins.add(join(one));
        }
        return CompletableFuture.allOf(joins.toArray(CompletableFuture[]::new))
                .thenApplyAsync(
                        _ -> {
                            ticker =
                                    loop.scheduleWithFixedDelay(this::tick, 0, 1, TimeUnit.SECONDS);
                            return channels.size();
                        },
                        loop);
    }

    private CompletableFuture<Boolean> join(NetworkInterface one) {
        boolean epoll = loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
        ChannelFactory<DatagramChannel> factory =
                epoll
                        ? () -> new EpollDatagramChannel(SocketProtocolFamily.INET)
                        : () -> new NioDatagramChannel(SocketProtocolFamily.INET);
        var result = new CompletableFuture<Boolean>();
        var bound =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(factory)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.IP_MULTICAST_IF, one)
                        .option(ChannelOption.IP_MULTICAST_TTL, 255)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(MdnsPackets.BYTES_MAX + 1))
                        .handler(new Receiver())
                        .bind(new InetSocketAddress(group.getPort()));
        bound.addListener(_ -> {
            if (!bound.isSuccess()) {
                failed(one, bound.cause(), result);
                return;
            }
            var channel = (DatagramChannel) bound.channel();
            var joined = channel.joinGroup(group, one);
            joined.addListener(_ -> {
                if (joined.isSuccess()) {
                    channels.add(channel);
                    result.complete(true);
                } else {
                    var _ = channel.close();
                    failed(one, joined.cause(), result);
                }
            });
        });
        return result;
    }

    private static void failed(
            NetworkInterface one, @Nullable Throwable cause, CompletableFuture<Boolean> result) {
        log.warn("mDNS: {} does not take part: {}", one.getName(), String.valueOf(cause));
        result.complete(false);
    }

    private void tick() {
        send(mdns.tick(System.nanoTime()));
    }

    private void send(List<byte[]> packets) {
        for (byte[] packet : packets) {
            for (DatagramChannel channel : channels) {
                var _ =
                        channel.writeAndFlush(
                                new DatagramPacket(Unpooled.wrappedBuffer(packet), group));
            }
        }
    }

    private final class Receiver extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            send(mdns.receive(packet.content(), packet.sender().getAddress(), System.nanoTime()));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.debug("mDNS: {}", cause.toString()); // a network that is gone for a moment
        }
    }

    @Override
    public void close() {
        loop.execute(() -> {
            if (ticker != null) {
                ticker.cancel(false);
            }
            for (DatagramChannel channel : channels) {
                var _ = channel.close();
            }
            channels.clear();
        });
    }
}
