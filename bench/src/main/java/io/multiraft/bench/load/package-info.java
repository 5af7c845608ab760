/**
 * The load process: one closed loop over any system's client, and the check of what was written.
 * Depends on the JDK alone.
 */
package io.multiraft.bench.load;
