package io.multiraft.node.api;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.InputStream;
import java.util.Set;

/**
 * Methods that the generated classes do not know: LeaseLeases, which is younger than they are, and
 * what etcd has and this version has not, which is answered with a sentence instead of grpc-java's
 * bare "method not found".
 */
final class OtherMethods extends HandlerRegistry {
  private static final Set<String> ETCD_PACKAGES =
      Set.of("etcdserverpb", "v3electionpb", "v3lockpb");

  private final ServerMethodDefinition<?, ?> leaseLeases;

  OtherMethods(Calls calls) {
    leaseLeases = LeaseLeases.method(calls);
  }

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String methodName, String authority) {
    if (methodName.equals(leaseLeases.getMethodDescriptor().getFullMethodName())) {
      return leaseLeases;
    }
    int slash = methodName.indexOf('/');
    String service = slash < 0 ? methodName : methodName.substring(0, slash);
    int dot = service.lastIndexOf('.');
    if (dot < 0 || !ETCD_PACKAGES.contains(service.substring(0, dot))) {
      return null;
    }
    String sentence = sentence(service.substring(dot + 1));
    MethodDescriptor<InputStream, InputStream> method =
        MethodDescriptor.<InputStream, InputStream>newBuilder()
            .setType(MethodDescriptor.MethodType.UNKNOWN)
            .setFullMethodName(methodName)
            .setRequestMarshaller(BytesMarshaller.INSTANCE)
            .setResponseMarshaller(BytesMarshaller.INSTANCE)
            .build();
    return ServerMethodDefinition.create(method, refusal(sentence));
  }

  private static ServerCallHandler<InputStream, InputStream> refusal(String sentence) {
    return (ServerCall<InputStream, InputStream> call, Metadata headers) -> {
      call.close(Status.UNIMPLEMENTED.withDescription(sentence), new Metadata());
      return new ServerCall.Listener<>() {};
    };
  }

  private static String sentence(String service) {
    return switch (service) {
      case "Auth" -> "Multiraft has no users and roles; a group is the unit of access";
      case "Cluster" -> "a group's members are changed through its RaftGroup resource";
      default -> "Multiraft does not serve this method of etcd's " + service + " service";
    };
  }

  /** Passes bytes through; nothing is ever read. */
  private enum BytesMarshaller implements MethodDescriptor.Marshaller<InputStream> {
    INSTANCE;

    @Override
    public InputStream stream(InputStream value) {
      return value;
    }

    @Override
    public InputStream parse(InputStream stream) {
      return stream;
    }
  }
}
