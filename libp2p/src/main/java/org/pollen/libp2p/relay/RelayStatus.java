package org.pollen.libp2p.relay;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The answers of circuit relay v2; the labels are those of the metric.
public enum RelayStatus {
    OK(100),
    RESERVATION_REFUSED(200),
    RESOURCE_LIMIT_EXCEEDED(201),
    PERMISSION_DENIED(202),
    CONNECTION_FAILED(203),
    NO_RESERVATION(204),
    MALFORMED_MESSAGE(400),
    UNEXPECTED_MESSAGE(401);

    private final int code;
    private final String label = name().toLowerCase(Locale.ROOT);

    RelayStatus(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    public String label() {
        return label;
    }

    /// The status of a number; null if it is none of these.
    public static @Nullable RelayStatus of(long code) {
        for (RelayStatus status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return null;
    }
}
