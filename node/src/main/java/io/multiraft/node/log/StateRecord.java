package io.multiraft.node.log;

/** What the log itself notes about groups, so that it can forget what came before. */
sealed interface StateRecord permits Compaction {}
