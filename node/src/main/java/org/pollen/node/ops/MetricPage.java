package org.pollen.node.ops;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.router.Distribution;

/// Collects values by name and turns them into the families of one scrape. A name with one set of
/// label names only, since that is what the format means by a family.
final class MetricPage {
    private record Point(Labels labels, double value) {}

    private record HistogramPoint(Labels labels, Distribution.Counts counts) {}

    private final Map<String, List<Point>> counters = new LinkedHashMap<>();
    private final Map<String, List<Point>> gauges = new LinkedHashMap<>();
    private final Map<String, List<HistogramPoint>> histograms = new LinkedHashMap<>();
    private final Map<String, Labels> infos = new LinkedHashMap<>();

    void counter(String name, double value, String... labels) {
        counters.computeIfAbsent(name, _ -> new ArrayList<>())
                .add(new Point(Labels.of(labels), value));
    }

    void gauge(String name, double value, String... labels) {
        gauges.computeIfAbsent(name, _ -> new ArrayList<>())
                .add(new Point(Labels.of(labels), value));
    }

    void histogram(String name, Distribution.Counts counts, String... labels) {
        histograms
                .computeIfAbsent(name, _ -> new ArrayList<>())
                .add(new HistogramPoint(Labels.of(labels), counts));
    }

    void info(String name, String... labels) {
        infos.put(name, Labels.of(labels));
    }

    MetricSnapshots snapshots() {
        var all = MetricSnapshots.builder();
        infos.forEach((name, labels) ->
                all.metricSnapshot(
                        InfoSnapshot.builder()
                                .name(stem(name, "_info"))
                                .help(MetricCatalogue.help(name))
                                .dataPoint(
                                        InfoSnapshot.InfoDataPointSnapshot.builder()
                                                .labels(labels)
                                                .build())
                                .build()));
        counters.forEach((name, points) -> {
            var family =
                    CounterSnapshot.builder()
                            .name(stem(name, "_total"))
                            .help(MetricCatalogue.help(name));
            for (Point point : merged(points)) {
                family.dataPoint(
                        CounterSnapshot.CounterDataPointSnapshot.builder()
                                .labels(point.labels)
                                .value(point.value)
                                .build());
            }
            all.metricSnapshot(family.build());
        });
        gauges.forEach((name, points) -> {
            var family = GaugeSnapshot.builder().name(name).help(MetricCatalogue.help(name));
            for (Point point : merged(points)) {
                family.dataPoint(
                        GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                .labels(point.labels)
                                .value(point.value)
                                .build());
            }
            all.metricSnapshot(family.build());
        });
        histograms.forEach((name, points) -> all.metricSnapshot(histogram(name, points)));
        return all.build();
    }

    private static HistogramSnapshot histogram(String name, List<HistogramPoint> points) {
        var family = HistogramSnapshot.builder().name(name).help(MetricCatalogue.help(name));
        for (HistogramPoint point : points) {
            var buckets = ClassicHistogramBuckets.builder();
            double[] bounds = point.counts.bounds();
            long[] counts = point.counts.counts();
            for (int i = 0; i < bounds.length; i++) buckets.bucket(bounds[i], counts[i]);
            buckets.bucket(Double.POSITIVE_INFINITY, counts[bounds.length]);
            family.dataPoint(
                    HistogramSnapshot.HistogramDataPointSnapshot.builder()
                            .labels(point.labels)
                            .classicHistogramBuckets(buckets.build())
                            .sum(point.counts.sum())
                            .build());
        }
        return family.build();
    }

    /// Several slices of one named topic have the same labels: their values are summed.
    private static List<Point> merged(List<Point> points) {
        var byLabels = new LinkedHashMap<Labels, Double>();
        for (Point point : points) byLabels.merge(point.labels, point.value, Double::sum);
        var merged = new ArrayList<Point>();
        byLabels.forEach((labels, value) -> merged.add(new Point(labels, value)));
        return merged;
    }

    private static String stem(String name, String suffix) {
        return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
    }
}
