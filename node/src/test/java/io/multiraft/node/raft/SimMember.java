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

  /** What a member's clock shows when the simulation begins: it wraps while it runs. */
  private static final long START_NANOS = Long.MAX_VALUE - 2_000 * SimProfile.MILLI;

  private final int id;
  private final int clockRatePercent;
  private final SimDisk disk = new SimDisk();
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final Map<Request, Integer> unanswered = new HashMap<>();
  private RaftCore core;
  private SimLog log;
  private int life;
  private boolean destroyed;
  private boolean crashingAtNextWrite;
  private long pausedUntilNanos;
  private long tickNanos = Long.MAX_VALUE;
  private long highestTerm;
  private long checkedCommit;
  private long appliedIndex;
  private int boot;
  private boolean nodeUp = true;
  private int restsUnderBoot;

  SimMember(int id, int clockRatePercent) {
    this.id = id;
    this.clockRatePercent = clockRatePercent;
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

  /** Whether its disk is lost, and it with it, for ever. */
  boolean isDestroyed() {
    return destroyed;
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
    tickNanos = Long.MAX_VALUE;
    highestTerm = disk.hardState().term();
    appliedIndex = newCore.appliedIndex();
    checkedCommit = appliedIndex;
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

  void destroyed() {
    stopped();
    nodeUp = false;
    destroyed = true;
  }

  /** What the member's clock shows at this time. */
  long clockNanos(long elapsedNanos) {
    return START_NANOS + elapsedNanos / 100 * clockRatePercent;
  }

  /** When the member's clock shows this. */
  long elapsedAt(long clockNanos) {
    return (clockNanos - START_NANOS) / clockRatePercent * 100 + 100;
  }

  /** When the timer is set to go off. */
  long tickNanos() {
    return tickNanos;
  }

  void setTickNanos(long nanos) {
    tickNanos = nanos;
  }

  long pausedUntilNanos() {
    return pausedUntilNanos;
  }

  void pauseUntil(long nanos) {
    pausedUntilNanos = nanos;
  }

  void crashAtNextWrite() {
    crashingAtNextWrite = true;
  }

  boolean takeCrashAtNextWrite() {
    boolean was = crashingAtNextWrite;
    crashingAtNextWrite = false;
    return was;
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

  /** Up to where the state machine has come. */
  long appliedIndex() {
    return appliedIndex;
  }

  void appliedTo(long index) {
    appliedIndex = index;
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
        "server %d answers server %d twice or unasked",
        id,
        toServerId);
    unanswered.merge(request, -1, (count, less) -> count + less == 0 ? null : count + less);
  }

  int unanswered() {
    return unanswered.values().stream().mapToInt(Integer::intValue).sum();
  }
}
