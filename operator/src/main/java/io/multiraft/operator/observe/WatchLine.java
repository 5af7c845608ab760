package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/** One line of the stream {@code GET /v1/groups?watch=true} (docs/admin-api.md). */
public sealed interface WatchLine {

  /** The first line: who answers. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Start(
      int nodeId,
      String name,
      String incarnation,
      long bootNumber,
      long sequence,
      long highestGroupIdSeen)
      implements WatchLine {}

  /** A group as it is now. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Changed(long sequence, GroupDocument group) implements WatchLine {}

  /** A group that is gone. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Removed(long sequence, int groupId, String uid) implements WatchLine {}

  /** The list that began the stream is complete. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Synced(long sequence) implements WatchLine {}

  /** Nothing happened, but the node lives. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record KeepAlive(long sequence) implements WatchLine {}

  /**
   * Reads a line.
   *
   * @return empty for a type that this version does not know, which is skipped
   * @throws JsonProcessingException when the line is not what the contract says
   */
  static Optional<WatchLine> parse(ObjectMapper json, String line) throws JsonProcessingException {
    JsonNode document = json.readTree(line);
    Class<? extends WatchLine> type =
        switch (document.path("type").asText()) {
          case "start" -> Start.class;
          case "group" -> Changed.class;
          case "removed" -> Removed.class;
          case "synced" -> Synced.class;
          case "keepalive" -> KeepAlive.class;
          default -> null;
        };
    return type == null ? Optional.empty() : Optional.of(json.treeToValue(document, type));
  }
}
