package org.pollen.bench.relay;

import io.netty.channel.EventLoopGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.EventLoops;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.HostLimits;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What a connection costs the router that is dialled: TCP, Noise, Yamux, identify and the gossip
/// streams both ways, one after the other; and with `--delay`, how many round trips pass until the
/// first answer.
///
/// Source: performance specification T-11, T-12.
@Command(name = "handshake", mixinStandardHelpOptions = true, description = "cost of a connection")
public final class HandshakeBench implements Callable<Integer> {
    private static final String GOSSIP = "/meshsub/1.2.0";
    private static final String PING = "/ipfs/ping/1.0.0";

    @Option(names = "--warm-up", defaultValue = "2000", description = "Connections before (2000)")
    int warmUp = 2000;

    @Option(names = "--count", defaultValue = "500", description = "Of a repetition (500)")
    int count = 500;

    @Option(names = "--repetitions", defaultValue = "3", description = "Measured ones (3)")
    int repetitions = 3;

    @Option(names = "--delay", description = "Milliseconds each way: counts round trips instead")
    int delay;

    @Option(
            names = "--router",
            description = "Command of another router that prints ADDR; default: Pollen itself")
    @Nullable String router;

    @Option(names = "--router-jvm", description = "JVM options of Pollen's router")
    String routerJvm = "-Xms1g -Xmx1g";

    private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

    private HandshakeBench() {}

    /// Runs it.
    public static void main(String[] args) {
        System.exit(new CommandLine(new HandshakeBench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Process process = RouterProcess.start(router, routerJvm, false);
        EventLoopGroup loops = EventLoops.create("io-dialler", 1);
        ExecutorService handshakes = EventLoops.handshakePool("handshake-dialler", 1);
        try (var out =
                        new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8));
                Host host = host(loops, handshakes)) {
            Multiaddr address = RouterProcess.address(out);
            host.handle(GOSSIP, stream -> listener("gossip"));
            host.start().join();
            if (delay > 0) roundTrips(host, address);
            else cost(host, address, process);
        } finally {
            process.destroy();
            handshakes.shutdownNow();
            var _ = loops.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
        }
        return 0;
    }

    private static Host host(EventLoopGroup loops, ExecutorService handshakes) {
        var secret = new byte[32];
        new SplittableRandom(7).nextBytes(secret);
        return Host.create(
                HostConfig.builder(PrivateKey.ed25519(secret))
                        .eventLoops(loops)
                        .handshakes(handshakes)
                        .limits(HostLimits.DEFAULT.withConnectionsPerIp(1000, true))
                        .build());
    }

    private void cost(Host host, Multiaddr address, Process process) throws Exception {
        for (int i = 0; i < warmUp; i++) once(host, address);
        var millis = new double[repetitions];
        for (int i = 0; i < repetitions; i++) {
            long before = RouterProcess.cpuNanos(process);
            for (int j = 0; j < count; j++) once(host, address);
            millis[i] = (RouterProcess.cpuNanos(process) - before) / 1e6 / count;
            System.err.printf(Locale.ROOT, "  %d: %.2f ms a connection%n", i + 1, millis[i]);
        }
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "{\"schema\":1,\"connections\":%d,\"cpuMillis\":{\"min\":%.2f,\"median\":%.2f,\"max\":%.2f}}%n",
                count,
                millis[0],
                millis[repetitions / 2],
                millis[repetitions - 1]);
    }

    /// A connection with gossip streams both ways, and its end.
    private void once(Host host, Multiaddr address) throws Exception {
        events.clear();
        Connection connection = host.dialNow(address).join();
        host.open(connection, List.of(GOSSIP), listener("ours")).join();
        await("gossip");
        end(host, connection);
    }

    private static void end(Host host, Connection connection) {
        connection.close(0);
        while (!host.connections().isEmpty()) LockSupport.parkNanos(20_000);
    }

    private void roundTrips(Host host, Multiaddr address) throws Exception {
        double roundTrip = 2.0 * delay;
        var first = new double[repetitions];
        try (var proxy =
                new DelayProxy(
                        address.tcpPort().orElseThrow(), TimeUnit.MILLISECONDS.toNanos(delay))) {
            byte[] loopback = InetAddress.getLoopbackAddress().getAddress();
            Multiaddr through =
                    Multiaddr.tcp(loopback, proxy.port())
                            .withPeerId(address.peerId().orElseThrow());
            for (int i = -3; i < repetitions; i++) {
                events.clear();
                long began = System.nanoTime();
                Connection connection = host.dialNow(through).join();
                Stream ping = host.open(connection, List.of(PING), listener("ping")).join();
                ping.write(new byte[32], 0, 32);
                await("ping");
                double millis = (System.nanoTime() - began) / 1e6;
                if (i >= 0) first[i] = millis / roundTrip;
                end(host, connection);
            }
        }
        Arrays.sort(first);
        System.out.printf(
                Locale.ROOT,
                "{\"schema\":1,\"delayMillis\":%d,\"roundTrips\":{\"tcp\":1,\"min\":%.2f,\"median\":%.2f}}%n",
                delay,
                1 + first[0],
                1 + first[repetitions / 2]);
    }

    private void await(String wanted) throws InterruptedException, IOException {
        for (String event; (event = events.poll(10, TimeUnit.SECONDS)) != null; ) {
            if (event.equals(wanted)) return;
        }
        throw new IOException("no " + wanted + " within 10 s");
    }

    private StreamHandler listener(String name) {
        if (name.equals("gossip")) events.add(name);
        return (_, _, _, _) -> events.add(name);
    }
}
