package io.multiraft.node.group;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.RaftServer;
import io.multiraft.node.log.Batch;
import io.multiraft.node.log.GroupLog;
import io.multiraft.node.log.HeldBack;
import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.MetaRecord.GroupRemoved;
import io.multiraft.node.log.MetaRecord.MemberRemoved;
import io.multiraft.node.log.MetaRecord.OwnerChanged;
import io.multiraft.node.log.NodeLog;
import io.multiraft.node.log.Recovered;
import io.multiraft.node.port.RaftGroupDispatcher;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.ConfigCodec;
import io.multiraft.node.raft.HardState;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.Role;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.raft.SnapshotMeta;
import io.multiraft.node.wire.ResultCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups of a node: made, found, removed. Changes are decided one at a time under a lock and
 * take effect when they are durable; lookups take no lock. Thread-safe.
 */
public final class GroupManager {
  private static final Logger LOG = LoggerFactory.getLogger(GroupManager.class);

  private final NodeRef self;
  private final NodeLog log;
  private final StateMachineFactory stateMachines;
  private final RaftGroupDispatcher dispatcher;
  private final ChangeFeed feed;
  private final GroupContext context;
  private final List<GroupLoop> loops;
  private final Executor executor;
  private final Tombstones tombstones;
  private final ConcurrentSkipListMap<Integer, Group> groups = new ConcurrentSkipListMap<>();
  private final Map<String, Integer> byName = new ConcurrentHashMap<>();
  private final Map<Integer, CompletableFuture<Void>> underWay = new HashMap<>();
  private int highestGroupIdSeen;
  private boolean draining;

  GroupManager(
      NodeRef self,
      NodeLog log,
      Recovered recovered,
      StateMachineFactory stateMachines,
      RaftGroupDispatcher dispatcher,
      Tombstones tombstones,
      GroupContext context,
      List<GroupLoop> loops,
      Executor executor) {
    this.self = self;
    this.log = log;
    this.stateMachines = stateMachines;
    this.dispatcher = dispatcher;
    this.tombstones = tombstones;
    this.context = context;
    this.feed = context.feed();
    this.loops = loops;
    this.executor = executor;
    this.highestGroupIdSeen = recovered.highestGroupIdSeen();
    recovered.groups().forEach(this::restart);
    recovered
        .failedGroups()
        .values()
        .forEach(failed -> LOG.error("Group {} has failed: {}", failed.groupId(), failed.why()));
    log.onHeldBack(this::letGo);
  }

  /** The log has grown too large because of this group. On the log's thread. */
  private void letGo(HeldBack held) {
    Group group = groups.get(held.groupId());
    if (group != null) {
      LOG.info("The log is held back by {}: {}", group, held);
      group.letGo(held.remedy());
    }
  }

  private void restart(Recovered.Group recovered) {
    GroupCreated made = recovered.creation();
    GroupSpec spec =
        new GroupSpec(
            made.groupId(),
            recovered.ownerUid(),
            made.name(),
            made.namespace(),
            made.deletionPolicy(),
            GroupSpec.Mode.valueOf(made.mode()),
            made.selfServerId(),
            ConfigCodec.decodeConfig(ByteBuffer.wrap(made.members())).servers());
    Optional<SnapshotMeta> snapshot =
        SavedSnapshots.find(context.snapshots().store(), made.groupId(), recovered.snapshot());
    run(spec, made.selfServerId(), recovered.hardState(), snapshot, recovered.log());
  }

  private void run(
      GroupSpec spec,
      int serverId,
      HardState hardState,
      Optional<SnapshotMeta> snapshot,
      GroupLog groupLog) {
    GroupLoop loop = loops.get(spec.groupId() % loops.size());
    Group group =
        new Group(spec, serverId, hardState, snapshot, groupLog, stateMachines, loop, context);
    groups.put(spec.groupId(), group);
    byName.put(nameKey(spec.namespace(), spec.name()), spec.groupId());
    dispatcher.register(spec.groupId(), group);
    group.start();
  }

  private static String nameKey(String namespace, String name) {
    return name + "." + namespace;
  }

