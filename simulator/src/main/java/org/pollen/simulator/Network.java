package org.pollen.simulator;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The network between peers. Immutable.
///
/// @param latency first bit to first bit
/// @param bandwidth what peers can send and receive
/// @param loss probability that a segment is lost: streams are reliable, so it costs time
/// @param validationNanos how long a receiver needs before it passes a message on
/// @param sharing how messages of one sender share its uplink
/// @param ownJitter instead of that of the latency; null for that
public record Network(
        Latency latency,
        Bandwidth bandwidth,
        double loss,
        long validationNanos,
        Sharing sharing,
        @Nullable Jitter ownJitter) {
    /// How messages of one sender share its uplink.
    public enum Sharing {
        /// One after the other.
        FIFO,
        /// All at once, each with the same share.
        FAIR,
        /// One after the other, and connections that were idle start slowly.
        TCPLITE,
        /// One after the other, and connections start slowly once.
        TCPLITE_WARM;

        /// The one with a name.
        static Sharing named(String name) {
            for (Sharing each : values()) if (each.text().equals(name)) return each;
            throw new IllegalArgumentException(
                    "mode %s: one of fifo, fair, tcplite, tcplite-warm".formatted(name));
        }

        /// Its name in scenarios.
        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /// Whether what is under way on a connection is limited by a window.
        boolean windowed() {
            return this == TCPLITE || this == TCPLITE_WARM;
        }
    }

    private static final long WINDOW = 14_480;
    private static final long IDLE = 1_000_000_000L;

    private static final int SEGMENT = 1448;
    private static final int SEGMENT_HEADER = 40;
    private static final int FRAME = 64 << 10;
    private static final int FRAME_HEADER = 12;
    private static final int SECURE_FRAME = 65_519;
    private static final int SECURE_HEADER = 18;

    /// Checks the numbers.
    public Network {
        if (!(loss >= 0 && loss < 1)) {
            throw new IllegalArgumentException("loss %s: it must be in [0, 1)".formatted(loss));
        }
        if (ownJitter instanceof Jitter.Regional(long[][] nanos)
                && nanos.length != latency.regions()) {
            throw new IllegalArgumentException(
                    "jitter of %d regions for %d".formatted(nanos.length, latency.regions()));
        }
        if (validationNanos < 0) {
            throw new IllegalArgumentException(
                    "validation %d ns: it must not be negative".formatted(validationNanos));
        }
    }

    /// With the jitter of the latency.
    public Network(
            Latency latency,
            Bandwidth bandwidth,
            double loss,
            long validationNanos,
            Sharing sharing) {
        this(latency, bandwidth, loss, validationNanos, sharing, null);
    }

    /// With messages that are sent one after the other.
    public Network(Latency latency, Bandwidth bandwidth, double loss, long validationNanos) {
        this(latency, bandwidth, loss, validationNanos, Sharing.FIFO);
    }

    /// Only latency.
    public static Network ideal(Latency latency) {
        return new Network(latency, Bandwidth.UNLIMITED, 0, 0);
    }

    /// The network with this validation time.
    public Network withValidation(long nanos) {
        return new Network(latency, bandwidth, loss, nanos, sharing, ownJitter);
    }

    /// The network with this bandwidth.
    public Network withBandwidth(Bandwidth profile) {
        return new Network(latency, profile, loss, validationNanos, sharing, ownJitter);
    }

    /// The network with uplinks shared in this way.
    public Network withSharing(Sharing mode) {
        return new Network(latency, bandwidth, loss, validationNanos, mode, ownJitter);
    }

    /// The network with this jitter instead of that of its latency: each link draws from a stream
    /// of its own, so that another link more does not change what it draws.
    public Network withJitter(Jitter jitter) {
        return new Network(latency, bandwidth, loss, validationNanos, sharing, jitter);
    }

    /// What messages take more than their links.
    Jitter jitter() {
        return ownJitter == null ? latency.jitter() : ownJitter;
    }

    /// The window of a connection that was silent for so long.
    long window(long last, long silent) {
        boolean forgotten = silent > IDLE && sharing == Sharing.TCPLITE;
        return last == 0 || forgotten ? WINDOW : last;
    }

    /// How many round trips a message waits for acknowledgements, while a window doubles until it
    /// holds what is under way.
    ///
    /// @param most what fits between sender and receiver: a larger window waits no more
    static int slowStart(long bytes, long window, long most) {
        int rounds = 0;
        long sent = window;
        for (long next = window; sent < bytes && next < most; rounds++) {
            next *= 2;
            sent += next;
        }
        return rounds;
    }

    /// Bytes on the wire for an RPC: length prefix, multiplexer and security frames, segments.
    ///
    /// Source: simulator specification 2.4.
    static long wireBytes(int body) {
        int prefix = (38 - Integer.numberOfLeadingZeros(body | 1)) / 7;
        long stream = (long) body + Math.max(1, prefix);
        long muxed = stream + FRAME_HEADER * parts(stream, FRAME);
        long secured = muxed + SECURE_HEADER * parts(muxed, SECURE_FRAME);
        return secured + SEGMENT_HEADER * parts(secured, SEGMENT);
    }

    private static long parts(long length, int part) {
        return (length + part - 1) / part;
    }

    /// How much later a message comes because segments of it may be lost.
    ///
    /// @param loss probability that a segment is lost
    /// @param u a number in [0, 1) that belongs to the message
    static long lossNanos(double loss, int body, long oneWay, double u) {
        if (loss == 0) return 0;
        long segments = parts(Math.max(1, body), SEGMENT);
        if (u >= 1 - StrictMath.pow(1 - loss, segments)) return 0;
        long roundTrip = 2 * oneWay;
        return segments > 4 ? roundTrip : Math.max(200_000_000L, 2 * roundTrip);
    }

    /// Profiles of bandwidth: shares of peers and bits per second, up and down alike.
    ///
    /// @param name as in scenario files
    /// @param shares of all peers, together 1
    /// @param bitsPerSecond 0 for no limit
    public record Bandwidth(String name, double[] shares, double[] bitsPerSecond) {
        /// No limits.
        public static final Bandwidth UNLIMITED =
                new Bandwidth("ideal", new double[] {1}, new double[] {0});

        /// The interoperability suite: a fifth with 1,024 Mb/s, the others with 50 Mb/s.
        public static final Bandwidth INTEROP =
                new Bandwidth("interop", new double[] {0.2, 0.8}, new double[] {1024e6, 50e6});

        /// Half data centre, half home.
        public static final Bandwidth DCHOME =
                new Bandwidth("dchome", new double[] {0.5, 0.5}, new double[] {1000e6, 50e6});

        /// A third each.
        public static final Bandwidth THIRDS =
                new Bandwidth(
                        "thirds",
                        new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0},
                        new double[] {10e6, 100e6, 190e6});

        /// vac: five classes from 50 to 150 Mb/s.
        public static final Bandwidth VAC5 =
                new Bandwidth(
                        "vac5",
                        new double[] {0.2, 0.2, 0.2, 0.2, 0.2},
                        new double[] {50e6, 75e6, 100e6, 125e6, 150e6});

        /// The same for everybody.
        public static Bandwidth uniform(double bits) {
            return new Bandwidth("uniform", new double[] {1}, new double[] {bits});
        }

        /// The profile with a name.
        ///
        /// @throws IllegalArgumentException if there is none
        public static Bandwidth named(String name) {
            for (Bandwidth profile : new Bandwidth[] {UNLIMITED, INTEROP, DCHOME, THIRDS, VAC5}) {
                if (profile.name.equals(name)) return profile;
            }
            throw new IllegalArgumentException(
                    "bandwidth %s: one of ideal, interop, dchome, thirds, vac5".formatted(name));
        }

        /// Nanoseconds for one byte of the peer that a number in [0, 1) stands for; 0 without
        /// limit.
        double nanosPerByte(double u) {
            double at = u;
            int i = 0;
            while (i < shares.length - 1 && at >= shares[i]) at -= shares[i++];
            return bitsPerSecond[i] == 0 ? 0 : 8e9 / bitsPerSecond[i];
        }
    }
}
