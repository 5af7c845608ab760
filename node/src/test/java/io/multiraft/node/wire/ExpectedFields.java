package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.multiraft.node.raft.ClusterConfig;
import io.multiraft.node.raft.EntryType;
import io.multiraft.node.raft.LogEntry;
import io.multiraft.node.raft.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * Compares a decoded frame with the fields recorded for it. A recorded field that nothing here
 * compares is an error, so that none is passed over in silence.
 */
final class ExpectedFields {
  private static final HexFormat HEX = HexFormat.of();

  // the recorder kept the start of long payloads; encoding the frame again compares all of it
  private static final int RECORDED_PAYLOAD_BYTES = 32;
  private static final int RECORDED_SNAPSHOT_BYTES = 64;

  private final Vector vector;
  private final Set<String> compared = new HashSet<>();

  private ExpectedFields(Vector vector) {
    this.vector = vector;
  }

  static void check(Vector vector, Frame frame) {
    ExpectedFields expected = new ExpectedFields(vector);
    if (frame instanceof RequestFrame request) {
      expected.checkRequest(request);
    } else if (frame instanceof ResponseFrame response) {
      expected.checkResponse(response);
    }
    Set<String> recorded = new HashSet<>();
    vector.decoded().fieldNames().forEachRemaining(recorded::add);
    assertThat(expected.compared).as("%s: fields compared", vector).containsAll(recorded);
  }

  private void checkRequest(RequestFrame request) {
    equal("kind", "request");
    checkHeader(request);
    equal("src", request.sourceId());
    equal("dst", request.destinationId());
    equal("term", request.term());
    equal("last_log_term", request.lastLogTerm());
    equal("last_log_idx", request.lastLogIndex());
    equal("commit_idx", request.commitIndex());
    checkChecksum(46, FrameChecksum.REQUEST_COVERED_BYTES);
    checkMeta(request.meta());
    JsonNode entries = field("entries");
    // recorded only where a body could be parsed
    int count = entries == null ? 0 : entries.size();
    assertThat(request.entries()).as("%s: entries", vector).hasSize(count);
    for (int i = 0; i < count; i++) {
      checkEntry(request, entries.get(i), request.entries().get(i));
    }
  }

  private void checkResponse(ResponseFrame response) {
    equal("kind", "response");
    checkHeader(response);
    equal("src", response.sourceId());
    equal("dst", response.destinationId());
    equal("term", response.term());
    equal("next_idx", Long.toUnsignedString(response.nextIndex()));
    equal("accepted", response.accepted() ? 1 : 0);
    checkChecksum(31, FrameChecksum.RESPONSE_COVERED_BYTES);
    checkMeta(response.meta());
    JsonNode hint = field("hint");
    assertThat(Flags.has(response.flags(), Flags.INCLUDE_HINT)).isEqualTo(hint != null);
    if (hint != null) {
      assertThat(hint.get("version").asInt()).isZero();
      assertThat(hint.get("len").asInt()).isEqualTo(8);
      assertThat(response.nextBatchBytesHint())
          .isEqualTo(hint.get("next_batch_size_hint").asLong());
    }
    JsonNode context = field("ctx");
    assertThat(HEX.formatHex(response.context()))
        .as("%s: ctx", vector)
        .isEqualTo(context == null ? "" : context.asText());
    JsonNode code = field("result_code");
    JsonNode codeName = field("result_name");
    assertThat(response.resultCode() == null).as("%s: result_code", vector).isEqualTo(code == null);
    if (code != null) {
      assertThat(response.resultCode())
          .hasToString("%s(%d)".formatted(codeName.asText(), code.asInt()));
    }
  }

  private void checkHeader(Frame frame) {
    equal("type", frame.type().code());
    equal("type_name", frame.type().name().toLowerCase(Locale.ROOT));
    equal("flags", frame.flags());
    equal("data_size", frame.bodyBytes());
    checkExtension(frame);
    List<String> names = new ArrayList<>();
    field("flag_names").forEach(name -> names.add(name.asText()));
    assertThat(Flags.names(frame.flags())).as("%s: flag_names", vector).isEqualTo(names);
  }

