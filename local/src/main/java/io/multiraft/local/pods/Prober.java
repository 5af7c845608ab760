package io.multiraft.local.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Asks a container how it is: probes over HTTP and TCP. Other kinds never pass, and say so. */
final class Prober {
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** One attempt. */
  boolean passes(Probe probe, Container container, PodAddress address) throws InterruptedException {
    Duration timeout = Duration.ofSeconds(Optional.ofNullable(probe.getTimeoutSeconds()).orElse(1));
    try {
      if (probe.getHttpGet() != null) {
        return httpGet(probe.getHttpGet(), container, address, timeout);
      }
      if (probe.getTcpSocket() != null) {
        int port = port(probe.getTcpSocket().getPort(), container, address);
        try (Socket socket = new Socket()) {
          socket.connect(
              new InetSocketAddress(address.host(), port), Math.toIntExact(timeout.toMillis()));
        }
        return true;
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean httpGet(
      HTTPGetAction action, Container container, PodAddress address, Duration timeout)
      throws IOException, InterruptedException {
    String path = Optional.ofNullable(action.getPath()).orElse("/");
    URI uri =
        URI.create(
            "http://" + address.host() + ":" + port(action.getPort(), container, address) + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(timeout).build();
    int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    return status >= 200 && status < 400;
  }

  private static int port(IntOrString port, Container container, PodAddress address) {
    int inSpec =
        port.getIntVal() != null
            ? port.getIntVal()
            : container.getPorts().stream()
                .filter(candidate -> port.getStrVal().equals(candidate.getName()))
                .map(ContainerPort::getContainerPort)
                .findFirst()
                .orElse(address.containerPort());
    return inSpec == address.containerPort() ? address.port() : inSpec;
  }
}
