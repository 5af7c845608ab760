package io.multiraft.node.api;

import io.etcd.jetcd.api.ClusterGrpc;
import io.etcd.jetcd.api.Member;
import io.etcd.jetcd.api.MemberListRequest;
import io.etcd.jetcd.api.MemberListResponse;
import io.grpc.stub.StreamObserver;
import io.multiraft.node.GroupStatus;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;

/** etcd's Cluster, read only: the operator changes a group's members. */
final class ClusterService extends ClusterGrpc.ClusterImplBase {
  private final Calls calls;

  ClusterService(Calls calls) {
    this.calls = calls;
  }

  @Override
  public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> observer) {
    GroupEndpoint group = GroupChooser.GROUP.get();
    boolean secured = GroupChooser.ORIGIN.get().tlsSession().isPresent();
    calls.answer(observer, () -> members(group, secured ? "https://" : "http://"));
  }

  private static MemberListResponse members(GroupEndpoint group, String scheme) {
    GroupStatus status = group.server().status();
    MemberListResponse.Builder response =
        MemberListResponse.newBuilder().setHeader(Calls.header(group, 0));
    for (ServerConfig server : status.members()) {
      String url = scheme + server.endpoint();
      response.addMembers(
          Member.newBuilder()
              .setID(server.serverId())
              .setName(memberName(server))
              .addPeerURLs(url)
              .addClientURLs(url)
              .setIsLearner(!server.isVoter()));
    }
    return response.build();
  }

  private static String memberName(ServerConfig server) {
    return NodeRef.fromAux(server.aux())
        .map(node -> "node-" + node.nodeId())
        .orElse("server-" + server.serverId());
  }
}
