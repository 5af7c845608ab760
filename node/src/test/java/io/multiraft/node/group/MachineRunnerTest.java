package io.multiraft.node.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What happens around a state machine, one task at a time and in the order that the test wants. */
class MachineRunnerTest {
  private static final AppliedPoint BEGINNING =
      AppliedPoint.beginning(ClusterConfig.initial(List.of()));

  private final Queue<Runnable> poolTasks = new ArrayDeque<>();
  private final Queue<Runnable> loopTasks = new ArrayDeque<>();
  private final List<Machine> machines = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final List<String> results = new ArrayList<>();
  private final List<String> snapshots = new ArrayList<>();
  private String failure;
  private int throwsLeft;
  private AppliedPoint saved = BEGINNING;
  private String savedText = "";

  private final MachineRunner runner =
      new MachineRunner(
          "group 7",
          this::machine,
          BEGINNING,
          new Saved(),
          new ListLog(() -> log.stream().map(MachineRunnerTest::entry).toList()),
          new Pools(poolTasks::add, poolTasks::add, System::nanoTime),
          loopTasks::add,
          new Outcome());

  private static LogEntry entry(String text) {
    if (text.equals("rotten")) {
      LogEntry good = LogEntry.checked(EntryType.APP_LOG, text.getBytes(UTF_8));
      return new LogEntry(1, good.type(), 0, true, good.payloadCrc() ^ 1, good.payload());
    }
    return text.equals("conf")
        ? LogEntry.of(
            1,
            EntryType.CONF,
            io.multiraft.node.raft.ConfigCodec.encode(ClusterConfig.initial(List.of())))
        : LogEntry.of(1, EntryType.APP_LOG, text.getBytes(UTF_8));
  }

  private Machine machine() {
    machines.add(new Machine());
    return machines.get(machines.size() - 1);
  }

  private void settle() {
    while (!poolTasks.isEmpty() || !loopTasks.isEmpty()) {
      (poolTasks.isEmpty() ? loopTasks : poolTasks).remove().run();
    }
  }

  private String text() {
    return ((Machine) runner.machine()).text.toString();
  }

  @Test
  void aMachineThatThrowsIsBuiltAgainAndGivesTheSameAnswers() {
    log.addAll(List.of("a", "b", "conf", "c"));
    runner.committed(2);
    settle();
    throwsLeft = 1;
    runner.committed(4);
    settle();
    assertThat(machines).hasSize(2);
    assertThat(machines.get(0).closed).isTrue();
    assertThat(text()).isEqualTo("abc");
    assertThat(results).containsExactly("1=a", "2=ab", "restored 0", "1=a", "2=ab", "4=abc");
    assertThat(runner.applied().config().logIndex()).isEqualTo(3);
    assertThat(failure).isNull();
  }

