package io.multiraft.node.port;

import io.multiraft.node.wire.ResponseFrame;

/** Takes the outcome of one outgoing request, on the connection's event loop, exactly once. */
public interface PeerResponse {
  /** The peer's answer. */
  void onResponse(ResponseFrame response);

  /**
   * There will be no answer.
   *
   * @param surelyNotSent true if the peer cannot have seen the request
   */
  void onFailure(boolean surelyNotSent);
}
