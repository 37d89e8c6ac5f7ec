package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/// A line or area chart as inline SVG. Colours are CSS variables of the page around it, so that it
/// follows a light or dark theme and prints.
final class Chart {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 320;
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int TOP = 12;
    private static final int BOTTOM = 44;
    private static final int POINTS_MAX = 600;
    private static final int COLOURS = 9; // the last one is that of the text

    /// How a series is drawn.
    enum Style {
        LINE,
        STEP,
        DASHED,
        DOTS
    }

    private record Series(String name, double[] xs, double[] ys, Style style, int colour) {}

    private record Mark(double at, String text, boolean vertical) {}

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final List<Series> series = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private boolean xLog;
    private boolean ySymmetricLog;
    private boolean stacked;
    private double yMin = Double.NaN;
    private double yMax = Double.NaN;
    private int colours;

    Chart(String title, String xLabel, String yLabel) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
    }

    Chart xLog() {
        xLog = true;
        return this;
    }

    /// Logarithmic in both directions from zero, for what may be very negative.
    Chart ySymmetricLog() {
        ySymmetricLog = true;
        return this;
    }

    Chart stacked() {
        stacked = true;
        return this;
    }

    Chart yRange(double min, double max) {
        yMin = min;
        yMax = max;
        return this;
    }

    Chart add(String name, double[] xs, double[] ys, Style style) {
        return add(name, xs, ys, style, colours);
    }

    /// @param colour a number for it, as of a series before
    Chart add(String name, double[] xs, double[] ys, Style style, int colour) {
        boolean any = false;
        for (double y : ys) any |= Double.isFinite(y);
        if (any) series.add(new Series(name, xs, ys, style, colour));
        colours = colour + 1;
        return this;
    }

    String title() {
        return title;
    }

    /// A labelled line across the chart.
    Chart level(double y, String text) {
        marks.add(new Mark(y, text, false));
        return this;
    }

    /// A labelled line down the chart.
    Chart instant(double x, String text) {
        marks.add(new Mark(x, text, true));
        return this;
    }

    boolean isEmpty() {
        return series.isEmpty();
    }

    String svg() {
        if (stacked) stack();
        double xLow = Double.POSITIVE_INFINITY;
        double xHigh = Double.NEGATIVE_INFINITY;
        double yLow = Double.isNaN(yMin) ? Double.POSITIVE_INFINITY : yMin;
        double yHigh = Double.isNaN(yMax) ? Double.NEGATIVE_INFINITY : yMax;
        for (Series s : series) {
            for (int i = 0; i < s.xs.length; i++) {
                if (!Double.isFinite(s.ys[i]) || (xLog && s.xs[i] <= 0)) continue;
                xLow = Math.min(xLow, s.xs[i]);
                xHigh = Math.max(xHigh, s.xs[i]);
                if (Double.isNaN(yMin)) yLow = Math.min(yLow, s.ys[i]);
                if (Double.isNaN(yMax)) yHigh = Math.max(yHigh, s.ys[i]);
            }
        }
        if (Double.isNaN(yMin) && !ySymmetricLog) yLow = Math.min(0, yLow);
        for (Mark mark : marks) {
            if (!mark.vertical && Double.isNaN(yMax)) yHigh = Math.max(yHigh, mark.at * 1.08);
        }
        if (!(xHigh > xLow)) xHigh = xLow + 1;
        if (!(yHigh > yLow)) yHigh = yLow + 1;
        if (Double.isNaN(yMax) && !ySymmetricLog) yHigh += (yHigh - yLow) * 0.05;
        DoubleUnaryOperator fx = xLog ? Math::log10 : x -> x;
        DoubleUnaryOperator fy = ySymmetricLog ? Chart::symmetricLog : y -> y;
        double x0 = fx.applyAsDouble(xLow);
        double xScale = (WIDTH - LEFT - RIGHT) / (fx.applyAsDouble(xHigh) - x0);
        double y0 = fy.applyAsDouble(yLow);
        double yScale = (HEIGHT - TOP - BOTTOM) / (fy.applyAsDouble(yHigh) - y0);
        DoubleUnaryOperator px = x -> LEFT + (fx.applyAsDouble(x) - x0) * xScale;
        DoubleUnaryOperator py = y -> HEIGHT - BOTTOM - (fy.applyAsDouble(y) - y0) * yScale;
        var out = new StringBuilder(4096);
        out.append(
                String.format(
                        Locale.ROOT,
                        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                        WIDTH,
                        HEIGHT,
                        escape(title + ": " + yLabel + " by " + xLabel)));
        List<Double> xTicks = xLog ? logTicks(xLow, xHigh) : ticks(xLow, xHigh, 7);
        List<Double> yTicks = ySymmetricLog ? symmetricTicks(yLow, yHigh) : ticks(yLow, yHigh, 5);
        for (double tick : yTicks) {
            double y = py.applyAsDouble(tick);
            line(out, "grid", LEFT, y, WIDTH - RIGHT, y);
            label(out, LEFT - 8, y + 4, "end", "tick", tickText(tick));
        }
        for (double tick : xTicks) {
            double x = px.applyAsDouble(tick);
            line(out, "grid", x, TOP, x, HEIGHT - BOTTOM);
            label(out, x, HEIGHT - BOTTOM + 16, "middle", "tick", tickText(tick));
        }
        label(out, (WIDTH + LEFT - RIGHT) / 2.0, HEIGHT - 8, "middle", "axis", xLabel);
        out.append(
                String.format(
                        Locale.ROOT,
                        "<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(14 %d) rotate(-90)\">%s</text>",
                        (HEIGHT + TOP - BOTTOM) / 2,
                        escape(yLabel)));
        for (int i = series.size() - 1; i >= 0; i--) draw(out, i, px, py);
        for (Mark mark : marks) {
            if (mark.vertical) {
                double x = px.applyAsDouble(mark.at);
                if (!(x >= LEFT && x <= WIDTH - RIGHT)) continue;
                line(out, "mark", x, TOP, x, HEIGHT - BOTTOM);
                boolean right = x < WIDTH - 120;
                label(
                        out,
                        right ? x + 4 : x - 4,
                        TOP + 11,
                        right ? "start" : "end",
                        "note",
                        mark.text);
            } else {
                double y = py.applyAsDouble(mark.at);
                if (!(y >= TOP && y <= HEIGHT - BOTTOM)) continue;
                line(out, "mark", LEFT, y, WIDTH - RIGHT, y);
                label(out, WIDTH - RIGHT - 3, y - 4, "end", "note", mark.text);
            }
        }
        return out.append("</svg>").toString();
    }

    /// The names of the series with their colours.
    String legend() {
        var out = new StringBuilder("<p class=\"legend\">");
        for (Series s : series) {
            String shape = s.style == Style.DOTS ? "dot" : s.style == Style.DASHED ? "dash" : "bar";
            out.append(
                    "<span><i class=\"%s c%d\"></i>%s</span> "
                            .formatted(shape, s.colour % COLOURS, escape(s.name)));
        }
        return out.append("</p>").toString();
    }

    /// Each series becomes the upper edge of an area on top of those before it.
    private void stack() {
        var sums = new double[series.isEmpty() ? 0 : series.getFirst().ys.length];
        for (int s = 0; s < series.size(); s++) {
            Series one = series.get(s);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += Double.isFinite(one.ys[i]) ? one.ys[i] : 0;
            }
            series.set(s, new Series(one.name, one.xs, sums.clone(), one.style, one.colour));
        }
    }

    private void draw(
            StringBuilder out, int index, DoubleUnaryOperator px, DoubleUnaryOperator py) {
        Series s = series.get(index);
        out.append(
                "<g class=\"s%d\"><title>%s</title>".formatted(s.colour % COLOURS, escape(s.name)));
        if (s.style == Style.DOTS) {
            for (int i = 0; i < s.xs.length; i++) {
                out.append(
                        String.format(
                                Locale.ROOT,
                                "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
                                px.applyAsDouble(s.xs[i]),
                                py.applyAsDouble(s.ys[i])));
            }
            out.append("</g>");
            return;
        }
        var path = new StringBuilder();
        int every = Math.max(1, s.xs.length / POINTS_MAX);
        boolean pen = false;
        double firstX = Double.NaN;
        double lastX = Double.NaN;
        double lastY = Double.NaN;
        for (int i = 0; i < s.xs.length; i++) {
            if (i % every != 0 && i != s.xs.length - 1) continue;
            if (!Double.isFinite(s.ys[i]) || (xLog && s.xs[i] <= 0)) {
                pen = false;
                continue;
            }
            double x = px.applyAsDouble(s.xs[i]);
            double y = py.applyAsDouble(s.ys[i]);
            if (pen && s.style == Style.STEP) {
                path.append(String.format(Locale.ROOT, "L%.1f %.1f", x, lastY));
            }
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", pen ? "L" : "M", x, y));
            if (Double.isNaN(firstX)) firstX = x;
            pen = true;
            lastX = x;
            lastY = y;
        }
        if (stacked) {
            double floor = HEIGHT - BOTTOM;
            out.append(
                    String.format(
                            Locale.ROOT,
                            "<path class=\"area\" d=\"%sL%.1f %.1fL%.1f %.1fZ\"/>",
                            path,
                            lastX,
                            floor,
                            firstX,
                            floor));
        }
        String kind = s.style == Style.DASHED ? "line dashed" : "line";
        out.append("<path class=\"%s\" d=\"%s\"/></g>".formatted(kind, path));
    }

    private static void line(
            StringBuilder out, String kind, double x1, double y1, double x2, double y2) {
        out.append(
                String.format(
                        Locale.ROOT,
                        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                        kind,
                        x1,
                        y1,
                        x2,
                        y2));
    }

    private static void label(
            StringBuilder out, double x, double y, String anchor, String kind, String text) {
        out.append(
                String.format(
                        Locale.ROOT,
                        "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                        kind,
                        anchor,
                        x,
                        y,
                        escape(text)));
    }

    private static double symmetricLog(double y) {
        return Math.signum(y) * Math.log10(1 + Math.abs(y));
    }

    /// About so many round numbers within a range.
    static List<Double> ticks(double low, double high, int count) {
        double raw = (high - low) / count;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double rest = raw / power;
        double step = power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
        var ticks = new ArrayList<Double>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    static List<Double> logTicks(double low, double high) {
        var ticks = new ArrayList<Double>();
        boolean fine = high / low < 2000;
        for (int p = (int) Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p++) {
            for (int m : fine ? new int[] {1, 2, 5} : new int[] {1}) {
                double tick = m * Math.pow(10, p);
                if (tick >= low * 0.999 && tick <= high * 1.001) ticks.add(tick);
            }
        }
        return ticks;
    }

    private static List<Double> symmetricTicks(double low, double high) {
        if (high - low < 20) return ticks(low, high, 5);
        var ticks = new ArrayList<Double>();
        for (int p = 6; p >= 0; p--) {
            if (-Math.pow(10, p) >= low) ticks.add(-Math.pow(10, p));
        }
        ticks.add(0.0);
        for (int p = 0; p <= 6; p++) {
            if (Math.pow(10, p) <= high) ticks.add(Math.pow(10, p));
        }
        return ticks.stream().filter(tick -> tick >= low && tick <= high).toList();
    }

    private static String tickText(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) return trimmed(value / 1e6) + " M";
        if (size >= 1e4) return trimmed(value / 1e3) + " k";
        return trimmed(value);
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
