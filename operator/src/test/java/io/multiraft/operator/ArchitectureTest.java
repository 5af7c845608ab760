package io.multiraft.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may depend on whom. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.multiraft.operator");

  @Test
  void observeKnowsNoKubernetes() {
    noClasses()
        .that()
        .resideInAPackage("..operator.observe..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..", "io.multiraft.crds..")
        .check(CLASSES);
  }

  @Test
  void theOperatorKnowsNothingOfTheNodesInside() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.multiraft.node..")
        .check(CLASSES);
  }

  @Test
  void statusDependsOnNoReconciler() {
    noClasses()
        .that()
        .resideInAPackage("..operator.status..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..operator.cluster..", "..operator.group..", "..operator.observe..")
        .check(CLASSES);
  }

  @Test
  void whatDecidesDoesNoInputOrOutput() {
    noClasses()
        .that()
        .haveSimpleName("Placement")
        .or()
        .haveSimpleName("GroupAssessment")
        .or()
        .haveSimpleName("ClusterAssessment")
        .or()
        .haveSimpleName("NodeStatefulSet")
        .or()
        .haveSimpleName("Conditions")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.fabric8.kubernetes.client..", "java.net..", "java.util.concurrent..")
        .check(CLASSES);
    assertThat(CLASSES).isNotEmpty();
  }
}
