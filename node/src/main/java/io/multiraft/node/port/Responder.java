package io.multiraft.node.port;

import io.multiraft.node.wire.ResponseFrame;

/** Takes the answer to one request, from any thread, once. */
public interface Responder {
  /** Sends the answer; without effect when the connection has gone. */
  void respond(ResponseFrame response);

  /** Ends the connection: the request must stay unanswered. */
  void drop();
}
