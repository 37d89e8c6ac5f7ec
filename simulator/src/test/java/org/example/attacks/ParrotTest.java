package org.example.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.simulator.Adversaries;
import org.pollen.simulator.Adversary;
import org.pollen.simulator.Latency;
import org.pollen.simulator.Links;
import org.pollen.simulator.Network;
import org.pollen.simulator.Profile;
import org.pollen.simulator.Setup;
import org.pollen.simulator.Simulation;
import org.pollen.simulator.SimulationResult;

/// An attacker that knows the simulator from outside: what is public is enough for it.
class ParrotTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir Path folder = Path.of("");

    /// Not one that can be made.
    public abstract static class Unfinished extends Adversary {
        /// Does nothing.
        protected Unfinished(Seat seat) {
            super(seat);
        }
    }

    /// Needs more than a place.
    public static class Choosy extends Adversary {
        /// Does nothing.
        public Choosy(Seat seat, int more) {
            super(seat);
            assertThat(more).isPositive();
        }
    }

    private static SimulationResult run(int attackers, Adversaries made, int workers) {
        var links = new Links().dial(20, 6, 0, 1);
        for (int a = 0; a < attackers; a++) {
            for (int peer = 0; peer < 10; peer++) links.add(20 + a, peer, SECOND);
        }
        Setup setup =
                Setup.of(20, Network.ideal(Latency.PL25), Profile.H1)
                        .links(links)
                        .adversaries(attackers, made)
                        .attackBetween(SECOND, Long.MAX_VALUE)
                        .workload(5, 4, 256, 5 * SECOND, 9 * SECOND, 1)
                        .end(12 * SECOND)
                        .workers(workers)
                        .build();
        return new Simulation(setup).run(() -> false);
    }

    @Test
    void anAttackerOfAnotherPackageIsPutIntoARunByTheNameOfItsClass() {
        Adversaries parrots = Adversaries.named("org.example.attacks.Parrot", null);

        SimulationResult quiet = run(0, parrots, 1);
        SimulationResult loud = run(4, parrots, 1);

        assertThat(quiet.delivery()).isEqualTo(1);
        assertThat(loud.delivery()).isEqualTo(1);
        assertThat(loud.messageRpcs()).isGreaterThan(2 * quiet.messageRpcs());
        assertThat(run(4, Parrot::new, 1).digest()).isEqualTo(loud.digest());
        assertThat(run(4, parrots, 2).digest()).isEqualTo(loud.digest());
    }

    @Test
    void aMakerSeesThePlacesInTheirOrder() {
        var numbers = new ArrayList<Integer>();

        run(
                3,
                seat -> {
                    numbers.add(seat.number());
                    return new Parrot(seat);
                },
                1);

        assertThat(numbers).containsExactly(0, 1, 2);
    }

    @Test
    void aClassIsFoundInAFolderBesideTheProgram() throws IOException {
        Path source =
                Files.writeString(
                        folder.resolve("Mute.java"),
                        """
                        public class Mute extends org.pollen.simulator.Adversary {
                            public Mute(Seat seat) { super(seat); }
                            @Override protected void onLinked(int handle, long now) { hangUp(remoteOf(handle), now); }
                        }
                        """);
        int code =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-cp",
                                System.getProperty("java.class.path"),
                                source.toString());
        assertThat(code).isZero();

        SimulationResult result = run(4, Adversaries.named("Mute", folder), 1);

        assertThat(result.delivery()).isEqualTo(1);
        assertThatThrownBy(() -> Adversaries.named("Mute", null))
                .hasMessage("class Mute: not found");
        Path nowhere = folder.resolve("nowhere.jar");
        assertThatThrownBy(() -> Adversaries.named("Mute", nowhere))
                .hasMessage("class path %s: not there".formatted(nowhere));
    }

    @ParameterizedTest
    @CsvSource({
        "org.example.attacks.Nobody, not found",
        "java.lang.String, it must extend org.pollen.simulator.Adversary",
        "org.example.attacks.ParrotTest$Unfinished, it must be public and not abstract",
        "org.example.attacks.ParrotTest$Choosy, it needs a public constructor that takes an Adversary.Seat"
    })
    void aClassThatCannotBeAnAttackerIsRefused(String name, String message) {
        assertThatThrownBy(() -> Adversaries.named(name, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("class %s: %s".formatted(name, message));
    }

    @Test
    void aNumberBelowNoneIsRefused() {
        Setup.Builder setup = Setup.of(5, Network.ideal(Latency.PL25), Profile.H1);

        assertThatThrownBy(() -> setup.adversaries(-1, Parrot::new)).hasMessage("-1 attackers");
    }
}
