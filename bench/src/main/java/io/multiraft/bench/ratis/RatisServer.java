package io.multiraft.bench.ratis;

import io.multiraft.bench.load.Registers;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.TimeDuration;

/**
 * One server of Apache Ratis with many groups, over gRPC, its default transport. Properties are the
 * defaults, which are durable (every append is synced before it counts), but for the election
 * timeout, the same for all systems, and linearizable reads, which the check at the end needs.
 */
public final class RatisServer {
  private static final long ELECTION_TIMEOUT_MILLIS = 1_000;

  private RatisServer() {}

  /**
   * Serves until it is killed.
   *
   * @param args data directory, id from 1 on, number of groups, {@code host:port} of each server
   */
  public static void main(String[] args) throws Exception {
    List<RaftPeer> peers = RatisGroups.peers(Arrays.asList(args).subList(3, args.length));
    RaftPeer self = peers.get(Integer.parseInt(args[1]) - 1);
    RaftProperties properties = properties(Path.of(args[0]), self);
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(self.getId())
            .setProperties(properties)
            .setGroup(RatisGroups.group(0, peers))
            .setStateMachineRegistry(id -> new Machine())
            .build();
    server.start();
    try (RaftClient client =
        RaftClient.newBuilder()
            .setProperties(new RaftProperties())
            .setRaftGroup(RatisGroups.group(0, peers))
            .build()) {
      for (int i = 1; i < Integer.parseInt(args[2]); i++) {
        RaftGroup group = RatisGroups.group(i, peers);
        if (!client.getGroupManagementApi(self.getId()).add(group).isSuccess()) {
          throw new IOException("group " + i + " was not added");
        }
      }
    }
    Thread.currentThread().join();
  }

  private static RaftProperties properties(Path data, RaftPeer self) throws IOException {
    Files.createDirectories(data);
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(new File(data.toString())));
    GrpcConfigKeys.Server.setPort(
        properties,
        Integer.parseInt(self.getAddress().substring(self.getAddress().lastIndexOf(':') + 1)));
    TimeDuration least =
        TimeDuration.valueOf(ELECTION_TIMEOUT_MILLIS, TimeDuration.ONE_MILLISECOND.getUnit());
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, least);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, least.multiply(2));
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    return properties;
  }

  private static final class Machine extends BaseStateMachine {
    private final Registers registers = new Registers();

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      var entry = transaction.getLogEntry();
      synchronized (registers) { // reads come on other threads
        registers.apply(entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
      }
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public CompletableFuture<Message> query(Message key) {
      synchronized (registers) {
        byte[] found = registers.read(key.getContent().toByteArray());
        return CompletableFuture.completedFuture(Message.valueOf(ByteString.copyFrom(found)));
      }
    }
  }
}
