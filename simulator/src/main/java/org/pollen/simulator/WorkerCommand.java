package org.pollen.simulator;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim worker`: executes a part of the run that another process has begun with `--members`.
@Command(
        name = "worker",
        description = "Executes a part of a run begun elsewhere with `sim run --members`.")
final class WorkerCommand implements Callable<Integer> {
    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "HOST:PORT", description = "Where the first member listens")
    String first = "";

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        InetSocketAddress at = address(first);
        try (var members =
                SocketMembers.join(
                        new InetSocketAddress(at.getHostString(), at.getPort()),
                        SocketMembers.Patience.USUAL)) {
            SocketMembers.Task task = Objects.requireNonNull(members.task());
            Scenario scenario = Scenario.parse("the scenario of " + first, task.scenario());
            Setup setup =
                    scenario.setup(task.seed()).workers(task.partitions()).members(members).build();
            SimulationResult result = new Simulation(setup).run(() -> false);
            out.print(AttackTable.summary(scenario.name(), result));
            out.flush();
            return 0;
        }
    }

    /// `host:port`.
    static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                int port = Integer.parseInt(text.substring(colon + 1));
                return InetSocketAddress.createUnresolved(text.substring(0, colon), port);
            }
        } catch (IllegalArgumentException _) {
            // Said below.
        }
        throw new ScenarioException(
                "`%s`: it must be an address and a port, as 127.0.0.1:7000".formatted(text));
    }
}
