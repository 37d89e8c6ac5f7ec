package org.pollen.libp2p;

import java.util.Locale;

/// Every bound the host enforces on strangers, by the number of the specification. Each refusal is
/// counted under its label.
public enum Limit {
    L1_IP_CONNECTIONS,
    L1_IP_RATE,
    L2_TRANSIENT,
    L3_UPGRADE_TIME,
    L4_UNAUTHENTICATED_BYTES,
    L5_TOKEN,
    L6_HEADER,
    L7_PROPOSALS,
    L8_NEGOTIATION_TIME,
    L9_NEGOTIATING_STREAMS,
    L10_HANDSHAKE_FRAME,
    L11_FIRST_MESSAGE,
    L12_AUTHENTICATION,
    L13_SHORT_FRAME,
    L14_EMPTY_FRAMES,
    L15_HANDSHAKE_TIME,
    L16_CERTIFICATE,
    L16_ALPN,
    L17_CERTIFICATE_SIZE,
    L19_YAMUX_FRAME,
    L19_STREAM_ID,
    L19_DUPLICATE_SYN,
    L19_WINDOW,
    L19_CREDIT,
    L20_BODY,
    L21_STREAMS,
    L22_RESETS,
    L22_SYN_RATE,
    L23_PINGS_IGNORED,
    L23_PINGS,
    L24_CONTROL_QUEUE,
    L25_MEMORY,
    L26_WRITE_STUCK,
    L27_SILENCE,
    L28_PONG,
    L29_EMPTY_CREDIT,
    L29_EMPTY_DATA,
    L33_RESETS,
    L34_HTTP_HEAD,
    L34_FRAME,
    L34_TEXT_FRAME,
    L35_IDENTIFY,
    L36_IDENTIFY_TIME,
    L36_PUSHES,
    L37_PING_STREAMS,
    L37_PING_SILENCE,
    L46_DIALS,
    L47_PROTOBUF,
    L48_HANDLER,
    CONNECTIONS,
    CONNECTIONS_PER_PEER,
    STREAMS,
    STREAMS_PER_PEER,
    STREAM_QUEUE,
    HANDSHAKE_QUEUE,
    UNKNOWN_PROTOCOL,
    GATED_ADDRESS,
    GATED_PEER;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
