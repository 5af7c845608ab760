package io.multiraft.node.group;

import io.multiraft.node.raft.NodeRef;

/**
 * What this node knows of another that shares groups with it, found out once for all of them.
 * Thread-safe; it is asked and told seldom.
 */
final class PeerNode {
  /** The groups at rest between two nodes: how many, and a sum that tells which. */
  record Digest(long sum, long groups) {
    static final Digest NONE = new Digest(0, 0);

    private Digest plus(long item) {
      return new Digest(sum + item, groups + 1);
    }

    private Digest minus(long item) {
      return new Digest(sum - item, groups - 1);
    }
  }

  private final NodeRef ref;
  private final String aux;
  private String endpoint;
  private int groups;
  private long heardNanos;
  private long heardBoot;
  private long answeredNanos;
  private long answeredBoot;
  private boolean answers = true;
  private boolean heard = true;
  private Digest led = Digest.NONE;
  private Digest followed = Digest.NONE;

  PeerNode(NodeRef ref, String endpoint, long nowNanos) {
    this.ref = ref;
    this.aux = ref.toAux();
    this.endpoint = endpoint;
    heardNanos = nowNanos;
    answeredNanos = nowNanos;
  }

  NodeRef ref() {
    return ref;
  }

  /** Whether a member with this {@code aux} runs on the node. */
  boolean isNamedBy(String memberAux) {
    return aux.equals(memberAux);
  }

  synchronized String endpoint() {
    return endpoint;
  }

  /** One more group has a member there. */
  synchronized void retain(String where) {
    endpoint = where;
    groups++;
  }

  /** One less; whether there is none left. */
  synchronized boolean release() {
    return --groups == 0;
  }

  /** A heartbeat of the node has come. */
  synchronized void heard(long boot, long nowNanos) {
    heardBoot = Math.max(heardBoot, boot);
    heardNanos = nowNanos;
    heard = true;
  }

  /** The node has said hello with this boot number; whether it is another than before. */
  synchronized boolean showsBoot(long boot) {
    boolean other = heardBoot < boot;
    heardBoot = Math.max(heardBoot, boot);
    return other;
  }

  /** The node has answered a heartbeat; whether that is news: it did not before, or restarted. */
  synchronized boolean answered(long boot, long nowNanos) {
    boolean news = !answers || (answeredBoot != 0 && answeredBoot != boot);
    answeredBoot = boot;
    answeredNanos = nowNanos;
    answers = true;
    return news;
  }

  /** Whether the node answers heartbeats, as far as was judged. */
  synchronized boolean answers() {
    return answers;
  }

  /** Judges by what came last; whether the node does not answer any more since the last time. */
  synchronized boolean stopsAnswering(long sinceNanos) {
    boolean stops = answers && answeredNanos - sinceNanos < 0;
    answers &= !stops;
    return stops;
  }

  /** Whether no heartbeat came since then, or the node was started again since this boot. */
  synchronized boolean isGone(long sinceNanos, long boot) {
    return heardNanos - sinceNanos < 0 || heardBoot > boot;
  }

  /** Judges by what came last; whether the node is not heard any more since the last time. */
  synchronized boolean fallsSilent(long sinceNanos) {
    boolean falls = heard && heardNanos - sinceNanos < 0;
    heard &= !falls;
    return falls;
  }

  /** This node itself stood still: that nothing came meanwhile says nothing. */
  synchronized void forgive(long nowNanos) {
    heardNanos = nowNanos;
    answeredNanos = nowNanos;
  }

  /** A group that is led here and that the node follows begins or ends to rest. */
  synchronized void led(long item, boolean rests) {
    led = rests ? led.plus(item) : led.minus(item);
  }

  /** A group that the node leads and that is followed here begins or ends to rest. */
  synchronized void followed(long item, boolean rests) {
    followed = rests ? followed.plus(item) : followed.minus(item);
  }

  synchronized Digest led() {
    return led;
  }

  synchronized Digest followed() {
    return followed;
  }

  /** What a group at rest adds to a digest (wire protocol, section 12.4). */
  static long digestItem(int groupId, int leaderServerId, long term) {
    return mix(mix(groupId) + mix(term) + leaderServerId);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
