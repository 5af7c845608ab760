package io.multiraft.node.group;

import io.multiraft.node.port.PeerConnections;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.RaftConfig;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What all groups of a node share.
 *
 * @param self this node
 * @param raftConfig times and limits of every group
 * @param requestTimeoutNanos how long a proposal or a read may wait
 * @param maxQueuedBytes bytes of commands that one group takes before it refuses more
 * @param peers connections to other nodes
 * @param applyPool runs state machines
 * @param feed takes changes of status
 * @param onFatal ends the process
 */
record GroupContext(
    NodeRef self,
    RaftConfig raftConfig,
    long requestTimeoutNanos,
    long maxQueuedBytes,
    PeerConnections peers,
    Executor applyPool,
    ChangeFeed feed,
    Consumer<Throwable> onFatal) {}
