package io.multiraft.node.group;

import io.multiraft.node.SnapshotConfig;
import io.multiraft.node.log.SnapshotStore;
import io.multiraft.node.port.PeerConnections;

/**
 * What the snapshots of all groups of a node share.
 *
 * @param config when they are taken and how many travel
 * @param store their files
 * @param peers connections that carry nothing else
 * @param taking bounds how many are written at a time
 * @param sending bounds how many are sent at a time
 * @param receiving bounds how many are received at a time
 */
record SnapshotContext(
    SnapshotConfig config,
    SnapshotStore store,
    PeerConnections peers,
    Permits taking,
    Permits sending,
    Permits receiving) {
  static SnapshotContext of(SnapshotConfig config, SnapshotStore store, PeerConnections peers) {
    return new SnapshotContext(
        config,
        store,
        peers,
        new Permits(config.maxTakenAtOnce()),
        new Permits(config.maxSentAtOnce()),
        new Permits(config.maxReceivedAtOnce()));
  }
}
