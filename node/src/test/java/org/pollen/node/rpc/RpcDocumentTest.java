package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.Transaction;

/// What docs/rpc.md says is so.
class RpcDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "rpc.md");
    private static final Pattern ROW = Pattern.compile("\\| (`\\w+_\\w+`(, `\\w+_\\w+`)*) \\|.*");

    private final ApiHarness api = new ApiHarness();

    @Test
    void theTablesListWhatIsServed() throws IOException {
        List<String> listed =
                lines().stream()
                        .map(ROW::matcher)
                        .filter(Matcher::matches)
                        .flatMap(row -> Stream.of(row.group(1).split(", ")))
                        .map(name -> name.replace("`", ""))
                        .filter(name -> !name.startsWith("rpc_notifications"))
                        .toList();

        var served = new ArrayList<>(api.methods());
        served.addAll(GossipApiTest.served());
        assertThat(listed).containsExactlyInAnyOrderElementsOf(served);
    }

    @Test
    void theExamplesAreAnsweredAsShown() throws IOException {
        Transaction tx =
                api.node
                        .account(0)
                        .signer()
                        .draft(2, ApiHarness.CHAIN)
                        .fees(ApiHarness.gwei(5), ApiHarness.gwei(1))
                        .value(BigInteger.ONE)
                        .to(api.node.account(1).address())
                        .sign();
        String text = String.join("\n", lines());
        String examples = text.substring(text.indexOf("## Examples"), text.indexOf("Over a Web"));
        int run = 0;
        for (String pair : examples.split("\n> ", -1)) {
            if (run++ == 0) continue;
            String[] lines = pair.split("\n< |\n", -1);
            String request = lines[0].replace("RAW", "0x" + HexFormat.of().formatHex(tx.raw()));
            String answer = lines[1].replace("HASH", tx.hash().toString());
            assertThat(api.post(request))
                    .isEqualTo(ApiHarness.parse(answer.getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(run).isGreaterThan(10);
    }

    private static List<String> lines() throws IOException {
        return Files.readAllLines(DOCUMENT);
    }
}
