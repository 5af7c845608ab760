package io.multiraft.local.tour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  @TempDir Path directory;

  @Test
  void oneRunAtATime() throws Exception {
    try (StateDirectory first = StateDirectory.lock(directory)) {
      assertThat(first.path()).isEqualTo(directory);
      assertThatThrownBy(() -> StateDirectory.lock(directory))
          .isInstanceOf(StepFailed.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("--state-dir");
    }
    StateDirectory.lock(directory).close();
  }

  @Test
  void aFreshStartKeepsOnlyWhatTellsOfProcesses() throws Exception {
    Files.createDirectories(directory.resolve("etcd/member"));
    Files.writeString(directory.resolve("etcd/member/wal"), "old");
    try (StateDirectory state = StateDirectory.lock(directory)) {
      Files.writeString(state.run().resolve("children.pid"), "");
      state.clear();
      assertThat(directory.resolve("etcd")).doesNotExist();
      assertThat(state.run().resolve("children.pid")).exists();
    }
  }
}
