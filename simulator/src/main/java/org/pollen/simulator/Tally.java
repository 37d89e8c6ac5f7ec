package org.pollen.simulator;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.pollen.router.RouterMetrics;

/// What one partition counted; all integers, merged by addition.
final class Tally {
    long events;
    long rpcs;
    long messageRpcs;
    long deliveries;
    long invalidDeliveries;
    long wireBytes;
    long validations;
    long droppedOnClosedLinks;
    long refusedRpcs;
    long exchangeDials;
    long idleHeartbeats; // left out and made up for
    long savedCopies; // that IDONTWANT made needless, as their senders know
    long savedBytes;
    long attackLinks; // that honest peers had with attackers
    final LatencyHistogram[] phases = {
        new LatencyHistogram(),
        new LatencyHistogram(),
        new LatencyHistogram(),
        new LatencyHistogram()
    };
    final int[] reached;
    final int[] reachedWatched; // of the peers that are watched
    final int[] reachedLeavers; // of those that left within half a minute, and do not count
    final long[] slowest; // nanoseconds until the last peer that counts had each message
    long[] digest = new long[128]; // two words for each virtual second

    // What honest peers received in each virtual second.
    static final int RPCS = 0;
    static final int MESSAGES = 1;
    static final int DELIVERIES = 2;
    static final int FIRST_BYTES = 3;
    static final int MESSAGE_BYTES = 4;
    static final int CONTROL_BYTES = 5;

    // Parts of control, by what they are for.
    static final int IHAVE_BYTES = 6;
    static final int IWANT_BYTES = 7;
    static final int IDONTWANT_BYTES = 8;
    static final int MESH_BYTES = 9; // GRAFT and PRUNE
    static final int SUBSCRIPTION_BYTES = 10;
    static final int MIXED_BYTES = 11; // messages beside others, or beside control
    static final int OTHER_BYTES = 12;
    static final int HEADER_BYTES = 13;

    // Of all of them.
    static final int SENT_BYTES = 14; // by honest peers, as they leave
    static final int ATTACK_BYTES = 15; // from attackers

    // Elements of control that honest peers received.
    static final int IHAVE_IDS = 16;
    static final int IWANT_IDS = 17;
    static final int IDONTWANT_IDS = 18;
    static final int GRAFTS = 19;
    static final int PRUNES = 20;
    static final int WIDTH = 21;
    long[] series = {};

    /// By class of messages, as [DeliveryClasses] numbers them.
    final DeliveryClasses classes = new DeliveryClasses();

    /// Of the messages whose first copies are remembered.
    final CopyCounts copies = new CopyCounts();

    Tally(int messages) {
        reached = new int[messages];
        reachedWatched = new int[messages];
        reachedLeavers = new int[messages];
        slowest = new long[messages];
    }

    private static final int MESHES_MAX = 2000;
    private long meshes; // looked at, and their members
    private long meshMembers;

    /// Counts the members of the meshes of the first peers.
    void addMeshes(Simulation simulation) {
        int peers = Math.min(simulation.setup().honest(), MESHES_MAX);
        for (int i = 0; i < peers; i++) {
            int size = simulation.meshSize(i);
            if (size < 0) continue; // another member has it
            if (!simulation.setup().follows(i, 0)) continue;
            meshes++;
            meshMembers += size;
        }
    }

    /// Adds what IDONTWANT has saved, of all peers that this member has, if it is asked for.
    void addSavings(Simulation simulation) {
        Setup setup = simulation.setup();
        if (!setup.remembersCopies() || !setup.profile().routed()) return;
        for (int i = 0; i < setup.honest(); i++) {
            for (RouterMetrics.Sample sample : simulation.honestPeer(i).samples()) {
                if (sample.name().equals("gossipsub_idontwant_saved_total")) {
                    savedCopies += sample.value();
                } else if (sample.name().equals("gossipsub_idontwant_saved_bytes_total")) {
                    savedBytes += sample.value();
                }
            }
        }
    }

    double meshMean() {
        return meshes == 0 ? 0 : (double) meshMembers / meshes;
    }

