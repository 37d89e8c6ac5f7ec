package org.pollen.simulator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new DoNotIncludeTests())
                    .importPackages(
                            "org.pollen.simulator",
                            "org.pollen.router",
                            "org.pollen.scoring",
                            "org.pollen.peer",
                            "org.pollen.mempool",
                            "org.pollen.signalling");

    @Test
    @DisplayName("S-13: cores and peers read no clock, start no thread, make no shared random")
    void forbiddenCalls() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "org.pollen.peer..",
                        "org.pollen.router..",
                        "org.pollen.scoring..",
                        "org.pollen.mempool..",
                        "org.pollen.signalling..")
                .or()
                .areAssignableTo(Actor.class)
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, Random.class, ThreadLocalRandom.class)
                .check(CLASSES);
    }

    @Test
    void theSimulatorKnowsOnlyTheCores() {
        noClasses()
                .that()
                .resideInAPackage("org.pollen.simulator..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.pollen.node..", "org.pollen.libp2p..", "io.netty..")
                .check(CLASSES);
    }
}
