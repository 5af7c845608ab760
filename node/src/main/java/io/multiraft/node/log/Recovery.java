package io.multiraft.node.log;

import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.log.StateRecord.Chapter;
import io.multiraft.node.log.StateRecord.Purged;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What happens to the segments before the node answers anything (node rules 12 and 13): first
 * everything is read and checked without changing a byte; only then is the part at the end that
 * nothing proves to be durable copied into a new, synced segment, which takes its place with one
 * rename. A crash at any point leaves either the old end or the new one. Groups that damage may
 * have touched fail; where nobody knows which those are, the node does not start.
 */
final class Recovery {
  private final Segments segments;
  private final FileLayer files;
  private final NodeIdentity owner;
  private final Replay replay;
  private final SegmentWriter tail;
  private final List<GroupFailed> failed = new ArrayList<>();
  private boolean removalsLost;

  private Recovery(Segments segments, NodeIdentity owner, Replay replay, SegmentWriter tail) {
    this.segments = segments;
    this.files = segments.files();
    this.owner = owner;
    this.replay = replay;
    this.tail = tail;
  }

  /** Recovers; {@code tail} then stands at the end of the newest segment. */
  static void run(Segments segments, NodeIdentity owner, Replay replay, SegmentWriter tail)
      throws IOException {
    new Recovery(segments, owner, replay, tail).run();
  }

  private void run() throws IOException {
    DurableFiles.deleteLeftovers(files, segments.directory());
    SegmentFiles found = SegmentFiles.load(segments, owner);
    if (found.isEmpty() && owner.hasLog()) {
      Path first = segments.directory().resolve(SegmentName.of(1));
      throw new LogDamagedException(first, 0, "all segments are missing, this node had a log");
    }
    if (found.isEmpty()) {
      tail.create(1, 0, 0);
      replay.state().segment(tail.publish().header().baseOffset());
      return;
    }
    List<Segment> right = found.right();
    Segment last = right.get(right.size() - 1);
    try (BlockReader lastReader = new BlockReader(files, last)) {
      End end = End.find(lastReader);
      for (int i = 0; i + 1 < right.size(); i++) {
        replayWhole(found, right.get(i), right.get(i + 1));
      }
      replay.blocks(
          lastReader, last.header().baseOffset(), end.provenOffset(), hole -> damaged(found, hole));
      copyTail(lastReader, end);
    }
    replayCopied();
    checkBeginning(found);
    failed.addAll(replay.fail());
    note();
    deletePurged();
  }

  /** Replays a segment up to where the next one begins, or as far as it goes if that is missing. */
  private void replayWhole(SegmentFiles found, Segment segment, Segment next) throws IOException {
    try (BlockReader reader = new BlockReader(files, segment)) {
      boolean follows = next.header().sequence() == segment.header().sequence() + 1;
      long base = segment.header().baseOffset();
      long nextBase = next.header().baseOffset();
      long end = follows ? nextBase : Math.min(reader.endOffset(), nextBase);
      boolean[] behindEnd = {false};
      replay.blocks(
          reader,
          base,
          end,
          hole -> {
            if (follows || hole.toOffset() < end) {
              damaged(found, hole);
            } else {
              behindEnd[0] = true;
              damaged(found, found.missingBehind(segment, hole.fromOffset(), nextBase));
            }
          });
      if (!follows && !behindEnd[0]) {
        damaged(found, found.missingBehind(segment, end, nextBase));
      }
    }
    segments.add(segment);
    replay.state().completed(segment.header().baseOffset());
  }

  private void damaged(SegmentFiles found, Hole hole) {
    Chapter chapter = whose(found, hole);
    replay.damaged(Arrays.stream(chapter.groupIds()).boxed().toList(), hole.damage());
    removalsLost |= chapter.nodeFacts();
    if (chapter.nodeFacts()) {
      replay.removalsLost(chapter.highestGroupIdSeen());
    }
  }

