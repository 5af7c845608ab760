package io.multiraft.node.api;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.List;
import java.util.Optional;

/**
 * Decides whether a call is taken and which group it is for, first match: the connection's own
 * group (from its client certificate, a PROXY header, or the host name of TLS), the metadata key
 * {@code multiraft-group}, the authority. On a connection with its own group nothing else may be
 * named, not even by another of the connection's own names.
 */
final class GroupChooser implements ServerInterceptor {
  /** The group of the current call. */
  static final Context.Key<GroupEndpoint> GROUP = Context.key("multiraft-group");

  /** The connection of the current call. */
  static final Context.Key<ConnectionOrigin> ORIGIN = Context.key("multiraft-origin");

  /** Whether the current call is to end when its group has no leader (etcd's metadata). */
  static final Context.Key<Boolean> NEEDS_LEADER =
      Context.keyWithDefault("multiraft-needs-leader", false);

  static final Metadata.Key<String> NEEDS_LEADER_KEY =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  static final Metadata.Key<String> METADATA_KEY =
      Metadata.Key.of("multiraft-group", Metadata.ASCII_STRING_MARSHALLER);

  private static final String WAYS =
      "choose a group with the metadata key multiraft-group (<group>.<namespace>, <group> or a"
          + " group id), with an authority (host name) <group>.<namespace>, or through a forwarded"
          + " port that belongs to one group";

  private final GroupResolver resolver;
  private final String clusterNamespace;

  /**
   * @param clusterNamespace where a name without a namespace is looked up
   */
  GroupChooser(GroupResolver resolver, String clusterNamespace) {
    this.resolver = resolver;
    this.clusterNamespace = clusterNamespace;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    try {
      ConnectionOrigin origin = admitted(call.getAttributes());
      GroupEndpoint group =
          choose(
              boundGroup(origin),
              Optional.ofNullable(headers.get(METADATA_KEY)),
              Optional.ofNullable(call.getAuthority()));
      Context context = Context.current().withValues(GROUP, group, ORIGIN, origin);
      return Contexts.interceptCall(context, call, headers, next);
    } catch (StatusException e) {
      call.close(e.getStatus(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  private static ConnectionOrigin admitted(Attributes attributes) throws StatusException {
    ConnectionOrigin origin = attributes.get(ConnectionOrigins.ORIGIN);
    if (origin == null) {
      throw Status.UNAVAILABLE.withDescription("the connection is closing").asException();
    }
    Optional<String> whyNot = origin.identity().whyNoClient();
    if (whyNot.isPresent()) {
      throw Status.UNAUTHENTICATED.withDescription(whyNot.get()).asException();
    }
    return origin;
  }

  /** The connection's own group; whatever gives it one must give it the same. */
  private Optional<String> boundGroup(ConnectionOrigin origin) throws StatusException {
    Optional<String> bound = origin.identity().onlyGroup();
    for (Optional<String> other : List.of(origin.boundGroup(), groupOf(origin.serverName()))) {
      if (bound.isPresent() && other.isPresent() && !isSameName(bound.get(), other.get())) {
        throw denied(bound.get(), other.get());
      }
      bound = bound.or(() -> other);
    }
    return bound;
  }

  private boolean isSameName(String one, String other) {
    return one.equals(other)
        || lookUp(one).map(group -> isSame(group, lookUp(other))).orElse(false);
  }

  /** The name of a node or of the cluster's Service is no group's and binds to nothing. */
  private Optional<String> groupOf(Optional<String> serverName) {
    return serverName
        .flatMap(GroupName::ofAuthority)
        .filter(name -> find(name).isPresent())
        .map(GroupName::toString);
  }

  /**
   * The group of a call.
   *
   * @throws StatusException with a sentence that tells the user what to do
   */
  GroupEndpoint choose(
      Optional<String> bound, Optional<String> metadata, Optional<String> authority)
      throws StatusException {
    if (bound.isPresent()) {
      return chooseBound(bound.get(), metadata, authority);
    }
    if (metadata.isPresent()) {
      return lookUp(metadata.get()).orElseThrow(() -> unknown(metadata.get()));
    }
    Optional<GroupName> named = authority.flatMap(text -> GroupName.ofAuthority(text));
    if (named.isEmpty()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("this request names no group: " + WAYS)
          .asException();
    }
    return find(named.get()).orElseThrow(() -> unknown(named.get().toString()));
  }

  private GroupEndpoint chooseBound(
      String bound, Optional<String> metadata, Optional<String> authority) throws StatusException {
    GroupEndpoint group = lookUp(bound).orElseThrow(() -> unknown(bound));
    if (metadata.isPresent() && !isSame(group, lookUp(metadata.get()))) {
      throw denied(bound, metadata.get());
    }
    // a host name that is no group's, such as localhost, names nothing
    Optional<GroupEndpoint> byAuthority =
        authority.flatMap(text -> GroupName.ofAuthority(text)).flatMap(this::find);
    if (byAuthority.isPresent() && !isSame(group, byAuthority)) {
      throw denied(bound, byAuthority.get().qualifiedName());
    }
    return group;
  }

  private static boolean isSame(GroupEndpoint group, Optional<GroupEndpoint> other) {
    return other.isPresent() && other.get().server().groupId() == group.server().groupId();
  }

  private Optional<GroupEndpoint> lookUp(String text) {
    Optional<Integer> groupId = GroupName.parseGroupId(text);
    return groupId.isPresent()
        ? resolver.byId(groupId.get())
        : GroupName.of(text).flatMap(this::find);
  }

  private Optional<GroupEndpoint> find(GroupName name) {
    return resolver.byName(name.namespace().orElse(clusterNamespace), name.name());
  }

  private static StatusException unknown(String text) {
    return Status.NOT_FOUND
        .withDescription("this node has no group " + quoted(text) + ": " + WAYS)
        .asException();
  }

  private static StatusException denied(String bound, String other) {
    return Status.PERMISSION_DENIED
        .withDescription(
            "this connection belongs to group "
                + quoted(bound)
                + " and may not name "
                + quoted(other))
        .asException();
  }

  /** Bounded, since it comes from the client. */
  private static String quoted(String text) {
    return '"' + (text.length() > 253 ? text.substring(0, 253) + "…" : text) + '"';
  }
}
