package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.PublicKey;
import org.pollen.peer.SignedEnvelope;
import org.pollen.signalling.Identity;
import org.pollen.signalling.Instants;
import org.pollen.signalling.ProofOfWork;
import org.pollen.signalling.SignalConfig;
import org.pollen.signalling.SignalRequest;
import org.pollen.signalling.SignedObject;
import org.pollen.signalling.Verifier;

/// A virtual clock and streams between nodes that run the real core of signalling.
///
/// Two things are modelled: a signature is a hash that attackers do not forge, and work is a number
/// that its owner may use once the time it would have taken is over.
final class SignalWorld {
    static final long SECOND = 1_000_000_000L;
    static final long MILLI = 1_000_000L;

    /// What one honest peer finds in a second: a thread finds 2.6 to 5.6 million, measured on a
    /// busy machine, and it may have two.
    static final double HASHES_PER_SECOND = 4e6;

    private static final long EPOCH = 1_700_000_000_000L;
    private static final long LATENCY = 25 * MILLI;

    /// After how many events it is asked whether to go on.
    private static final int ASKING = 1024;

    private record Event(long at, long number, Runnable what) {}

    final SplittableRandom random;
    final SignalConfig config;
    private final Arena arena;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>((a, b) ->
                    a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.number, b.number));
    private final Map<PeerId, SignalNode> nodes = new HashMap<>(); // never iterated
    private final List<SignalNode> all = new ArrayList<>();
    long twice; // requests that came through a second time
    private long now;
    private long scheduled;
    private long executed;
    private long digest;

    SignalWorld(Arena arena, SignalConfig config) {
        this.arena = arena;
        random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 60));
        this.config = config;
    }

    /// A key of its own.
    PrivateKey key(int number) {
        var seed = new byte[32];
        for (int i = 0; i < 4; i++) seed[i] = (byte) (number >>> (8 * i));
        seed[4] = 1;
        return PrivateKey.ed25519(seed);
    }

    SignalNode node(int number) {
        var node = new SignalNode(this, key(number).publicKey());
        nodes.put(node.id(), node);
        all.add(node);
        return node;
    }

    @Nullable SignalNode find(PeerId peer) {
        return nodes.get(peer);
    }

    long now() {
        return now;
    }

    Instants instants() {
        return new Instants(now, EPOCH + now / MILLI);
    }

    void at(long time, Runnable what) {
        events.add(new Event(Math.max(now, time), scheduled++, what));
    }

    void after(long delay, Runnable what) {
        at(now + delay, what);
    }

    /// One way between two nodes: 20 to 30 ms.
    long latency() {
        return LATENCY + random.nextLong(-5 * MILLI, 5 * MILLI);
    }

    /// How long a solver takes, as the search for a hash does: geometric, here its limit.
    long workNanos(int bits, double hashesPerSecond) {
        double mean = Math.pow(2, bits) / hashesPerSecond;
        return (long) (-Math.log(1 - random.nextDouble()) * mean * SECOND);
    }

    void run(long end) {
        for (Event next = events.peek(); next != null && next.at <= end; next = events.peek()) {
            events.remove();
            now = next.at;
            if (executed++ % ASKING == 0) arena.goOn();
            digest = Mix.mix(digest, next.at, next.number);
            next.what.run();
        }
        now = end;
    }

    /// Leaves what stands for the digest of a run.
    void sign(Arena arena) {
        long sum = digest;
        for (SignalNode node : all) {
            sum = Mix.mix(sum, node.core.metrics().submits(), node.core.metrics().deliveries());
        }
        arena.fingerprint(sum, executed, scheduled);
    }

    // Models.

    /// Who signs by hashing.
    static Identity identity(PublicKey key) {
        PeerId id = key.peerId();
        return new Identity() {
            @Override
            public PeerId peerId() {
                return id;
            }

            @Override
            public byte[] seal(SignedObject kind, byte[] payload) {
                return new SignedEnvelope(
                                key, kind.payloadType(), payload, signature(key, kind, payload))
                        .toByteArray();
            }
        };
    }

    private static byte[] signature(PublicKey key, SignedObject kind, byte[] payload) {
        long hash = Mix.mix(kind.domain().hashCode(), Arrays.hashCode(key.data()), payload.length);
        for (int i = 0; i < payload.length; i++) hash = Mix.mix(hash ^ payload[i]);
        var bytes = new byte[64];
        for (int i = 0; i < 8; i++) bytes[i] = (byte) (hash >>> (8 * i));
        return bytes;
    }

    static final Verifier VERIFIER =
            (envelope, kind) ->
                    Arrays.equals(
                            envelope.signature(),
                            signature(envelope.publicKey(), kind, envelope.payload()));

    /// The counter that stands for work done.
    static long counter(byte[] prefix, int bits) {
        return Mix.mix(Arrays.hashCode(prefix), bits, 61) >>> 1;
    }

    static final ProofOfWork.Check WORK =
            (prefix, counter, bits) -> counter == counter(prefix, bits);

    /// A request of anybody, by whoever knows how to sign for it.
    SignalRequest request(PeerId source, PeerId target, @Nullable PeerId relay, long nonce) {
        var bytes = new byte[SignalRequest.NONCE_BYTES];
        for (int i = 0; i < 8; i++) bytes[i] = (byte) (nonce >>> (8 * i));
        long issued = instants().epochMillis();
        return new SignalRequest(
                source, target, relay, bytes, issued, issued + 15_000, SignalRequest.TCP, 0, null);
    }
}
