package io.multiraft.operator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.multiraft.operator.fake.FakeFleet;
import io.multiraft.operator.fake.FakeNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams over real sockets to nodes that speak the contract. */
class NodeObserverTest {
  private static final ClusterKey CLUSTER = new ClusterKey("default", "demo");
  private static final ObserveTimings QUICK =
      new ObserveTimings(
          Duration.ofSeconds(4),
          Duration.ofMillis(10),
          Duration.ofMillis(100),
          Duration.ofMillis(400));

  private final FakeFleet fleet = new FakeFleet("demo", "secret");
  private final Set<String> changedGroups = ConcurrentHashMap.newKeySet();
  private final AtomicReference<String> token = new AtomicReference<>("secret");
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private NodeObserver observer;
  private FakeNode node;

  @BeforeEach
  void start() throws Exception {
    ObjectMapper json = new ObjectMapper();
    ObserverListener listener =
        new ObserverListener() {
          @Override
          public void groupChanged(ClusterKey cluster, String groupNamespace, String groupName) {
            changedGroups.add(groupNamespace + "/" + groupName);
          }

          @Override
          public void nodeChanged(ClusterKey cluster) {
            // Views are polled here.
          }
        };
    observer =
        new NodeObserver(
            new AdminClient(executor, json),
            json,
            QUICK,
            NodeObserver.Tokens.of(cluster -> token.get()),
            listener);
    node = fleet.start(0);
  }

  @AfterEach
  void stop() {
    observer.close();
    fleet.close();
    executor.shutdownNow();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
  }

  private NodeView follow() {
    observer.track(
        CLUSTER, List.of(new PodTarget("demo-0", new NodeAddress(node.host(), node.port()))));
    return observer.view(CLUSTER, "demo-0");
  }

  @Test
  void listsThenFollows() {
    node.plant(7, "u7", "default", "seven", "Delete");
    NodeView view = follow();
    soon().until(view::isSynced);
    assertThat(view.group(7)).get().matches(GroupDocument::isLeader);
    assertThat(view.identity().orElseThrow().incarnation()).isEqualTo(node.incarnation());
    assertThat(view.highestGroupIdSeen()).isEqualTo(7);

    node.plant(9, "u9", "default", "nine", "Delete");
    soon().until(() -> view.group(9).isPresent() && view.highestGroupIdSeen() == 9);
    node.removeBehindTheBack(7);
    soon().until(() -> view.group(7).isEmpty());
    assertThat(changedGroups).contains("default/nine", "default/seven");
  }

  @Test
  void keepsWhatItKnowsThroughAShortBreakAndIsRightAfterIt() throws Exception {
    node.plant(7, "u7", "default", "seven", "Delete");
    NodeView view = follow();
    soon().until(view::isSynced);
    node.stop();
    soon().until(() -> view.contact() == NodeView.Contact.LOST);
    assertThat(view.group(7)).as("last knowledge is kept").isPresent();
    node.removeFromDisk(7);
    fleet.start(0);
    soon().until(view::isSynced);
    assertThat(view.group(7)).as("the new list replaces the old one").isEmpty();
    assertThat(view.identity().orElseThrow().bootNumber()).isEqualTo(2);
  }

  @Test
  void followsAnotherIncarnation() throws Exception {
    node.plant(7, "u7", "default", "seven", "Delete");
    NodeView view = follow();
    soon().until(view::isSynced);
    String before = node.incarnation();
    node.loseDisk();
    fleet.start(0);
    soon().until(() -> view.isSynced() && view.groups().isEmpty());
    assertThat(view.identity().orElseThrow().incarnation()).isNotEqualTo(before);
    assertThat(view.highestGroupIdSeen()).isZero();
  }

  @Test
  void resumesWhereItStoppedAndListsAgainWhenTheCursorIsTooOld() {
    NodeView view = follow();
    soon().until(view::isSynced);
    for (int id = 1; id <= 20; id++) {
      // Each cut loses some lines or none; whichever way it resumes, the view gets right.
      node.cutStreams();
      node.plant(id, "u" + id, "default", "g" + id, "Delete");
    }
    soon().until(() -> view.isSynced() && view.groups().size() == 20);
  }

  @Test
  void waitsForTheRightToken() {
    token.set("wrong");
    NodeView view = follow();
    soon().until(() -> view.lastFailure().startsWith("401"));
    token.set("secret");
    soon().until(view::isSynced);
  }

  @Test
  void stopsFollowing() {
    NodeView view = follow();
    soon().until(view::isSynced);
    observer.track(CLUSTER, List.of());
    assertThat(observer.views(CLUSTER)).isEmpty();
    soon().until(() -> node.watchers() == 0);
  }
}
