/** Multiraft: node. */
package io.multiraft.node;
