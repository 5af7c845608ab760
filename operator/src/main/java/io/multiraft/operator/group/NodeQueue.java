package io.multiraft.operator.group;

import io.multiraft.operator.observe.AdminApi;
import io.multiraft.operator.observe.AdminException;
import io.multiraft.operator.observe.ClusterKey;
import io.multiraft.operator.observe.GroupRequest;
import io.multiraft.operator.observe.GroupResult;
import io.multiraft.operator.observe.NodeAddress;
import io.multiraft.operator.observe.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to one node. Additions are sent as one batch that holds whatever gathered while the last
 * batch was under way; a removal leaves at once, but never while an addition of the same group is
 * under way. A call that failed in passing stays queued and is repeated after a bounded back-off of
 * the whole node; every answer is kept until the group is forgotten.
 */
final class NodeQueue {
  private static final Logger log = LoggerFactory.getLogger(NodeQueue.class);
  private static final int MAX_REMOVALS_UNDER_WAY = 16;
  private static final long FIRST_BACKOFF_MILLIS = 200;
  private static final long MAX_BACKOFF_MILLIS = 10_000;

  /** Refusals that end by themselves. */
  private static final Set<String> PASSING_REASONS = Set.of("node-draining");

  /** What became of a call. */
  sealed interface Answer {
    record Done() implements Answer {}

    record Refused(Problem problem) implements Answer {}
  }

  /** Where the node answers now and with which token; empty while it cannot be called. */
  record Access(NodeAddress address, String token) {}

  private record Removal(int groupId, GroupName group, String uid) {}

  private final ClusterKey cluster;
  private final String podName;
  private final AdminApi api;
  private final Supplier<Optional<Access>> access;
  private final ScheduledExecutorService timer;
  private final java.util.function.Consumer<GroupName> onAnswer;

  private final Map<Integer, GroupRequest> waitingAdditions = new LinkedHashMap<>();
  private final Map<Integer, Removal> waitingRemovals = new LinkedHashMap<>();
  private final Map<Integer, Removal> removalsUnderWay = new HashMap<>();
  private final Map<Integer, Answer> additionAnswers = new HashMap<>();
  private final Map<Integer, Answer> removalAnswers = new HashMap<>();
  private Map<Integer, GroupRequest> additionsUnderWay = Map.of();
  private int failures;
  private boolean backingOff;

  NodeQueue(
      ClusterKey cluster,
      String podName,
      AdminApi api,
      Supplier<Optional<Access>> access,
      ScheduledExecutorService timer,
      java.util.function.Consumer<GroupName> onAnswer) {
    this.cluster = cluster;
    this.podName = podName;
    this.api = api;
    this.access = access;
    this.timer = timer;
    this.onAnswer = onAnswer;
  }

  /** Asks for a group to be added, once: a repeated request, answered or not, changes nothing. */
  synchronized void add(GroupRequest request) {
    int id = request.groupId();
    boolean known =
        additionAnswers.containsKey(id)
            || additionsUnderWay.containsKey(id)
            || waitingRemovals.containsKey(id)
            || removalsUnderWay.containsKey(id);
    if (!known && waitingAdditions.putIfAbsent(id, request) == null) {
      send();
    }
  }

  /** Asks for a group to be removed, once; withdraws an addition that has not left yet. */
  synchronized void remove(int groupId, GroupName group, String uid) {
    waitingAdditions.remove(groupId);
    if (removalAnswers.containsKey(groupId) || removalsUnderWay.containsKey(groupId)) {
      return;
    }
    if (waitingRemovals.putIfAbsent(groupId, new Removal(groupId, group, uid)) == null) {
      send();
    }
  }

  synchronized Optional<Answer> additionAnswer(int groupId) {
    return Optional.ofNullable(additionAnswers.get(groupId));
  }

  synchronized Optional<Answer> removalAnswer(int groupId) {
    return Optional.ofNullable(removalAnswers.get(groupId));
  }

  /** Drops what is known and wanted of a group; calls under way go on. */
  synchronized void forget(int groupId) {
    waitingAdditions.remove(groupId);
    waitingRemovals.remove(groupId);
    additionAnswers.remove(groupId);
    removalAnswers.remove(groupId);
  }

  private synchronized void send() {
    if (backingOff || (waitingAdditions.isEmpty() && waitingRemovals.isEmpty())) {
      return;
    }
    Optional<Access> now = access.get();
    if (now.isEmpty()) {
      backOff("it has no address yet");
      return;
    }
    sendRemovals(now.get());
    if (additionsUnderWay.isEmpty() && !waitingAdditions.isEmpty()) {
      sendAdditions(now.get());
    }
  }

