package io.multiraft.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.multiraft.node.raft.LogEntry;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Seeded: a failure names the seed, and the seed alone replays it. */
class FrameFuzzTest {
  private static final int SEEDS = 20_000;

  /** What decoding may take beyond a multiple of what arrived: the channel, exceptions, records. */
  private static final long FIXED_BYTES = 256 * 1024;

  private static final UnpooledByteBufAllocator COUNTED_ON_HEAP =
      new UnpooledByteBufAllocator(false);

  private static final int BYTES_TAKEN_PER_BYTE_RECEIVED = 16;

  @Test
  void damagedFramesGiveNothingButFrameExceptionsAndTakeNoMemoryForClaims() {
    List<byte[]> requests = samples(true);
    List<byte[]> responses = samples(false);
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      boolean request = random.nextBoolean();
      List<byte[]> samples = request ? requests : responses;
      byte[] bytes = damaged(samples.get(random.nextInt(samples.size())), request, random);
      feed(seed, request, bytes, random);
    }
  }

  @Test
  void randomFramesSurviveTheirJourney() {
    for (int seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      Frame frame = random.nextBoolean() ? randomRequest(random) : randomResponse(random);
      byte[] bytes = Frames.encode(frame);
      assertThat((long) bytes.length).isEqualTo(frame.headerBytes() + frame.bodyBytes());
      Frame again = Frames.decode(frame instanceof RequestFrame, true, bytes);
      assertThat(again).as("seed %d", seed).isEqualTo(frame);
    }
  }

  @Test
  void damagedObjectsGiveNothingButFrameExceptions() {
    List<Consumer<byte[]>> readers =
        List.of(
            AppendAppendix::fromBytes,
            ConfigEntries::configFromBytes,
            ConfigEntries::serverFromBytes,
            CustomNotification::fromBytes,
            Hello::fromMeta,
            LogPack::fromBytes,
            PriorityChange::fromBytes,
            RemoveServer::fromBytes,
            SnapshotInfo::fromBytes,
            SnapshotSyncRequest::fromBytes);
    List<byte[]> payloads = payloads();
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      byte[] bytes = mutated(payloads.get(random.nextInt(payloads.size())), random);
      for (Consumer<byte[]> reader : readers) {
        try {
          reader.accept(bytes);
        } catch (FrameException expected) {
          assertThat(expected.getMessage()).isNotBlank();
        } catch (RuntimeException e) {
          fail("seed " + seed, e);
        }
      }
    }
  }

  private static void feed(int seed, boolean request, byte[] bytes, Random random) {
    FrameLimits limits = new FrameLimits(random.nextBoolean() ? 64 << 20 : 1 << 12, 1 << 10);
    boolean capable = random.nextBoolean();
    long before = allocatedBytes();
    EmbeddedChannel channel = Frames.receiver(request, limits, capable);
    channel.config().setAllocator(COUNTED_ON_HEAP);
    try {
      int at = 0;
      while (at < bytes.length) {
        int piece = Math.min(bytes.length - at, 1 + random.nextInt(bytes.length));
        channel.writeInbound(Unpooled.wrappedBuffer(bytes, at, piece));
        at += piece;
      }
      channel.finish();
    } catch (FrameException expected) {
      assertThat(expected.getMessage()).contains("frame ");
    } catch (RuntimeException e) {
      fail("seed " + seed, e);
    }
    long taken = allocatedBytes() - before;
    assertThat(taken)
        .as("seed %d: bytes taken for %d received", seed, bytes.length)
        .isLessThan(FIXED_BYTES + (long) BYTES_TAKEN_PER_BYTE_RECEIVED * bytes.length);
  }

  private static long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  /** Half of the frames get a right checksum again, so that damage reaches the parser. */
  private static byte[] damaged(byte[] sample, boolean request, Random random) {
    byte[] bytes = mutated(sample, random);
    int checksumAt = request ? 46 : 31;
    if (random.nextBoolean() && bytes.length > checksumAt + 8) {
      CRC32 crc = new CRC32();
      crc.update(bytes, 0, checksumAt);
      int value = (int) crc.getValue();
      for (int i = 0; i < Integer.BYTES; i++) {
        bytes[checksumAt + i] = (byte) (value >>> (8 * i));
        bytes[checksumAt + 4 + i] &= (byte) (i == 0 ? 0x77 : 0x7f);
      }
    }
    return bytes;
  }

  private static byte[] mutated(byte[] sample, Random random) {
    int length = sample.length;
    if (random.nextInt(4) == 0) {
      length = 1 + random.nextInt(sample.length + 32);
    }
    byte[] bytes = Arrays.copyOf(sample, length);
    int changes = random.nextInt(6);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(bytes.length);
      bytes[at] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) 0xff;
            case 1 -> 0;
            case 2 -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
            default -> (byte) random.nextInt(256);
          };
    }
    return bytes;
  }

  /** A few frames of each shape, none large, so that many seeds are quick. */
  private static List<byte[]> samples(boolean request) {
    return Stream.concat(Vector.CAPTURED_FILES.stream(), Stream.of("20_multiraft"))
        .flatMap(file -> Vector.read(file).stream())
        .filter(vector -> vector.request() == request && vector.bytes().length < 4096)
        .map(Vector::bytes)
        .toList();
  }

  private static List<byte[]> payloads() {
    List<byte[]> payloads = new ArrayList<>();
    for (Vector vector : Vector.read("09_auto_forward")) {
      addPayloads(vector, payloads);
    }
    Vector.read("02_join_sync_log").forEach(vector -> addPayloads(vector, payloads));
    Vector.read("04_leader_transfer").forEach(vector -> addPayloads(vector, payloads));
    Vector.read("07_snapshot_join").forEach(vector -> addPayloads(vector, payloads));
    payloads.add(RequestFrame.hello(hello()).meta());
    payloads.add(new AppendAppendix.StateMachineCommitted(7).toBytes());
    return payloads;
  }

  private static Hello hello() {
    return Hello.of(1, new UUID(1, 2), 3, FrameLimits.DEFAULT);
  }

  private static void addPayloads(Vector vector, List<byte[]> payloads) {
    Frame frame = Frames.decode(vector.request(), false, vector.bytes());
    if (frame instanceof RequestFrame request) {
      request.entries().stream()
          .map(LogEntry::payload)
          .filter(payload -> payload.length > 0 && payload.length < 2048)
          .forEach(payloads::add);
    }
  }

  private static RequestFrame randomRequest(Random random) {
    List<LogEntry> entries = new ArrayList<>();
    int flags = random.nextInt() & (Flags.LOG_TIMESTAMP | Flags.CRC_PAYLOAD | Flags.CRC_ENTIRE);
    for (int i = random.nextInt(5); i > 0; i--) {
      byte[] payload = randomBytes(random);
      CRC32 crc = new CRC32();
      crc.update(payload);
      boolean hasCrc = (flags & Flags.CRC_PAYLOAD) != 0 && random.nextBoolean();
      entries.add(
          new LogEntry(
              random.nextLong(),
              (byte) random.nextInt(),
              (flags & Flags.LOG_TIMESTAMP) != 0 ? random.nextLong() : 0,
              hasCrc,
              hasCrc ? (int) crc.getValue() : 0,
              payload));
    }
    RequestFrame request =
        RequestFrame.legacy(
                MessageType.APPEND_ENTRIES_REQUEST,
                random.nextInt(),
                random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                entries)
            .withFlags(flags);
    request = random.nextBoolean() ? request.withMeta(randomBytes(random)) : request;
    return switch (random.nextInt(3)) {
      case 0 -> request.extended(random.nextInt());
      case 1 -> request.extended(random.nextInt(), random.nextLong());
      default -> request;
    };
  }

  private static ResponseFrame randomResponse(Random random) {
    ResponseFrame response =
        ResponseFrame.to(
            randomRequest(random),
            random.nextInt(),
            random.nextLong(),
            random.nextLong(),
            random.nextBoolean());
    response = random.nextBoolean() ? response.withMeta(randomBytes(random)) : response;
    response = random.nextBoolean() ? response.withContext(randomBytes(random)) : response;
    response = random.nextBoolean() ? response.withNextBatchBytesHint(random.nextLong()) : response;
    return random.nextBoolean()
        ? response.withResultCode(new ResultCode(random.nextInt()))
        : response;
  }

  private static byte[] randomBytes(Random random) {
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return bytes;
  }
}
