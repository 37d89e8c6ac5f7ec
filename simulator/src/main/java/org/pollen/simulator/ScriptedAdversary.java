package org.pollen.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SubOpts;

/// An attacker that does what the behaviours of its group in a scenario say: grafts itself into
/// meshes, forwards a part of what it gets, comes back after a PRUNE, sends what nobody wants.
///
/// Source: simulator specification 2.5.
final class ScriptedAdversary extends Adversary {
    /// Most topics that one can tell apart.
    static final int TOPICS_MAX = 64;

    /// Numbers of its own messages, which no planned one has.
    private static final int OWN = 1 << 30;

    /// What it sends over and over.
    enum Nuisance {
        /// Messages that validators reject.
        INVALID,
        /// Advertisements of ids that nobody knows.
        IHAVE,
        /// Ids that it does not want.
        IDONTWANT,
        /// GRAFTs, whether it was pruned or not.
        GRAFT;

        static Nuisance named(String text) {
            for (Nuisance each : values()) {
                if (each.name().toLowerCase(Locale.ROOT).equals(text)) return each;
            }
            throw new IllegalArgumentException(text);
        }
    }

    /// How often it sends what.
    ///
    /// @param every nanoseconds
    /// @param size ids of an RPC, or bytes of a message
    /// @param from virtual nanoseconds
    record Spam(Nuisance kind, long every, int size, long from) {}

    /// Its behaviours.
    ///
    /// @param topics that it subscribes to, a bit for each
    /// @param graft whether it grafts itself into their meshes
    /// @param regraft nanoseconds after a PRUNE until it does so again, and up to a quarter more;
    ///   -1 for never
    /// @param drop the share of messages that it does not pass on
    /// @param withheld topics of which it passes nothing on, a bit for each
    /// @param spam null for none
    record Conduct(
            long topics,
            boolean graft,
            long regraft,
            Timeline drop,
            long withheld,
            @Nullable Spam spam) {
        /// When it begins to do harm, once it has links; [Long#MAX_VALUE] if it never does.
        long harmfulFrom(long linked) {
            long from = withheld != 0 ? linked : drop.firstPositive(linked);
            return spam == null ? from : Math.min(from, Math.max(linked, spam.from));
        }

        /// When it does no harm any more; [Long#MAX_VALUE] if it goes on.
        long harmlessFrom() {
            boolean ends = withheld == 0 && spam == null && drop.last() == 0;
            return ends ? drop.lastChange() : Long.MAX_VALUE;
        }
    }

    private final Conduct conduct;
    private final SplittableRandom random;
    private final LeanSeenCache seen = new LeanSeenCache(120_000_000_000L);
    private final boolean sliced;
    private long[] meshes = {}; // by handle, a bit for each topic
    private int sent; // invalid messages

    ScriptedAdversary(Simulation simulation, Partition partition, int index, Conduct conduct) {
        super(simulation, partition, index);
        this.conduct = conduct;
        random = random();
        sliced = simulation.params().dialect() == Dialect.BLOSSOM;
    }

    private boolean follows(int topic) {
        return (conduct.topics & 1L << topic) != 0;
    }

    @Override
    protected void onLinked(int handle, long now) {
        RpcBuilder rpc = rpc();
        List<Mask> masks = masks();
        for (int t = 0; t < masks.size(); t++) {
            if (follows(t)) rpc.subscription(SubOpts.subscribe(masks.get(t)));
        }
        send(handle, rpc, now);
        if (handle >= meshes.length) meshes = Arrays.copyOf(meshes, handle + 8);
        if (conduct.graft) graft(handle, conduct.topics, now);
    }

    private void graft(int handle, long topics, long now) {
        RpcBuilder rpc = rpc();
        List<Mask> masks = masks();
        for (int t = 0; t < masks.size(); t++) {
            if ((topics & 1L << t) == 0) continue;
            for (Mask slice : slices(masks.get(t))) rpc.graft(slice);
        }
        send(handle, rpc, now);
        meshes[handle] |= topics;
    }

    @Override
    protected void onLinkDown(int handle, int remote, long now) {
        if (handle < meshes.length) meshes[handle] = 0;
    }

