/**
 * The built-in state machine: etcd's key-value model over a group's log. Keys have a history of
 * revisions that is kept until it is compacted; commands carry a format number.
 *
 * <p>Nothing here knows gRPC's transport, the log or Raft. Start reading at {@code
 * KeyValueStateMachine}; {@code RevisionStore} explains how reads run beside writes.
 */
package io.multiraft.node.kv;
