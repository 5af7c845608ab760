package io.multiraft.local.tour;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class TablesTest {
  @Test
  void aTableLooksAsKubectlPrintsIt() throws IOException {
    String table =
        """
        {"columnDefinitions": [
           {"name": "Name", "priority": 0}, {"name": "Leader", "priority": 0},
           {"name": "Term", "priority": 1}, {"name": "Ready", "priority": 0}],
         "rows": [
           {"cells": ["team-a", "demo-0", 2, "3/3"]},
           {"cells": ["b", null, 0, "0/3"]}]}
        """;
    assertThat(Tables.format(new ObjectMapper().readTree(table)))
        .isEqualTo(
            """
            NAME     LEADER   READY
            team-a   demo-0   3/3
            b                 0/3""");
  }
}
