package org.pollen.bench.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// Pollen as the router under test: says `ADDR multiaddr`, answers `STAT`, ends with its input.
public final class RelayRouter {
    private RelayRouter() {}

    /// Starts it.
    public static void main(String[] args) throws IOException {
        boolean signed = java.util.List.of(args).contains("signed");
        try (var node = new RelayNode("router", 1, signed, _ -> {});
                var in =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ADDR " + node.address());
            for (String line; (line = in.readLine()) != null; ) {
                if (line.equals("STAT")) System.out.println(stat(node));
            }
        }
        Runtime.getRuntime().halt(0);
    }

    /// Bytes allocated by all threads, collections, what was dropped, and processor time by kind of
    /// thread.
    private static String stat(RelayNode node) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Map<String, Long> nanos = new TreeMap<>();
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info == null) continue;
            String kind = info.getThreadName().replaceAll("-?\\d+(-\\d+)*$", "");
            nanos.merge(kind, threads.getThreadCpuTime(id), Long::sum);
        }
        long collections = 0;
        for (var bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += Math.max(0, bean.getCollectionCount());
        }
        var text =
                new StringBuilder("{\"allocated\":")
                        .append(threads.getTotalThreadAllocatedBytes())
                        .append(",\"collections\":")
                        .append(collections)
                        .append(",\"dropped\":\"")
                        .append(node.drops())
                        .append("\",\"cpu\":{");
        nanos.forEach((kind, time) ->
                text.append('"').append(kind).append("\":").append(time).append(','));
        text.setLength(text.length() - 1);
        return text.append("}}").toString();
    }
}
