package io.multiraft.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Finishes what the generator cannot say: columns in the order in which they are written (it sorts
 * them by path), each rule once (it finds a rule of a record component on the field and on the
 * accessor), the resource's own description, and which lists are maps by which key.
 */
final class CrdFinisher {
  private static final Map<String, String> LIST_MAP_KEYS =
      Map.of("conditions", "type", "bootstrapMembers", "serverId", "members", "serverId");

  private CrdFinisher() {}

  /** The finished YAML for the generator's {@code generatedYaml} of {@code resource}. */
  static String finish(Class<?> resource, String generatedYaml) {
    CustomResourceDefinition crd =
        Serialization.unmarshal(generatedYaml, CustomResourceDefinition.class);
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().get(0);
    List<CustomResourceColumnDefinition> columns =
        new ArrayList<>(version.getAdditionalPrinterColumns());
    List<String> writtenOrder =
        Stream.of(resource.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::jsonPath)
            .toList();
    columns.sort(Comparator.comparing(column -> writtenOrder.indexOf(column.getJsonPath())));
    version.setAdditionalPrinterColumns(columns);
    JSONSchemaProps schema = version.getSchema().getOpenAPIV3Schema();
    schema.setDescription(resource.getAnnotation(JsonClassDescription.class).value());
    finishSchema(schema);
    return "# Generated from "
        + resource.getName()
        + ", do not edit.\n"
        + Serialization.asYaml(crd);
  }

  private static void finishSchema(JSONSchemaProps schema) {
    schema.setXKubernetesValidations(
        new ArrayList<>(new LinkedHashSet<>(schema.getXKubernetesValidations())));
    schema
        .getProperties()
        .forEach(
            (name, property) -> {
              String key = LIST_MAP_KEYS.get(name);
              if (key != null && "array".equals(property.getType())) {
                property.setXKubernetesListType("map");
                property.setXKubernetesListMapKeys(List.of(key));
              }
              finishSchema(property);
            });
    if (schema.getItems() != null) {
      finishSchema(schema.getItems().getSchema());
    }
  }
}
