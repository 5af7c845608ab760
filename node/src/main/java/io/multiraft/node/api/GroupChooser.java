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
import java.util.Optional;

/**
 * Decides which group a call is for, first match: the connection's own group, the metadata key
 * {@code multiraft-group}, the authority. On a connection with its own group nothing else may be
 * named.
 */
final class GroupChooser implements ServerInterceptor {
  /** The group of the current call. */
  static final Context.Key<GroupEndpoint> GROUP = Context.key("multiraft-group");

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
      GroupEndpoint group =
          choose(
              boundGroup(call.getAttributes()),
              Optional.ofNullable(headers.get(METADATA_KEY)),
              Optional.ofNullable(call.getAuthority()));
      Context context = Context.current().withValue(GROUP, group);
      return Contexts.interceptCall(context, call, headers, next);
    } catch (StatusException e) {
      call.close(e.getStatus(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  private static Optional<String> boundGroup(Attributes attributes) throws StatusException {
    ConnectionOrigin origin = attributes.get(ConnectionOrigins.ORIGIN);
    if (origin == null) {
      throw Status.UNAVAILABLE.withDescription("the connection is closing").asException();
    }
    return origin.boundGroup();
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
