package io.multiraft.operator.status;

import io.multiraft.crds.Condition;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Turns findings into the condition list of a status. Pure. */
public final class Conditions {
  private Conditions() {}

  /**
   * The new list. A condition keeps its transition time while its status (True or False) is the
   * same; a type that was not found, or that is shown only while true and is not, is left out.
   *
   * @param before the list in the resource, or null
   * @param generation of the spec that the findings are about
   */
  public static List<Condition> merge(
      List<Condition> before, List<Finding> findings, long generation, Instant now) {
    String time =
        DateTimeFormatter.ISO_INSTANT.format(
            now.atOffset(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS));
    List<Condition> after = new ArrayList<>();
    findings.stream()
        .filter(finding -> finding.holds() || !finding.type().isPresentOnlyWhenTrue())
        .sorted(Comparator.comparing(Finding::type))
        .forEach(
            finding -> {
              Condition.Status status =
                  finding.holds() ? Condition.Status.True : Condition.Status.False;
              String since =
                  find(before, finding.type())
                      .filter(old -> old.status() == status)
                      .map(Condition::lastTransitionTime)
                      .orElse(time);
              after.add(
                  new Condition(
                      finding.type().text(),
                      status,
                      finding.reason().text(),
                      finding.message(),
                      since,
                      generation));
            });
    return after;
  }

  /** The condition of a type, if it is in the list. */
  public static Optional<Condition> find(List<Condition> conditions, ConditionType type) {
    return conditions == null
        ? Optional.empty()
        : conditions.stream().filter(one -> type.text().equals(one.type())).findFirst();
  }

  /** Whether the list says True for a type. */
  public static boolean isTrue(List<Condition> conditions, ConditionType type) {
    return find(conditions, type).filter(one -> one.status() == Condition.Status.True).isPresent();
  }
}
