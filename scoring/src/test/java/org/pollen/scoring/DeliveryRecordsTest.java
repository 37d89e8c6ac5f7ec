package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// The table of delivery records against maps and sets of the library.
class DeliveryRecordsTest {
    private static final long LIFE = 500;

    private record Model(long createdAt, LinkedHashSet<Integer> peers) {}

    private static List<Integer> peers(DeliveryRecords records, int row) {
        var peers = new ArrayList<Integer>();
        int index = 0;
        for (int at = records.firstPeer(row); at >= 0; at = records.nextPeer(row, at, index++))
            peers.add(records.stampAt(at));
        return peers;
    }

    @RepeatedTest(20)
    void behavesLikeAMap(RepetitionInfo repetition) {
        var random = new SplittableRandom(repetition.getCurrentRepetition());
        var records = new DeliveryRecords();
        records.configure(Integer.MAX_VALUE, LIFE);
        var model = new LinkedHashMap<Long, Model>();
        long now = 0;
        for (int step = 0; step < 5_000; step++) {
            now += random.nextInt(3);
            // Few different ids, so that they meet and come back; both halves matter.
            long id = random.nextInt(600);
            long high = id & 7;
            long time = now;
            int row = records.findOrCreate(high, id, now);
            Model expected = model.computeIfAbsent(id, _ -> new Model(time, new LinkedHashSet<>()));
            if (random.nextInt(10) == 0) {
                records.clearPeers(row);
                expected.peers.clear();
            } else {
                int peer = random.nextInt(30);
                assertThat(records.addPeer(row, peer)).isEqualTo(expected.peers.add(peer));
            }
            if (random.nextInt(50) == 0) {
                records.expire(now);
                model.values().removeIf(entry -> time - entry.createdAt > LIFE);
            }
            assertThat(records.size()).isEqualTo(model.size());
            if (model.containsKey(id))
                assertThat(peers(records, row)).containsExactlyElementsOf(expected.peers);
        }
        model.forEach((id, entry) ->
                assertThat(peers(records, records.find(id & 7, id)))
                        .containsExactlyElementsOf(entry.peers));
        for (long id = 0; id < 600; id++)
            assertThat(records.find(id & 7, id) >= 0).isEqualTo(model.containsKey(id));
        assertThat(records.find(9, 1)).isEqualTo(-1);
    }

    @Test
    void blocksOfPeersAreUsedAgain() {
        var records = new DeliveryRecords();
        records.configure(100, LIFE);
        for (int message = 0; message < 10_000; message++) {
            int row = records.findOrCreate(message, message, message);
            for (int peer = 0; peer < 50; peer++) records.addPeer(row, peer);
            assertThat(records.peers(row)).isEqualTo(50);
        }
        assertThat(records.size()).isEqualTo(100);
        assertThat(records.evicted()).isEqualTo(9_900);
        assertThat(records.chainLength()).isLessThanOrEqualTo(128 * 8 * 8 * 2);
    }
}
