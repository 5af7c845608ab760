package io.multiraft.node.log;

import java.io.IOException;

/**
 * The end of the log.
 *
 * @param provenOffset everything before it was durable before the stop
 * @param validOffset everything from there to here is whole and right, but nothing proves it
 */
record End(long provenOffset, long validOffset) {
  /** Finds it in the last segment, whatever may be damaged before it. */
  static End find(BlockReader reader) throws IOException {
    long validOffset = reader.segment().header().baseOffset();
    long provenOffset = validOffset;
    while (true) {
      BlockHeader block = reader.header(validOffset);
      if (block != null && reader.bodyIsRight(block)) {
        provenOffset = Math.max(provenOffset, block.durableOffset());
        validOffset = block.endOffset();
        continue;
      }
      provenOffset = Math.max(provenOffset, reader.highestDurableClaim(validOffset));
      if (provenOffset <= validOffset) {
        return new End(provenOffset, validOffset);
      }
      // Damage: goes on behind it, but not behind what is proven, where it would be a torn end.
      long next = reader.nextRightBlock(validOffset, provenOffset);
      if (next == provenOffset) {
        BlockHeader behind = reader.header(provenOffset);
        if (behind == null || !reader.bodyIsRight(behind)) {
          return new End(provenOffset, provenOffset);
        }
      }
      validOffset = next;
    }
  }
}
