package io.multiraft.node.api.admin;

import io.multiraft.node.group.AddResult;
import io.multiraft.node.group.GroupManager;
import io.multiraft.node.group.GroupSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The calls that make groups, one or many. */
final class AddRoutes {
  private static final int MAX_GROUPS_PER_CALL = 1_000;

  private final GroupManager groups;
  private final GroupLookup lookup;

  AddRoutes(GroupManager groups, GroupLookup lookup) {
    this.groups = groups;
    this.lookup = lookup;
  }

  CompletionStage<Reply> addOne(AdminRequest request) {
    Documents.AddGroup body = Documents.read(request.body(), Documents.AddGroup.class);
    GroupSpec spec = body.toSpec(request.groupId());
    return groups.add(List.of(spec)).thenApply(results -> added(results.get(0)));
  }

  CompletionStage<Reply> addMany(AdminRequest request) {
    Documents.AddGroups body = Documents.read(request.body(), Documents.AddGroups.class);
    if (body.groups() == null || body.groups().isEmpty()) {
      throw new IllegalArgumentException("groups is missing");
    }
    if (body.groups().size() > MAX_GROUPS_PER_CALL) {
      throw new IllegalArgumentException("at most " + MAX_GROUPS_PER_CALL + " groups in one call");
    }
    List<GroupSpec> specs = new ArrayList<>();
    List<Documents.AddGroupResult> malformed = new ArrayList<>();
    for (Documents.AddGroup group : body.groups()) {
      malformed.add(check(group, specs));
    }
    CompletionStage<List<AddResult>> added =
        specs.isEmpty() ? CompletableFuture.completedFuture(List.of()) : groups.add(specs);
    return added.thenApply(results -> Reply.json(200, merge(specs, results, malformed)));
  }

  /** Adds a well-formed spec and returns null, or the result that says what is wrong with it. */
  private static Documents.AddGroupResult check(Documents.AddGroup group, List<GroupSpec> specs) {
    Integer id = group == null ? null : group.groupId();
    try {
      if (id == null) {
        throw new IllegalArgumentException("groupId is missing");
      }
      specs.add(group.toSpec(id));
      return null;
    } catch (IllegalArgumentException e) {
      Problem problem = Problem.of(400, "bad-request", e.getMessage());
      return new Documents.AddGroupResult(id, 400, null, problem);
    }
  }

  private Documents.AddGroupsResult merge(
      List<GroupSpec> specs, List<AddResult> added, List<Documents.AddGroupResult> malformed) {
    List<Documents.AddGroupResult> results = new ArrayList<>();
    int next = 0;
    for (Documents.AddGroupResult wrong : malformed) {
      if (wrong != null) {
        results.add(wrong);
      } else {
        int id = specs.get(next).groupId();
        Reply reply = added(added.get(next++));
        results.add(
            reply.body() instanceof Problem problem
                ? new Documents.AddGroupResult(id, reply.status(), null, problem)
                : new Documents.AddGroupResult(
                    id, reply.status(), (Documents.Group) reply.body(), null));
      }
    }
    return new Documents.AddGroupsResult(results);
  }

  private Reply added(AddResult result) {
    if (result instanceof AddResult.Refused refused) {
      return Reply.problem(AdminRoutes.problemOf(refused.why()));
    }
    if (result instanceof AddResult.Made made) {
      return Reply.json(201, lookup.document(made.groupId()));
    }
    return Reply.json(200, lookup.document(((AddResult.Existing) result).groupId()));
  }
}
