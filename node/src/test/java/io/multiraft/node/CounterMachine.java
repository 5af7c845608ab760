package io.multiraft.node;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Remembers every command in order; answers with how many there are now. */
final class CounterMachine implements StateMachine {
  private static final int FORMAT = 1;

  private boolean throwOnce;
  private final List<String> commands = new ArrayList<>();

  @Override
  public synchronized List<byte[]> apply(List<CommittedEntry> batch) {
    List<byte[]> results = new ArrayList<>();
    for (CommittedEntry entry : batch) {
      String command = new String(entry.payload(), StandardCharsets.UTF_8);
      if (command.equals("throw") || throwOnce) {
        throwOnce = false;
        throw new IllegalStateException("asked to throw");
      }
      commands.add(command);
      results.add(Integer.toString(commands.size()).getBytes(StandardCharsets.UTF_8));
    }
    return results;
  }

  @Override
  public synchronized Snapshot snapshot() {
    List<String> kept = commands();
    return new Snapshot() {
      @Override
      public void writeTo(OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(FORMAT);
        data.writeInt(kept.size());
        for (String command : kept) {
          data.writeUTF(command);
        }
        data.flush();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public synchronized void restore(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    if (data.readInt() != FORMAT) {
      throw new IOException("another format");
    }
    commands.clear();
    for (int left = data.readInt(); left > 0; left--) {
      commands.add(data.readUTF());
    }
  }

  /** The next command throws. */
  synchronized void throwOnce() {
    throwOnce = true;
  }

  synchronized List<String> commands() {
    return List.copyOf(commands);
  }

  @Override
  public void close() {}
}
