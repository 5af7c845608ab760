/** Nodes that speak docs/admin-api.md and keep what they hold in memory, for tests. */
package io.multiraft.operator.fake;
