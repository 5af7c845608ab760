package io.multiraft.local.forward;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.multiraft.crds.RaftGroup;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A forwarder for each RaftGroup that there is, made and closed as they come and go. */
public final class GroupForwarders implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupForwarders.class);
  private static final int FIRST_PORT = 23_790;
  private static final int MAX_PORT = 25_790;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<String, GroupForwarder> forwarders = new TreeMap<>();
  private final Function<RaftGroup, List<InetSocketAddress>> nodes;
  private final BiConsumer<String, Integer> opened;
  private final SharedIndexInformer<RaftGroup> groups;

  /**
   * @param nodes the nodes of a group's cluster that are ready now
   * @param opened told of each new forwarder: group as {@code namespace/name}, port of 127.0.0.1
   */
  public GroupForwarders(
      KubernetesClient client,
      Function<RaftGroup, List<InetSocketAddress>> nodes,
      BiConsumer<String, Integer> opened) {
    this.nodes = nodes;
    this.opened = opened;
    this.groups = client.resources(RaftGroup.class).inAnyNamespace().inform(new Groups());
  }

  /** The port of a group; empty while it has none. */
  public OptionalInt port(String namespace, String name) {
    synchronized (forwarders) {
      GroupForwarder forwarder = forwarders.get(namespace + "/" + name);
      return forwarder == null
          ? OptionalInt.empty()
          : OptionalInt.of(forwarder.address().getPort());
    }
  }

  @Override
  public void close() {
    groups.close();
    synchronized (forwarders) {
      forwarders.values().forEach(GroupForwarder::close);
      forwarders.clear();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static String key(RaftGroup group) {
    return group.getMetadata().getNamespace() + "/" + group.getMetadata().getName();
  }

  private void open(RaftGroup group) {
    synchronized (forwarders) {
      if (forwarders.containsKey(key(group))) {
        return;
      }
      String authority = group.getMetadata().getName() + "." + group.getMetadata().getNamespace();
      for (int port = FIRST_PORT; port < MAX_PORT; port++) {
        try {
          forwarders.put(
              key(group),
              new GroupForwarder(
                  loops,
                  new InetSocketAddress("127.0.0.1", port),
                  authority,
                  () -> nodes.apply(group)));
          opened.accept(key(group), port);
          return;
        } catch (IOException e) {
          LOG.debug("port {} is taken", port);
        }
      }
      LOG.warn("group {}: no free port from {} to {}", key(group), FIRST_PORT, MAX_PORT - 1);
    }
  }

  private void shut(RaftGroup group) {
    synchronized (forwarders) {
      GroupForwarder forwarder = forwarders.remove(key(group));
      if (forwarder != null) {
        forwarder.close();
      }
    }
  }

  private final class Groups implements ResourceEventHandler<RaftGroup> {
    @Override
    public void onAdd(RaftGroup group) {
      open(group);
    }

    @Override
    public void onUpdate(RaftGroup was, RaftGroup group) {
      open(group);
    }

    @Override
    public void onDelete(RaftGroup group, boolean unknown) {
      shut(group);
    }
  }
}
