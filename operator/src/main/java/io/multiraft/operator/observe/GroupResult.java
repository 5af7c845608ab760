package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What one node answered for one group of a batch.
 *
 * @param group the group after the call; null when it was refused
 * @param problem why it was refused; null when it was not
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record GroupResult(int groupId, int status, GroupDocument group, Problem problem) {
  public boolean isAccepted() {
    return status / 100 == 2;
  }
}
