package org.pollen.libp2p;

import java.time.Duration;

/// How long the host waits for what. All positive.
///
/// @param connect TCP connect
/// @param dial a whole dial: connect and upgrade
/// @param upgrade accept to muxer ready
/// @param handshake the Noise handshake
/// @param negotiation protocol negotiation of a stream
/// @param identify the answer to identify
/// @param keepAlive silence before a muxer ping
/// @param pong the answer to it
/// @param writeStuck a socket that takes no bytes
/// @param ping one round of the ping protocol
/// @param idle an unprotected connection without streams
/// @param drain how long closing waits for queued bytes
public record HostTimeouts(
        Duration connect,
        Duration dial,
        Duration upgrade,
        Duration handshake,
        Duration negotiation,
        Duration identify,
        Duration keepAlive,
        Duration pong,
        Duration writeStuck,
        Duration ping,
        Duration idle,
        Duration drain) {

    public static final HostTimeouts DEFAULT =
            new HostTimeouts(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(1));

    public HostTimeouts {
        positive("connect", connect);
        positive("dial", dial);
        positive("upgrade", upgrade);
        positive("handshake", handshake);
        positive("negotiation", negotiation);
        positive("identify", identify);
        positive("keepAlive", keepAlive);
        positive("pong", pong);
        positive("writeStuck", writeStuck);
        positive("ping", ping);
        positive("idle", idle);
        positive("drain", drain);
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(
                    "%s is %s: it must be a positive time".formatted(name, value));
        }
    }

    public HostTimeouts withDial(Duration value) {
        return new HostTimeouts(
                connect.compareTo(value) < 0 ? connect : value,
                value,
                upgrade,
                handshake,
                negotiation,
                identify,
                keepAlive,
                pong,
                writeStuck,
                ping,
                idle,
                drain);
    }

    public HostTimeouts withIdle(Duration value) {
        return new HostTimeouts(
                connect,
                dial,
                upgrade,
                handshake,
                negotiation,
                identify,
                keepAlive,
                pong,
                writeStuck,
                ping,
                value,
                drain);
    }
}
