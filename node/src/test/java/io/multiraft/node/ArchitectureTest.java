package io.multiraft.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who may depend on whom. Rules about packages that are not there yet hold trivially. */
class ArchitectureTest {
  private static final String ROOT = "io.multiraft.node.";

  private static final JavaClasses NODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.multiraft.node");

  /** The parts of java.base that know no thread, no clock and no input or output. */
  private static final Set<String> PURE_PACKAGES =
      Set.of(
          "java.lang",
          "java.lang.invoke",
          "java.lang.runtime",
          "java.util",
          "java.util.function",
          "java.util.stream",
          "java.util.random",
          "java.nio",
          "java.nio.charset",
          "java.time");

  /** Computes a number from bytes and does nothing else. */
  private static final String CHECKSUM = "java.util.zip.CRC32";

  /** What these packages have that is not pure, or not the same in every run. */
  private static final Set<String> IMPURE_CLASSES =
      Set.of(
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.lang.Runtime",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.System",
          "java.nio.MappedByteBuffer",
          "java.time.Clock",
          "java.time.Instant",
          "java.time.LocalDateTime",
          "java.util.Date",
          "java.util.Random",
          "java.util.SplittableRandom",
          "java.util.Timer");

  @Test
  void theCoreIsPure() {
    classes()
        .that()
        .resideInAPackage(ROOT + "raft..")
        .should()
        .onlyDependOnClassesThat(
            new DescribedPredicate<>("are the core's own or pure parts of java.base") {
              @Override
              public boolean test(JavaClass used) {
                JavaClass type = used.getBaseComponentType();
                return type.isPrimitive()
                    || type.getPackageName().startsWith(ROOT + "raft")
                    || type.getName().equals(CHECKSUM)
                    || (PURE_PACKAGES.contains(type.getPackageName())
                        && !IMPURE_CLASSES.contains(type.getName()));
              }
            })
        .check(NODE);
  }

  @Test
  void framesAndTheLogKnowOnlyTheCoresRecords() {
    packageKnowsNone("wire", "log", "port", "group", "kv", "api").check(NODE);
    packageKnowsNone("log", "wire", "port", "group", "kv", "api").check(NODE);
  }

  @Test
  void thePortKnowsFramesButNoGroupsInside() {
    packageKnowsNone("port", "log", "group", "kv", "api").check(NODE);
  }

  @Test
  void groupsKnowNothingOfWhatRunsInThem() {
    packageKnowsNone("group", "kv", "api").check(NODE);
  }

  @Test
  void theStateMachineKnowsOnlyTheEmbeddingTypes() {
    packageKnowsNone("kv", "raft", "log", "wire", "port", "group", "api").check(NODE);
  }

  @Test
  void theNodeKnowsNoKubernetes() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..", "io.multiraft.operator..")
        .check(NODE);
  }

  private static ArchRule packageKnowsNone(String user, String... used) {
    String[] packages = new String[used.length];
    for (int i = 0; i < used.length; i++) {
      packages[i] = ROOT + used[i] + "..";
    }
    return noClasses()
        .that()
        .resideInAPackage(ROOT + user + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .allowEmptyShould(true);
  }
}
