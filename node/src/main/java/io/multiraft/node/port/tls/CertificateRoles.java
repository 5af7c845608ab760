package io.multiraft.node.port.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a role from a certificate's URI among its subject alternative names: {@code
 * multiraft://<cluster>/node/<id>}, {@code …/admin}, {@code …/client}, or {@code
 * …/group/<namespace>/<name>}. URIs of other clusters mean nothing here; two of this one's mean
 * nothing either, since whoever issued them has made a mistake.
 */
public final class CertificateRoles {
  private static final int URI_NAME = 6;
  private static final String SCHEME = "multiraft://";
  private static final String LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
  private static final Pattern CLUSTER = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
  private static final Pattern NODE = Pattern.compile("node/([1-9][0-9]{0,8})");
  private static final Pattern GROUP = Pattern.compile("group/(" + LABEL + ")/(" + LABEL + ")");

  private final String prefix;

  /**
   * @param clusterName as the certificates name it
   */
  public CertificateRoles(String clusterName) {
    this.prefix = SCHEME + clusterName + "/";
  }

  /** Whether a cluster's name can stand in a certificate: lower-case labels with dots between. */
  static boolean isClusterName(String name) {
    return name.length() <= 253 && CLUSTER.matcher(name).matches();
  }

  /** The role of a certificate whose chain has been verified. */
  public Identity of(X509Certificate certificate) {
    List<String> roles;
    try {
      roles = rolesHere(certificate);
    } catch (CertificateParsingException e) {
      return new Identity.Stranger("the certificate's names cannot be read");
    }
    if (roles.size() != 1) {
      return new Identity.Stranger(
          "the certificate must have exactly one role in this cluster, a URI name that begins with "
              + prefix
              + ", and has "
              + roles.size());
    }
    return parse(roles.get(0));
  }

  /** The URI that makes a certificate a node's. */
  String uriOf(Identity.Node node) {
    return prefix + "node/" + node.nodeId();
  }

  private List<String> rolesHere(X509Certificate certificate) throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null) {
      return List.of();
    }
    return names.stream()
        .filter(name -> name.get(0).equals(URI_NAME))
        .map(name -> (String) name.get(1))
        .filter(uri -> uri.startsWith(prefix))
        .map(uri -> uri.substring(prefix.length()))
        .toList();
  }

  private Identity parse(String role) {
    if (role.equals("admin")) {
      return new Identity.Admin();
    }
    if (role.equals("client")) {
      return new Identity.ClusterClient();
    }
    Matcher node = NODE.matcher(role);
    if (node.matches()) {
      return new Identity.Node(Integer.parseInt(node.group(1)));
    }
    Matcher group = GROUP.matcher(role);
    if (group.matches()) {
      return new Identity.GroupClient(group.group(1), group.group(2));
    }
    return new Identity.Stranger("the certificate's role in this cluster is not known: " + role);
  }
}
