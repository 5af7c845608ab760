package io.multiraft.local.pods;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Scanner;

/** Resolves the names that it reads. */
public final class ResolveLoop {
  private ResolveLoop() {}

  /** Until its input ends. */
  public static void main(String[] arguments) throws IOException {
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      System.out.println(InetAddress.getByName(lines.nextLine()).getHostAddress());
    }
  }
}
