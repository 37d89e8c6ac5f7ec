package org.pollen.node.interop;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.channel.EventLoop;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.WebSocketTls;
import org.pollen.node.Shared;
import org.pollen.node.Version;
import org.pollen.node.gossip.GossipEvents;
import org.pollen.node.gossip.GossipService;
import org.pollen.node.gossip.GossipSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.PublishResult;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterSnapshot;
import org.pollen.router.SigningPolicy;
import org.pollen.router.Verdict;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScorePresets;

/// Host and gossip of one or several nodes, without pool and chain. The commands are listed in
/// `interop/README.md`; with `--count N` a line may start with `@K` for node K.
public final class InteropPeer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    // Of strangers the recommended set accepts no peer exchange; here everybody is one.
    private static final PeerScoreThresholds THRESHOLDS =
            ScorePresets.RECOMMENDED_THRESHOLDS.toBuilder().acceptPX(0).build();

    private final Host host;
    private final GossipService gossip;
    private final TransferStreams streams;
    private final Queue<Consumer<Verdict>> held = new ConcurrentLinkedQueue<>();
    private volatile boolean holding;
    private final List<String> names = new ArrayList<>();
    private boolean started;

    private InteropPeer(Map<String, String> options, Shared shared, SplittableRandom random) {
        var key = PrivateKey.generateEd25519(new SecureRandom());
        EventLoop loop = shared.nodeLoop();
        host =
                Host.create(
                        HostConfig.builder(key)
                                .listen(Multiaddr.parse(option(options, "listen")))
                                .security(
                                        HostConfig.Security.valueOf(
                                                option(options, "security")
                                                        .toUpperCase(java.util.Locale.ROOT)))
                                .eventLoops(loop == null ? shared.loops() : loop)
                                .handshakes(shared.handshakes())
                                .webSocketTls(webSocketTls(option(options, "wss")))
                                .agentVersion(Version.CURRENT.agent())
                                .build());
        streams = new TransferStreams(host);
        host.start().join();
        gossip =
                new GossipService(
                        new GossipSetup(
                                host.peerId().abbreviated(),
                                key,
                                host,
                                params(options),
                                protocols(option(options, "protocol")),
                                ScorePresets.RECOMMENDED,
                                THRESHOLDS,
                                random,
                                System::nanoTime,
                                System.currentTimeMillis() * 1_000_000,
                                true),
                        shared.validation(),
                        GossipEvents.NONE,
                        InteropPeer::failed,
                        loop);
    }

    private static String option(Map<String, String> options, String name) {
        return Objects.requireNonNull(options.get(name), name);
    }

    private static void failed(Throwable cause) {
        cause.printStackTrace();
        Runtime.getRuntime().halt(3);
    }

    private static RouterParams params(Map<String, String> options) {
        int target = Integer.parseInt(option(options, "d"));
        var builder =
                RouterParams.GOSSIPSUB_GO.toBuilder()
                        .heartbeatInterval(
                                Duration.ofMillis(Long.parseLong(option(options, "heartbeat"))))
                        .heartbeatInitialDelay(Duration.ofMillis(50))
                        .pruneBackoff(Duration.ofSeconds(10))
                        .unsubscribeBackoff(Duration.ofSeconds(5))
                        .peerExchange(Boolean.parseBoolean(option(options, "px")))
                        .floodPublish(Boolean.parseBoolean(option(options, "flood")))
                        .messageIds(MessageIdScheme.SHA256)
                        .signingPolicy(
                                SigningPolicy.valueOf(
                                        option(options, "policy")
                                                .replace('-', '_')
                                                .toUpperCase(java.util.Locale.ROOT)));
        if (target != RouterParams.GOSSIPSUB_GO.meshTarget()) {
            builder.meshTarget(target)
                    .meshLow(target)
                    .meshHigh(target)
                    .meshScore(target)
                    .meshOutbound(0);
        }
        return builder.build();
    }

    private static List<String> protocols(String best) {
        var all =
                Arrays.stream(PubsubProtocol.values())
                        .map(PubsubProtocol::id)
                        .filter(id -> !id.startsWith("/blossomsub/"))
                        .toList();
        String first = best.equals("floodsub") ? "/floodsub/1.0.0" : "/meshsub/" + best + ".0";
        int at = all.indexOf(first);
        if (at < 0) throw new IllegalArgumentException("unknown protocol " + best);
        return all.subList(at, all.size());
    }

    private Map<String, Object> ready() {
        String address = host.listenAddresses().getFirst().withPeerId(host.peerId()).toString();
        return Map.of(
                "event",
                "ready",
                "id",
                host.peerId().toString(),
                "addr",
                address,
                "version",
                Version.CURRENT.agent(),
                "graylist",
                THRESHOLDS.graylistThreshold());
    }

    private Map<String, Object> command(String name, List<String> args)
            throws InterruptedException, ExecutionException, TimeoutException {
        return switch (name) {
            case "dial" -> {
                Connection connection =
                        host.dialNow(Multiaddr.parse(args.getFirst())).get(10, TimeUnit.SECONDS);
                yield Map.of("peer", connection.remotePeer().toString());
            }
            case "hangup" -> {
                host.connection(PeerId.parse(args.getFirst())).ifPresent(c -> c.close(0));
                yield Map.of();
            }
            case "join" -> {
                join(Mask.topic(args.getFirst()));
                yield Map.of();
            }
            case "hold" -> {
                holding = true;
                yield Map.of();
            }
            case "held" -> Map.of("count", held.size());
            case "release" -> {
                holding = false;
                for (Consumer<Verdict> one; (one = held.poll()) != null; ) {
                    one.accept(Verdict.ACCEPT);
                }
                yield Map.of();
            }
            case "publish" ->
                    publish(
                            Mask.topic(args.get(0)),
                            Integer.parseInt(args.get(1)),
                            Integer.parseInt(args.get(2)),
                            args.get(3));
            case "received" -> {
                List<String> copy = gossip.ask(_ -> List.copyOf(names)).get(30, TimeUnit.SECONDS);
                yield Map.of("names", copy, "distinct", copy.stream().distinct().count());
            }
            case "mesh" -> Map.of("peers", mesh(Mask.topic(args.getFirst())));
            case "subscribers" ->
                    Map.of(
                            "peers",
                            snapshot().peers().stream()
                                    .filter(peer -> peer.subscriptions() > 0)
                                    .map(peer -> peer.id().toString())
                                    .toList());
            case "peers" ->
                    Map.of(
                            "peers",
                            host.connections().stream()
                                    .map(connection -> connection.remotePeer().toString())
                                    .distinct()
                                    .toList());
            case "scores" -> {
                var scores = new TreeMap<String, Double>();
                for (RouterSnapshot.PeerView peer : snapshot().peers()) {
                    scores.put(peer.id().toString(), peer.score().score());
                }
                yield Map.of("scores", scores);
            }
            case "offences" -> Map.of("offences", offences());
            case "stats" -> Map.of("stats", stats());
            case "identify" -> streams.identify(args.getFirst());
            case "carriers" -> streams.carriers(args.getFirst());
            case "ping" -> streams.ping(args.getFirst(), Integer.parseInt(args.get(1)));
            case "transfer" -> streams.transfer(args.getFirst(), Long.parseLong(args.get(1)));
            case "bulk" -> streams.bulk(args.getFirst(), Long.parseLong(args.get(1)));
            case "reset" -> streams.reset(args.getFirst());
            case "abort" -> streams.abort(args.getFirst());
            case "aborted" -> Map.of("count", streams.aborted());
            case "quit" -> Map.of();
            default -> throw new IllegalArgumentException("unknown command " + name);
        };
    }

    private void join(Mask topic) {
        if (started) throw new IllegalStateException("it joined a topic already");
        started = true;
        gossip.join(
                topic.text(),
                topic,
                (_, answer) -> {
                    if (holding) held.add(answer);
                    else answer.accept(Verdict.ACCEPT);
                    return true;
                },
                message -> {
                    if (message.author().filter(host.peerId()::equals).isPresent()) return;
                    String text = new String(message.data(), StandardCharsets.UTF_8);
                    names.add(text.substring(0, Math.max(0, text.indexOf(' '))));
                });
        gossip.start();
    }

    /// A payload is its name, a space and dots up to the size.
    private Map<String, Object> publish(Mask topic, int count, int size, String prefix)
            throws InterruptedException, ExecutionException, TimeoutException {
        var results = new TreeMap<String, Integer>();
        for (int i = 0; i < count; i++) {
            String text = prefix + "#" + i + " ";
            text += ".".repeat(Math.max(0, size - text.length()));
            PublishResult result =
                    gossip.publish(topic, text.getBytes(StandardCharsets.UTF_8), false)
                            .get(30, TimeUnit.SECONDS);
            results.merge(result.status().toString(), 1, Integer::sum);
        }
        return Map.of("published", count, "results", results);
    }

    private RouterSnapshot snapshot()
            throws InterruptedException, ExecutionException, TimeoutException {
        return gossip.ask(router -> router.snapshot(System.nanoTime())).get(30, TimeUnit.SECONDS);
    }

    private List<String> mesh(Mask topic)
            throws InterruptedException, ExecutionException, TimeoutException {
        return snapshot().topics().stream()
                .filter(joined -> joined.mask().equals(topic))
                .flatMap(joined -> joined.mesh().stream())
                .map(PeerId::toString)
                .toList();
    }

    private Map<String, String> offences()
            throws InterruptedException, ExecutionException, TimeoutException {
        var found = new TreeMap<String, String>();
        for (RouterSnapshot.PeerView peer : snapshot().peers()) {
            if (!peer.score().offences().isEmpty()) {
                found.put(
                        peer.id().toString(), peer.score().score() + " " + peer.score().offences());
            }
        }
        return found;
    }

    private Map<String, Long> stats()
            throws InterruptedException, ExecutionException, TimeoutException {
        var stats = new TreeMap<String, Long>();
        for (RouterMetrics.Sample sample :
                gossip.ask(router -> router.metrics().samples()).get(30, TimeUnit.SECONDS)) {
            if (sample.value() == 0) continue;
            var name = new StringBuilder(sample.name());
            for (int i = 0; i + 1 < sample.labels().size(); i += 2) {
                if (!sample.labels().get(i).equals("topic")) {
                    name.append(" ").append(sample.labels().get(i + 1));
                }
            }
            stats.merge(name.toString(), sample.value(), Long::sum);
        }
        stats.put("dials exchanged", gossip.exchanged());
        return stats;
    }

    @Override
    public void close() {
        gossip.close();
        host.close();
    }

    private static @Nullable WebSocketTls webSocketTls(String folder) {
        if (folder.isEmpty()) return null;
        try (InputStream in = Files.newInputStream(Path.of(folder, "certificate.pem"))) {
            var certificate =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(in);
            String pem = Files.readString(Path.of(folder, "key.pem"));
            byte[] key =
                    Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", "").strip());
            return new WebSocketTls(
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key)),
                    List.of(certificate),
                    List.of(certificate));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the certificate in " + folder, e);
        }
    }

    /// Runs until standard input ends.
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        System.setOut(System.err);
        var options = new TreeMap<String, String>();
        options.putAll(
                Map.of(
                        "listen", "/ip4/127.0.0.1/tcp/0",
                        "protocol", "1.3",
                        "policy", "strict-sign",
                        "d", "6",
                        "px", "false",
                        "flood", "false",
                        "heartbeat", "500",
                        "hold", "false",
                        "count", "1"));
        options.put("transport", "tcp"); // a host has them all: what it listens on tells which
        options.put("security", "noise");
        options.put("wss", ""); // a directory with key.pem and certificate.pem, which all trust
        for (int i = 0; i + 1 < args.length; i += 2) {
            if (options.put(args[i].replaceFirst("^--", ""), args[i + 1]) == null) {
                throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        var random = new SplittableRandom();
        try (var shared = new Shared(2)) {
            var peers = new ArrayList<InteropPeer>();
            for (int i = Integer.parseInt(option(options, "count")); i > 0; i--) {
                peers.add(new InteropPeer(options, shared, random.split()));
                out.println(JSON.writeValueAsString(peers.getLast().ready()));
            }
            serve(peers, out);
            for (InteropPeer peer : peers) peer.close();
        }
        System.exit(0);
    }

    private static void serve(List<InteropPeer> peers, PrintStream out) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            var words = new ArrayList<>(List.of(line.trim().split("\\s+")));
            int node = 0;
            if (words.getFirst().startsWith("@")) {
                node = Integer.parseInt(words.removeFirst().substring(1));
            }
            String name = words.removeFirst();
            var answer = new TreeMap<String, Object>();
            try {
                answer.putAll(peers.get(node).command(name, words));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException
                    | TimeoutException
                    | RuntimeException e) { // a command that fails says so
                answer.put("error", String.valueOf(e.getCause() == null ? e : e.getCause()));
            }
            answer.put("answer", name);
            out.println(JSON.writeValueAsString(answer));
            if (name.equals("quit")) return;
        }
    }
}
