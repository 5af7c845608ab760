package io.multiraft.operator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** An RFC 9457 problem document; its type is {@code urn:multiraft:<reason>}. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Problem(String type, String title, int status, String detail) {
  private static final String TYPE_PREFIX = "urn:multiraft:";

  /** The part of the type that programs look at, such as {@code other-uid}. */
  public String reason() {
    if (type == null) {
      return "unknown";
    }
    return type.startsWith(TYPE_PREFIX) ? type.substring(TYPE_PREFIX.length()) : type;
  }

  /** What a person should read. */
  public String sentence() {
    if (detail != null && !detail.isBlank()) {
      return detail;
    }
    return title != null && !title.isBlank() ? title : reason();
  }
}
