/**
 * One write-ahead log for all groups of a node, and the node's identity on disk. Event loops hand
 * over batches; one thread writes what waits, syncs once and completes them in order; recovery
 * rebuilds every group's log from the segments. Nothing here knows networks or consensus beyond the
 * records of {@code raft}. The bytes are described in {@code docs/storage.md}. Start reading at
 * {@link io.multiraft.node.log.NodeLog}.
 */
package io.multiraft.node.log;
