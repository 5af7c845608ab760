package io.multiraft.local.binaries;

import java.util.Locale;

/**
 * A system and processor, spelled as Go and the release files spell them.
 *
 * @param os such as {@code linux} or {@code darwin}
 * @param architecture such as {@code amd64} or {@code arm64}
 */
public record Platform(String os, String architecture) {
  /** This machine. */
  public static Platform current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static Platform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String architecture =
        switch (osArch) {
          case "x86_64", "amd64" -> "amd64";
          case "aarch64", "arm64" -> "arm64";
          default -> osArch;
        };
    return new Platform(
        os.startsWith("mac") ? "darwin" : os.startsWith("windows") ? "windows" : os, architecture);
  }

  /** Whether there are official builds of the whole control plane for it. */
  public boolean hasReleases() {
    return os.equals("linux") && (architecture.equals("amd64") || architecture.equals("arm64"));
  }

  @Override
  public String toString() {
    return os + "-" + architecture;
  }
}
