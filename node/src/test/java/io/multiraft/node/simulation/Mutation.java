package io.multiraft.node.simulation;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A deliberate bug: one place of a source file says something else. The changed class is compiled
 * aside and loaded, with everything of this project, by a class loader of its own, so that nothing
 * in the production code knows of it.
 *
 * @param name what is wrong
 * @param source below {@code io/multiraft/node} without its ending
 * @param original must be there exactly once
 * @param wrong takes its place
 */
record Mutation(String name, String source, String original, String wrong) {
  private static final String PACKAGE = "io.multiraft.node.";
  private static final Path SOURCES = Path.of("src/main/java/io/multiraft/node");

  /**
   * Lets the simulation look for it.
   *
   * @return the seed, of {@code firstSeed} and the ones behind it, that found it
   * @throws AssertionError if none of {@code maxSeeds} did
   */
  Caught find(Path directory, long firstSeed, int maxSeeds)
      throws IOException, ReflectiveOperationException {
    compile(directory);
    try (Mutated loader = new Mutated(directory)) {
      Class<?> simulate = loader.loadClass(Simulate.class.getName());
      for (long seed = firstSeed; seed < firstSeed + maxSeeds; seed++) {
        String violation =
            (String) simulate.getDeclaredMethod("violation", long.class).invoke(null, seed);
        if (violation != null) {
          return new Caught(seed - firstSeed + 1, violation);
        }
      }
    }
    throw new AssertionError(name + ": not found by " + maxSeeds + " seeds");
  }

  /** How many seeds it took, and what the last one said. */
  record Caught(long seeds, String violation) {}

  private void compile(Path directory) throws IOException {
    String text = Files.readString(SOURCES.resolve(source + ".java"));
    int at = text.indexOf(original);
    if (at < 0 || text.indexOf(original, at + 1) >= 0) {
      throw new AssertionError(
          name + ": there must be exactly one place in " + source + " that says: " + original);
    }
    Path file = directory.resolve("src").resolve(source + ".java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, text.replace(original, wrong));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int failures =
        compiler.run(
            null,
            null,
            null,
            "-proc:none",
            "-nowarn",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            directory.toString(),
            file.toString());
    if (failures != 0) {
      throw new AssertionError(name + ": does not compile");
    }
  }

  /** Loads this project's classes anew, the changed one first; all else comes from the parent. */
  private static final class Mutated extends URLClassLoader {
    Mutated(Path directory) throws IOException {
      super(urls(directory), Mutation.class.getClassLoader());
    }

    private static URL[] urls(Path directory) throws IOException {
      List<URL> urls = new ArrayList<>();
      urls.add(directory.toUri().toURL());
      for (Class<?> one : List.of(Simulate.class, io.multiraft.node.NodeConfig.class)) {
        urls.add(one.getProtectionDomain().getCodeSource().getLocation());
      }
      return urls.toArray(URL[]::new);
    }

    @Override
    protected Class<?> loadClass(String className, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(className)) {
        if (!className.startsWith(PACKAGE)) {
          return super.loadClass(className, resolve);
        }
        Class<?> loaded = findLoadedClass(className);
        return loaded != null ? loaded : findClass(className);
      }
    }
  }
}
