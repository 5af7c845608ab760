package io.multiraft.node.wire;

import io.multiraft.node.wire.FrameException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node asks about the groups that rest here under its leadership, and the answer (wire
 * protocol, section 12.4).
 */
public final class QuietCheck {
  /** How many groups one question is about at most. */
  public static final int MAX_GROUPS = 4_096;

  private static final int ITEM_BYTES = Integer.BYTES + Integer.BYTES + Long.BYTES;

  /** A group that rests, under which leader in which term. */
  public record Resting(int groupId, int leaderServerId, long term) {}

  private QuietCheck() {}

  /** The question, from one node to another. */
  public static RequestFrame question(int sourceNodeId, int destinationNodeId, List<Resting> all) {
    ByteBuffer out = ByteBuffer.allocate(all.size() * ITEM_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Resting resting : all) {
      out.putInt(resting.groupId).putInt(resting.leaderServerId).putLong(resting.term);
    }
    return RequestFrame.legacy(
            MessageType.QUIET_CHECK_REQUEST, sourceNodeId, destinationNodeId, 0, 0, 0, 0, List.of())
        .withMeta(out.array());
  }

  /** The groups that a question is about. */
  public static List<Resting> groups(RequestFrame question) {
    byte[] meta = question.meta() == null ? new byte[0] : question.meta();
    if (meta.length % ITEM_BYTES != 0 || meta.length > MAX_GROUPS * ITEM_BYTES) {
      throw new FrameException(
          Reason.OBJECT,
          "quiet check of %d bytes, at most %d groups of %d bytes expected"
              .formatted(meta.length, MAX_GROUPS, ITEM_BYTES));
    }
    ByteBuffer in = ByteBuffer.wrap(meta).order(ByteOrder.LITTLE_ENDIAN);
    List<Resting> all = new ArrayList<>(meta.length / ITEM_BYTES);
    while (in.hasRemaining()) {
      all.add(new Resting(in.getInt(), in.getInt(), in.getLong()));
    }
    return all;
  }

  /** The answer: the groups of the question that are not led here, or not in that term. */
  public static ResponseFrame answer(RequestFrame question, List<Integer> notLed) {
    ByteBuffer out =
        ByteBuffer.allocate(notLed.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    notLed.forEach(out::putInt);
    return ResponseFrame.to(question, question.destinationId(), 0, 0, true)
        .withContext(out.array());
  }

  /** The groups that an answer names. */
  public static List<Integer> notLed(ResponseFrame answer) {
    byte[] context = answer.context();
    if (context.length % Integer.BYTES != 0 || context.length > MAX_GROUPS * Integer.BYTES) {
      throw new FrameException(
          Reason.OBJECT, "quiet check answered with %d bytes".formatted(context.length));
    }
    ByteBuffer in = ByteBuffer.wrap(context).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> all = new ArrayList<>(context.length / Integer.BYTES);
    while (in.hasRemaining()) {
      all.add(in.getInt());
    }
    return all;
  }
}
