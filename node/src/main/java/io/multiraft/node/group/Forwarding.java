package io.multiraft.node.group;

import io.multiraft.node.RaftException.Reason;
import io.multiraft.node.port.PeerConnections;
import io.multiraft.node.port.PeerResponse;
import io.multiraft.node.raft.NodeRef;
import io.multiraft.node.raft.ServerConfig;
import io.multiraft.node.wire.MessageType;
import io.multiraft.node.wire.RequestFrame;
import io.multiraft.node.wire.ResponseFrame;
import io.multiraft.node.wire.ResultCode;
import java.util.List;

/** Passes a command on to the leader as a client request (wire protocol, section 8.4). */
final class Forwarding implements PeerResponse {
  private final Group group;
  private final PendingProposal proposal;

  private Forwarding(Group group, PendingProposal proposal) {
    this.group = group;
    this.proposal = proposal;
  }

  static void forward(
      Group group, PeerConnections peers, ServerConfig leader, PendingProposal proposal) {
    RequestFrame request =
        RequestFrame.legacy(
            MessageType.CLIENT_REQUEST, 0, 0, 0, 0, 0, 0, List.of(proposal.entry()));
    peers.send(
        leader.endpoint(),
        NodeRef.fromAux(leader.aux()),
        group.groupId(),
        request,
        new Forwarding(group, proposal));
  }

  @Override
  public void onResponse(ResponseFrame response) {
    ResultCode code = response.resultCode();
    if (ResultCode.BUSY.equals(code)) {
      proposal.fail(Reason.OVERLOADED, "too many writes wait at the leader of " + group);
    } else if (response.isRefusal() || ResultCode.NOT_LEADER.equals(code)) {
      group.proposeLater(proposal); // it was surely not written there
    } else if (response.accepted() && ResultCode.OK.equals(code)) {
      proposal.result().complete(response.context());
    } else {
      proposal.fail(Reason.UNKNOWN_OUTCOME, "the leader answered " + code);
    }
  }

  @Override
  public void onFailure(boolean surelyNotSent) {
    if (surelyNotSent) {
      group.proposeLater(proposal);
    } else {
      proposal.fail(Reason.UNKNOWN_OUTCOME, "the connection to the leader was lost");
    }
  }
}
