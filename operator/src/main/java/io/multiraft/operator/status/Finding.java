package io.multiraft.operator.status;

/**
 * What a reconcile found for one condition.
 *
 * @param holds whether the condition is True
 * @param message a sentence for people
 */
public record Finding(ConditionType type, boolean holds, Reason reason, String message) {
  public static Finding yes(ConditionType type, Reason reason, Object... arguments) {
    return new Finding(type, true, reason, reason.sentence(arguments));
  }

  public static Finding no(ConditionType type, Reason reason, Object... arguments) {
    return new Finding(type, false, reason, reason.sentence(arguments));
  }
}
