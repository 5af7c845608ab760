package io.multiraft.node.group;

import io.multiraft.node.GroupStatus;
import io.multiraft.node.log.MetaRecord.GroupCreated;
import io.multiraft.node.log.MetaRecord.GroupFailed;
import io.multiraft.node.raft.Role;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** What is shown of a member that lost what it had on disk. */
final class FailedStatus {
  private FailedStatus() {}

  static GroupStatus of(GroupFailed failed) {
    return new GroupStatus(
        failed.groupId(),
        failed.ownerUid(),
        known(failed, GroupCreated::name),
        known(failed, GroupCreated::namespace),
        known(failed, GroupCreated::deletionPolicy),
        GroupStatus.State.FAILED,
        failed.creation().map(GroupCreated::selfServerId).orElse(0),
        Role.FOLLOWER,
        0,
        OptionalInt.empty(),
        OptionalInt.empty(),
        false,
        0,
        failed.creation().map(GroupCreated::selfServerId).orElse(0),
        List.of(),
        0,
        0,
        0,
        0,
        List.of(),
        Optional.of(failed.why()));
  }

  private static String known(GroupFailed failed, Function<GroupCreated, String> field) {
    return failed.creation().map(field).orElse("");
  }
}