  private void checkExtension(Frame frame) {
    JsonNode group = field("group_id");
    assertThat(frame.isExtended()).as("%s: extended", vector).isEqualTo(group != null);
    assertThat(frame.groupId()).isEqualTo(group == null ? 0 : group.asInt());
    JsonNode request = field("request_id");
    assertThat(frame.hasRequestId()).as("%s: request id", vector).isEqualTo(request != null);
    assertThat(Long.toUnsignedString(frame.requestId()))
        .isEqualTo(request == null ? "0" : request.asText());
    assertThat(frame.headerBytes()).isEqualTo(vector.bytes().length - (int) frame.bodyBytes());
  }

  /** The decoder has verified the checksum; this shows that the recorded one is that one. */
  private void checkChecksum(int offset, int coveredBytes) {
    CRC32 crc = new CRC32();
    crc.update(vector.bytes(), 0, coveredBytes);
    int flags = vector.decoded().get("flags").asInt();
    int legacyBytes =
        vector.request() ? RequestFrame.LEGACY_HEADER_BYTES : ResponseFrame.LEGACY_HEADER_BYTES;
    boolean extended = vector.decoded().has("group_id");
    if ((flags & Flags.CRC_ENTIRE) != 0 && (vector.request() || extended)) {
      crc.update(vector.bytes(), legacyBytes, vector.bytes().length - legacyBytes);
    } else if (extended) {
      crc.update(vector.bytes(), legacyBytes, vector.decoded().has("request_id") ? 12 : 4);
    }
    equal("crc", crc.getValue());
    assertThat(field("crc_ok").asBoolean()).isTrue();
    long inBytes = 0;
    for (int i = 3; i >= 0; i--) {
      inBytes = inBytes << 8 | Byte.toUnsignedLong(vector.bytes()[offset + i]);
    }
    assertThat(inBytes).isEqualTo(crc.getValue());
  }

  private void checkMeta(byte[] meta) {
    JsonNode hello = field("hello");
    JsonNode hex = field("meta_hex");
    if (hello != null) {
      assertThat(HEX.formatHex(meta)).isEqualTo(hex.asText());
      assertThat(Hello.fromMeta(meta))
          .contains(
              new Hello(
                  hello.get("version").asInt(),
                  hello.get("capabilities").asLong(),
                  hello.get("node_id").asInt(),
                  UUID.fromString(hello.get("incarnation").asText()),
                  hello.get("boot_number").asLong(),
                  hello.get("max_frame_bytes").asLong()));
      return;
    }
    if (hex != null) {
      assertThat(HEX.formatHex(meta)).isEqualTo(hex.asText());
      return;
    }
    JsonNode expected = field("meta");
    String actual = meta == null ? null : new String(meta, StandardCharsets.UTF_8);
    assertThat(actual).isEqualTo(expected == null ? null : expected.asText());
  }

  private void checkEntry(RequestFrame request, JsonNode expected, LogEntry entry) {
    Set<String> left = new HashSet<>();
    expected.fieldNames().forEachRemaining(left::add);
    left.removeAll(
        Set.of("term", "type", "size", "timestamp_us", "has_crc", "crc", "crc_ok", "data"));
    left.removeAll(Set.of("value", "type_name"));
    assertThat(left).as("%s: fields of an entry not compared", vector).isEmpty();
    assertThat(entry.term()).isEqualTo(expected.get("term").asLong());
    assertThat(Byte.toUnsignedInt(entry.type())).isEqualTo(expected.get("type").asInt());
    assertThat(typeName(entry.type())).isEqualTo(expected.get("type_name").asText());
    assertThat(entry.payload()).hasSize(expected.get("size").asInt());
    assertThat(entry.timestampMicros()).isEqualTo(expected.path("timestamp_us").asLong());
    assertThat(entry.hasCrc()).isEqualTo(expected.path("has_crc").asInt() == 1);
    if (entry.hasCrc()) {
      assertThat(Integer.toUnsignedLong(entry.payloadCrc()))
          .isEqualTo(expected.get("crc").asLong());
      assertThat(expected.get("crc_ok").asBoolean()).isTrue();
    }
    if (expected.has("data")) {
      checkStart(expected.get("data"), entry.payload(), RECORDED_PAYLOAD_BYTES);
    }
    if (expected.hasNonNull("value")) {
      checkValue(request, expected.get("value"), entry);
    }
    assertThat(expected.has("data") || expected.hasNonNull("value")).as("%s", vector).isTrue();
  }

