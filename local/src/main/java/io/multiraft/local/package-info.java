/** Multiraft: local. */
package io.multiraft.local;
