package io.multiraft.node.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.multiraft.node.log.StateRecord.Chapter;
import io.multiraft.node.log.StateRecord.GroupState;
import io.multiraft.node.log.StateRecord.Purged;
import io.multiraft.node.log.StateRecord.RemovedIds;
import io.multiraft.node.log.StateRecord.TailRewritten;
import io.multiraft.node.raft.HardState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The bytes of the log's own records, as documented; a change of the format is seen here. */
class StateRecordTest {
  @Test
  void tailRewritten() {
    check(
        new TailRewritten(7, 8, 3),
        "21000000"
            + "18000000"
            + "07000000"
            + "00000000"
            + "0800000000000000"
            + "0300000000000000");
  }

  @Test
  void groupState() {
    MetaRecord.GroupCreated created =
        new MetaRecord.GroupCreated(7, "u", "n", "s", "p", "m", 2, new byte[] {9});
    String creation =
        "10000000"
            + "26000000"
            + "07000000"
            + "02000000"
            + "0100000075"
            + "010000006e"
            + "0100000073"
            + "0100000070"
            + "010000006d"
            + "0100000009";
    check(
        new GroupState(created, "o", new HardState(5, 1, 9), 4, 3, 11, Optional.empty()),
        "22000000"
            + "67000000"
            + "00000000" // no snapshot
            + "01000000" // voted for
            + "0500000000000000" // term
            + "0900000000000000" // commit index
            + "0400000000000000" // first index
            + "0300000000000000" // term before it
            + "0b00000000000000" // last index
            + "2e000000"
            + creation
            + "010000006f"); // owner
    roundTrip(
        new GroupState(
            created, "o", new HardState(5, 1, 9), 4, 3, 11, Optional.of(Workload.snapshot(3, 3))));
  }

  @Test
  void chapter() {
    Chapter chapter = new Chapter(16, true, 300, new int[] {1, 300});
    String hex =
        "23000000"
            + "1c000000"
            + "1000000000000000"
            + "01000000"
            + "2c010000"
            + "02000000"
            + "01000000"
            + "2c010000";
    assertThat(HexFormat.of().formatHex(StateCodec.encode(chapter))).isEqualTo(hex);
    Chapter read = (Chapter) decode(HexFormat.of().parseHex(hex));
    assertThat(read.groupIds()).containsExactly(1, 300);
    assertThat(read.fromOffset()).isEqualTo(16);
    assertThat(read.nodeFacts()).isTrue();
    assertThat(read.highestGroupIdSeen()).isEqualTo(300);
  }

  @Test
  void purged() {
    check(new Purged(3, 64), "24000000" + "10000000" + "0300000000000000" + "4000000000000000");
  }

  @Test
  void removedIds() {
    GroupIdSet ids = new GroupIdSet();
    ids.addRange(1, 3);
    ids.add(5000);
    check(
        new RemovedIds(6000, ids),
        "25000000"
            + "1c000000"
            + "70170000"
            + "02000000"
            + "00000000"
            + "0100"
            + "01000300" // ids 1 to 3
            + "01000000"
            + "0100"
            + "88030100"); // id 5000
  }

  @Test
  void anIdSetHoldsWhatWasAddedHoweverItIsEncoded() {
    SplittableRandom random = new SplittableRandom(1);
    for (int density : new int[] {2, 3, 40, 4000}) {
      GroupIdSet set = new GroupIdSet();
      TreeSet<Integer> expected = new TreeSet<>();
      for (int i = 0; i < 3000; i++) {
        int id = random.nextInt(3000 * density);
        set.add(id);
        expected.add(id);
      }
      set.addRange(100_000, 120_000);
      for (int id = 100_000; id <= 120_000; id++) {
        expected.add(id);
      }
      set.remove(110_000);
      expected.remove(110_000);
      set.add(Integer.MAX_VALUE);
      expected.add(Integer.MAX_VALUE);
      RemovedIds record = new RemovedIds(Integer.MAX_VALUE, set);
      RemovedIds read = (RemovedIds) decode(StateCodec.encode(record));
      assertThat(read.ids().stream().boxed().toList()).isEqualTo(List.copyOf(expected));
      assertThat(read.ids()).isEqualTo(set);
      for (int id : expected) {
        assertThat(read.ids().contains(id)).isTrue();
      }
      assertThat(read.ids().contains(110_000)).isFalse();
      assertThat(read.ids().contains(-1)).isFalse();
    }
  }

  @Test
  void damagedBytesAreRefusedWithoutHarm() {
    SplittableRandom random = new SplittableRandom(2);
    byte[] good =
        StateCodec.encode(new StateRecord.Compaction(7, false, 8, 3, Workload.snapshot(12, 5)));
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      bytes[0] = (byte) (StateCodec.COMPACTION + random.nextInt(6));
      for (int flips = 0; flips < 3; flips++) {
        bytes[8 + random.nextInt(bytes.length - 8)] = (byte) random.nextInt();
      }
      Throwable refused = catchThrowable(() -> decode(bytes));
      if (refused != null) {
        assertThat(refused).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  private static void check(StateRecord record, String hex) {
    assertThat(HexFormat.of().formatHex(StateCodec.encode(record))).isEqualTo(hex);
    roundTrip(record);
  }

  private static void roundTrip(StateRecord record) {
    assertThat(decode(StateCodec.encode(record))).isEqualTo(record);
  }

  private static StateRecord decode(byte[] record) {
    ByteBuffer content = ByteBuffer.wrap(record, 8, record.length - 8).slice();
    return StateCodec.decode(record[0], content.order(ByteOrder.LITTLE_ENDIAN));
  }
}
