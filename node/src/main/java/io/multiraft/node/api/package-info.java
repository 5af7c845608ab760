/**
 * What clients see: etcd's v3 services over gRPC, reached through the shared port.
 *
 * <p>{@code EtcdServer} owns grpc-java's server on an address inside the process; {@code
 * Http2Relay} is what the port puts behind an HTTP/2 preface; {@code GroupChooser} decides which
 * group a call is for; the services turn calls into {@code RaftServer.append} and reads of the
 * state machine.
 */
package io.multiraft.node.api;