    @Override
    protected void onRpc(int handle, Rpc rpc, long now) {
        for (int i = 0; i < rpc.graftCount(); i++) {
            meshes[handle] |= topics(rpc.array(), rpc.graftMaskOffset(i), rpc.graftMaskLength(i));
        }
        for (int i = 0; i < rpc.pruneCount(); i++) {
            long pruned = topics(rpc.array(), rpc.pruneMaskOffset(i), rpc.pruneMaskLength(i));
            pruned &= meshes[handle];
            meshes[handle] &= ~pruned;
            if (conduct.regraft < 0 || pruned == 0) continue;
            long more = conduct.regraft < 4 ? 0 : random.nextLong(conduct.regraft / 4);
            for (int t = 0; t < masks().size(); t++) {
                if ((pruned & 1L << t) == 0) continue;
                later(now + conduct.regraft + more, ((long) t << 32) | handle);
            }
        }
        for (int i = 0; i < rpc.messageCount(); i++) onMessage(handle, rpc.message(i), now);
    }

    /// Its topics that a mask on the wire is about; a slice is about each mask that has its bit.
    private long topics(byte[] array, int offset, int length) {
        long found = 0;
        Mask wire = sliced ? Mask.of(array, offset, length) : Mask.EMPTY;
        for (int t = 0; t < masks().size(); t++) {
            Mask mask = masks().get(t);
            boolean about = sliced ? mask.overlaps(wire) : mask.matches(array, offset, length);
            if (about && follows(t)) found |= 1L << t;
        }
        return found;
    }

    @Override
    protected void onScript(long word, long now) {
        int handle = (int) word;
        long topic = 1L << (int) (word >>> 32);
        if (linked(handle) && (meshes[handle] & topic) == 0) graft(handle, topic, now);
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        if (!seen.add(message.idHi(), message.idLo(), now)) return;
        if (message.dataLength() < PlannedMessage.HEADER) return;
        int number = PlannedMessage.number(message.array(), message.dataOffset());
        if (number < 0 || number >= simulation.setup().messages().size()) return;
        long topic = 1L << simulation.topicOf(number);
        if ((conduct.withheld & topic) != 0) return;
        double drop = conduct.drop.at(now);
        if (drop >= 1 || (drop > 0 && random.nextDouble() < drop)) return;
        for (int other = 0; other < meshes.length; other++) {
            boolean member = (meshes[other] & topic) != 0;
            if (member && other != handle && linked(other)) forward(other, message, now);
        }
    }

    @Override
    long beatNanos() {
        return conduct.spam == null ? super.beatNanos() : conduct.spam.every;
    }

    @Override
    protected void beat(long now) {
        Spam spam = conduct.spam;
        if (spam == null || now < spam.from) return;
        OutboundRpc invalid = spam.kind == Nuisance.INVALID ? invalid(spam.size) : null;
        for (int handle = 0; handle < handleLimit(); handle++) {
            if (!linked(handle)) continue;
            if (invalid == null) send(handle, nuisance(spam), now);
            else transmit(handle, invalid, now);
        }
    }

    /// The next of its invalid messages.
    OutboundRpc invalid(int size) {
        var planned = new PlannedMessage(0, index, size, PlannedMessage.Kind.INVALID);
        byte[] payload = planned.payload(OWN | sent++);
        payload[5] = (byte) (index >>> 16); // no two adversaries send the same
        payload[6] = (byte) (index >>> 8);
        payload[7] = (byte) index;
        return compose(masks().get(Long.numberOfTrailingZeros(conduct.topics)), payload);
    }

    private RpcBuilder nuisance(Spam spam) {
        RpcBuilder rpc = rpc();
        for (int t = 0; t < masks().size(); t++) {
            if (!follows(t)) continue;
            Mask mask = masks().get(t);
            if (spam.kind == Nuisance.GRAFT) {
                for (Mask slice : slices(mask)) rpc.graft(slice);
                continue;
            }
            for (int i = 0; i < spam.size; i++) {
                byte[] id = GossipAttacks.id(random);
                if (spam.kind == Nuisance.IHAVE) rpc.ihave(slices(mask).getFirst(), id);
                else rpc.idontwant(id);
            }
        }
        return rpc;
    }
}