  /** The object in an entry: the recorded fields, and the same bytes when written again. */
  private void checkValue(RequestFrame request, JsonNode value, LogEntry entry) {
    byte[] payload = entry.payload();
    switch (request.type()) {
      case REQUEST_VOTE_REQUEST -> {
        assertThat(ForceVote.isIn(request)).isTrue();
        assertThat(payload[0]).isEqualTo((byte) value.get("force_vote_version").asInt());
        assertThat(ForceVote.toEntry()).isEqualTo(entry);
      }
      case PRIORITY_CHANGE_REQUEST -> {
        PriorityChange change = PriorityChange.fromBytes(payload);
        assertThat(change)
            .isEqualTo(
                new PriorityChange(value.get("srv_id").asInt(), value.get("priority").asInt()));
        assertThat(change.toEntry(entry.term())).isEqualTo(entry);
      }
      case CUSTOM_NOTIFICATION_REQUEST -> {
        CustomNotification notification = CustomNotification.fromBytes(payload);
        checkNotification(value, notification);
        assertThat(notification.toEntry()).isEqualTo(entry);
      }
      case REMOVE_SERVER_REQUEST -> {
        RemoveServer remove = RemoveServer.fromBytes(payload);
        assertThat(remove.serverId()).isEqualTo(value.get("srv_id").asInt());
        assertThat(remove.toEntry()).isEqualTo(entry);
      }
      case ADD_SERVER_REQUEST -> {
        ServerConfig server = ConfigEntries.serverFromBytes(payload);
        checkServer(value, server);
        assertThat(ConfigEntries.ofServer(server)).isEqualTo(entry);
      }
      case SYNC_LOG_REQUEST -> {
        LogPack pack = LogPack.fromBytes(payload);
        checkPack(value.get("log_pack"), pack);
        assertThat(pack.toEntry(entry.term())).isEqualTo(entry);
      }
      case INSTALL_SNAPSHOT_REQUEST -> {
        SnapshotSyncRequest sync = SnapshotSyncRequest.fromBytes(payload);
        checkSnapshot(value, sync);
        assertThat(sync.toEntry(entry.term())).isEqualTo(entry);
      }
      default -> {
        assertThat(entry.type()).as("%s: an entry with a value", vector).isEqualTo(EntryType.CONF);
        checkConfig(value, ConfigEntries.configFromBytes(payload));
        assertThat(
                ConfigEntries.ofConfig(entry.term(), ConfigEntries.configFromBytes(payload))
                    .payload())
            .isEqualTo(payload);
      }
    }
  }

  private static void checkNotification(JsonNode value, CustomNotification notification) {
    assertThat(value.get("version").asInt()).isZero();
    CustomNotification expected =
        switch (value.get("kind_name").asText()) {
          case "out_of_log_range_warning" ->
              new CustomNotification.OutOfLogRange(
                  value.get("ctx").get("leader_start_idx").asLong());
          case "leadership_takeover" -> new CustomNotification.LeadershipTakeover();
          default -> new CustomNotification.RequestResignation();
        };
    assertThat(notification).isEqualTo(expected);
    assertThat((int) notification.toBytes()[1]).isEqualTo(value.get("kind").asInt());
  }

