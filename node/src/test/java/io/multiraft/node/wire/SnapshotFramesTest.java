package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How snapshots travel between Multiraft nodes. */
class SnapshotFramesTest {
  @Test
  void framesAreTheSpecifiedBytes() {
    List<Vector> vectors = Vector.read("23_snapshots");
    assertThat(vectors).hasSize(8);
    for (Vector vector : vectors) {
      Frame frame = Frames.decode(vector.request(), true, vector.bytes());
      ExpectedFields.check(vector, frame);
      assertThat(Frames.encode(frame)).as("%s encoded", vector).isEqualTo(vector.bytes());
    }
  }

  @Test
  void whatIsNotNowIsNeverARejection() {
    assertThat(ResultCode.BUSY.isRefusal()).isTrue();
    assertThat(ResultCode.DAMAGED.isRefusal()).isTrue();
  }
}
