package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power goes, or the process is killed, at every operation on the files, in random scripts, and
 * at every operation of the recovery that follows. What was acknowledged is there; what is there is
 * what was written, up to some batch.
 */
class PowerCutTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final int SEGMENT_BYTES = 8192;
  private static final int ROUNDS = 10;
  private static final int LIVES = 2;
  private static final int MAX_LATER_CUT = 60;

  private UUID incarnation;
  private long lastBoot;
  private long purged;
  private long rewritten;

  /** A run that ended with or without power. */
  private record Run(List<Workload.State> states, int acknowledged) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 3, 4, 6})
  void whatWasAcknowledgedSurvivesACutAnywhere(long seed) throws Exception {
    boolean finished = false;
    for (int cut = 1; !finished; cut++) {
      finished = cutAt(seed, cut, false);
      cutAt(seed, cut, true);
    }
    assertThat(purged).as("segments that went").isPositive();
    assertThat(rewritten).as("tails written again").isPositive();
  }

  /** Whether the script and the stop behind it ended before the cut. */
  private boolean cutAt(long seed, int cut, boolean afterEffect) throws Exception {
    String what = "seed %d, cut %s operation %d".formatted(seed, afterEffect ? "after" : "at", cut);
    SplittableRandom random =
        new SplittableRandom(seed * 1_000_003 + cut * 2 + (afterEffect ? 1 : 0));
    incarnation = null;
    lastBoot = 0;
    SimulatedFiles files = new SimulatedFiles();
    files.cutAt(cut, afterEffect);
    Run run = run(files, new SplittableRandom(seed), Workload.State.EMPTY, what);
    boolean finished = !files.isOff();
    for (int life = 1; life <= LIVES; life++) {
      files = random.nextBoolean() ? files.afterPowerCut(random) : files.afterKill();
      recoverWithCuts(files, run, random, what);
      Workload.State found = recover(files, random, what);
      check(found, run, what);
      files = files.afterPowerCut(random);
      assertThat(recover(files, random, what)).as(what + ": a second recovery").isEqualTo(found);
      files = files.afterPowerCut(random);
      files.cutAt(1 + random.nextInt(MAX_LATER_CUT), random.nextBoolean());
      run = run(files, random.split(), found, what + ", life " + life);
    }
    return finished;
  }

  /** Recovers copies of the disk, each with a cut at another operation, and then again. */
  private void recoverWithCuts(SimulatedFiles files, Run run, SplittableRandom random, String what)
      throws Exception {
    UUID incarnationBefore = incarnation;
    long bootBefore = lastBoot;
    boolean finished = false;
    for (int cut = 1; !finished; cut++) {
      SimulatedFiles copy = files.copy();
      copy.cutAt(cut, random.nextBoolean());
      try {
        recover(copy, random, what);
        finished = true;
      } catch (SimulatedFiles.PowerCut e) {
        Workload.State found = recover(copy.afterPowerCut(random), random, what);
        check(found, run, what + ", recovery cut at " + cut);
      }
      incarnation = incarnationBefore;
      lastBoot = bootBefore;
    }
  }

  /** The log keeps to its bound, whatever ends it: segments went, and tails were written again. */
  private void countPurges(SimulatedFiles files, Workload script) throws IOException {
    List<String> names = files.list(DIRECTORY.resolve(NodeLog.DIRECTORY_NAME));
    purged += SegmentName.sequence(names.get(0)).orElse(1) - 1;
    rewritten += script.rewritten();
  }

  private static void check(Workload.State found, Run run, String what) {
    List<Workload.State> allowed = run.states().subList(run.acknowledged(), run.states().size());
    if (!allowed.contains(found)) {
      assertThat(found)
          .as(what + ": not one of the states from the acknowledged one on")
          .isEqualTo(allowed.get(0));
    }
  }

  private Workload.State recover(SimulatedFiles files, SplittableRandom random, String what)
      throws IOException {
    NodeIdentity identity = identity(files, what);
    try (NodeLog log =
        NodeLog.open(files, DIRECTORY, config(identity), new SteppedDrive(), e -> {})) {
      assertThat(log.recovered().failedGroups()).as(what).isEmpty();
      Workload.State found = Workload.State.of(log.recovered());
      if (random.nextBoolean()) {
        files.powerOff();
      }
      return found;
    }
  }

  private Run run(SimulatedFiles files, SplittableRandom random, Workload.State before, String what)
      throws Exception {
    AtomicReference<Workload> script = new AtomicReference<>();
    SteppedDrive drive = new SteppedDrive();
    try {
      NodeIdentity identity = identity(files, what);
      try (NodeLog log =
          NodeLog.open(files, DIRECTORY, config(identity), drive, e -> script.get().stopped())) {
        script.set(new Workload(log, drive, random));
        script.get().run(ROUNDS);
      }
      if (!files.isOff()) {
        countPurges(files, script.get());
      }
    } catch (SimulatedFiles.PowerCut e) {
      return new Run(List.of(before), 0);
    }
    return new Run(script.get().states, script.get().acknowledged());
  }

  private NodeIdentity identity(SimulatedFiles files, String what) throws IOException {
    NodeIdentity identity = NodeIdentity.open(files, DIRECTORY, 1);
    if (incarnation != null) {
      assertThat(identity.incarnation()).as(what).isEqualTo(incarnation);
    }
    assertThat(identity.bootNumber()).as(what).isGreaterThan(lastBoot);
    incarnation = identity.incarnation();
    lastBoot = identity.bootNumber();
    return identity;
  }

  private static NodeLogConfig config(NodeIdentity identity) {
    return new NodeLogConfig(identity, SEGMENT_BYTES, 1 << 20, 2048, 4096, 2 * SEGMENT_BYTES, 0);
  }
}
