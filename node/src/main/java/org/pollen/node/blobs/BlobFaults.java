package org.pollen.node.blobs;

import java.util.List;
import org.pollen.mempool.fetch.FetchFault;

/// Why peers are disconnected here: values of the label `reason`.
final class BlobFaults {
    static final String ANNOUNCEMENT = "announcement";
    static final String REQUEST = "request";
    static final String ANSWER = "answer";
    static final String SIDECAR = "sidecar";
    static final String TYPE = "type";
    static final String SIZE = "size";

    static final List<String> ALL = List.of(ANNOUNCEMENT, REQUEST, ANSWER, SIDECAR, TYPE, SIZE);

    private BlobFaults() {}

    static String of(FetchFault fault) {
        return switch (fault) {
            case WRONG_TYPE -> TYPE;
            case WRONG_SIZE -> SIZE;
            case BAD_SIDECAR -> SIDECAR;
        };
    }
}
