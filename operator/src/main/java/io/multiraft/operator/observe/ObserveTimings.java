package io.multiraft.operator.observe;

import java.time.Duration;

/**
 * Waits of the streams.
 *
 * @param keepAliveTimeout a stream silent for longer is broken; nodes send a line every 5 s
 * @param firstBackoff wait before the second attempt to connect; doubles with each failure
 * @param maxBackoff the longest wait between attempts
 * @param lostAfter a node that gave no complete answer for this long is lost
 */
public record ObserveTimings(
    Duration keepAliveTimeout, Duration firstBackoff, Duration maxBackoff, Duration lostAfter) {
  public static ObserveTimings standard() {
    return new ObserveTimings(
        Duration.ofSeconds(15),
        Duration.ofMillis(200),
        Duration.ofSeconds(5),
        Duration.ofSeconds(3));
  }
}
