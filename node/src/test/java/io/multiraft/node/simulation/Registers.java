package io.multiraft.node.simulation;

import io.multiraft.node.CommittedEntry;
import io.multiraft.node.StateMachine;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A group's state: registers, and every command that was ever applied, so that it can be asked. */
final class Registers implements StateMachine {
  /** Value of a register that was never written. */
  static final long NOTHING = 0;

  /** Sees what is applied. */
  interface Witness {
    void applied(long index, long term, Command command);
  }

  private final Witness witness;
  private final TreeMap<Integer, Long> values = new TreeMap<>();
  private final List<Long> applied = new ArrayList<>();

  Registers(Witness witness) {
    this.witness = witness;
  }

  long value(int key) {
    return values.getOrDefault(key, NOTHING);
  }

  /** Every write applied, in order. */
  List<Long> applied() {
    return applied;
  }

  @Override
  public List<byte[]> apply(List<CommittedEntry> batch) {
    List<byte[]> results = new ArrayList<>();
    for (CommittedEntry entry : batch) {
      Command command = Command.decode(entry.payload());
      witness.applied(entry.index(), entry.term(), command);
      values.put(command.key(), command.value());
      applied.add(command.value());
      results.add(ByteBuffer.allocate(8).putLong(entry.index()).array());
    }
    return results;
  }

  @Override
  public Snapshot snapshot() {
    TreeMap<Integer, Long> keptValues = new TreeMap<>(values);
    List<Long> keptApplied = List.copyOf(applied);
    return new Snapshot() {
      @Override
      public void writeTo(OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(keptValues.size());
        for (var entry : keptValues.entrySet()) {
          data.writeInt(entry.getKey());
          data.writeLong(entry.getValue());
        }
        data.writeInt(keptApplied.size());
        for (long value : keptApplied) {
          data.writeLong(value);
        }
        data.flush();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void restore(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    values.clear();
    applied.clear();
    for (int left = data.readInt(); left > 0; left--) {
      values.put(data.readInt(), data.readLong());
    }
    for (int left = data.readInt(); left > 0; left--) {
      applied.add(data.readLong());
    }
  }

  @Override
  public void close() {}
}
