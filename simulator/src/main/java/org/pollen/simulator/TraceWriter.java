package org.pollen.simulator;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.pollen.router.RpcMessage;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;

/// The events of all routers of a run in one file, in the formats of a node's traces, or the copies
/// that each peer got in the format of the interoperability suite.
///
/// The file has its name only when it is complete; what cannot be written is removed. For runs with
/// one worker. Source: simulator specification 4.4.
final class TraceWriter implements AutoCloseable {
    /// Unix time of the virtual instant zero.
    static final long EPOCH = 1_600_000_000_000_000_000L;

    private static final long BYTES_MAX = 4L << 30;
    private static final int HOSTS_MAX = 2000;

    /// Formats.
    enum Format {
        /// Length-prefixed `TraceEvent`s of go-libp2p-pubsub.
        PB("trace.pb"),
        /// One JSON object a line, of the same events.
        NDJSON("trace.ndjson"),
        /// `hosts/nodeN.stdout`: one line for each copy of a message that the peer got.
        INTEROP("hosts");

        private final String file;

        Format(String file) {
            this.file = file;
        }

        static Format named(String name) {
            for (Format format : values()) {
                if (format.name().toLowerCase(Locale.ROOT).equals(name)) return format;
            }
            throw new IllegalArgumentException(
                    "--trace %s: one of pb, ndjson, interop".formatted(name));
        }
    }

    private final Format format;
    private final Path part;
    private final Path target;
    private final boolean rpcs;
    private final Map<Integer, TraceEncoder> encoders = new LinkedHashMap<>();
    private final Map<Integer, OutputStream> outs = new LinkedHashMap<>();
    private long bytes;
    private boolean complete;

    /// @param rpcs whether RPCs are written too, most of the volume
    TraceWriter(Path folder, Format format, boolean rpcs) {
        this.format = format;
        this.rpcs = rpcs;
        target = folder.resolve(format.file);
        part = folder.resolve(format.file + ".part");
        io(() -> {
            if (Files.exists(target) && format == Format.INTEROP) {
                throw new ScenarioException(target + " is there already: choose another folder");
            }
            Files.createDirectories(format == Format.INTEROP ? part : folder);
            if (format != Format.INTEROP) outs.put(0, open(part));
        });
    }

    private static OutputStream open(Path file) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    }

    /// An event of a peer's router.
    void event(HonestPeer peer, TraceEvent event) {
        if (format == Format.INTEROP) return;
        boolean ofRpc =
                event instanceof TraceEvent.SendRpc
                        || event instanceof TraceEvent.ReceiveRpc
                        || event instanceof TraceEvent.DropRpc;
        if (ofRpc && !rpcs) return;
        Simulation simulation = peer.simulation;
        TraceEncoder encoder =
                encoders.computeIfAbsent(
                        peer.index,
                        i ->
                                new TraceEncoder(
                                        simulation.peerId(i),
                                        simulation.params().dialect(),
                                        EPOCH));
        write(0, format == Format.PB ? encoder.protobuf(event) : encoder.jsonLine(event));
    }

    /// A copy of a message that a peer got, the first or not.
    void copy(HonestPeer peer, RpcMessage message, long now) {
        if (format != Format.INTEROP || peer.index >= HOSTS_MAX) return;
        io(() -> host(peer));
        byte[] first =
                Arrays.copyOfRange(message.array(), message.dataOffset(), message.dataOffset() + 8);
        write(
                peer.index,
                "{\"time\":\"%s\",\"msg\":\"Received Message\",\"id\":\"%s\"}\n"
                        .formatted(time(now), new BigInteger(1, first)));
    }

    private void host(HonestPeer peer) throws IOException {
        if (outs.containsKey(peer.index)) return;
        outs.put(peer.index, open(part.resolve("node" + peer.index + ".stdout")));
        write(
                peer.index,
                "{\"time\":\"%s\",\"msg\":\"PeerID\",\"id\":\"%s\",\"node_id\":%d}\n"
                        .formatted(time(0), peer.simulation.peerId(peer.index), peer.index));
    }

    private static String time(long now) {
        return Instant.EPOCH.plusNanos(EPOCH).plusNanos(now).toString();
    }

    private void write(int out, String line) {
        write(out, line.getBytes(StandardCharsets.UTF_8));
    }

    private void write(int out, byte[] encoded) {
        bytes += encoded.length;
        if (bytes > BYTES_MAX) {
            throw new ScenarioException(
                    "the trace is larger than %d GiB: fewer peers, or a shorter run"
                            .formatted(BYTES_MAX >> 30));
        }
        OutputStream stream = outs.get(out);
        if (stream != null) io(() -> stream.write(encoded));
    }

    /// Gives the trace its name.
    void complete() {
        io(() -> {
            for (OutputStream out : outs.values()) out.close();
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        });
        complete = true;
    }

    /// Removes what is not complete.
    @Override
    public void close() {
        if (complete) return;
        for (OutputStream out : outs.values()) {
            try {
                out.close();
            } catch (IOException _) {
                // It goes anyway.
            }
        }
        io(() -> {
            if (format == Format.INTEROP && Files.isDirectory(part)) {
                try (var files = Files.list(part)) {
                    for (Path file : files.toList()) Files.delete(file);
                }
            }
            Files.deleteIfExists(part);
        });
    }

    private interface Step {
        void run() throws IOException;
    }

    private void io(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write %s: %s".formatted(target, e), e);
        }
    }
}