  @Test
  void whatIsNotWhatWasProposedIsNotApplied() {
    log.addAll(List.of("a", "rotten"));
    runner.committed(1);
    settle();
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> runner.committed(2))
        .hasMessageContaining("entry 2 is not what was proposed");
    settle();
    assertThat(text()).isEqualTo("a");
  }

  @Test
  void aMachineThatAlwaysThrowsFailsItsGroupWithTheReason() {
    log.addAll(List.of("a", "b"));
    throwsLeft = Integer.MAX_VALUE;
    runner.committed(2);
    settle();
    assertThat(machines).hasSize(MachineRunner.MAX_THROWS_IN_A_ROW).allMatch(m -> m.closed);
    assertThat(failure).contains("3 times").contains("asked to throw");
    runner.committed(2);
    settle();
    assertThat(results).doesNotContain("1=a");
  }

  @Test
  void throwsBehindOneAnotherCountOnlyWithoutProgressBetween() {
    for (int i = 0; i < 5; i++) {
      log.add("x");
      throwsLeft = MachineRunner.MAX_THROWS_IN_A_ROW - 1;
      runner.committed(log.size());
      settle();
    }
    assertThat(failure).isNull();
    assertThat(text()).isEqualTo("xxxxx");
  }

  @Test
  void aNewMachineBeginsWithTheSavedState() {
    log.addAll(List.of("a", "b", "c"));
    runner.committed(3);
    settle();
    saved = new AppliedPoint(2, 1, BEGINNING.config());
    savedText = "AB";
    throwsLeft = 1;
    log.add("d");
    runner.committed(4);
    settle();
    assertThat(text()).isEqualTo("ABcd");
    assertThat(results).endsWith("restored 0", "restored 2", "3=ABc", "4=ABcd");
  }

  @Test
  void whereNothingCanBeReadAnyMoreTheGroupFails() {
    log.addAll(List.of("a", "b"));
    runner.committed(1);
    settle();
    saved = null;
    throwsLeft = 1;
    runner.committed(2);
    settle();
    assertThat(failure).contains("no snapshot can be read");
    assertThat(machines).hasSize(2).allMatch(m -> m.closed);
  }

  @Test
  void aSnapshotHoldsExactlyWhatWasAppliedBeforeIt() {
    log.addAll(List.of("a", "b"));
    runner.committed(2);
    settle();
    runner.snapshot(new Taker());
    runner.committed(2);
    log.add("c");
    runner.committed(3);
    settle();
    assertThat(snapshots).containsExactly("2:ab");
    assertThat(text()).isEqualTo("abc");
  }

  @Test
  void whoWaitsForASnapshotIsToldThatTheMachineThrew() {
    log.add("a");
    throwsLeft = 1;
    runner.committed(1);
    runner.snapshot(new Taker());
    settle();
    assertThat(snapshots).hasSize(1).first().asString().contains("threw");
  }

  @Test
  void aRestoreWaitsForTheSliceUnderWayAndNothingIsAppliedBetween() {
    log.addAll(List.of("a", "b", "c"));
    runner.committed(1);
    saved = new AppliedPoint(2, 1, BEGINNING.config());
    savedText = "AB";
    runner.restore();
    runner.committed(3);
    settle();
    assertThat(results).containsExactly("1=a", "restored 2", "3=ABc");
  }

  @Test
  void stoppingClosesTheMachineOnceItIsIdle() {
    log.add("a");
    runner.committed(1);
    runner.stop();
    assertThat(machines.get(0).closed).isFalse();
    settle();
    assertThat(machines.get(0).closed).isTrue();
    assertThat(results).isEmpty();
    runner.snapshot(new Taker());
    assertThat(snapshots).hasSize(1).first().asString().contains("stopped");
  }

  private final class Outcome implements MachineRunner.Outcome {
    @Override
    public void applied(AppliedPoint now, List<CommittedEntry> commands, List<byte[]> answers) {
      for (int i = 0; i < commands.size(); i++) {
        results.add(commands.get(i).index() + "=" + new String(answers.get(i), UTF_8));
      }
    }

    @Override
    public void restored(AppliedPoint now) {
      results.add("restored " + now.index());
    }

    @Override
    public void failed(String why, Throwable cause) {
      failure = why;
    }
  }

  private final class Taker implements MachineRunner.SnapshotTaker {
    @Override
    public void taken(AppliedPoint point, StateMachine.Snapshot snapshot) {
      try (snapshot) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        snapshot.writeTo(out);
        snapshots.add(point.index() + ":" + out.toString(UTF_8));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void notTaken(String why) {
      snapshots.add(why);
    }
  }

  private final class Saved implements SavedState {
    @Override
    public java.util.Optional<AppliedPoint> newest() {
      return java.util.Optional.ofNullable(saved);
    }

    @Override
    public void restore(AppliedPoint point, StateMachine machine) {
      ((Machine) machine).text.replace(0, Integer.MAX_VALUE, savedText);
    }
  }

  /** Answers each letter with all letters so far. */
  private final class Machine implements StateMachine {
    private final StringBuilder text = new StringBuilder();
    private boolean closed;

    @Override
    public List<byte[]> apply(List<CommittedEntry> batch) {
      List<byte[]> answers = new ArrayList<>();
      for (CommittedEntry entry : batch) {
        text.append(new String(entry.payload(), UTF_8));
        answers.add(text.toString().getBytes(UTF_8));
      }
      if (throwsLeft > 0) {
        throwsLeft--;
        throw new IllegalStateException("asked to throw");
      }
      return answers;
    }

    @Override
    public Snapshot snapshot() {
      String kept = text.toString();
      return new Snapshot() {
        @Override
        public void writeTo(OutputStream out) throws IOException {
          out.write(kept.getBytes(UTF_8));
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void restore(InputStream in) {
      throw new UnsupportedOperationException("the test restores without a stream");
    }

    @Override
    public void close() {
      assertThat(closed).as("closed once").isFalse();
      closed = true;
    }
  }
}
