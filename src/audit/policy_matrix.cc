// The rows, and of each the rules that may match. Who else is asked for is in matrix_search.cc.
#include "audit/policy_matrix.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "audit/matrix_index.h"
#include "audit/matrix_search.h"
#include "audit/request_info.h"

namespace kaudit::audit {
namespace {

using Part = TableRow::Part;

constexpr std::string_view kAnonymous = "system:anonymous";
constexpr std::string_view kAuthenticated = "system:authenticated";
constexpr std::string_view kUnauthenticated = "system:unauthenticated";
// Stands for all that no rule names.
constexpr std::string_view kAnyUrl = "/-";

constexpr std::array<std::string_view, 12> kKnownUrls{
    "/healthz", "/livez", "/readyz",     "/version",    "/metrics",      "/api",
    "/apis",    "/logs/", "/openapi/v2", "/openapi/v3", "/debug/pprof/", "/openid/v1/jwks"};

// A row, as a request for it says it.
struct Target {
  Part part = Part::BuiltIn;
  std::string group;
  std::string resource;
  std::string subresource;
  std::string path;
  bool is_namespaced = true;
  VerbSet verbs;
};

// ---- the rows -----------------------------------------------------------------------------------

void add_built_in(const kube::KubernetesVersion& version, std::vector<Target>& targets) {
  for (const ApiResource& resource : api_resources()) {
    if (!resource.lifetime.covers(version.minor)) continue;
    Target target{.group = std::string(resource.group),
                  .resource = std::string(resource.name),
                  .subresource = {},
                  .path = {},
                  .is_namespaced = resource.scope == ResourceScope::Namespaced,
                  .verbs = resource.verbs};
    targets.push_back(target);
    for (const ApiSubresource& subresource : resource.subresources) {
      if (subresource.since > version.minor) continue;
      target.subresource = subresource.name;
      target.verbs = subresource.verbs;
      targets.push_back(target);
    }
  }
}

constexpr VerbSet kAllVerbs{Verb::Get,    Verb::List,  Verb::Watch,  Verb::Create,
                            Verb::Update, Verb::Patch, Verb::Delete, Verb::DeleteCollection};

// Custom resources as pairs of group and resource.
using Custom = std::set<std::pair<std::string, std::string>>;

void collect_custom(const AuditPolicy& policy, Custom& found) {
  for (const PolicyRule& rule : policy.rules) {
    for (const GroupResources& of : rule.resources) {
      if (of.group.value == "*" || is_closed_api_group(of.group.value)) continue;
      found.emplace(of.group.value, kNobody);
      for (const Word& name : of.resources.items)
        if (name.value.find('*') == std::string::npos) found.emplace(of.group.value, name.value);
    }
  }
}

void add_custom(const Custom& custom, std::vector<Target>& targets) {
  const auto add = [&](const std::string& group, const std::string& name) {
    const std::size_t slash = name.find('/');
    Target target{.part = Part::Custom,
                  .group = group,
                  .resource = name.substr(0, slash),
                  .subresource = {},
                  .path = {},
                  .verbs = kAllVerbs};
    if (slash != std::string::npos) target.subresource = name.substr(slash + 1);
    targets.push_back(std::move(target));
  };
  // Of a group what it names first, then "-" for all else.
  for (auto it = custom.begin(); it != custom.end();) {
    const std::string& group = it->first;
    for (; it != custom.end() && it->first == group; ++it)
      if (it->second != kNobody) add(group, it->second);
    add(group, std::string(kNobody));
  }
  add(std::string(kNobody), std::string(kNobody));
}

void collect_urls(const AuditPolicy& policy, std::set<std::string>& urls) {
  for (const PolicyRule& rule : policy.rules) {
    for (const Word& url : rule.non_resource_urls.items) {
      std::string path = url.value;
      if (path.ends_with('*')) path.pop_back();
      if (path.starts_with('/')) urls.insert(std::move(path));
    }
  }
}

std::vector<Target> targets_of(const AuditPolicy& policy, const kube::KubernetesVersion& version,
                               const AuditPolicy* other) {
  std::vector<Target> targets;
  add_built_in(version, targets);
  Custom custom;
  collect_custom(policy, custom);
  std::set<std::string> urls(kKnownUrls.begin(), kKnownUrls.end());
  collect_urls(policy, urls);
  if (other != nullptr) {
    collect_custom(*other, custom);
    collect_urls(*other, urls);
  }
  add_custom(custom, targets);
  // A request for such a path is one for a resource, and rules for URLs do not see it.
  std::erase_if(urls, [](const std::string& url) {
    if (url.find('?') != std::string::npos) return true;  // the path of a request has no query
    const auto request = attributes_of_http("GET", url);
    return request && request->is_resource;
  });
  const auto add_url = [&](std::string path) {
    targets.push_back({.part = Part::Url,
                       .group = {},
                       .resource = {},
                       .subresource = {},
                       .path = std::move(path),
                       .is_namespaced = false,
                       .verbs = {Verb::Get}});
  };
  for (const std::string& url : urls) add_url(url);
  add_url(std::string(kAnyUrl));
  return targets;
}

std::string spelt(const Target& target) {
  std::string out = target.resource;
  if (target.part == Part::Custom) out.append(".").append(target.group);
  if (!target.subresource.empty()) out.append("/").append(target.subresource);
  return out;
}

// "pods/exec"; for custom resources with the group, as `policy explain --resource` takes them.
// `is_alone`: the group has no other row.
std::string name_of(const Target& target, bool is_alone) {
  if (target.part == Part::Url) return target.path == kAnyUrl ? "any other URL" : target.path;
  if (target.part == Part::BuiltIn) return spelt(target);
  if (target.group == kNobody) return "any other group";
  if (target.resource == kNobody)
    return fmt::format("any{} of {}", is_alone ? "" : " other", target.group);
  return spelt(target);
}

// ---- the cells ----------------------------------------------------------------------------------

bool names_an_object(const Target& target, Verb verb) {
  switch (verb) {
    case Verb::List:
    case Verb::Watch:
    case Verb::DeleteCollection:
      return false;
    case Verb::Create:
      return !target.subresource.empty();
    default:
      return true;
  }
}

RequestShape shape_of(const Target& target, Verb verb) {
  if (target.part == Part::Url) return {};
  RequestShape shape;
  shape.takes_namespace = target.is_namespaced;
  shape.needs_namespace = target.is_namespaced && verb != Verb::List && verb != Verb::Watch;
  shape.takes_name = names_an_object(target, verb);
  shape.is_for_namespace = shape.takes_name && target.part == Part::BuiltIn &&
                           target.group.empty() && target.resource == "namespaces";
  return shape;
}

class Cells {
 public:
  Cells(const AuditPolicy& policy, const TableIdentity& identity, std::size_t steps)
      : index_(policy), search_(policy, index_, identity, steps) {}

