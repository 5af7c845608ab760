package io.multiraft.node;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Remembers every command in order; answers with how many there are now. */
final class CounterMachine implements StateMachine {
  private final List<String> commands = new ArrayList<>();

  @Override
  public synchronized List<byte[]> apply(List<CommittedEntry> batch) {
    List<byte[]> results = new ArrayList<>();
    for (CommittedEntry entry : batch) {
      String command = new String(entry.payload(), StandardCharsets.UTF_8);
      if (command.equals("throw")) {
        throw new IllegalStateException("asked to throw");
      }
      commands.add(command);
      results.add(Integer.toString(commands.size()).getBytes(StandardCharsets.UTF_8));
    }
    return results;
  }

  synchronized List<String> commands() {
    return List.copyOf(commands);
  }

  @Override
  public void close() {}
}
