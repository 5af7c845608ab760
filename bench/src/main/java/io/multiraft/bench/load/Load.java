package io.multiraft.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The load process: takes commands on its standard input, one a line, and answers each with a line
 * that begins with {@code ok} or {@code error}. Uses nothing but the JDK and one system's client,
 * so that it runs on that system's own class path.
 *
 * <ul>
 *   <li>{@code ready}: waits until every group takes writes
 *   <li>{@code run OUTSTANDING MILLIS}: answers with a {@link RoundResult}
 *   <li>{@code tidy}: see {@link Client#tidy}
 *   <li>{@code verify}: reads everything back, answers with the number of keys
 *   <li>{@code quit}
 * </ul>
 */
public final class Load {
  /** Makes a system's client. */
  @FunctionalInterface
  public interface ClientFactory {
    /**
     * @param servers {@code host:port} of each server, in the order of their ids
     */
    Client connect(List<String> servers, int groups) throws Exception;
  }

  private Load() {}

  /**
   * Serves commands until the input ends.
   *
   * @param args number of groups, then {@code host:port} of each server
   */
  public static void serve(String[] args, ClientFactory factory) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a client library prints must not mix with answers
    int groups = Integer.parseInt(args[0]);
    List<String> servers = Arrays.asList(args).subList(1, args.length);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    try (Client client = factory.connect(servers, groups);
        Workload workload = new Workload(client, groups)) {
      String line;
      while ((line = commands.readLine()) != null && !line.equals("quit")) {
        answers.println(answer(client, workload, line.split(" ")));
        answers.flush();
      }
    }
    System.exit(0); // some client libraries leave threads behind
  }

  private static String answer(Client client, Workload workload, String[] command) {
    try {
      return "ok " + execute(client, workload, command);
    } catch (Exception e) {
      e.printStackTrace();
      return "error " + e;
    }
  }

  private static String execute(Client client, Workload workload, String[] command)
      throws Exception {
    switch (command[0]) {
      case "ready" -> {
        for (int group = 0; group < workload.groups(); group++) {
          client.awaitLeader(group);
        }
        return "";
      }
      case "tidy" -> {
        for (int group = 0; group < workload.groups(); group++) {
          client.tidy(group);
        }
        return "";
      }
      case "run" -> {
        RoundResult result = workload.run(Integer.parseInt(command[1]), Long.parseLong(command[2]));
        if (result.failures() > 0) {
          System.err.println(result.failures() + " failures, the last: " + workload.lastFailure());
        }
        return result.toLine();
      }
      case "verify" -> {
        List<String> wrong = workload.verify();
        if (!wrong.isEmpty()) {
          throw new IOException(wrong.size() + " keys are wrong: " + wrong.get(0));
        }
        return Integer.toString(workload.keys());
      }
      default -> throw new IllegalArgumentException("unknown command " + command[0]);
    }
  }
}
