package io.multiraft.bench.ratis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;

/** The groups as server and client both know them. */
final class RatisGroups {
  private RatisGroups() {}

  static List<RaftPeer> peers(List<String> addresses) {
    List<RaftPeer> peers = new ArrayList<>();
    for (String address : addresses) {
      peers.add(
          RaftPeer.newBuilder().setId("server-" + (peers.size() + 1)).setAddress(address).build());
    }
    return peers;
  }

  static RaftGroup group(int number, List<RaftPeer> peers) {
    byte[] name = ("group-" + number).getBytes(StandardCharsets.US_ASCII);
    return RaftGroup.valueOf(RaftGroupId.valueOf(UUID.nameUUIDFromBytes(name)), peers);
  }
}
