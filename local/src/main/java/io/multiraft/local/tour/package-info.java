/**
 * The guided tour of {@code ./quickstart}: {@link io.multiraft.local.tour.LocalSystem} holds all
 * that runs, {@link io.multiraft.local.tour.Tour} is the list of steps, each of which is seen to
 * work or fails with a sentence, {@link io.multiraft.local.tour.Quickstart} is the command line.
 */
package io.multiraft.local.tour;
