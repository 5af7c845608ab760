package io.multiraft.node.log;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** What a node must remember besides its groups' logs (node rules 1 to 4). */
public sealed interface MetaRecord {
  /**
   * A member was made here. Everything of the group that came before it is void.
   *
   * @param groupId the group
   * @param uid uid of the resource that made the group, empty if none did
   * @param name the group's name
   * @param namespace the group's namespace
   * @param deletionPolicy what happens to the data when the resource goes, as the caller names it
   * @param mode how the member was made, as the caller names it
   * @param selfServerId this member's server id
   * @param members the list first given, in the caller's encoding
   */
  record GroupCreated(
      int groupId,
      String uid,
      String name,
      String namespace,
      String deletionPolicy,
      String mode,
      int selfServerId,
      byte[] members)
      implements MetaRecord {
    public GroupCreated {
      Objects.requireNonNull(uid, "uid");
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(namespace, "namespace");
      Objects.requireNonNull(deletionPolicy, "deletionPolicy");
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(members, "members");
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof GroupCreated that
          && groupId == that.groupId
          && uid.equals(that.uid)
          && name.equals(that.name)
          && namespace.equals(that.namespace)
          && deletionPolicy.equals(that.deletionPolicy)
          && mode.equals(that.mode)
          && selfServerId == that.selfServerId
          && Arrays.equals(members, that.members);
    }

    @Override
    public int hashCode() {
      return Objects.hash(groupId, uid, selfServerId, Arrays.hashCode(members));
    }
  }

  /** The group is gone for good: nothing can bring it back on this node. */
  record GroupRemoved(int groupId, String uid) implements MetaRecord {
    public GroupRemoved {
      Objects.requireNonNull(uid, "uid");
    }
  }

  /** This node's member is gone; only a server id above {@code highestServerId} may come back. */
  record MemberRemoved(int groupId, String uid, int highestServerId) implements MetaRecord {
    public MemberRemoved {
      Objects.requireNonNull(uid, "uid");
    }
  }

  /** The highest boot number that another node has shown. */
  record PeerSeen(int nodeId, UUID incarnation, long bootNumber) implements MetaRecord {
    public PeerSeen {
      Objects.requireNonNull(incarnation, "incarnation");
    }
  }

  /** A retained group has a new owner. */
  record OwnerChanged(int groupId, String uid) implements MetaRecord {
    public OwnerChanged {
      Objects.requireNonNull(uid, "uid");
    }
  }

  /**
   * The member here is not what it was and must not take part any more; only its removal, and a
   * higher server id, help (node rule 12).
   *
   * @param creation as it was made, if that is still known
   * @param ownerUid its last owner, empty if that is not known
   * @param why what happened, with file and offset if it was damage
   */
  record GroupFailed(int groupId, Optional<GroupCreated> creation, String ownerUid, String why)
      implements MetaRecord {
    public GroupFailed {
      Objects.requireNonNull(creation, "creation");
      Objects.requireNonNull(ownerUid, "ownerUid");
      Objects.requireNonNull(why, "why");
    }
  }
}
