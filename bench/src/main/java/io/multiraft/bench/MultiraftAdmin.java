package io.multiraft.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** What the operator does in a cluster: makes the groups, through the admin API; reads metrics. */
final class MultiraftAdmin {
  static final String TOKEN_FILE = "token";
  private static final String TOKEN = "of-the-benchmark";
  private static final int GROUPS_PER_CALL = 500;
  private static final int START_ATTEMPTS = 600;
  private static final int START_POLL_MILLIS = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<String> addresses;

  MultiraftAdmin(List<String> addresses) {
    this.addresses = addresses;
  }

  static void writeToken(Path directory) throws IOException {
    Files.writeString(directory.resolve(TOKEN_FILE), TOKEN);
  }

  /** Makes groups 1 to {@code count} on all nodes. */
  void createGroups(int count) throws IOException, InterruptedException {
    ArrayNode members = JSON.createArrayNode();
    for (int i = 0; i < addresses.size(); i++) {
      JsonNode node = awaitNode(addresses.get(i));
      members
          .addObject()
          .put("serverId", i + 1)
          .put("nodeId", node.get("nodeId").asInt())
          .put("incarnation", node.get("incarnation").asText())
          .put("address", addresses.get(i));
    }
    for (int first = 1; first <= count; first += GROUPS_PER_CALL) {
      ObjectNode body = JSON.createObjectNode();
      ArrayNode groups = body.putArray("groups");
      for (int id = first; id < Math.min(first + GROUPS_PER_CALL, count + 1); id++) {
        groups
            .addObject()
            .put("groupId", id)
            .put("uid", UUID.nameUUIDFromBytes(new byte[] {(byte) id, (byte) (id >> 8)}).toString())
            .put("name", "group-" + id)
            .put("namespace", "bench")
            .put("mode", "bootstrap")
            .put("deletionPolicy", "Delete")
            .set("members", members);
      }
      for (String address : addresses) {
        for (JsonNode result : call("PUT", address, "/v1/groups", body).get("results")) {
          if (result.get("status").asInt() != 201) {
            throw new IOException("a group was not made: " + result);
          }
        }
      }
    }
  }

  private JsonNode awaitNode(String address) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return call("GET", address, "/v1/node", null);
      } catch (java.net.ConnectException e) {
        if (attempt == START_ATTEMPTS) {
          throw e;
        }
        Thread.sleep(START_POLL_MILLIS);
      }
    }
  }

  /** Syncs of the log since the node's start. */
  long syncs(String address) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build();
    return http.send(request, HttpResponse.BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith("multiraft_log_syncs_total "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("no multiraft_log_syncs_total at " + address));
  }

  private JsonNode call(String method, String address, String path, JsonNode body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .header("Authorization", "Bearer " + TOKEN)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
            .build();
    HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(path + ": " + response.statusCode() + new String(response.body()));
    }
    return JSON.readTree(response.body());
  }
}
