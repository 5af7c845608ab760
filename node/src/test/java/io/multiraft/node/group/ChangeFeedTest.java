package io.multiraft.node.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.multiraft.node.group.ChangeFeed.Change;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ChangeFeedTest {
  private final ChangeFeed feed = new ChangeFeed();

  @Test
  void aGroupStandsOnlyAtItsNewestChange() {
    feed.changed(1);
    feed.changed(2);
    feed.changed(1);
    assertThat(feed.since(0, 10)).containsExactly(new Change(2, 2, null), new Change(3, 1, null));
    assertThat(feed.since(2, 10)).containsExactly(new Change(3, 1, null));
    assertThat(feed.since(3, 10)).isEmpty();
  }

  @Test
  void aRemovalTakesThePlaceOfTheGroupsChanges() {
    feed.changed(1);
    feed.removed(1, "u");
    assertThat(feed.since(0, 10)).containsExactly(new Change(2, 1, "u"));
    feed.changed(1);
    assertThat(feed.since(0, 10)).containsExactly(new Change(3, 1, null));
  }

  @Test
  void aCursorFromBeforeAForgottenRemovalIsRefused() {
    feed.changed(1);
    assertThat(feed.knows(0)).isTrue();
    assertThat(feed.knows(2)).isFalse();
    for (int id = 0; id < 20_000; id++) {
      feed.removed(id, "u");
    }
    assertThat(feed.knows(0)).isFalse();
    assertThat(feed.knows(feed.sequence())).isTrue();
    assertThat(feed.since(0, 100_000)).hasSize(10_000);
  }

  @Test
  void listenersHearOfEachChange() {
    AtomicInteger heard = new AtomicInteger();
    Runnable listener = heard::incrementAndGet;
    feed.addListener(listener);
    feed.changed(1);
    feed.removed(1, "u");
    feed.removeListener(listener);
    feed.changed(2);
    assertThat(heard).hasValue(2);
  }
}
