package io.multiraft.node.kv;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * The state machine's answer to a command: a format number, a gRPC code, then etcd's response as
 * protobuf or, for a refusal, its text. It crosses the wire when a follower has forwarded.
 */
public final class KvResult {
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 2;

  private KvResult() {}

  static byte[] success(MessageLite response) {
    return encode(Status.Code.OK, response.toByteArray());
  }

  static byte[] success(LongStream numbers) {
    return encode(Status.Code.OK, toBytes(numbers));
  }

  static byte[] toBytes(LongStream numbers) {
    long[] array = numbers.toArray();
    ByteBuffer bytes = ByteBuffer.allocate(array.length * Long.BYTES);
    bytes.asLongBuffer().put(array);
    return bytes.array();
  }

  static byte[] refusal(KvError error) {
    return encode(error.code(), error.text().getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] encode(Status.Code code, byte[] body) {
    byte[] result = new byte[HEADER_BYTES + body.length];
    result[0] = FORMAT;
    result[1] = (byte) code.value();
    System.arraycopy(body, 0, result, HEADER_BYTES, body.length);
    return result;
  }

  /**
   * Reads a result.
   *
   * @throws io.grpc.StatusRuntimeException for a refusal, with its code and text
   */
  public static <T> T decode(byte[] result, Parser<T> parser) {
    requireSuccess(result);
    try {
      return parser.parseFrom(result, HEADER_BYTES, result.length - HEADER_BYTES);
    } catch (InvalidProtocolBufferException e) {
      throw Status.INTERNAL
          .withDescription("the leader's answer is no message of etcd")
          .withCause(e)
          .asRuntimeException();
    }
  }

  /**
   * Reads a result that is so many numbers.
   *
   * @throws io.grpc.StatusRuntimeException for a refusal, with its code and text
   */
  public static long[] decodeNumbers(byte[] result, int count) {
    requireSuccess(result);
    if (result.length != HEADER_BYTES + count * Long.BYTES) {
      throw Status.INTERNAL
          .withDescription("the leader's answer has another length")
          .asRuntimeException();
    }
    long[] numbers = new long[count];
    ByteBuffer.wrap(result, HEADER_BYTES, count * Long.BYTES).asLongBuffer().get(numbers);
    return numbers;
  }

  private static void requireSuccess(byte[] result) {
    if (result.length < HEADER_BYTES || result[0] != FORMAT) {
      throw Status.INTERNAL
          .withDescription("the leader's answer has an unknown format")
          .asRuntimeException();
    }
    if (result[1] != Status.Code.OK.value()) {
      byte[] text = Arrays.copyOfRange(result, HEADER_BYTES, result.length);
      throw Status.fromCodeValue(result[1])
          .withDescription(new String(text, StandardCharsets.UTF_8))
          .asRuntimeException();
    }
  }
}
