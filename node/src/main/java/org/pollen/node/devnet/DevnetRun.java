package org.pollen.node.devnet;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;

/// One run of a devnet from its options to its summary and conditions.
public final class DevnetRun implements AutoCloseable {
    private final Devnet devnet;
    private final List<Assertion> assertions;
    private @Nullable DevnetSummary summary;

    private DevnetRun(Devnet devnet, List<Assertion> assertions) {
        this.devnet = devnet;
        this.assertions = assertions;
    }

    /// Reads the conditions and wires the network.
    ///
    /// @param progress takes lines for people
    /// @throws OperatorException if a condition cannot be read
    public static DevnetRun prepare(DevnetOptions options, Consumer<String> progress) {
        List<Assertion> assertions =
                options.assertions().stream()
                        .map(text -> Assertion.parse(text, DevnetSummary.NAMES))
                        .toList();
        return new DevnetRun(new Devnet(options, progress), assertions);
    }

    /// Binds and starts everything.
    public void start() {
        devnet.start();
    }

    /// Runs until it is over; see [Devnet#run].
    public void run(Duration statusEvery) {
        devnet.run(statusEvery);
    }

    /// Ends [#run].
    public void requestStop() {
        devnet.requestStop();
    }

    /// Makes the summary.
    public void finish(Duration settle) {
        summary = devnet.finish(settle);
    }

    /// The summary as one line of JSON.
    public String json() {
        return done().toJson();
    }

    /// The summary for people.
    public String text() {
        return done().toText();
    }

    /// Checks the conditions, the pools, and that nothing broke.
    ///
    /// @throws OperatorException naming what does not hold
    public void check() {
        Throwable failure = devnet.failure();
        if (failure != null) {
            throw new OperatorException(
                    ErrorCode.INT_001,
                    "a node stopped: " + failure,
                    "run it again with -v and report what it prints",
                    failure);
        }
        DevnetSummary values = done();
        for (Assertion assertion : assertions) assertion.check(values.values());
        if (!values.problems().isEmpty()) {
            throw new OperatorException(
                    ErrorCode.RUN_001,
                    "a pool disagrees with the chain: " + values.problems().getFirst(),
                    "report it with the seed; run with fewer nodes if the machine was too busy");
        }
    }

    private DevnetSummary done() {
        if (summary == null) throw new IllegalStateException("the run is not finished");
        return summary;
    }

    @Override
    public void close() {
        devnet.close();
    }
}
