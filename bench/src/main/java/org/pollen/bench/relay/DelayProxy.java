package org.pollen.bench.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// A TCP proxy on loopback that holds back every byte for a time, each way: a path of some length.
/// The handshake of TCP itself is not held back.
final class DelayProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final long delayNanos;

    /// @param target port on loopback
    DelayProxy(int target, long delayNanos) throws IOException {
        this.target = target;
        this.delayNanos = delayNanos;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("delay-accept").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket here = server.accept();
                Socket there = new Socket(InetAddress.getLoopbackAddress(), target);
                here.setTcpNoDelay(true);
                there.setTcpNoDelay(true);
                pump(here, there);
                pump(there, here);
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void pump(Socket from, Socket to) {
        ScheduledExecutorService later =
                Executors.newSingleThreadScheduledExecutor(
                        task -> Thread.ofPlatform().daemon().name("delay-write").unstarted(task));
        Thread.ofPlatform()
                .daemon()
                .name("delay-read")
                .start(() -> {
                    var buffer = new byte[1 << 16];
                    try (InputStream in = from.getInputStream()) {
                        OutputStream out = to.getOutputStream();
                        for (int n; (n = in.read(buffer)) >= 0; ) {
                            byte[] held = Arrays.copyOf(buffer, n);
                            var _ =
                                    later.schedule(
                                            () -> {
                                                out.write(held);
                                                return null;
                                            },
                                            delayNanos,
                                            TimeUnit.NANOSECONDS);
                        }
                    } catch (IOException _) {
                        // the connection ended
                    } finally {
                        var _ =
                                later.schedule(
                                        () -> {
                                            to.close();
                                            return null;
                                        },
                                        delayNanos,
                                        TimeUnit.NANOSECONDS);
                        later.shutdown();
                    }
                });
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
