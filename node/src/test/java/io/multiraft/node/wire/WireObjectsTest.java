package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.ServerConfig;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The objects inside frames: what the captures do not show, and every cut of every object. */
class WireObjectsTest {
  private static final ClusterConfig CONFIG =
      new ClusterConfig(
          9,
          4,
          true,
          new byte[] {1, 2},
          List.of(
              ServerConfig.voter(1, "node-0:2379", "aux"),
              new ServerConfig(2, 3, "node-1:2379", "", true, true, 0)));
  private static final SnapshotInfo SNAPSHOT =
      new SnapshotInfo(SnapshotInfo.LOGICAL_OBJECTS, 80, 2, 0, CONFIG);

  @Test
  void appendixesAreTheSpecifiedBytes() {
    appendix(new AppendAppendix.None(), "");
    appendix(new AppendAppendix.DoNotRewind(), "0001");
    appendix(new AppendAppendix.ReceivingSnapshot(), "0002");
    appendix(new AppendAppendix.StateMachineCommitted(0x0102), "00030201000000000000");
  }

  @Test
  void appendixesOfLaterVersionsMeanNothing() {
    assertThat(AppendAppendix.fromBytes(HexFormat.of().parseHex("0101")))
        .isEqualTo(new AppendAppendix.None());
    assertThat(AppendAppendix.fromBytes(HexFormat.of().parseHex("0009")))
        .isEqualTo(new AppendAppendix.None());
    for (String cut : List.of("00", "00030201")) {
      assertThatThrownBy(() -> AppendAppendix.fromBytes(HexFormat.of().parseHex(cut)))
          .isInstanceOf(FrameException.class);
    }
  }

  @Test
  void notificationsThatCameLaterAreKept() {
    CustomNotification unknown = new CustomNotification.Unknown(9, new byte[] {5});
    assertThat(CustomNotification.fromBytes(unknown.toBytes())).isEqualTo(unknown);
    assertThatThrownBy(() -> CustomNotification.fromBytes(new byte[] {1, 2, 0, 0, 0, 0}))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("version");
  }

  @Test
  void everyCutIsRefusedAndEveryExtraByteToo() {
    exact(ConfigEntries.ofConfig(1, CONFIG).payload(), ConfigEntries::configFromBytes);
    exact(
        ConfigEntries.ofServer(CONFIG.servers().get(0)).payload(), ConfigEntries::serverFromBytes);
    exact(SNAPSHOT.toBytes(), SnapshotInfo::fromBytes);
    exact(new PriorityChange(3, 7).toBytes(), PriorityChange::fromBytes);
    exact(new RemoveServer(3).toBytes(), RemoveServer::fromBytes);
    exact(new CustomNotification.OutOfLogRange(8).toBytes(), CustomNotification::fromBytes);
    List<LogEntry> entries =
        List.of(LogEntry.of(1, (byte) 1, new byte[3]), LogEntry.of(2, (byte) 2, new byte[0]));
    exact(new LogPack(entries).toBytes(), LogPack::fromBytes);
  }

  @Test
  void aSnapshotsDataIsAllThatRemains() {
    SnapshotSyncRequest sync = new SnapshotSyncRequest(SNAPSHOT, 3, true, new byte[] {7, 8});
    byte[] bytes = sync.toBytes();
    assertThat(SnapshotSyncRequest.fromBytes(bytes)).isEqualTo(sync);
    assertThat(SnapshotSyncRequest.fromBytes(Arrays.copyOf(bytes, bytes.length - 2)).data())
        .isEmpty();
    byte[] cut = Arrays.copyOf(bytes, bytes.length - 3);
    assertThatThrownBy(() -> SnapshotSyncRequest.fromBytes(cut))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("done");
  }

  private static void appendix(AppendAppendix appendix, String hex) {
    assertThat(HexFormat.of().formatHex(appendix.toBytes())).isEqualTo(hex);
    assertThat(AppendAppendix.fromBytes(appendix.toBytes())).isEqualTo(appendix);
  }

  private static void exact(byte[] bytes, Function<byte[], ?> read) {
    assertThat(read.apply(bytes)).isEqualTo(read.apply(bytes.clone()));
    for (int length = 0; length <= bytes.length + 1; length++) {
      byte[] other = Arrays.copyOf(bytes, length);
      if (length != bytes.length) {
        assertThatThrownBy(() -> read.apply(other))
            .as("%d of %d bytes", length, bytes.length)
            .isInstanceOf(FrameException.class);
      }
    }
  }
}
