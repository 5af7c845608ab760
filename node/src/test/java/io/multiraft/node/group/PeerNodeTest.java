package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.raft.NodeRef;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is made of the heartbeats of another node, on a clock that jumps as it likes. */
class PeerNodeTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  private final PeerNode node = new PeerNode(new NodeRef(2, new UUID(0, 2)), "host:2", 0);

  /** An election timeout of a second. */
  private static long since(long now) {
    return now - SECOND;
  }

  @Test
  void aNodeIsGoneWhenItWasNotHeardForAnElectionTimeoutAndThatIsNewsOnce() {
    node.heard(5, SECOND);
    assertThat(node.fallsSilent(since(2 * SECOND))).isFalse();
    assertThat(node.isGone(since(2 * SECOND), 5)).isFalse();
    assertThat(node.fallsSilent(since(2 * SECOND + 1))).isTrue();
    assertThat(node.fallsSilent(since(HOUR))).isFalse();
    assertThat(node.isGone(since(HOUR), 5)).isTrue();
    node.heard(5, HOUR);
    assertThat(node.isGone(since(HOUR), 5)).isFalse();
    assertThat(node.fallsSilent(since(2 * HOUR))).as("the next time").isTrue();
  }

  @Test
  void aNodeThatWasStartedAgainIsGoneForWhoeverRestsUnderItsEarlierBoot() {
    node.heard(5, SECOND);
    assertThat(node.showsBoot(5)).isFalse();
    assertThat(node.showsBoot(6)).isTrue();
    assertThat(node.showsBoot(6)).isFalse();
    node.heard(6, SECOND);
    assertThat(node.isGone(since(SECOND), 5)).isTrue();
    assertThat(node.isGone(since(SECOND), 6)).isFalse();
    node.heard(5, SECOND);
    assertThat(node.isGone(since(SECOND), 5)).as("a late heartbeat changes nothing").isTrue();
  }

  @Test
  void oneWayOnlyTellsOneSide() {
    node.heard(5, HOUR);
    assertThat(node.stopsAnswering(since(HOUR)))
        .as("it says that it lives, but does not answer")
        .isTrue();
    assertThat(node.isGone(since(HOUR), 5)).isFalse();
    assertThat(node.answers()).isFalse();
    assertThat(node.stopsAnswering(since(2 * HOUR))).as("once").isFalse();
    assertThat(node.answered(5, 2 * HOUR)).as("it is back").isTrue();
    assertThat(node.answered(5, 2 * HOUR)).isFalse();
    assertThat(node.answered(6, 2 * HOUR)).as("started again, faster than it was missed").isTrue();
  }

  @Test
  void whoStoodStillItselfJudgesNobodyByIt() {
    node.heard(5, SECOND);
    node.answered(5, SECOND);
    node.forgive(HOUR);
    assertThat(node.fallsSilent(since(HOUR))).isFalse();
    assertThat(node.stopsAnswering(since(HOUR))).isFalse();
  }

  @Test
  void aDigestTellsWhichGroupsRestInWhateverOrder() {
    long one = PeerNode.digestItem(7, 1, 3);
    long other = PeerNode.digestItem(8, 1, 4);
    assertThat(one).isNotEqualTo(PeerNode.digestItem(7, 1, 4)).isNotEqualTo(other);
    node.led(one, true);
    node.led(other, true);
    node.followed(other, true);
    node.followed(one, true);
    assertThat(node.led()).isEqualTo(node.followed());
    node.led(one, false);
    assertThat(node.led()).isNotEqualTo(node.followed());
    node.led(other, false);
    assertThat(node.led()).isEqualTo(PeerNode.Digest.NONE);
  }

  @Test
  void theDigestIsTheSpecifiedOne() {
    // From the formula in the wire protocol, section 12.4, computed elsewhere.
    assertThat(PeerNode.digestItem(7, 1, 3)).isEqualTo(DIGEST_OF_GROUP_7);
  }

  private static final long DIGEST_OF_GROUP_7 = 0x1fe3634da08d4249L;
}
