package io.multiraft.crds;

/** What becomes of a volume; constants are spelled as the API spells them. */
public enum VolumePolicy {
  /** The volume stays, with its data. */
  Retain,
  /** The volume goes. */
  Delete
}
