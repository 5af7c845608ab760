package io.multiraft.node.group;

import io.multiraft.node.port.PeerConnections;
import io.multiraft.node.raft.RaftConfig;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What all groups of a node share.
 *
 * @param raftConfig times and limits of every group
 * @param requestTimeoutNanos how long a proposal or a read may wait
 * @param maxQueuedBytes bytes of commands that one group takes before it refuses more
 * @param logOverloaded whether so much waits for the disk that no more commands are taken
 * @param noSpace whether so little space is free that no more commands are taken
 * @param peers connections to other nodes
 * @param nodes the other nodes, watched for the groups at rest
 * @param health whether this node may lead
 * @param pools where what must not be done on an event loop is done
 * @param snapshots what snapshots share
 * @param maxApplyNanos a state machine that works on a few entries for longer is stuck, and its
 *     group takes no more commands until it gets on
 * @param feed takes changes of status
 * @param random makes a source of randomness for each group
 */
record GroupContext(
    RaftConfig raftConfig,
    long requestTimeoutNanos,
    long maxQueuedBytes,
    BooleanSupplier logOverloaded,
    BooleanSupplier noSpace,
    PeerConnections peers,
    PeerNodes nodes,
    NodeHealth health,
    Pools pools,
    SnapshotContext snapshots,
    long maxApplyNanos,
    ChangeFeed feed,
    Supplier<RandomGenerator> random) {}
