package io.multiraft.local;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/** Who may depend on whom. */
class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.multiraft.local");

  @Test
  void processesProgramsAndFilesKnowNothingOfKubernetes() {
    noClasses()
        .that()
        .resideInAnyPackage("..local.process..", "..local.binaries..", "..local.files..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.fabric8..",
            "io.multiraft.crds..",
            "..local.pods..",
            "..local.control..",
            "..local.forward..",
            "..local.tour..")
        .check(classes);
  }

  @Test
  void nodeAndOperatorAreProcessesNotLibraries() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.multiraft.node..", "io.multiraft.operator..")
        .check(classes);
  }

  @Test
  void packagesDependOnEachOtherInOneDirection() {
    SlicesRuleDefinition.slices()
        .matching("io.multiraft.local.(*)..")
        .should()
        .beFreeOfCycles()
        .check(classes);
  }
}
