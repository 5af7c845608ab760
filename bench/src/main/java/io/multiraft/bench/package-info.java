/**
 * {@code bench/run}: Multiraft beside Apache Ratis and SOFAJRaft on the same work in the same run.
 * Begin at {@link io.multiraft.bench.Runner}; {@code load} is the process that writes.
 */
package io.multiraft.bench;