    /// For other members of the run.
    byte[] toByteArray() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            for (long count : counts()) out.writeLong(count);
            write(out, series);
            write(out, digest);
            write(out, Arrays.stream(reached).asLongStream().toArray());
            write(out, Arrays.stream(reachedWatched).asLongStream().toArray());
            write(out, slowest);
            write(out, Arrays.stream(reachedLeavers).asLongStream().toArray());
            for (LatencyHistogram phase : phases) write(out, phase.words());
            write(out, classes.words());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// What another member wrote.
    static Tally read(byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            var counts = new long[new Tally(0).counts().length];
            for (int i = 0; i < counts.length; i++) counts[i] = in.readLong();
            long[] series = readLongs(in);
            long[] digest = readLongs(in);
            long[] reached = readLongs(in);
            var tally = new Tally(reached.length);
            tally.set(counts);
            tally.series = series;
            tally.digest = digest;
            long[] watched = readLongs(in);
            for (int i = 0; i < reached.length; i++) {
                tally.reached[i] = (int) reached[i];
                tally.reachedWatched[i] = (int) watched[i];
            }
            System.arraycopy(readLongs(in), 0, tally.slowest, 0, reached.length);
            long[] leavers = readLongs(in);
            for (int i = 0; i < reached.length; i++) tally.reachedLeavers[i] = (int) leavers[i];
            for (LatencyHistogram phase : tally.phases) phase.set(readLongs(in));
            tally.classes.set(readLongs(in));
            return tally;
        } catch (IOException e) {
            throw new UncheckedIOException("a member sent half a result", e);
        }
    }

    private long[] counts() {
        return new long[] {
            events,
            rpcs,
            messageRpcs,
            deliveries,
            invalidDeliveries,
            wireBytes,
            validations,
            droppedOnClosedLinks,
            refusedRpcs,
            exchangeDials,
            idleHeartbeats,
            attackLinks,
            meshes,
            meshMembers
        };
    }

    private void set(long[] counts) {
        events = counts[0];
        rpcs = counts[1];
        messageRpcs = counts[2];
        deliveries = counts[3];
        invalidDeliveries = counts[4];
        wireBytes = counts[5];
        validations = counts[6];
        droppedOnClosedLinks = counts[7];
        refusedRpcs = counts[8];
        exchangeDials = counts[9];
        idleHeartbeats = counts[10];
        attackLinks = counts[11];
        meshes = counts[12];
        meshMembers = counts[13];
    }

    private static void write(DataOutputStream out, long[] values) throws IOException {
        out.writeInt(values.length);
        for (long value : values) out.writeLong(value);
    }

    private static long[] readLongs(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available() / 8) throw new IOException(length + " values");
        var values = new long[length];
        for (int i = 0; i < length; i++) values[i] = in.readLong();
        return values;
    }

    void digest(long time, long key, long origin, long outcome) {
        int at = 2 * (int) (time / 1_000_000_000L);
        if (at + 1 >= digest.length) digest = Arrays.copyOf(digest, at * 2);
        long h = Mix.mix(Mix.mix(time, key, origin), outcome);
        digest[at] += h;
        digest[at + 1] += Mix.mix(h, 0x5bd1e995);
    }

    /// The digest of all seconds together, as text.
    String digestText() {
        long hi = 0;
        long lo = 0;
        for (int i = 0; i < digest.length; i += 2) {
            hi += Mix.mix(digest[i], i);
            lo += Mix.mix(digest[i + 1], i);
        }
        return "%016x%016x".formatted(hi, lo);
    }

    void count(long time, int column, long amount) {
        int at = WIDTH * (int) (time / 1_000_000_000L);
        if (at >= series.length) series = Arrays.copyOf(series, Math.max(64 * WIDTH, at * 2));
        series[at + column] += amount;
    }

    /// Over all seconds.
    long sum(int column) {
        long sum = 0;
        for (int at = column; at < series.length; at += WIDTH) sum += series[at];
        return sum;
    }

    void add(Tally other) {
        events += other.events;
        rpcs += other.rpcs;
        messageRpcs += other.messageRpcs;
        deliveries += other.deliveries;
        invalidDeliveries += other.invalidDeliveries;
        wireBytes += other.wireBytes;
        validations += other.validations;
        droppedOnClosedLinks += other.droppedOnClosedLinks;
        refusedRpcs += other.refusedRpcs;
        exchangeDials += other.exchangeDials;
        idleHeartbeats += other.idleHeartbeats;
        attackLinks += other.attackLinks;
        savedCopies += other.savedCopies;
        savedBytes += other.savedBytes;
        meshes += other.meshes;
        meshMembers += other.meshMembers;
        for (int i = 0; i < phases.length; i++) phases[i].add(other.phases[i]);
        classes.add(other.classes);
        copies.add(other.copies);
        for (int i = 0; i < reached.length; i++) {
            reached[i] += other.reached[i];
            reachedLeavers[i] += other.reachedLeavers[i];
            reachedWatched[i] += other.reachedWatched[i];
            slowest[i] = Math.max(slowest[i], other.slowest[i]);
        }
        if (other.series.length > series.length) {
            series = Arrays.copyOf(series, other.series.length);
        }
        for (int i = 0; i < other.series.length; i++) series[i] += other.series[i];
        if (other.digest.length > digest.length) {
            digest = Arrays.copyOf(digest, other.digest.length);
        }
        for (int i = 0; i < other.digest.length; i++) digest[i] += other.digest[i];
    }
}
