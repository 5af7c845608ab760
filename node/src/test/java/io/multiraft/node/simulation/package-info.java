/**
 * Simulation of whole nodes: the real groups, log, dispatcher, connections and frames of several
 * nodes on a simulated disk, network and clock, in one thread, determined by a seed. Start reading
 * at {@link io.multiraft.node.simulation.NodeSimulation}; what goes wrong is in {@code Faults},
 * what must hold in {@code Invariants}, {@code Promises} and {@code RegisterHistory}.
 */
package io.multiraft.node.simulation;
