package io.multiraft.operator.observe;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * Cuts an endless response body into lines of a bounded length and can be ended from any thread.
 * Lines are delivered one after another on the HTTP client's threads.
 */
final class LineSubscriber implements BodySubscriber<Void> {
  /** A group document with 7 members is below 2 KiB; this leaves room for long failure texts. */
  static final int MAX_LINE_BYTES = 1 << 20;

  private final Consumer<String> lines;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private Flow.Subscription subscription;

  LineSubscriber(Consumer<String> lines) {
    this.lines = lines;
  }

  /** Completes when the body ended, normally or not. */
  @Override
  public CompletionStage<Void> getBody() {
    return ended;
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    if (ended.isDone()) {
      newSubscription.cancel();
    } else {
      newSubscription.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    try {
      for (ByteBuffer buffer : buffers) {
        while (buffer.hasRemaining() && !ended.isDone()) {
          accept(buffer.get());
        }
      }
    } catch (RuntimeException e) {
      end(e);
    }
  }

  private void accept(byte next) {
    if (next != '\n') {
      if (partial.size() >= MAX_LINE_BYTES) {
        throw new IllegalStateException("a line is longer than " + MAX_LINE_BYTES + " bytes");
      }
      partial.write(next);
      return;
    }
    String line = partial.toString(StandardCharsets.UTF_8);
    partial.reset();
    if (!line.isBlank()) {
      lines.accept(line);
    }
  }

  @Override
  public void onError(Throwable failure) {
    ended.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    ended.complete(null);
  }

  /** Closes the connection; no line is delivered after the one being delivered now. */
  void end(Throwable why) {
    ended.completeExceptionally(why);
    synchronized (this) {
      if (subscription != null) {
        subscription.cancel();
      }
    }
  }
}
