package org.pollen.libp2p.peers;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Looks up TXT records on an event loop, with Netty's resolver: bounded in time, in queries and in
/// what it reads.
public final class DnsTexts
        implements Function<String, CompletableFuture<List<String>>>, AutoCloseable {
    private static final int QUERIES_MAX = 8;
    private static final int RECORDS_MAX = 256;
    private static final int TEXT_BYTES_MAX = 4096;

    private final DnsNameResolver resolver;
    private final EventLoop loop;
    private final Duration timeout;

    /// @param servers null for those of the system
    public DnsTexts(
            EventLoop loop, Duration timeout, @Nullable DnsServerAddressStreamProvider servers) {
        this.loop = loop;
        this.timeout = timeout;
        boolean epoll = loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
        var builder =
                new DnsNameResolverBuilder(loop)
                        .queryTimeoutMillis(Math.max(1, timeout.toMillis() / 2))
                        .maxQueriesPerResolve(QUERIES_MAX)
                        .ttl(0, 600);
        if (epoll) {
            builder.datagramChannelFactory(EpollDatagramChannel::new)
                    .socketChannelFactory(EpollSocketChannel::new);
        } else {
            builder.datagramChannelFactory(NioDatagramChannel::new)
                    .socketChannelFactory(NioSocketChannel::new);
        }
        if (servers != null) {
            builder.nameServerProvider(servers);
        }
        this.resolver = builder.build();
    }

    /// The texts of a name; fails if it has none, or in time.
    @Override
    public CompletableFuture<List<String>> apply(String name) {
        var result = new CompletableFuture<List<String>>();
        Future<List<DnsRecord>> found;
        try {
            found = resolver.resolveAll(new DefaultDnsQuestion(name, DnsRecordType.TXT));
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(e); // no name that can be asked for
        }
        found.addListener(_ -> {
            if (!found.isSuccess()) {
                result.completeExceptionally(
                        found.cause() == null
                                ? new IllegalStateException("cancelled")
                                : found.cause());
                return;
            }
            var texts = new ArrayList<String>();
            for (DnsRecord record : found.getNow()) {
                if (record instanceof DnsRawRecord raw && texts.size() < RECORDS_MAX) {
                    texts.add(text(raw.content()));
                }
                ReferenceCountUtil.release(record);
            }
            result.complete(texts);
        });
        var timer =
                loop.schedule(
                        () -> {
                            found.cancel(false);
                            result.completeExceptionally(
                                    new java.util.concurrent.TimeoutException(name));
                        },
                        timeout.toMillis(),
                        TimeUnit.MILLISECONDS);
        var _ = result.whenComplete((_, _) -> timer.cancel(false));
        return result;
    }

    /// The character strings of a record, joined; cut at a bound and where they leave the record.
    static String text(ByteBuf content) {
        ByteBuf in = content.duplicate();
        var out = new StringBuilder();
        while (in.isReadable() && out.length() < TEXT_BYTES_MAX) {
            int length = in.readUnsignedByte();
            if (length > in.readableBytes()) {
                break;
            }
            out.append(in.readCharSequence(length, StandardCharsets.UTF_8));
        }
        return out.toString();
    }

    @Override
    public void close() {
        resolver.close();
    }
}
