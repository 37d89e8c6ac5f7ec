package org.pollen.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may import whom, and what a core may touch. Source: design.md, "The house".
class ArchitectureTest {
    private static final JavaClasses ALL =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("org.pollen");

    /// What each module may import of ours; everything else is forbidden.
    private static final Map<String, Set<String>> ALLOWED =
            Map.of(
                    "scoring", Set.of(),
                    "peer", Set.of(),
                    "mempool", Set.of(),
                    "router", Set.of("peer", "scoring"),
                    "discovery", Set.of("peer"),
                    "signalling", Set.of("peer"),
                    "libp2p", Set.of("peer"));

    /// The registry is asked by the validation workers: it counts how many judge at once.
    private static DescribedPredicate<JavaClass> areNotSharedByWorkers() {
        return DescribedPredicate.describe(
                "are not the registry that validation workers share",
                type -> !type.getName().startsWith("org.pollen.router.ValidatorRegistry"));
    }

    static Stream<String> modules() {
        return ALLOWED.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void aModuleImportsOnlyWhatTheDesignDraws(String module) {
        String[] forbidden =
                Stream.of(
                                "peer",
                                "scoring",
                                "router",
                                "mempool",
                                "libp2p",
                                "discovery",
                                "signalling",
                                "node",
                                "simulator")
                        .filter(other -> !other.equals(module))
                        .filter(other -> !ALLOWED.getOrDefault(module, Set.of()).contains(other))
                        .map(other -> "org.pollen." + other + "..")
                        .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage("org.pollen." + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(ALL);
    }

    @ParameterizedTest(name = "B11 (router): {0}")
    @ValueSource(strings = {"peer", "scoring", "router", "mempool", "signalling"})
    void aCoreHasNoThreadsSocketsFilesOrLoggers(String core) {
        noClasses()
                .that()
                .resideInAPackage("org.pollen." + core + "..")
                .and(areNotSharedByWorkers())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.netty..",
                        "java.net.http..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.util.concurrent",
                        "java.util.concurrent.locks..",
                        "org.slf4j..",
                        "java.util.logging..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.net.Socket")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.File")
                .check(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"peer", "scoring", "router", "mempool", "signalling"})
    void aCoreHasNoClockAndDrawsNothingOfItsOwn(String core) {
        noClasses()
                .that()
                .resideInAPackage("org.pollen." + core + "..")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.util.Random.class)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.SplittableRandom")
                .check(ALL);
    }

    @Test
    void theRulesLookAtEveryModule() {
        List<String> seen =
                ALL.stream()
                        .map(type -> type.getPackageName().split("\\.", -1))
                        .filter(parts -> parts.length > 2)
                        .map(parts -> parts[2])
                        .distinct()
                        .toList();
        assertThat(seen)
                .containsAll(
                        Arrays.asList(
                                "peer",
                                "scoring",
                                "router",
                                "mempool",
                                "signalling",
                                "libp2p",
                                "node"));
    }
}
