/**
 * A group's life on a node: made, run on its event loop, watched, removed. {@code GroupManager}
 * owns the groups and their durable creation and removal; {@code Group} drives one core; {@code
 * GroupLoop} turns many groups at once and hands their work to the log and the peers in one step.
 */
package io.multiraft.node.group;
