package org.pollen.discovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.tuweni.bytes.Bytes;
import org.ethereum.beacon.discovery.schema.NodeRecord;

/// The nodes that discovery begins with, and which of them to greet again.
///
/// The library drops any node that is silent for half a second, and would be alone for ever if that
/// was its only bootnode. Not thread-safe.
final class Bootnodes {
    /// Least time between two greetings of a bootnode. A session of the library that got no answer
    /// stands still for a minute, so more of them would bring nothing.
    static final Duration PAUSE = Duration.ofSeconds(10);

    private final List<NodeRecord> records;
    private final Map<Bytes, Long> greeted = new HashMap<>();

    Bootnodes(List<NodeRecord> records) {
        this.records = List.copyOf(records);
    }

    List<NodeRecord> records() {
        return records;
    }

    /// Those to be greeted now: they do not answer, and were not greeted of late.
    ///
    /// @param live ids of nodes that answer
    /// @param now monotonic nanoseconds
    List<NodeRecord> silent(Set<Bytes> live, long now) {
        var silent = new ArrayList<NodeRecord>();
        for (NodeRecord record : records) {
            Bytes id = record.getNodeId();
            if (live.contains(id)) {
                greeted.remove(id);
                continue;
            }
            Long last = greeted.get(id);
            if (last == null || now - last >= PAUSE.toNanos()) {
                greeted.put(id, now);
                silent.add(record);
            }
        }
        return silent;
    }
}
