package io.multiraft.local.tour;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Tables as {@code kubectl get} prints them, made by the API server from the printer columns. */
final class Tables {
  private static final String ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io";
  private static final String GAP = "   ";
  private static final long TIMEOUT_SECONDS = 10;

  private final KubernetesClient client;
  private final ObjectMapper json = new ObjectMapper();

  Tables(KubernetesClient client) {
    this.client = client;
  }

  /**
   * @param path of a list, such as {@code /api/v1/namespaces/default/pods}
   */
  String get(String path) throws IOException, InterruptedException {
    String server = client.getMasterUrl().toString().replaceAll("/$", "");
    HttpRequest request =
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .uri(server + path)
            .header("Accept", ACCEPT)
            .build();
    try {
      HttpResponse<String> response =
          client
              .getHttpClient()
              .sendAsync(request, String.class)
              .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      return format(json.readTree(response.body()));
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the API server does not answer " + path, e);
    }
  }

  /**
   * @param table a {@code meta.k8s.io/v1 Table}
   */
  static String format(JsonNode table) {
    List<Integer> columns = new ArrayList<>();
    List<String> header = new ArrayList<>();
    JsonNode definitions = table.path("columnDefinitions");
    for (int i = 0; i < definitions.size(); i++) {
      if (definitions.get(i).path("priority").asInt() == 0) {
        columns.add(i);
        header.add(definitions.get(i).path("name").asText().toUpperCase(Locale.ROOT));
      }
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(header);
    for (JsonNode row : table.path("rows")) {
      lines.add(
          columns.stream()
              .map(column -> row.path("cells").path(column))
              .map(cell -> cell.isNull() ? "" : cell.asText())
              .toList());
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder padded = new StringBuilder();
      for (int i = 0; i < line.size(); i++) {
        int column = i;
        int width = lines.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
        padded.append(line.get(i)).append(" ".repeat(width - line.get(i).length())).append(GAP);
      }
      text.append(padded.toString().stripTrailing()).append('\n');
    }
    return text.toString().stripTrailing();
  }
}
