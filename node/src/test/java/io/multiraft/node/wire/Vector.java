package io.multiraft.node.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** One frame of a file in {@code vectors/}: its bytes as they were seen, and what they mean. */
record Vector(
    String file, int line, int connection, boolean request, byte[] bytes, JsonNode decoded) {
  /** Frames captured between servers of the old library. */
  static final List<String> CAPTURED_FILES =
      List.of(
          "01_boot_join_append_hb",
          "02_join_sync_log",
          "03_leader_kill_prevote_vote",
          "04_leader_transfer",
          "05_priority_learner",
          "06_remove_srv",
          "07_snapshot_join",
          "09_auto_forward",
          "09b_auto_forward_blocking",
          "10a_log_timestamp",
          "10b_crc_payload",
          "10c_crc_entire",
          "10d_meta",
          "10e_hint",
          "11_new_joiner",
          "12_out_of_log_range",
          "17a_client_timeout_blocking",
          "17b_client_timeout_async");

  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Vector> read(String file) {
    try (InputStream in = Vector.class.getResourceAsStream("/vectors/" + file + ".jsonl")) {
      List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      return Stream.iterate(0, i -> i < lines.size(), i -> i + 1)
          .map(i -> parse(file, i + 1, lines.get(i)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Vector parse(String file, int line, String text) {
    try {
      JsonNode frame = JSON.readTree(text);
      HexFormat hex = HexFormat.of();
      return new Vector(
          file,
          line,
          frame.get("conn").asInt(),
          frame.get("dir").asText().equals("req"),
          hex.parseHex(frame.get("header").asText() + frame.get("body").asText()),
          frame.get("decoded"));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ", line " + line, e);
    }
  }

  @Override
  public String toString() {
    return file + ":" + line + " " + decoded.path("type_name").asText();
  }
}
