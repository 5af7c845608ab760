/**
 * Where the programs of the control plane come from: found on this machine, downloaded from the
 * official releases, or built with Go. Start reading at {@link
 * io.multiraft.local.binaries.Binaries}. Nothing here starts them.
 */
package io.multiraft.local.binaries;
