package org.pollen.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.pollen.node.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pollen version`: number, commit, Java and the dialects spoken.
@Command(name = "version", description = "Version, commit, Java and dialects")
final class VersionCommand implements Callable<Integer> {
    private static final List<String> DIALECTS = List.of("blossom-2.0", "blossom-2.1", "meshsub");

    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        var out = spec.commandLine().getOut();
        if (global.json()) {
            ObjectNode node = new ObjectMapper().createObjectNode();
            node.put("schema", 1)
                    .put("version", Version.CURRENT.number())
                    .put("commit", Version.CURRENT.commit())
                    .put("java", Runtime.version().toString());
            DIALECTS.forEach(node.putArray("dialects")::add);
            out.println(node);
        } else {
            out.println(line());
        }
        out.flush();
        return 0;
    }

    static String line() {
        return "pollen %s (%s) · Java %s · dialects %s"
                .formatted(
                        Version.CURRENT.number(),
                        Version.CURRENT.commit(),
                        Runtime.version(),
                        String.join(", ", DIALECTS));
    }
}