  private static void checkSnapshot(JsonNode value, SnapshotSyncRequest sync) {
    JsonNode snapshot = value.get("snapshot");
    SnapshotInfo info = sync.snapshot();
    assertThat(info.kind()).isEqualTo(snapshot.get("type").asInt());
    assertThat(info.lastLogIndex()).isEqualTo(snapshot.get("last_log_idx").asLong());
    assertThat(info.lastLogTerm()).isEqualTo(snapshot.get("last_log_term").asLong());
    assertThat(info.sizeBytes()).isEqualTo(snapshot.get("size").asLong());
    checkConfig(snapshot.get("config"), info.config());
    assertThat(SnapshotInfo.fromBytes(info.toBytes())).isEqualTo(info);
    assertThat(sync.offset()).isEqualTo(value.get("offset").asLong());
    assertThat(sync.done() ? 1 : 0).isEqualTo(value.get("done").asInt());
    assertThat(sync.data()).hasSize(value.get("data_len").asInt());
    checkStart(value.get("data"), sync.data(), RECORDED_SNAPSHOT_BYTES);
  }

  private static void checkStart(JsonNode expected, byte[] payload, int recordedBytes) {
    int bytes = Math.min(payload.length, recordedBytes);
    assertThat(HEX.formatHex(payload, 0, bytes)).isEqualTo(expected.asText());
  }

  private static void checkPack(JsonNode expected, LogPack pack) {
    assertThat(pack.entries()).hasSize(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      JsonNode packed = expected.get(i);
      LogEntry entry = pack.entries().get(i);
      assertThat(entry.term()).isEqualTo(packed.get("term").asLong());
      assertThat(typeName(entry.type())).isEqualTo(packed.get("type").asText());
      assertThat(entry.payload()).hasSize(packed.get("size").asInt());
      if (packed.get("value").isObject()) {
        checkConfig(packed.get("value"), ConfigEntries.configFromBytes(entry.payload()));
      } else {
        assertThat(HEX.formatHex(entry.payload())).isEqualTo(packed.get("value").asText());
      }
    }
  }

  private static void checkConfig(JsonNode expected, ClusterConfig config) {
    assertThat(config.logIndex()).isEqualTo(expected.get("log_idx").asLong());
    assertThat(config.previousLogIndex()).isEqualTo(expected.get("prev_log_idx").asLong());
    assertThat(config.asyncReplication() ? 1 : 0)
        .isEqualTo(expected.get("async_replication").asInt());
    assertThat(HEX.formatHex(config.userContext())).isEqualTo(expected.get("user_ctx").asText());
    assertThat(config.servers()).hasSize(expected.get("servers").size());
    for (int i = 0; i < config.servers().size(); i++) {
      checkServer(expected.get("servers").get(i), config.servers().get(i));
    }
  }

  private static void checkServer(JsonNode expected, ServerConfig server) {
    assertThat(server)
        .isEqualTo(
            new ServerConfig(
                expected.get("id").asInt(),
                expected.get("dc_id").asInt(),
                expected.get("endpoint").asText(),
                expected.get("aux").asText(),
                expected.get("learner").asBoolean(),
                expected.get("new_joiner").asBoolean(),
                expected.get("priority").asInt()));
  }

  private static String typeName(byte type) {
    return switch (type) {
      case EntryType.APP_LOG -> "app_log";
      case EntryType.CONF -> "conf";
      case EntryType.CLUSTER_SERVER -> "cluster_server";
      case EntryType.LOG_PACK -> "log_pack";
      case EntryType.SNAPSHOT_SYNC_REQUEST -> "snp_sync_req";
      case EntryType.CUSTOM -> "custom";
      default -> throw new AssertionError("entry type " + type);
    };
  }

  private void equal(String name, Object actual) {
    JsonNode expected = field(name);
    assertThat(expected).as("%s: %s", vector, name).isNotNull();
    assertThat(String.valueOf(actual)).as("%s: %s", vector, name).isEqualTo(expected.asText());
  }

  private JsonNode field(String name) {
    compared.add(name);
    return vector.decoded().get(name);
  }
}
