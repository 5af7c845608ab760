package io.multiraft.node.api;

import com.google.protobuf.Empty;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import io.etcd.jetcd.api.LeaseRevokeResponse;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.multiraft.node.kv.Lease;

/**
 * etcd's {@code LeaseLeases}. The generated classes lack its messages: the request is empty, the
 * response is a header (field 1, as in every other response of the service) and for each lease a
 * message (field 2) with its id (field 1).
 */
final class LeaseLeases {
  private static final int LEASES_FIELD = 2;
  private static final int ID_FIELD = 1;

  private LeaseLeases() {}

  static ServerMethodDefinition<Empty, LeaseRevokeResponse> method(Calls calls) {
    MethodDescriptor<Empty, LeaseRevokeResponse> descriptor =
        MethodDescriptor.<Empty, LeaseRevokeResponse>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("etcdserverpb.Lease/LeaseLeases")
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(LeaseRevokeResponse.getDefaultInstance()))
            .build();
    return ServerMethodDefinition.create(
        descriptor,
        ServerCalls.asyncUnaryCall(
            (request, observer) -> {
              GroupEndpoint group = GroupChooser.GROUP.get();
              calls.answerLater(observer, group.server().readBarrier(), ignored -> leases(group));
            }));
  }

  private static LeaseRevokeResponse leases(GroupEndpoint group) {
    Field.Builder leases = Field.newBuilder();
    for (Lease lease : group.store().leases()) {
      leases.addLengthDelimited(
          UnknownFieldSet.newBuilder()
              .addField(ID_FIELD, Field.newBuilder().addVarint(lease.id()).build())
              .build()
              .toByteString());
    }
    return LeaseRevokeResponse.newBuilder()
        .setHeader(Calls.header(group, group.store().revision()))
        .setUnknownFields(
            UnknownFieldSet.newBuilder().addField(LEASES_FIELD, leases.build()).build())
        .build();
  }
}
