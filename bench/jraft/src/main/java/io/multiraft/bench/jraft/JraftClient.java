package io.multiraft.bench.jraft;

import com.alipay.sofa.jraft.RouteTable;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.CliOptions;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.impl.cli.CliClientServiceImpl;
import io.multiraft.bench.load.Client;
import io.multiraft.bench.load.Load;
import io.multiraft.bench.load.Registers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** SOFAJRaft's client: its route table finds the leader, SOFABolt carries requests to it. */
public final class JraftClient implements Client {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int LEADER_SECONDS = 120;
  private static final int POLL_MILLIS = 20;

  private final CliClientServiceImpl cli = new CliClientServiceImpl();
  private final ExecutorService refreshes = Executors.newSingleThreadExecutor();
  private final RpcClient rpc;
  private final AtomicReferenceArray<PeerId> leaders;

  private JraftClient(List<String> servers, int groups) {
    Message.registerSerializer();
    Configuration members = new Configuration();
    if (!members.parse(String.join(",", servers)) || !cli.init(new CliOptions())) {
      throw new IllegalArgumentException("no client for " + servers);
    }
    rpc = cli.getRpcClient();
    leaders = new AtomicReferenceArray<>(groups);
    for (int group = 0; group < groups; group++) {
      RouteTable.getInstance().updateConfiguration(Message.groupName(group), members);
    }
  }

  /** The load process. */
  public static void main(String[] args) throws Exception {
    Load.serve(args, JraftClient::new);
  }

  @Override
  public void awaitLeader(int group) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LEADER_SECONDS);
    String last = "";
    while (System.nanoTime() - deadline < 0) {
      try {
        Status found =
            RouteTable.getInstance().refreshLeader(cli, Message.groupName(group), TIMEOUT_MILLIS);
        last = found.toString();
        if (found.isOk()) {
          leaders.set(group, RouteTable.getInstance().selectLeader(Message.groupName(group)));
          get(group, "none".getBytes(StandardCharsets.US_ASCII)); // it can reach its followers
          return;
        }
      } catch (IOException | RemotingException | TimeoutException | IllegalStateException e) {
        last = e.toString();
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new IllegalStateException("no leader of group " + group + ": " + last);
  }

  @Override
  public void put(int group, byte[] key, byte[] value, Outcome outcome) {
    Message request = new Message(Message.PUT, group, Registers.command(key, value));
    try {
      rpc.invokeAsync(
          leaders.get(group).getEndpoint(),
          request,
          (answer, failure) -> done(group, failureOf(answer, failure), outcome),
          TIMEOUT_MILLIS);
    } catch (RemotingException e) {
      done(group, e, outcome);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome.done(e);
    }
  }

  /** The route table is refreshed by its user, who learns from a failure that it is stale. */
  private void done(int group, Throwable failure, Outcome outcome) {
    if (failure != null) {
      refreshes.execute(() -> refreshLeader(group));
    }
    outcome.done(failure);
  }

  private void refreshLeader(int group) {
    try {
      RouteTable routes = RouteTable.getInstance();
      if (routes.refreshLeader(cli, Message.groupName(group), TIMEOUT_MILLIS).isOk()) {
        leaders.set(group, routes.selectLeader(Message.groupName(group)));
      }
    } catch (TimeoutException | IllegalStateException e) {
      System.err.println("no leader of group " + group + " is known: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Throwable failureOf(Object answer, Throwable failure) {
    if (failure == null && ((Message) answer).kind() != Message.DONE) {
      return new IOException(new String(((Message) answer).body(), StandardCharsets.UTF_8));
    }
    return failure;
  }

  @Override
  public Stored get(int group, byte[] key) throws Exception {
    Message request = new Message(Message.GET, group, key);
    Object answer = rpc.invokeSync(leaders.get(group).getEndpoint(), request, TIMEOUT_MILLIS);
    Throwable failure = failureOf(answer, null);
    if (failure != null) {
      throw new IOException(failure);
    }
    return Registers.stored(((Message) answer).body());
  }

  @Override
  public void close() {
    refreshes.shutdownNow();
    cli.shutdown();
  }
}
