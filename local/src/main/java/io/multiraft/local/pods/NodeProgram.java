package io.multiraft.local.pods;

import java.util.List;

/**
 * The one image that can run here, and what its entry point is on this machine.
 *
 * @param image as pods name it
 * @param command the entry point; a container's own command takes its place
 * @param javaOptions added to {@code JAVA_TOOL_OPTIONS} of each process
 */
public record NodeProgram(String image, List<String> command, List<String> javaOptions) {
  public NodeProgram {
    command = List.copyOf(command);
    javaOptions = List.copyOf(javaOptions);
  }
}
