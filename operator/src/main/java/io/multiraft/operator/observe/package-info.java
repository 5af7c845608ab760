/**
 * What the operator knows about nodes, and how it talks to them.
 *
 * <p>One stream for each pod ({@link io.multiraft.operator.observe.PodStream}) feeds one {@link
 * io.multiraft.operator.observe.NodeView}; reconcilers read views and are told by a {@link
 * io.multiraft.operator.observe.ObserverListener} when one changed. Nothing here asks a node about
 * one group, and nothing here knows Kubernetes. Start reading at {@link
 * io.multiraft.operator.observe.NodeObserver}.
 */
package io.multiraft.operator.observe;
