package org.pollen.node.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.pollen.node.ControlSocket;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen pool drop`: the owner of a node takes transactions out of its pool and its journal.
/// Peers that have them keep them.
@Command(
        name = "drop",
        description = "Take transactions out of the pool and the journal of a node of yours")
final class PoolDropCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "HASH", arity = "1..*", description = "0x and 64 digits")
    List<String> hashes = new ArrayList<>();

    @Option(names = "--yes", description = "Really: there is no way back")
    boolean yes;

    @Override
    public Integer call() {
        var wanted = new ArrayList<String>();
        for (String hash : hashes) wanted.add(PoolViewCommands.hash("HASH", hash).toString());
        if (!yes) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    "pool drop forgets transactions for good",
                    "add --yes if that is what you want");
        }
        String node = global.node;
        Path folder = node == null ? global.dataDir(global.load(Map.of())) : Path.of(node);
        var rows = new ArrayList<ObjectNode>();
        boolean all = true;
        for (String hash : wanted) {
            String answer = ask(folder, hash);
            all &= answer.equals("dropped");
            rows.add(Json.answer().put("hash", hash).put("result", PollenCli.printable(answer)));
        }
        var out = spec.commandLine().getOut();
        if (global.json()) {
            out.println(Json.list("transactions", rows));
        } else {
            for (ObjectNode row : rows) {
                out.println(row.path("result").asText() + " " + row.path("hash").asText());
            }
        }
        out.flush();
        return all ? 0 : 1;
    }

    private static String ask(Path folder, String hash) {
        try {
            return ControlSocket.ask(folder, "drop " + hash);
        } catch (SocketTimeoutException e) {
            throw new OperatorException(
                    ErrorCode.NET_002,
                    "the node in " + folder + " gives " + e.getMessage(),
                    "look at its log; the transaction may be gone already: ask with pool show",
                    e);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.NET_002,
                    "no node with a pool runs in " + folder + " (" + e.getMessage() + ")",
                    "name its data directory with --data-dir; only its owner may do this",
                    e);
        }
    }
}
