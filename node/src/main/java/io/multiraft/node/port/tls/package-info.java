/**
 * TLS on the shared port: certificates from files, read again when they change ({@code NodeTls}),
 * and what a certificate lets its holder do ({@code Identity}, {@code CertificateRoles}). Knows no
 * protocol and no group.
 */
package io.multiraft.node.port.tls;
