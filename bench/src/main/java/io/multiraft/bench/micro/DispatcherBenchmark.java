package io.multiraft.bench.micro;

import io.multiraft.node.port.RaftCaller;
import io.multiraft.node.port.RaftGroupDispatcher;
import io.multiraft.node.port.Responder;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Routing a request to one of many groups, and refusing one for a group that is not here. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DispatcherBenchmark {
  private static final RaftCaller CALLER = new RaftCaller(Optional.empty(), "10.0.0.1:4242");

  @Param({"1", "10000"})
  public int groups;

  private RaftGroupDispatcher dispatcher;
  private RequestFrame[] requests;
  private RequestFrame unknown;
  private Responder responder;
  private int next;

  @Setup
  public void setUp(Blackhole blackhole) {
    dispatcher = new RaftGroupDispatcher(id -> ResultCode.UNKNOWN_GROUP, System::nanoTime);
    requests = new RequestFrame[groups];
    for (int group = 1; group <= groups; group++) {
      dispatcher.register(group, (request, caller, to) -> blackhole.consume(request));
      requests[group - 1] = heartbeat(group);
    }
    unknown = heartbeat(groups + 1);
    responder =
        new Responder() {
          @Override
          public void respond(ResponseFrame response) {
            blackhole.consume(response);
          }

          @Override
          public void drop() {
            throw new IllegalStateException("nothing is dropped here");
          }
        };
  }

  private static RequestFrame heartbeat(int group) {
    return RequestFrame.legacy(
            MessageType.APPEND_ENTRIES_REQUEST, 1, 2, 7, 7, 1_000, 999, List.of())
        .extended(group, 17);
  }

  @Benchmark
  public void dispatch() {
    next = next + 1 == requests.length ? 0 : next + 1;
    dispatcher.dispatch(requests[next], CALLER, responder);
  }

  @Benchmark
  public void refuse() {
    dispatcher.dispatch(unknown, CALLER, responder);
  }
}
