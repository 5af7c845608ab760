/** Multiraft: crds. */
package io.multiraft.crds;