  /** Makes groups or members, all in one durable step; results in the order of the specs. */
  public CompletableFuture<List<AddResult>> add(List<GroupSpec> specs) {
    List<CompletableFuture<AddResult>> results = new ArrayList<>();
    Batch batch = new Batch(executor);
    List<Runnable> whenDurable = new ArrayList<>();
    synchronized (this) {
      for (GroupSpec spec : specs) {
        results.add(decide(spec, batch, whenDurable));
      }
      if (!whenDurable.isEmpty()) {
        log.submit(batch.onDurable(() -> whenDurable.forEach(Runnable::run)));
      }
    }
    return CompletableFuture.allOf(results.toArray(CompletableFuture[]::new))
        .thenApply(all -> results.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<AddResult> decide(
      GroupSpec spec, Batch batch, List<Runnable> whenDurable) {
    CompletableFuture<Void> before = underWay.get(spec.groupId());
    if (before != null) {
      return before.thenCompose(made -> add(List.of(spec)).thenApply(again -> again.get(0)));
    }
    Group existing = groups.get(spec.groupId());
    Optional<RefusedException> refusal =
        existing != null ? differs(existing, spec) : mayNotBeMade(spec);
    if (refusal.isPresent()) {
      return CompletableFuture.completedFuture(new AddResult.Refused(refusal.get()));
    }
    if (existing != null) {
      return CompletableFuture.completedFuture(new AddResult.Existing(spec.groupId()));
    }
    return make(spec, batch, whenDurable);
  }

  private CompletableFuture<AddResult> make(
      GroupSpec spec, Batch batch, List<Runnable> whenDurable) {
    int serverId =
        spec.mode() == GroupSpec.Mode.JOIN
            ? spec.joinServerId()
            : spec.memberOn(self.nodeId()).orElseThrow().serverId();
    GroupCreated record =
        new GroupCreated(
            spec.groupId(),
            spec.uid(),
            spec.name(),
            spec.namespace(),
            spec.deletionPolicy(),
            spec.mode().name(),
            serverId,
            encode(spec.members()));
    CompletableFuture<AddResult> result = new CompletableFuture<>();
    CompletableFuture<Void> made = new CompletableFuture<>();
    underWay.put(spec.groupId(), made);
    highestGroupIdSeen = Math.max(highestGroupIdSeen, spec.groupId());
    GroupLog groupLog = log.create(record);
    batch.add(groupLog);
    whenDurable.add(
        () -> {
          synchronized (this) {
            tombstones.replaced(spec.groupId());
            run(spec, serverId, HardState.INITIAL, Optional.empty(), groupLog);
            underWay.remove(spec.groupId());
          }
          LOG.info(
              "Made group {} ({}/{}) as server {}, {} members",
              spec.groupId(),
              spec.namespace(),
              spec.name(),
              serverId,
              spec.members().size());
          result.complete(new AddResult.Made(spec.groupId()));
          made.complete(null);
        });
    return result;
  }

  private Optional<RefusedException> differs(Group existing, GroupSpec spec) {
    if (!existing.spec().uid().equals(spec.uid())) {
      return refuse(
          Refusal.OTHER_UID,
          "group %d belongs to uid %s".formatted(spec.groupId(), existing.spec().uid()));
    }
    if (spec.mode() == GroupSpec.Mode.BOOTSTRAP
        && !Arrays.equals(encode(existing.spec().members()), encode(spec.members()))) {
      return refuse(
          Refusal.OTHER_MEMBERS, "group %d was made with other members".formatted(spec.groupId()));
    }
    return Optional.empty();
  }

  private Optional<RefusedException> mayNotBeMade(GroupSpec spec) {
    Optional<String> tombstone = tombstones.against(spec);
    if (tombstone.isPresent()) {
      return refuse(Refusal.TOMBSTONE, tombstone.get());
    }
    if (draining) {
      return refuse(Refusal.NODE_DRAINING, "this node is drained and takes no new groups");
    }
    if (spec.mode() == GroupSpec.Mode.JOIN) {
      return Optional.empty();
    }
    Optional<ServerConfig> member = spec.memberOn(self.nodeId());
    if (member.isEmpty()) {
      return refuse(Refusal.NOT_A_MEMBER, "the members do not name this node, " + self.nodeId());
    }
    NodeRef named = NodeRef.fromAux(member.get().aux()).orElseThrow();
    if (!named.equals(self)) {
      return refuse(
          Refusal.OTHER_INCARNATION,
          "the members name incarnation %s of node %d, this is %s"
              .formatted(named.incarnation(), self.nodeId(), self.incarnation()));
    }
    return Optional.empty();
  }

  private static Optional<RefusedException> refuse(Refusal refusal, String detail) {
    return Optional.of(new RefusedException(refusal, detail));
  }

  private static byte[] encode(List<ServerConfig> members) {
    List<ServerConfig> sorted = new ArrayList<>(members);
    sorted.sort(Comparator.comparingInt(ServerConfig::serverId));
    return ConfigCodec.encode(ClusterConfig.initial(sorted));
  }

  /**
   * Removes a group for good, or with a server id only this node's member. Completes when it is
   * durable; at once when it is gone already. Fails with {@link RefusedException} if the id belongs
   * to another uid.
   */
  public CompletableFuture<Void> remove(int groupId, String uid, OptionalInt serverId) {
    Group group;
    synchronized (this) {
      CompletableFuture<Void> before = underWay.get(groupId);
      if (before != null) {
        return before.thenCompose(made -> remove(groupId, uid, serverId));
      }
      group = groups.get(groupId);
      if (group != null && !group.spec().uid().equals(uid)) {
        return CompletableFuture.failedFuture(
            new RefusedException(
                Refusal.OTHER_UID,
                "group %d belongs to uid %s".formatted(groupId, group.spec().uid())));
      }
      Optional<GroupFailed> failed = tombstones.failed(groupId);
      if (failed.isPresent()) {
        return removeFailed(failed.get(), uid, serverId);
      }
      if (group == null && (serverId.isPresent() || tombstones.hasGroup(groupId))) {
        return CompletableFuture.completedFuture(null);
      }
      if (group != null
          && serverId.isPresent()
          && group.status().serverId() != serverId.getAsInt()) {
        return CompletableFuture.completedFuture(null); // that member is gone already
      }
    }
    ResultCode code = serverId.isPresent() ? ResultCode.REMOVED_MEMBER : ResultCode.REMOVED_GROUP;
    CompletableFuture<Void> quiet =
        group == null ? CompletableFuture.completedFuture(null) : group.stop(code);
    return quiet.thenCompose(stopped -> bury(groupId, uid, serverId, group));
  }

  /** What it was may not be known any more; then whoever removes it has to know. */
  private CompletableFuture<Void> removeFailed(
      GroupFailed failed, String uid, OptionalInt serverId) {
    if (!failed.ownerUid().isEmpty() && !failed.ownerUid().equals(uid)) {
      return CompletableFuture.failedFuture(
          new RefusedException(
              Refusal.OTHER_UID,
              "group %d belongs to uid %s".formatted(failed.groupId(), failed.ownerUid())));
    }
    int known = failed.creation().map(GroupCreated::selfServerId).orElse(0);
    OptionalInt highest =
        serverId.isPresent()
            ? OptionalInt.of(Math.max(known, serverId.getAsInt()))
            : OptionalInt.empty();
    return bury(failed.groupId(), uid, highest, null);
  }

  /** The member is silent now; once its tombstone is durable nobody can bring it back. */
  private CompletableFuture<Void> bury(int groupId, String uid, OptionalInt serverId, Group group) {
    CompletableFuture<Void> buried = new CompletableFuture<>();
    Batch batch = new Batch(executor);
    synchronized (this) {
      underWay.putIfAbsent(groupId, buried);
      highestGroupIdSeen = Math.max(highestGroupIdSeen, groupId);
      if (serverId.isPresent()) {
        MemberRemoved removed = new MemberRemoved(groupId, uid, serverId.getAsInt());
        tombstones.add(removed);
        batch.add(removed);
      } else {
        GroupRemoved removed = new GroupRemoved(groupId, uid);
        tombstones.add(removed);
        batch.add(removed);
      }
      if (group != null && groups.remove(groupId, group)) {
        byName.remove(nameKey(group.spec().namespace(), group.spec().name()), groupId);
        dispatcher.deregister(groupId);
        feed.removed(groupId, uid);
      }
    }
    batch.onDurable(
        () -> {
          LOG.info("Removed group {} (uid {})", groupId, uid);
          if (group != null) {
            group.release(); // every batch before this one has completed on its loop
          }
          context.pools().longTasks().execute(() -> deleteSnapshots(groupId, buried));
        });
    log.submit(batch);
    return buried;
  }

  /** Nobody may make the group's member again before its old files are gone. */
  private void deleteSnapshots(int groupId, CompletableFuture<Void> buried) {
    try {
      context.snapshots().store().delete(groupId);
    } catch (IOException e) {
      LOG.warn("Snapshots of group {} stay until the next start: {}", groupId, e.toString());
    }
    synchronized (this) {
      underWay.remove(groupId, buried);
    }
    buried.complete(null);
  }

  /** Whether the group is led here by the member with this server id in this term. */
  boolean leads(int groupId, int serverId, long term) {
    Group group = groups.get(groupId);
    return group != null && group.leads(serverId, term);
  }

  /**
   * Gives a group to another owner, if it belongs to the one that is expected. Completes when it is
   * durable; fails with {@link RefusedException} if the group is not here or belongs to a third.
   */
  public CompletableFuture<Void> changeOwner(int groupId, String expectedUid, String newUid) {
    CompletableFuture<Void> changed = new CompletableFuture<>();
    synchronized (this) {
      CompletableFuture<Void> before = underWay.get(groupId);
      if (before != null) {
        return before.thenCompose(done -> changeOwner(groupId, expectedUid, newUid));
      }
      Group group = groups.get(groupId);
      if (group == null) {
        return CompletableFuture.failedFuture(
            new RefusedException(Refusal.UNKNOWN_GROUP, "group " + groupId + " is not here"));
      }
      String owner = group.spec().uid();
      if (owner.equals(newUid)) {
        return CompletableFuture.completedFuture(null);
      }
      if (!owner.equals(expectedUid)) {
        return CompletableFuture.failedFuture(
            new RefusedException(
                Refusal.OTHER_UID, "group %d belongs to uid %s".formatted(groupId, owner)));
      }
      GroupSpec owned = group.spec().ownedBy(newUid);
      underWay.put(groupId, changed);
      Batch batch = new Batch(executor).add(new OwnerChanged(groupId, newUid));
      log.submit(batch.onDurable(() -> ownerChanged(group, owned, changed)));
    }
    return changed;
  }

  private void ownerChanged(Group group, GroupSpec owned, CompletableFuture<Void> changed) {
    group
        .become(owned)
        .thenRun(
            () -> {
              synchronized (this) {
                underWay.remove(owned.groupId(), changed);
              }
              LOG.info("Group {} belongs to uid {} now", owned.groupId(), owned.uid());
              changed.complete(null);
            });
  }

  /** Opens the newest durable snapshot of a group. */
  public CompletableFuture<Backup> openBackup(int groupId) {
    return context
        .snapshots()
        .store()
        .newest(groupId)
        .map(snapshot -> Backup.open(snapshot, context.pools().longTasks()))
        .orElseGet(
            () ->
                CompletableFuture.failedFuture(
                    new RefusedException(
                        Refusal.NOTHING_APPLIED, "group " + groupId + " has no state yet")));
  }

  /** A group by its id. */
  public Optional<RaftServer> byId(int groupId) {
    return Optional.ofNullable(groups.get(groupId));
  }

  /** A group by the name of the resource that made it. */
  public Optional<RaftServer> byName(String namespace, String name) {
    return Optional.ofNullable(byName.get(nameKey(namespace, name))).flatMap(this::byId);
  }

  /** How many groups have a member here. */
  public int count() {
    return groups.size();
  }

  /** How many of them are led here. */
  public long countLed() {
    return groups.values().stream().filter(Group::isLeader).count();
  }

  /** How many of them rest: nothing is sent for them and nothing is due. */
  public long countResting() {
    return groups.values().stream().filter(Group::isResting).count();
  }

  /** Every group's status, by rising group id. */
  public List<GroupStatus> statuses() {
    List<GroupStatus> all = new ArrayList<>();
    tombstones.failed().forEach(failed -> all.add(FailedStatus.of(failed)));
    groups.values().forEach(group -> all.add(group.status()));
    all.sort(Comparator.comparingInt(GroupStatus::groupId));
    return all;
  }

  /** Whether the group was removed here for good. */
  public boolean isRemoved(int groupId) {
    return tombstones.hasGroup(groupId);
  }

  /** The highest group id that this disk has ever held, -1 for none. */
  public synchronized int highestGroupIdSeen() {
    return highestGroupIdSeen;
  }

  /** Changes of groups, for watchers. */
  public ChangeFeed feed() {
    return feed;
  }

  /** Whether the node takes no new groups and no leaderships. */
  public synchronized boolean draining() {
    return draining;
  }

  /** Begins or ends draining. */
  public void drain(boolean on) {
    synchronized (this) {
      draining = on;
    }
    if (on) {
      handLeadersOver();
    }
  }

  /**
   * Asks every group that is led here and has other voters to hand over.
   *
   * @return how many are led here and could be led elsewhere
   */
  public int handLeadersOver() {
    int led = 0;
    Map<Integer, Group> mine = new TreeMap<>(groups);
    for (Group group : mine.values()) {
      GroupStatus status = group.status();
      boolean hasOthers = status.members().stream().filter(ServerConfig::isVoter).count() > 1;
      if (status.role() == Role.LEADER && hasOthers) {
        led++;
        group.transferLeadership(OptionalInt.empty());
      }
    }
    return led;
  }

  /** Ends all members, without a trace on disk: they run again at the next start. */
  public CompletableFuture<Void> stop() {
    return CompletableFuture.allOf(
        groups.values().stream()
            .map(group -> group.stop(ResultCode.UNKNOWN_GROUP))
            .toArray(CompletableFuture[]::new));
  }
}