  private Chapter whose(SegmentFiles found, Hole hole) {
    try {
      Optional<Chapter> chapter = new Chapters(files, found.right()).covering(hole);
      return chapter.orElseThrow(
          () ->
              new LogDamagedException(
                  hole.damage().file(),
                  hole.damage().offset(),
                  hole.damage().why()
                      + "; which groups that concerns is not known, so nothing here can be trusted: start with an empty directory as a new incarnation"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Segments before the first one are gone: by our own hand, or not. */
  private void checkBeginning(SegmentFiles found) {
    Segment first = found.right().get(0);
    Purged purged = replay.state().purged();
    if (first.header().sequence() > purged.firstSequence()) {
      Path missing = segments.directory().resolve(SegmentName.of(purged.firstSequence()));
      long from = purged.firstOffset();
      damagedAtStart(
          found, found.missing(purged.firstSequence(), missing, from, first.header().baseOffset()));
    }
  }

  /** Everything was replayed without knowing how it began; now those that nobody saw fail, too. */
  private void damagedAtStart(SegmentFiles found, Hole hole) {
    Chapter chapter = whose(found, hole);
    for (int groupId : chapter.groupIds()) {
      if (!replay.state().groups().containsKey(groupId)
          && !replay.state().facts().isGone(groupId)) {
        replay.damaged(List.of(groupId), hole.damage());
      }
    }
    if (chapter.nodeFacts()) {
      removalsLost = true;
      replay.removalsLost(chapter.highestGroupIdSeen());
    }
  }

  private void copyTail(BlockReader reader, End end) throws IOException {
    Segment last = reader.segment();
    boolean nothingProven = end.provenOffset() == last.header().baseOffset();
    if (nothingProven) {
      // The copy takes the name, so that restarts in a row do not pile up segments.
      tail.create(last.header().sequence(), end.provenOffset(), last.header().previousIdentity());
    } else {
      tail.create(last.header().sequence() + 1, end.provenOffset(), last.header().identity());
      segments.add(last);
    }
    long at = end.provenOffset();
    while (at < end.validOffset()) {
      BlockHeader block = reader.header(at);
      if (block.bodyLength() > 0) {
        tail.startBlock(block.bodyLength(), block.bodyCrc());
        reader.forEachChunk(block, tail::put);
      }
      at = block.endOffset();
    }
    tail.publish();
    if (!nothingProven) {
      cut(last, end.provenOffset());
    }
  }

  /** Gives back the space of what was copied and of the zeros behind it; nothing reads it again. */
  private void cut(Segment segment, long endOffset) throws IOException {
    try (FileLayer.OpenFile file = files.openForWrite(segment.file())) {
      file.truncate(segment.filePosition(endOffset));
      file.sync();
    }
  }

  private void replayCopied() throws IOException {
    Segment segment = segments.at(tail.endOffset());
    try (BlockReader reader = new BlockReader(files, segment)) {
      replay.blocks(
          reader,
          segment.header().baseOffset(),
          tail.endOffset(),
          hole -> {
            throw hole.damage();
          });
    }
  }

  /** What failed has failed for good, also when what was damaged is gone one day. */
  private void note() throws IOException {
    if (failed.isEmpty() && !removalsLost) {
      return;
    }
    List<Staged> notes = new ArrayList<>();
    failed.forEach(group -> notes.add(Staged.Meta.of(group)));
    failed.forEach(replay.state().facts()::failed);
    if (removalsLost) {
      notes.addAll(replay.state().facts().restated());
    }
    Batch batch = new Batch(Runnable::run).addAll(notes);
    Body body = batch.encode();
    long bodyOffset = tail.append(body);
    notes.forEach(
        piece -> replay.state().written(piece, bodyOffset - BlockHeader.BYTES, bodyOffset));
    tail.sync();
  }

  /** A crash came between the record that says so and the end of these files. */
  private void deletePurged() throws IOException {
    for (Segment segment : segments.inOrder()) {
      if (segment.header().sequence() < replay.state().purged().firstSequence()) {
        segments.remove(segment);
        replay.state().forgetSegment(segment.header().baseOffset());
        files.delete(segment.file());
        files.syncDirectory(segments.directory());
      }
    }
  }
}
