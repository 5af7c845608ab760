package io.multiraft.node.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCancelRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One watch stream whose answers are taken one by one. */
final class WatchClient {
  private static final int PATIENCE_SECONDS = 60;

  private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
  private ClientCallStreamObserver<WatchRequest> requests;

  /**
   * @param reads whether answers are read as they come, or only when {@link #read} asks for some
   */
  WatchClient(Channel channel, boolean reads) {
    WatchGrpc.newStub(channel)
        .watch(
            new ClientResponseObserver<WatchRequest, WatchResponse>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
                requests = stream;
                if (!reads) {
                  stream.disableAutoRequestWithInitial(1);
                }
              }

              @Override
              public void onNext(WatchResponse response) {
                answers.add(response);
              }

              @Override
              public void onError(Throwable failure) {
                answers.add(failure);
              }

              @Override
              public void onCompleted() {
                answers.add("completed");
              }
            });
  }

  static WatchCreateRequest.Builder prefix(String prefix) {
    byte[] end = prefix.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    end[end.length - 1]++;
    return WatchCreateRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(prefix))
        .setRangeEnd(ByteString.copyFrom(end));
  }

  /** A field that the generated classes do not know. */
  static UnknownFieldSet field(int number, long value) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addVarint(value).build())
        .build();
  }

  void create(WatchCreateRequest.Builder request) {
    requests.onNext(WatchRequest.newBuilder().setCreateRequest(request).build());
  }

  void cancel(long watchId) {
    requests.onNext(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(watchId))
            .build());
  }

  void askProgress() {
    requests.onNext(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  void halfClose() {
    requests.onCompleted();
  }

  /** Lets so many more answers come. */
  void read(int count) {
    requests.request(count);
  }

  Object nextOrFailure() throws InterruptedException {
    Object answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (answer == null) {
      throw new AssertionError("no answer");
    }
    return answer;
  }

  WatchResponse next() throws InterruptedException {
    Object answer = nextOrFailure();
    if (answer instanceof WatchResponse response) {
      return response;
    }
    throw new AssertionError(answer.toString());
  }

  /** Takes answers until so many events have come. */
  List<Event> events(int count) throws InterruptedException {
    List<Event> events = new ArrayList<>();
    while (events.size() < count) {
      events.addAll(next().getEventsList());
    }
    return events;
  }

  boolean isQuiet() {
    return answers.isEmpty();
  }
}
