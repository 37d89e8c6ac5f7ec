package org.pollen.mempool.fetch;

/// Why a peer should be dropped.
public enum FetchFault {
    /// It announced another type than the transaction has.
    WRONG_TYPE("announced another type than the transaction has"),
    /// It announced a size that is off by more than [TransactionFetcher#SIZE_TOLERANCE] bytes.
    WRONG_SIZE("announced another size than the transaction has"),
    /// It delivered a blob transaction whose sidecar is missing or wrong.
    BAD_SIDECAR("delivered a blob transaction with a wrong sidecar");

    private final String text;

    FetchFault(String text) {
        this.text = text;
    }

    /// What it did, in words, for the log.
    public String text() {
        return text;
    }
}
