package io.multiraft.bench.jraft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.rpc.RaftRpcServerFactory;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcServer;
import io.multiraft.bench.load.Registers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * One server of SOFAJRaft with many groups. Its options are the defaults, which are durable (every
 * append is synced), with the timers shared between groups as the authors made for many groups.
 */
public final class JraftServer {
  private static final int ELECTION_TIMEOUT_MILLIS = 1_000;

  private JraftServer() {}

  /**
   * Serves until it is killed.
   *
   * @param args data directory, id from 1 on, number of groups, {@code host:port} of each server
   */
  public static void main(String[] args) throws IOException {
    Message.registerSerializer();
    Path data = Path.of(args[0]);
    List<String> addresses = Arrays.asList(args).subList(3, args.length);
    PeerId self = PeerId.parsePeer(addresses.get(Integer.parseInt(args[1]) - 1));
    Configuration members = new Configuration();
    if (!members.parse(String.join(",", addresses))) {
      throw new IllegalArgumentException("bad addresses " + addresses);
    }
    RpcServer rpc = RaftRpcServerFactory.createRaftRpcServer(self.getEndpoint());
    Group[] groups = new Group[Integer.parseInt(args[2])];
    rpc.registerProcessor(new Requests(groups));
    for (int i = 0; i < groups.length; i++) {
      groups[i] = new Group();
      NodeOptions options = options(data.resolve(Message.groupName(i)), members);
      options.setFsm(groups[i]);
      // the first group starts the RPC server that all of them share
      groups[i].node =
          new RaftGroupService(Message.groupName(i), self, options, rpc, i > 0).start(i == 0);
    }
  }

  private static NodeOptions options(Path data, Configuration members) throws IOException {
    Files.createDirectories(data);
    NodeOptions options = new NodeOptions();
    options.setElectionTimeoutMs(ELECTION_TIMEOUT_MILLIS);
    options.setInitialConf(members);
    options.setLogUri(data.resolve("log").toString());
    options.setRaftMetaUri(data.resolve("meta").toString());
    options.setSharedElectionTimer(true);
    options.setSharedVoteTimer(true);
    options.setSharedStepDownTimer(true);
    options.setSharedSnapshotTimer(true);
    return options;
  }

  private static final class Group extends StateMachineAdapter {
    private final Registers registers = new Registers();
    private volatile Node node;

    @Override
    public void onApply(Iterator entries) {
      while (entries.hasNext()) {
        synchronized (registers) { // reads come on other threads
          registers.apply(entries.getData().duplicate());
        }
        Closure done = entries.done();
        if (done != null) {
          done.run(Status.OK());
        }
        entries.next();
      }
    }

    private byte[] read(byte[] key) {
      synchronized (registers) {
        return registers.read(key);
      }
    }
  }

  private record Requests(Group[] groups) implements RpcProcessor<Message> {
    @Override
    public String interest() {
      return Message.class.getName();
    }

    @Override
    public void handleRequest(RpcContext context, Message request) {
      Group group = groups[request.group()];
      Node node = group == null ? null : group.node;
      if (node == null || !node.isLeader()) {
        answer(context, new Status(-1, "not the leader"), new byte[0]);
      } else if (request.kind() == Message.PUT) {
        node.apply(
            new Task(
                ByteBuffer.wrap(request.body()), status -> answer(context, status, new byte[0])));
      } else {
        node.readIndex(
            new byte[0],
            new ReadIndexClosure() {
              @Override
              public void run(Status status, long index, byte[] requestContext) {
                byte[] found = status.isOk() ? group.read(request.body()) : new byte[0];
                answer(context, status, found);
              }
            });
      }
    }

    private static void answer(RpcContext context, Status status, byte[] body) {
      context.sendResponse(
          status.isOk()
              ? new Message(Message.DONE, 0, body)
              : new Message(Message.FAILED, 0, status.toString().getBytes(StandardCharsets.UTF_8)));
    }
  }
}
