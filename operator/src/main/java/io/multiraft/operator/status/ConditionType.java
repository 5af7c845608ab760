package io.multiraft.operator.status;

/** The conditions that RaftCluster and RaftGroup show. */
public enum ConditionType {
  READY("Ready", false),
  AVAILABLE("Available", false),
  UP_TO_DATE("UpToDate", false),
  HEALTHY("Healthy", false),
  /** kstatus: present only while true. */
  RECONCILING("Reconciling", true),
  /** kstatus: present only while true. */
  STALLED("Stalled", true);

  private final String text;
  private final boolean presentOnlyWhenTrue;

  ConditionType(String text, boolean presentOnlyWhenTrue) {
    this.text = text;
    this.presentOnlyWhenTrue = presentOnlyWhenTrue;
  }

  /** As written in the resource. */
  public String text() {
    return text;
  }

  public boolean isPresentOnlyWhenTrue() {
    return presentOnlyWhenTrue;
  }
}
