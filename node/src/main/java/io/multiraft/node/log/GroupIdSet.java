package io.multiraft.node.log;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;

/**
 * A set of group ids at one bit each, in chunks that are there only where ids are: what a node that
 * has seen a million groups come and go can afford to remember for good. Any thread; one adds.
 */
public final class GroupIdSet {
  static final int CHUNK_IDS = 4096;

  private static final int CHUNK_BYTES = CHUNK_IDS / Byte.SIZE;
  private static final int MAX_RUNS = CHUNK_BYTES / 4 - 1;
  private static final int BITMAP = 0xffff;

  /** By id divided by the size of a chunk; chunks are replaced, never changed. */
  private final ConcurrentSkipListMap<Integer, BitSet> chunks = new ConcurrentSkipListMap<>();

  /** A set of its own with the same ids. */
  public static GroupIdSet copyOf(GroupIdSet other) {
    GroupIdSet copy = new GroupIdSet();
    copy.chunks.putAll(other.chunks);
    return copy;
  }

  /** Adds an id, 0 and up. */
  public void add(int groupId) {
    addRange(groupId, groupId);
  }

  /** Adds the ids from {@code first} to {@code last}. */
  void addRange(int first, int last) {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("group ids from " + first + " to " + last);
    }
    for (int chunk = first / CHUNK_IDS; chunk <= last / CHUNK_IDS; chunk++) {
      BitSet old = chunks.get(chunk);
      BitSet next = old == null ? new BitSet(CHUNK_IDS) : (BitSet) old.clone();
      int start = chunk * CHUNK_IDS;
      next.set(
          Math.max(first - start, 0), (int) Math.min((long) last - start + 1, (long) CHUNK_IDS));
      chunks.put(chunk, next);
    }
  }

  void addAll(GroupIdSet other) {
    other.chunks.forEach(
        (chunk, ids) ->
            chunks.merge(
                chunk,
                ids,
                (old, more) -> {
                  BitSet both = (BitSet) old.clone();
                  both.or(more);
                  return both;
                }));
  }

  /** Takes an id out again. */
  void remove(int groupId) {
    chunks.computeIfPresent(
        groupId / CHUNK_IDS,
        (chunk, old) -> {
          BitSet next = (BitSet) old.clone();
          next.clear(groupId % CHUNK_IDS);
          return next.isEmpty() ? null : next;
        });
  }

  /** Whether the id is in the set. */
  public boolean contains(int groupId) {
    BitSet chunk = groupId < 0 ? null : chunks.get(groupId / CHUNK_IDS);
    return chunk != null && chunk.get(groupId % CHUNK_IDS);
  }

  /** The ids, rising. */
  public IntStream stream() {
    return chunks.entrySet().stream()
        .flatMapToInt(
            chunk -> {
              int start = chunk.getKey() * CHUNK_IDS;
              return chunk.getValue().stream().map(id -> start + id);
            });
  }

  int chunkCount() {
    return chunks.size();
  }

  /** The part that begins at a chunk, at most so many of them, for one record. */
  GroupIdSet part(int skippedChunks, int maxChunks) {
    GroupIdSet part = new GroupIdSet();
    chunks.entrySet().stream()
        .skip(skippedChunks)
        .limit(maxChunks)
        .forEach(chunk -> part.chunks.put(chunk.getKey(), chunk.getValue()));
    return part;
  }

  int encodedBytes() {
    int bytes = 4;
    for (BitSet chunk : chunks.values()) {
      int runs = runs(chunk);
      bytes += 4 + 2 + (runs > MAX_RUNS ? CHUNK_BYTES : 4 * runs);
    }
    return bytes;
  }

  /** Each chunk as runs of ids, or as bits where that is shorter. */
  void encode(ByteBuffer out) {
    out.putInt(chunks.size());
    for (Map.Entry<Integer, BitSet> chunk : chunks.entrySet()) {
      BitSet ids = chunk.getValue();
      int runs = runs(ids);
      out.putInt(chunk.getKey()).putShort((short) (runs > MAX_RUNS ? BITMAP : runs));
      if (runs > MAX_RUNS) {
        int end = out.position() + CHUNK_BYTES;
        out.put(ids.toByteArray());
        while (out.position() < end) {
          out.put((byte) 0);
        }
      } else {
        for (int at = ids.nextSetBit(0); at >= 0; at = ids.nextSetBit(ids.nextClearBit(at))) {
          out.putShort((short) at).putShort((short) (ids.nextClearBit(at) - at));
        }
      }
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if the bytes are nothing like that
   */
  static GroupIdSet decode(ByteBuffer in) {
    StateCodec.require(in, 4);
    int count = in.getInt();
    GroupIdSet set = new GroupIdSet();
    for (int i = 0; i < count; i++) {
      StateCodec.require(in, 4 + 2);
      int chunk = in.getInt();
      int runs = in.getShort() & 0xffff;
      if (chunk < 0 || chunk > Integer.MAX_VALUE / CHUNK_IDS) {
        throw new IllegalArgumentException("chunk " + chunk + " of group ids");
      }
      set.chunks.put(chunk, runs == BITMAP ? bitmap(in) : runs(in, runs));
    }
    return set;
  }

  private static BitSet bitmap(ByteBuffer in) {
    StateCodec.require(in, CHUNK_BYTES);
    byte[] bytes = new byte[CHUNK_BYTES];
    in.get(bytes);
    return BitSet.valueOf(bytes);
  }

  private static BitSet runs(ByteBuffer in, int runs) {
    BitSet ids = new BitSet(CHUNK_IDS);
    for (int i = 0; i < runs; i++) {
      StateCodec.require(in, 2 + 2);
      int from = in.getShort();
      int to = from + in.getShort();
      if (from < 0 || to <= from || to > CHUNK_IDS) {
        throw new IllegalArgumentException("group ids from " + from + " to " + to + " of a chunk");
      }
      ids.set(from, to);
    }
    return ids;
  }

  private static int runs(BitSet ids) {
    int runs = 0;
    for (int at = ids.nextSetBit(0); at >= 0; at = ids.nextSetBit(ids.nextClearBit(at))) {
      runs++;
    }
    return runs;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GroupIdSet that && chunks.equals(that.chunks);
  }

  @Override
  public int hashCode() {
    return chunks.hashCode();
  }

  @Override
  public String toString() {
    return stream().boxed().toList().toString();
  }
}
