package org.pollen.simulator;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C while a run is going: the run is asked to stop, and the process waits until it has
/// written what it has.
final class Interrupt implements AutoCloseable {
    private static final long WAIT_SECONDS = 30;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean requested;

    Interrupt() {
        hook = new Thread(this::stop, "sim-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stop() {
        requested = true;
        try {
            if (!done.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("gave up waiting for the result to be written");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean requested() {
        return requested;
    }

    @Override
    public void close() {
        done.countDown();
        if (requested) return;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process is ending already.
        }
    }
}
