package io.multiraft.operator;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.util.List;

/** Counts calls to the API server by verb and status. */
final class CallCounter implements Interceptor {
  private final MeterRegistry metrics;

  CallCounter(MeterRegistry metrics) {
    this.metrics = metrics;
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    metrics
        .counter(
            "multiraft.operator.api.calls",
            "method",
            request.method(),
            "status",
            Integer.toString(response.code()))
        .increment();
  }
}
