package io.multiraft.crds;

/** What all resources of the API group share. */
public final class MultiraftApi {
  /** API group of all resources. */
  public static final String GROUP = "multiraft.io";

  /** The only API version so far. */
  public static final String VERSION = "v1alpha1";

  /**
   * A name becomes part of names of Services, pods and hosts (at most 63 characters, so 52 leave
   * room for a suffix), and a name that began with a digit could be taken for a group id.
   */
  static final String NAME_RULE =
      "self.metadata.name.size() <= 52 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')";

  static final String NAME_MESSAGE =
      "metadata.name must be a DNS label of at most 52 characters: lower-case letters, digits and '-', beginning with"
          + " a letter and ending with a letter or digit, because Services and pods are named after it";

  private MultiraftApi() {}
}
