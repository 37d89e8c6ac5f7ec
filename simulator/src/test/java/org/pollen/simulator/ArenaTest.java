package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What entries of the catalogue share: their reports, their verdicts, and what they count.
class ArenaTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private static Setup.Builder network(int seconds) {
        var links = new Links().dial(20, 8, 0, 1);
        for (int sybil = 20; sybil < 30; sybil++) {
            for (int peer = 0; peer < 20; peer++) links.add(sybil, peer, 0);
        }
        return Setup.of(20, Network.ideal(Latency.PL25), Profile.H0_QUICK)
                .links(links)
                .attackers(10, (s, p, i) -> new Sybil(s, p, i, Sybil.Behaviour.SILENT))
                .end(seconds * SECOND);
    }

    @Test
    void eachRunOfAnEntryHasAFolderOfItsOwnAndTheEntryComparesThem() {
        var made =
                new EntryFolder(
                        "K-00", "two", folder, new RunFiles(true, "pb", false, true, false));
        var arena = new Arena(1, 1, made);
        SimulationResult first = arena.named("the first").run(network(25));
        arena.again().run(network(10));
        arena.again().run(network(5));
        made.end(List.of(Verdict.Gate.atMost("what is asked", 2, 1)));

        assertThat(names(folder))
                .containsExactly("h0-quick", "h0-quick-2", "report.html", "the-first");
        for (String run : List.of("h0-quick", "h0-quick-2", "the-first")) {
            assertThat(names(folder.resolve(run)))
                    .contains("summary.json", "report.html", "trace.pb", "events.bin");
        }
        assertThat(folder.resolve("report.html"))
                .content()
                .contains(
                        "<h1>K-00 two</h1>",
                        "what is asked",
                        "<a href=\"the-first/report.html\">the first</a>",
                        "h0-quick-2/report.html");
        RunFolder read = RunFolder.read(folder.resolve("the-first"));
        assertThat(read.text("digest")).isEqualTo(first.digest());
        assertThat(read.table("mesh").size()).isEqualTo(25);
        Table mesh = RunFolder.read(folder.resolve("h0-quick")).table("mesh");
        assertThat(mesh.size()).isEqualTo(10);
        assertThat(Arrays.stream(mesh.column("attackers_most")).max().orElse(0)).isPositive();
        Table survival = RunFolder.read(folder.resolve("h0-quick")).table("survival");
        assertThat(survival.size()).isPositive();
        assertThat(Arrays.stream(survival.column("seconds")).min().orElse(-1)).isNotNegative();
        assertThat(Arrays.stream(survival.column("seconds")).max().orElse(99))
                .isLessThanOrEqualTo(10);
    }

    private static List<String> names(Path of) {
        try (Stream<Path> files = Files.list(of)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    }

    @Test
    void anEntryOfOneRunIsTracedAndRecordedInItsOwnFolder() {
        assertThat(
                        sim(
                                "run",
                                "K-46",
                                "--quiet",
                                "--report",
                                "--trace",
                                "interop",
                                "--record",
                                "--parquet",
                                "-o",
                                folder))
                .isZero();

        Path run = folder.resolve("K-46");
        assertThat(names(run))
                .contains("summary.json", "report.html", "mesh.parquet", "events.bin", "hosts")
                .doesNotContain("blossom-composite");
        RunFolder read = RunFolder.read(run);
        assertThat(read.text("name")).isEqualTo("K-46 an unknown slice first");
        assertThat(read.gates()).hasSize(3);
        assertThat(folder.resolve("verdicts.json")).content().contains(read.text("digest"));
        assertThat(sim("replay", run)).isZero();
        assertThat(out.toString()).contains("same run: digest " + read.text("digest"));
        assertThat(sim("run", "K-46", "--trace", "interop", "-o", folder)).isEqualTo(2);
        assertThat(err.toString()).contains("hosts is there already: choose another folder");
    }

    @Test
    void withoutTheOptionsAnEntryLeavesVerdictsOnly() {
        assertThat(sim("run", "K-46", "--quiet", "-o", folder)).isZero();

        assertThat(names(folder)).containsExactly("attacks.md", "verdicts.json");
    }

    @Test
    void anEntryWithoutANetworkHasNothingToTraceAndSaysSo() {
        List<String> cores =
                Attacks.all().stream()
                        .filter(entry -> !entry.networked())
                        .map(Attacks.Entry::id)
                        .toList();

        assertThat(cores).containsExactly("K-14", "K-60", "K-61", "K-62", "K-63");
        for (String id : cores) {
            err.getBuffer().setLength(0);
            assertThat(sim("run", id, "--report", "-o", folder)).isEqualTo(2);
            assertThat(err.toString()).contains(id + " runs no network").hasLineCount(1);
        }
        assertThat(folder).isEmptyDirectory();
        // And it is so: nothing would have been left.
        var made = new EntryFolder("K-14", "flat", folder, RunFiles.TABLES);
        assertThatThrownBy(() -> Attacks.named("K-14").run(1, 1, made, () -> false))
                .hasMessage("K-14 flat: it ran no network");
        assertThat(sim("run", "all", "--record", "-o", folder)).isEqualTo(2);
        assertThat(err.toString()).contains("--record: with one attack's name or a scenario's");
    }

    @Test
    void theFullFormOfAnEntryHasItsOwnLines() {
        Attacks.Entry full = FullAttacks.of(Attacks.named("K-06"));
        var gates = List.of(Verdict.Gate.atMost("p99 ms", 1, 2));
        String digest = "0".repeat(32);
        String before =
                AttackTable.json(
                        List.of(
                                new Verdict("K-06", 1, digest, 0, List.of()),
                                new Verdict("K-07", 1, digest, 0, List.of())));

        List<Verdict> all =
                AttackTable.merged(
                        before, List.of(new Verdict(full.id(), 1, "f".repeat(32), 0, gates)));

        assertThat(all).extracting(Verdict::id).containsExactly("K-06", "K-06 full", "K-07");
        assertThat(AttackTable.markdown(all))
                .contains("| K-06 cold boot |")
                .contains("| K-06 full cold boot |")
                .contains("`pollen sim run K-.. --full --seed N`");
        assertThat(AttackTable.merged(AttackTable.json(all), List.of())).hasSize(3);
    }

    /// Two attackers of a mesh go, and one of them comes back.
    @Test
    void whoIsGraftedAgainIsNotOut() {
        var leavers = new Leavers(SECOND);
        int[] flapping = {0b11, 0b01, 0b00, 0b10};
        for (int i = 0; i < 4; i++) leavers.look((i + 1) * SECOND, pairs(flapping[i]));

        assertThat(leavers.shareLeft(2)).isEqualTo(1);
        assertThat(leavers.shareOut(1)).isEqualTo(0.5);
        assertThat(leavers.shareOut(2)).isEqualTo(1);
        assertThat(leavers.shareOut(3)).isEqualTo(0.5);
        assertThat(leavers.shareOut(99)).isZero();
    }

    private static java.util.Set<Long> pairs(int bits) {
        var pairs = new java.util.LinkedHashSet<Long>();
        for (long i = 0; i < 2; i++) if ((bits >> i & 1) == 1) pairs.add(i);
        return pairs;
    }
}
