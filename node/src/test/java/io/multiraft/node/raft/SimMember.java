package io.multiraft.node.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One simulated member: a disk that survives crashes, and a core that does not. */
final class SimMember {
  private record Held(long sequence, List<Outgoing> messages) {}

  private record Request(int fromServerId, long correlation) {}

  private final int id;
  private final SimDisk disk = new SimDisk();
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final Map<Request, Integer> unanswered = new HashMap<>();
  private RaftCore core;
  private SimLog log;
  private int life;
  private long highestTerm;
  private long checkedCommit;
  private int boot;
  private boolean nodeUp = true;
  private int restsUnderBoot;

  SimMember(int id) {
    this.id = id;
  }

  int id() {
    return id;
  }

  SimDisk disk() {
    return disk;
  }

  boolean isUp() {
    return core != null;
  }

  RaftCore core() {
    return core;
  }

  SimLog log() {
    return log;
  }

  /** Counts starts, so that what was meant for an earlier life does not reach a later one. */
  int life() {
    return life;
  }

  void started(RaftCore newCore, SimLog newLog) {
    core = newCore;
    log = newLog;
    life++;
    boot += nodeUp ? 0 : 1;
    nodeUp = true;
    highestTerm = disk.hardState().term();
    checkedCommit = 0;
  }

  /** Counts starts of the node; a member may fail and be started again on a node that lives. */
  int boot() {
    return boot;
  }

  boolean isNodeUp() {
    return nodeUp;
  }

  void nodeCrashed() {
    nodeUp = false;
  }

  /** The boot of the leader's node when it last asked this member to rest. */
  void restsUnder(int leaderBoot) {
    restsUnderBoot = leaderBoot;
  }

  int restsUnderBoot() {
    return restsUnderBoot;
  }

  void stopped() {
    core = null;
    log = null;
    life++;
    held.clear();
    unanswered.clear();
  }

  long highestTerm() {
    return highestTerm;
  }

  void sawTerm(long term) {
    highestTerm = term;
  }

  long checkedCommit() {
    return checkedCommit;
  }

  void sawCommit(long index) {
    checkedCommit = index;
  }

  /** Keeps messages until the disk has finished this Ready. */
  void hold(long sequence, List<Outgoing> messages) {
    held.addLast(new Held(sequence, messages));
  }

  /** Messages of Readys up to this one. */
  List<Outgoing> release(long sequence) {
    List<Outgoing> released = new ArrayList<>();
    while (!held.isEmpty() && held.getFirst().sequence <= sequence) {
      released.addAll(held.removeFirst().messages);
    }
    return released;
  }

  void requestArrived(int fromServerId, long correlation) {
    unanswered.merge(new Request(fromServerId, correlation), 1, Integer::sum);
  }

  void responseLeft(int toServerId, long correlation) {
    Request request = new Request(toServerId, correlation);
    SafetyChecker.require(
        unanswered.containsKey(request),
        "server %d answers server %d twice or unasked".formatted(id, toServerId));
    unanswered.merge(request, -1, (count, less) -> count + less == 0 ? null : count + less);
  }

  int unanswered() {
    return unanswered.values().stream().mapToInt(Integer::intValue).sum();
  }
}
