package io.multiraft.node.kv;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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
    try {
      return parser.parseFrom(result, HEADER_BYTES, result.length - HEADER_BYTES);
    } catch (InvalidProtocolBufferException e) {
      throw Status.INTERNAL
          .withDescription("the leader's answer is no message of etcd")
          .withCause(e)
          .asRuntimeException();
    }
  }
}
