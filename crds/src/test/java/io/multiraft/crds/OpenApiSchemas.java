package io.multiraft.crds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Turns what an API server says about its types into the JSON schemas that kubeconform reads. */
final class OpenApiSchemas {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> KINDS =
      Set.of(
          "ServiceAccount",
          "CustomResourceDefinition",
          "ClusterRole",
          "ClusterRoleBinding",
          "Role",
          "RoleBinding",
          "Deployment");

  private OpenApiSchemas() {}

  /**
   * Writes one schema for each kind that the chart may render, named {@code
   * kind-group-version.json}.
   */
  static void write(String openApi, Path directory) throws IOException {
    JsonNode definitions = JSON.readTree(openApi).get("definitions");
    definitions.forEach(OpenApiSchemas::close);
    Path all = directory.resolve("definitions.json");
    JSON.writeValue(all.toFile(), JSON.createObjectNode().set("definitions", definitions));
    for (var definition : definitions.properties()) {
      for (JsonNode kind : definition.getValue().path("x-kubernetes-group-version-kind")) {
        if (KINDS.contains(kind.get("kind").asText())) {
          String group = kind.get("group").asText();
          String file =
              kind.get("kind").asText().toLowerCase(Locale.ROOT)
                  + (group.isEmpty() ? "" : "-" + group.split("\\.")[0])
                  + "-"
                  + kind.get("version").asText()
                  + ".json";
          ObjectNode reference = JSON.createObjectNode();
          reference.put("$ref", "definitions.json#/definitions/" + definition.getKey());
          Files.writeString(directory.resolve(file), reference.toString());
        }
      }
    }
  }

  /** Unknown fields are errors, and what may be a number or a string is left to the API server. */
  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      if (object.has("properties") && !object.has("additionalProperties")) {
        object.put("additionalProperties", false);
      }
      String format = object.path("format").asText();
      if ("int-or-string".equals(format)) {
        object.remove("type");
      }
      object.remove("format");
      object.path("properties").forEach(OpenApiSchemas::close);
    }
  }
}
