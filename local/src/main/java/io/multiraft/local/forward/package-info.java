/**
 * Gives each group a local TCP port that any etcd client can use: connections go to a ready node,
 * beginning with one PROXY protocol header that names the group. Start reading at {@link
 * io.multiraft.local.forward.GroupForwarder}. Nothing here reads what it forwards.
 */
package io.multiraft.local.forward;
