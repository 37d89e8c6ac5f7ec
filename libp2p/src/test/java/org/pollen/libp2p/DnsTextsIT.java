package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.peers.DnsAddr;
import org.pollen.libp2p.peers.DnsTexts;
import org.pollen.peer.Multiaddr;

/// H-71, L45: `/dnsaddr/` over a name server on loopback.
class DnsTextsIT {
    private static final String PEER = TestHosts.key(5).publicKey().peerId().toString();
    private static final String ADDRESS = "/ip4/192.0.2.1/tcp/4001/p2p/" + PEER;

    private static Channel server(EventLoopGroup loops, Map<String, List<ByteBuf>> zone)
            throws InterruptedException {
        return new Bootstrap()
                .group(loops)
                .channel(NioDatagramChannel.class)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline()
                                        .addLast(new DatagramDnsQueryDecoder())
                                        .addLast(new DatagramDnsResponseEncoder())
                                        .addLast(new Answers(zone));
                            }
                        })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    private static final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {
        private final Map<String, List<ByteBuf>> zone;

        Answers(Map<String, List<ByteBuf>> zone) {
            this.zone = zone;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            if (question.name().startsWith("_dnsaddr.silent")) {
                return;
            }
            var answer = new DatagramDnsResponse(query.recipient(), query.sender(), query.id());
            answer.setRecursionAvailable(true);
            answer.addRecord(DnsSection.QUESTION, question);
            List<ByteBuf> records = zone.getOrDefault(question.name(), List.of());
            answer.setCode(records.isEmpty() ? DnsResponseCode.NXDOMAIN : DnsResponseCode.NOERROR);
            for (ByteBuf record : records) {
                answer.addRecord(
                        DnsSection.ANSWER,
                        new DefaultDnsRawRecord(
                                question.name(),
                                DnsRecordType.TXT,
                                60,
                                record.retainedDuplicate()));
            }
            var _ = ctx.writeAndFlush(answer);
        }
    }

    private static ByteBuf txt(String... strings) {
        ByteBuf out = Unpooled.buffer();
        for (String one : strings) {
            out.writeByte(one.length());
            out.writeCharSequence(one, StandardCharsets.UTF_8);
        }
        return out;
    }

    @Test
    @DisplayName(
            "H-71 L45 names are looked up by DNS; broken records, absent and silent names end in time")
    void lookUp() throws Exception {
        EventLoopGroup loops = EventLoops.createNio("dns-test", 1);
        int half = ADDRESS.length() / 2;
        Map<String, List<ByteBuf>> zone =
                Map.of(
                        "_dnsaddr.example.org.",
                        List.of(
                                txt("v=spf1 -all"),
                                txt(
                                        "dnsaddr=" + ADDRESS.substring(0, half),
                                        ADDRESS.substring(half)),
                                txt("dnsaddr=/dnsaddr/silent.example.org"),
                                Unpooled.wrappedBuffer(new byte[] {50, 'd', 'n', 's'}),
                                Unpooled.EMPTY_BUFFER));
        Channel server = server(loops, zone);
        try (var texts =
                new DnsTexts(
                        loops.next(),
                        Duration.ofMillis(600),
                        new SingletonDnsServerAddressStreamProvider(
                                (InetSocketAddress) server.localAddress()))) {
            DnsAddr.Result result =
                    new DnsAddr(texts)
                            .expand(Multiaddr.parse("/dnsaddr/example.org"))
                            .get(10, TimeUnit.SECONDS);
            assertThat(result.addresses()).containsExactly(Multiaddr.parse(ADDRESS));
            assertThat(result.failures()).isEqualTo(1);
            assertThat(texts.apply("_dnsaddr.absent.org")).failsWithin(Duration.ofSeconds(5));
            assertThat(texts.apply("_dnsaddr.silent.org")).failsWithin(Duration.ofSeconds(5));
            assertThat(texts.apply("a".repeat(70) + ".org")).failsWithin(Duration.ofSeconds(5));
        } finally {
            server.close().sync();
            var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
