package io.multiraft.operator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/** Probes and metrics over HTTP: {@code /livez}, {@code /readyz}, {@code /metrics}. */
final class HealthServer implements AutoCloseable {
  private static final int BACKLOG = 16;
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;
  private static final int NOT_FOUND = 404;

  private final HttpServer server;

  /**
   * @param port 0 for a free one
   * @param live false when only a restart helps
   * @param ready whether the operator does its work or stands by to take it over
   */
  HealthServer(
      int port, BooleanSupplier live, BooleanSupplier ready, PrometheusMeterRegistry metrics)
      throws IOException {
    server = HttpServer.create(new InetSocketAddress(port), BACKLOG);
    server.setExecutor(
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "health");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/livez", exchange -> probe(exchange, live));
    server.createContext("/readyz", exchange -> probe(exchange, ready));
    server.createContext(
        "/metrics",
        exchange -> answer(exchange, OK, "text/plain; version=0.0.4", metrics.scrape()));
    server.createContext("/", exchange -> answer(exchange, NOT_FOUND, "text/plain", "not found\n"));
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private static void probe(HttpExchange exchange, BooleanSupplier healthy) throws IOException {
    boolean ok = healthy.getAsBoolean();
    answer(exchange, ok ? OK : UNAVAILABLE, "text/plain", ok ? "ok\n" : "not ok\n");
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
