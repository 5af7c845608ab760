package io.multiraft.bench.ratis;

import io.multiraft.bench.load.Client;
import io.multiraft.bench.load.Load;
import io.multiraft.bench.load.Registers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** Ratis' own client, one for each group as its API wants it, with its asynchronous calls. */
public final class RatisClient implements Client {
  /** Above what any sheet has outstanding; the default of 100 would hold writes back. */
  private static final int OUTSTANDING_REQUESTS_MAX = 2_048;

  private static final int LEADER_SECONDS = 120;
  private static final int ATTEMPT_SECONDS = 10;
  private static final int POLL_MILLIS = 20;

  private final List<RaftClient> groups = new ArrayList<>();

  private RatisClient(List<String> servers, int count) {
    List<RaftPeer> peers = RatisGroups.peers(servers);
    RaftProperties properties = new RaftProperties();
    RaftClientConfigKeys.Async.setOutstandingRequestsMax(properties, OUTSTANDING_REQUESTS_MAX);
    for (int i = 0; i < count; i++) {
      groups.add(
          RaftClient.newBuilder()
              .setProperties(properties)
              .setRaftGroup(RatisGroups.group(i, peers))
              .build());
    }
  }

  /** The load process. */
  public static void main(String[] args) throws Exception {
    Load.serve(args, RatisClient::new);
  }

  /** The client finds the leader itself; a read through it shows that there is one. */
  @Override
  public void awaitLeader(int group) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LEADER_SECONDS);
    Exception last = null;
    while (System.nanoTime() - deadline < 0) {
      try {
        get(group, "none".getBytes(StandardCharsets.US_ASCII));
        return;
      } catch (IOException | java.util.concurrent.TimeoutException e) {
        last = e;
      } catch (java.util.concurrent.ExecutionException e) {
        last = e;
      }
      Thread.sleep(POLL_MILLIS);
    }
    throw new IllegalStateException("no leader of group " + group, last);
  }

  @Override
  public void put(int group, byte[] key, byte[] value, Outcome outcome) {
    ByteString command = UnsafeByteOperations.unsafeWrap(Registers.command(key, value));
    groups
        .get(group)
        .async()
        .send(Message.valueOf(command))
        .whenComplete(
            (reply, failure) ->
                outcome.done(
                    failure != null || reply.isSuccess() ? failure : reply.getException()));
  }

  @Override
  public Stored get(int group, byte[] key) throws Exception {
    RaftClientReply reply =
        groups
            .get(group)
            .async()
            .sendReadOnly(Message.valueOf(ByteString.copyFrom(key)))
            .get(ATTEMPT_SECONDS, TimeUnit.SECONDS);
    if (!reply.isSuccess()) {
      throw new IOException(reply.getException());
    }
    return Registers.stored(reply.getMessage().getContent().toByteArray());
  }

  @Override
  public void close() {
    for (RaftClient client : groups) {
      try {
        client.close();
      } catch (IOException e) {
        System.err.println("a client does not close: " + e);
      }
    }
  }
}
