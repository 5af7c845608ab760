package io.multiraft.node.log;

/**
 * Counters since the log was opened.
 *
 * @param syncs finished syncs
 * @param batches batches made durable
 * @param bytes bytes written, headers included, zero-filling not
 * @param segments segments there are now
 * @param pendingBytes bytes of batches handed over and not yet durable
 * @param lastSyncNanos how long the last write and sync together took
 */
public record LogMetrics(
    long syncs, long batches, long bytes, long segments, long pendingBytes, long lastSyncNanos) {}