  private void sendAdditions(Access to) {
    Map<Integer, GroupRequest> batch = new LinkedHashMap<>();
    var waiting = waitingAdditions.entrySet().iterator();
    while (waiting.hasNext() && batch.size() < AdminApi.MAX_GROUPS_PER_PUT) {
      var next = waiting.next();
      batch.put(next.getKey(), next.getValue());
      waiting.remove();
    }
    additionsUnderWay = batch;
    api.putGroups(to.address(), to.token(), List.copyOf(batch.values()))
        .whenComplete((results, failure) -> additionsAnswered(batch, results, failure));
  }

  private void additionsAnswered(
      Map<Integer, GroupRequest> batch, List<GroupResult> results, Throwable failure) {
    List<GroupName> tell = new ArrayList<>();
    synchronized (this) {
      additionsUnderWay = Map.of();
      if (failure == null) {
        failures = 0;
        boolean again = false;
        for (GroupResult result : results) {
          GroupRequest request = batch.get(result.groupId());
          if (request != null && !settled(request, result)) {
            again = true;
          } else if (request != null) {
            tell.add(new GroupName(request.namespace(), request.name()));
          }
        }
        if (again) {
          backOff("it cannot take groups now");
        }
      } else if (AdminException.causeOf(failure) instanceof AdminException.Permanent permanent) {
        // The batch as a whole was refused: each of its groups gets that answer.
        batch.forEach(
            (id, request) -> {
              additionAnswers.put(id, new Answer.Refused(permanent.problem()));
              tell.add(new GroupName(request.namespace(), request.name()));
            });
      } else {
        batch.forEach(this::waitAgain);
        backOff(AdminException.causeOf(failure).getMessage());
      }
      send();
    }
    tell.forEach(onAnswer);
  }

  /** Keeps the answer; false when the request has to be sent again later. */
  private boolean settled(GroupRequest request, GroupResult result) {
    int id = request.groupId();
    if (result.isAccepted()) {
      log.info(
          "{}: {} has group {} ({}/{})", cluster, podName, id, request.namespace(), request.name());
      additionAnswers.put(id, new Answer.Done());
      return true;
    }
    Problem problem = result.problem();
    if (result.status() >= 500 || problem == null || PASSING_REASONS.contains(problem.reason())) {
      waitAgain(id, request);
      return false;
    }
    log.warn(
        "{}: {} refused group {} ({}/{}): {}",
        cluster,
        podName,
        id,
        request.namespace(),
        request.name(),
        problem.sentence());
    additionAnswers.put(id, new Answer.Refused(problem));
    return true;
  }

  /** A removal that was asked for meanwhile wins over the addition. */
  private void waitAgain(int groupId, GroupRequest request) {
    if (!waitingRemovals.containsKey(groupId)) {
      waitingAdditions.putIfAbsent(groupId, request);
    }
  }

  private void sendRemovals(Access to) {
    var waiting = waitingRemovals.values().iterator();
    List<Removal> leaving = new ArrayList<>();
    while (waiting.hasNext() && removalsUnderWay.size() + leaving.size() < MAX_REMOVALS_UNDER_WAY) {
      Removal next = waiting.next();
      if (!additionsUnderWay.containsKey(next.groupId())) {
        leaving.add(next);
        waiting.remove();
      }
    }
    leaving.forEach(removal -> removalsUnderWay.put(removal.groupId(), removal));
    for (Removal removal : leaving) {
      api.deleteGroup(to.address(), to.token(), removal.groupId(), removal.uid())
          .whenComplete((nothing, failure) -> removalAnswered(removal, failure));
    }
  }

  private void removalAnswered(Removal removal, Throwable failure) {
    int id = removal.groupId();
    boolean tell = true;
    synchronized (this) {
      removalsUnderWay.remove(id);
      if (failure == null) {
        failures = 0;
        removalAnswers.put(id, new Answer.Done());
        log.info("{}: {} removed group {} ({})", cluster, podName, id, removal.group());
      } else if (AdminException.causeOf(failure) instanceof AdminException.Permanent permanent) {
        log.warn(
            "{}: {} refused to remove group {}: {}", cluster, podName, id, permanent.getMessage());
        removalAnswers.put(id, new Answer.Refused(permanent.problem()));
      } else {
        waitingRemovals.putIfAbsent(id, removal);
        backOff(AdminException.causeOf(failure).getMessage());
        tell = false;
      }
      send();
    }
    if (tell) {
      onAnswer.accept(removal.group());
    }
  }

  private void backOff(String why) {
    if (backingOff) {
      return;
    }
    backingOff = true;
    long waitMillis =
        Math.min(FIRST_BACKOFF_MILLIS << Math.min(failures++, 10), MAX_BACKOFF_MILLIS);
    log.debug("{}: {} is called again in {} ms: {}", cluster, podName, waitMillis, why);
    try {
      timer.schedule(this::resume, waitMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      waitingAdditions.clear(); // the operator is ending
      waitingRemovals.clear();
    }
  }

  /** Ends a back-off, because its time is over or because the node has shown that it is there. */
  synchronized void resume() {
    backingOff = false;
    send();
  }
}
