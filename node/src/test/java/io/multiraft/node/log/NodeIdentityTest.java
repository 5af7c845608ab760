package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Node rule 1, on real files. */
class NodeIdentityTest {
  private static final FileLayer FILES = new NioFileLayer();

  @TempDir Path parent;

  @Test
  void theIncarnationStaysAndTheBootNumberRises() throws Exception {
    Path directory = parent.resolve("a").resolve("b");
    UUID incarnation;
    try (NodeIdentity first = NodeIdentity.open(FILES, directory, 4)) {
      incarnation = first.incarnation();
      assertThat(first.bootNumber()).isEqualTo(1);
    }
    for (long boot = 2; boot < 5; boot++) {
      try (NodeIdentity next = NodeIdentity.open(FILES, directory, 4)) {
        assertThat(next.nodeId()).isEqualTo(4);
        assertThat(next.incarnation()).isEqualTo(incarnation);
        assertThat(next.bootNumber()).isEqualTo(boot);
      }
    }
  }

  @Test
  void anotherNodesDirectoryIsRefused() throws Exception {
    NodeIdentity.open(FILES, parent, 4).close();
    assertThatThrownBy(() -> NodeIdentity.open(FILES, parent, 5))
        .isInstanceOf(NodeIdentityException.class)
        .hasMessageContaining("belongs to node 4")
        .hasMessageContaining("id 5");
    NodeIdentity.open(FILES, parent, 4).close();
  }

  @Test
  void twoNeverShareADirectory() throws Exception {
    try (NodeIdentity first = NodeIdentity.open(FILES, parent, 4)) {
      assertThat(first.bootNumber()).isEqualTo(1);
      assertThatThrownBy(() -> NodeIdentity.open(FILES, parent, 4))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another process uses");
    }
  }

  @Test
  void aLogWithoutIdentityIsRefused() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, parent, 4)) {
      NodeLog.open(FILES, parent, NodeLogConfig.of(identity), e -> {}).close();
    }
    Files.delete(parent.resolve(NodeIdentity.FILE_NAME));
    assertThatThrownBy(() -> NodeIdentity.open(FILES, parent, 4))
        .isInstanceOf(NodeIdentityException.class)
        .hasMessageContaining("1 log segments");
  }

  @Test
  void aNodeThatHadALogDoesNotStartWithoutIt() throws Exception {
    try (NodeIdentity identity = NodeIdentity.open(FILES, parent, 4)) {
      NodeLog.open(FILES, parent, NodeLogConfig.of(identity), e -> {}).close();
    }
    Files.delete(parent.resolve("wal").resolve(SegmentName.of(1)));
    try (NodeIdentity identity = NodeIdentity.open(FILES, parent, 4)) {
      assertThatThrownBy(() -> NodeLog.open(FILES, parent, NodeLogConfig.of(identity), e -> {}))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("all segments are missing");
    }
  }

  @Test
  void anyFlippedBitInTheIdentityIsDamage() throws Exception {
    NodeIdentity.open(FILES, parent, 4).close();
    Path file = parent.resolve(NodeIdentity.FILE_NAME);
    byte[] good = Files.readAllBytes(file);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      Files.write(file, bad);
      assertThatThrownBy(() -> NodeIdentity.open(FILES, parent, 4))
          .isInstanceOfSatisfying(
              LogDamagedException.class, e -> assertThat(e.file()).isEqualTo(file));
    }
    Files.write(file, java.util.Arrays.copyOf(good, 20));
    assertThatThrownBy(() -> NodeIdentity.open(FILES, parent, 4))
        .isInstanceOf(LogDamagedException.class);
  }

  @Test
  void anotherNodesSegmentsAreRefused() throws Exception {
    Path other = parent.resolve("other");
    try (NodeIdentity identity = NodeIdentity.open(FILES, other, 4)) {
      NodeLog.open(FILES, other, NodeLogConfig.of(identity), e -> {}).close();
    }
    Path mine = parent.resolve("mine");
    try (NodeIdentity identity = NodeIdentity.open(FILES, mine, 4)) {
      Files.createDirectory(mine.resolve("wal"));
      String segment = SegmentName.of(1);
      Files.copy(other.resolve("wal").resolve(segment), mine.resolve("wal").resolve(segment));
      assertThatThrownBy(() -> NodeLog.open(FILES, mine, NodeLogConfig.of(identity), e -> {}))
          .isInstanceOf(LogDamagedException.class)
          .hasMessageContaining("written by node 4");
    }
  }
}
