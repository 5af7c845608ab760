package io.multiraft.local.control;

import io.multiraft.local.files.LocalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;

/** Writes kubeconfig files. */
final class Kubeconfig {
  private Kubeconfig() {}

  /**
   * @param certificates PEM text of the certificates that the server is trusted by
   */
  static void write(Path file, String server, String certificates, String user, String token)
      throws IOException {
    String encoded =
        Base64.getEncoder().encodeToString(certificates.getBytes(StandardCharsets.UTF_8));
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: multiraft-local
          cluster:
            server: %s
            certificate-authority-data: %s
        users:
        - name: %s
          user:
            token: %s
        contexts:
        - name: multiraft-local
          context:
            cluster: multiraft-local
            user: %s
            namespace: default
        current-context: multiraft-local
        """
            .formatted(server, encoded, user, token, user);
    LocalFiles.writePrivate(file, text);
  }
}
