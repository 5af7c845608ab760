package io.multiraft.local.pods;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A process as simple as can be in the place of a node: probes, and what it was started with. */
public final class StandInNode {
  private StandInNode() {}

  /** Listens as told by the environment until it is ended. */
  public static void main(String[] arguments) throws IOException {
    String[] listen = System.getenv("MULTIRAFT_LISTEN").split(":");
    Path data = Path.of(System.getenv("MULTIRAFT_DATA"));
    Files.writeString(
        data.resolve("starts"), "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(listen[0], Integer.parseInt(listen[1])), 0);
    server.createContext("/livez", exchange -> answer(exchange, "ok"));
    server.createContext("/readyz", exchange -> answer(exchange, "ok"));
    server.createContext("/facts", exchange -> answer(exchange, facts(data)));
    server.start();
  }

  private static String facts(Path data) throws IOException {
    return String.join(
        "\n",
        "ordinal=" + System.getenv("MULTIRAFT_ORDINAL"),
        "token=" + Files.readString(Path.of(System.getenv("MULTIRAFT_TOKEN_FILE"))),
        "starts=" + Files.readString(data.resolve("starts")).length(),
        "advertise=" + System.getenv("MULTIRAFT_ADVERTISE"),
        "resolved="
            + InetAddress.getByName(System.getenv("MULTIRAFT_ADVERTISE").split(":")[0])
                .getHostAddress());
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
