package io.multiraft.local.tour;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Speaks etcd's protocol to one address, as any etcd client would. */
final class EtcdClient implements AutoCloseable {
  private static final long CALL_SECONDS = 5;

  private final ManagedChannel channel;

  EtcdClient(int port) {
    this.channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  /** Writes; answers the revision. */
  long put(String key, String value) throws IOException {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8(value))
            .build();
    try {
      return stub().put(request).getHeader().getRevision();
    } catch (StatusRuntimeException e) {
      throw new IOException("put: " + e.getStatus(), e);
    }
  }

  /** Reads, linearizable. */
  Optional<String> get(String key) throws IOException {
    try {
      RangeResponse response =
          stub().range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
      return response.getKvsList().stream().findFirst().map(kv -> kv.getValue().toStringUtf8());
    } catch (StatusRuntimeException e) {
      throw new IOException("get: " + e.getStatus(), e);
    }
  }

  private KVGrpc.KVBlockingStub stub() {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
