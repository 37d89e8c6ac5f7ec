package org.pollen.simulator;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Rpc;
import org.pollen.router.RpcMessage;

/// A peer of the profile `light`: no router and no scores, only who has got what. Passes the first
/// copy of a message on over all its links, and keeps a bit for each message: a million of them fit
/// into one process, to study how messages spread.
///
/// Source: simulator specification 2.6.
final class LightPeer extends Actor {
    private long[] got = {};
    private int handles;

    LightPeer(Simulation simulation, Partition partition, int index) {
        super(simulation, partition, index);
    }

    @Override
    int onLinkUp(int remote, boolean outbound, long now) {
        return handles++;
    }

    @Override
    void onLinkDown(int handle, int remote, long now) {}

    @Override
    void onRpc(int handle, Rpc rpc, long now) {}

    @Override
    void onScript(long word, long now) {
        if (word < 0) return; // it joins and leaves nothing
        int number = (int) word;
        PlannedMessage message = simulation.message(number);
        first(number);
        if (firstCopies != null) firstCopies.published(number);
        pass(-1, partition.signer.compose(simulation.maskOf(number), message.payload(number)), now);
    }

    @Override
    void onMessage(int handle, RpcMessage message, long now) {
        int number = PlannedMessage.number(message.array(), message.dataOffset());
        if (!first(number)) return;
        if (firstCopies != null) firstCopies.accepted(message, now);
        PlannedMessage planned = simulation.message(number);
        if (simulation.setup().counts(index, planned)) {
            Tally tally = partition.tally;
            tally.deliveries++;
            tally.reached[number]++;
            tally.count(now, Tally.DELIVERIES, 1);
            tally.count(now, Tally.FIRST_BYTES, Network.wireBytes(message.bodyLength()));
            long delay = now - planned.at();
            Setup setup = simulation.setup();
            tally.classes.delivered(
                    setup.topicOf(number), setup.phase(planned), delay, setup.deadlines());
            tally.slowest[number] = Math.max(tally.slowest[number], delay);
            if (firstCopies != null) firstCopies.delivered(number, delay);
        }
        long takes = simulation.network().validationNanos();
        if (takes == 0) pass(handle, message, now);
        else post(index, now + takes, VALIDATED, handle, message);
    }

    @Override
    void onValidated(long word, @Nullable Object content, long now) {
        if (content instanceof RpcMessage message) pass((int) word, message, now);
    }

    private void pass(int from, RpcMessage message, long now) {
        // Handles are in the order of distance after a common start.
        int first =
                handles == 0
                        ? 0
                        : (int)
                                Math.floorMod(
                                        Mix.mix(simulation.seed(), index, now), (long) handles);
        int stamp = firstCopies == null ? 0 : firstCopies.stamp(message, CopyCounts.Way.MESH);
        for (int i = 0; i < handles; i++) {
            int handle = first + i < handles ? first + i : first + i - handles;
            if (handle != from && handleOf(remoteOf(handle)) == handle) {
                transmit(handle, message, stamp, now);
            }
        }
    }

    private boolean first(int number) {
        int word = number >> 6;
        if (word >= got.length) got = Arrays.copyOf(got, word + 1);
        long bit = 1L << number;
        if ((got[word] & bit) != 0) return false;
        got[word] |= bit;
        return true;
    }
}
