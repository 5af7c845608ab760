package io.multiraft.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A program that runs on while its output is looked at. */
final class BackgroundProgram implements AutoCloseable {
  private final Process process;
  private final StringBuffer output = new StringBuffer();

  BackgroundProgram(Path program, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(arguments);
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread reader = new Thread(this::read, "output of " + program.getFileName());
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    char[] some = new char[1024];
    try (Reader text = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
      for (int read = text.read(some); read >= 0; read = text.read(some)) {
        output.append(some, 0, read);
      }
    } catch (IOException e) {
      output.append(e);
    }
  }

  void awaitOutput(String expected) {
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(output.toString()).contains(expected));
  }

  /** SIGTERM, upon which etcdctl gives back what it holds. */
  void end() throws InterruptedException {
    process.destroy();
    process.waitFor(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
