/**
 * Whether what clients were told could have happened one after another. Knows nothing of Raft: the
 * tests with real processes and the simulation use the same checker.
 */
package io.multiraft.node.linearizability;
