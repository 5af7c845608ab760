package io.multiraft.bench;

import io.multiraft.bench.load.RoundResult;
import java.util.OptionalDouble;

/**
 * What one round of one system came to.
 *
 * @param serverCpuMicros of all three servers, for each write
 * @param loadCpuMicros of the load process, for each write
 * @param syncsPerWrite {@code fdatasync} calls of one node for each write; known for Multiraft only
 */
record Round(
    RoundResult load, double serverCpuMicros, double loadCpuMicros, OptionalDouble syncsPerWrite) {}
