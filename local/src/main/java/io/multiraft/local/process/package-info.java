/**
 * Child processes that end when this one does, however it ends: {@link
 * io.multiraft.local.process.Children} starts and registers them, a small shell script watches over
 * them, and the next start ends what was left. Knows nothing of Kubernetes.
 */
package io.multiraft.local.process;