  void fill(const Target& target, TableRow& row) {
    const std::vector<Candidate> candidates =
        target.part == Part::Url
            ? index_.of_url(target.path)
            : index_.of_resource(target.group, target.resource, target.subresource);
    for (const Verb verb : kVerbs) {
      std::vector<Candidate> of_verb;
      std::ranges::copy_if(
          candidates, std::back_inserter(of_verb),
          [&](const Candidate& candidate) { return index_.allows(candidate.rule, verb); });
      auto cell = search_.cell(of_verb, shape_of(target, verb));
      if (!cell) continue;
      cell->is_served = target.verbs.contains(verb);
      row.cells.at(static_cast<std::size_t>(verb)) = *cell;
    }
  }

 private:
  MatrixIndex index_;
  MatrixSearch search_;
};

}  // namespace

std::vector<std::string> with_implied_groups(std::string_view user,
                                             std::vector<std::string> groups) {
  const auto add = [&](std::string group) {
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(std::move(group));
  };
  if (user == kAnonymous) {
    add(std::string(kUnauthenticated));
    return groups;
  }
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (user.starts_with(kAccount)) {
    const std::string_view rest = user.substr(kAccount.size());
    const std::size_t colon = rest.find(':');
    if (colon != std::string_view::npos) {
      add("system:serviceaccounts");
      add(fmt::format("system:serviceaccounts:{}", rest.substr(0, colon)));
    }
  }
  if (user.starts_with("system:node:")) add("system:nodes");
  add(std::string(kAuthenticated));
  return groups;
}

std::size_t PolicyTable::unsearched() const {
  std::size_t count = 0;
  for (const TableRow& row : rows)
    count += static_cast<std::size_t>(std::ranges::count_if(
        row.cells, [](const TableCell& cell) { return cell.is_served && cell.is_unsearched; }));
  return count;
}

PolicyTable make_table(const AuditPolicy& policy, const kube::KubernetesVersion& version,
                       const TableIdentity& identity, const AuditPolicy* other, std::size_t steps) {
  PolicyTable table{identity, {}};
  Cells cells(policy, identity, steps);
  const std::vector<Target> targets = targets_of(policy, version, other);
  table.rows.reserve(targets.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const Target& target = targets[t];
    // What is named of a group stands above what is not.
    const bool is_alone = t == 0 || targets[t - 1].group != target.group;
    TableRow row{target.part,
                 target.part == Part::BuiltIn ? target.group : "",
                 name_of(target, is_alone),
                 {}};
    cells.fill(target, row);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace kaudit::audit
