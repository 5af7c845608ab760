package io.multiraft.bench.jraft;

import com.alipay.remoting.CustomSerializerManager;
import com.alipay.remoting.DefaultCustomSerializer;
import com.alipay.remoting.InvokeContext;
import com.alipay.remoting.rpc.RequestCommand;
import com.alipay.remoting.rpc.ResponseCommand;
import com.alipay.remoting.rpc.protocol.RpcRequestCommand;
import com.alipay.remoting.rpc.protocol.RpcResponseCommand;
import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * A request or an answer over SOFABolt, which JRaft ships as its transport. It has a serializer of
 * its own that copies its bytes and nothing else, cheaper than the Hessian that Bolt takes
 * otherwise.
 */
final class Message implements Serializable {
  private static final long serialVersionUID = 1;

  static final byte PUT = 1;
  static final byte GET = 2;
  static final byte DONE = 3;
  static final byte FAILED = 4;

  private final byte kind;
  private final int group;
  private final byte[] body;

  Message(byte kind, int group, byte[] body) {
    this.kind = kind;
    this.group = group;
    this.body = body;
  }

  byte kind() {
    return kind;
  }

  int group() {
    return group;
  }

  byte[] body() {
    return body;
  }

  static String groupName(int group) {
    return "group-" + group;
  }

  /** Once in each process. */
  static void registerSerializer() {
    CustomSerializerManager.registerCustomSerializer(Message.class.getName(), new Serializer());
  }

  private byte[] encode() {
    return ByteBuffer.allocate(1 + Integer.BYTES + body.length)
        .put(kind)
        .putInt(group)
        .put(body)
        .array();
  }

  private static Message decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte kind = in.get();
    int group = in.getInt();
    byte[] body = new byte[in.remaining()];
    in.get(body);
    return new Message(kind, group, body);
  }

  private static final class Serializer extends DefaultCustomSerializer {
    @Override
    public <T extends RequestCommand> boolean serializeContent(T request, InvokeContext context) {
      RpcRequestCommand command = (RpcRequestCommand) request;
      command.setContent(((Message) command.getRequestObject()).encode());
      return true;
    }

    @Override
    public <T extends ResponseCommand> boolean serializeContent(T response) {
      RpcResponseCommand command = (RpcResponseCommand) response;
      command.setContent(((Message) command.getResponseObject()).encode());
      return true;
    }

    @Override
    public <T extends RequestCommand> boolean deserializeContent(T request) {
      RpcRequestCommand command = (RpcRequestCommand) request;
      command.setRequestObject(decode(command.getContent()));
      return true;
    }

    @Override
    public <T extends ResponseCommand> boolean deserializeContent(
        T response, InvokeContext context) {
      RpcResponseCommand command = (RpcResponseCommand) response;
      command.setResponseObject(decode(command.getContent()));
      return true;
    }
  }
}
