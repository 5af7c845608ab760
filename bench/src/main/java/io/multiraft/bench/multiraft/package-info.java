/** Multiraft as the load sees it: its client API is etcd's. */
package io.multiraft.bench.multiraft;
