/** Multiraft: operator. */
package io.multiraft.operator;
