package org.pollen.mempool.fetch;

/// What the fetcher counts: the values of the metric `txpool_fetcher_total`. Source: mempool
/// specification 5.10.
public enum FetchCounter {
    ANNOUNCE_IN("announce", "in"),
    ANNOUNCE_KNOWN("announce", "known"),
    ANNOUNCE_UNDERPRICED("announce", "underpriced"),
    ANNOUNCE_ONCHAIN("announce", "onchain"),
    ANNOUNCE_DOS("announce", "dos"),
    BROADCAST_IN("broadcast", "in"),
    BROADCAST_KNOWN("broadcast", "known"),
    BROADCAST_UNDERPRICED("broadcast", "underpriced"),
    BROADCAST_OTHERREJECT("broadcast", "otherreject"),
    REQUEST_OUT("request", "out"),
    REQUEST_FAIL("request", "fail"),
    REQUEST_DONE("request", "done"),
    REQUEST_TIMEOUT("request", "timeout"),
    REPLY_IN("reply", "in"),
    REPLY_KNOWN("reply", "known"),
    REPLY_UNDERPRICED("reply", "underpriced"),
    REPLY_OTHERREJECT("reply", "otherreject");

    private final String stage;
    private final String result;

    FetchCounter(String stage, String result) {
        this.stage = stage;
        this.result = result;
    }

    /// Value of the label `stage`.
    public String stage() {
        return stage;
    }

    /// Value of the label `result`.
    public String result() {
        return result;
    }
}
