/**
 * Plays scheduler and kubelet, and no more than that: pods are bound to one Node, run as processes
 * on loopback addresses, probed, restarted and ended as their spec says. Start reading at {@link
 * io.multiraft.local.pods.PodPlayer}; one {@link io.multiraft.local.pods.PodWorker} lives as long
 * as its pod. StatefulSets, claims, budgets and garbage collection are the real controller
 * manager's.
 */
package io.multiraft.local.pods;
