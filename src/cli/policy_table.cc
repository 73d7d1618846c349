// The levels of all cells. How they look is said in policy_table_text.cc and policy_table_html.cc.
#include "cli/policy_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "audit/request_info.h"

#include "cli/policy_parts.h"

namespace kaudit::cli {
namespace {

using audit::AuditPolicy;
using audit::Decision;
using audit::GroupResources;
using audit::Level;
using audit::Matcher;
using audit::PolicyRule;
using audit::Predicate;
using audit::RequestAttributes;
using audit::Verb;
using Part = TableRow::Part;

constexpr std::string_view kAnonymous = "system:anonymous";
constexpr std::string_view kAuthenticated = "system:authenticated";
constexpr std::string_view kUnauthenticated = "system:unauthenticated";
constexpr std::string_view kDefaultNamespace = "default";
// No object, resource or group can have this name, so no useful rule names it.
constexpr std::string_view kAny = "-";

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
  audit::VerbSet verbs;
};

// ---- the rows -----------------------------------------------------------------------------------

void add_built_in(const kube::KubernetesVersion& version, std::vector<Target>& targets) {
  for (const audit::ApiResource& resource : audit::api_resources()) {
    if (!resource.lifetime.covers(version.minor)) continue;
    Target target{.group = std::string(resource.group),
                  .resource = std::string(resource.name),
                  .subresource = {},
                  .path = {},
                  .is_namespaced = resource.scope == audit::ResourceScope::Namespaced,
                  .verbs = resource.verbs};
    targets.push_back(target);
    for (const audit::ApiSubresource& subresource : resource.subresources) {
      if (subresource.since > version.minor) continue;
      target.subresource = subresource.name;
      target.verbs = subresource.verbs;
      targets.push_back(target);
    }
  }
}

constexpr audit::VerbSet kAllVerbs{Verb::Get,    Verb::List,  Verb::Watch,  Verb::Create,
                                   Verb::Update, Verb::Patch, Verb::Delete, Verb::DeleteCollection};

// Custom resources as pairs of group and resource.
using Custom = std::set<std::pair<std::string, std::string>>;

void collect_custom(const AuditPolicy& policy, Custom& found) {
  for (const PolicyRule& rule : policy.rules) {
    for (const GroupResources& of : rule.resources) {
      if (of.group.value == "*" || audit::is_closed_api_group(of.group.value)) continue;
      found.emplace(of.group.value, kAny);
      for (const audit::Word& name : of.resources.items)
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
      if (it->second != kAny) add(group, it->second);
    add(group, std::string(kAny));
  }
  add(std::string(kAny), std::string(kAny));
}

void collect_urls(const AuditPolicy& policy, std::vector<std::string>& urls) {
  for (const PolicyRule& rule : policy.rules) {
    for (const audit::Word& url : rule.non_resource_urls.items) {
      std::string path = url.value;
      if (path.ends_with('*')) path.pop_back();
      if (path.starts_with('/') && std::ranges::find(urls, path) == urls.end())
        urls.push_back(path);
    }
  }
}

std::vector<Target> targets_of(const AuditPolicy& policy, const kube::KubernetesVersion& version,
                               const AuditPolicy* other) {
  std::vector<Target> targets;
  add_built_in(version, targets);
  Custom custom;
  collect_custom(policy, custom);
  std::vector<std::string> urls(kKnownUrls.begin(), kKnownUrls.end());
  collect_urls(policy, urls);
  if (other != nullptr) {
    collect_custom(*other, custom);
    collect_urls(*other, urls);
  }
  add_custom(custom, targets);
  // A request for such a path is one for a resource, and rules for URLs do not see it.
  std::erase_if(urls, [](const std::string& url) {
    const auto request = audit::attributes_of_http("GET", url);
    return request && request->is_resource;
  });
  std::ranges::sort(urls);
  urls.emplace_back("/-");
  for (std::string& url : urls)
    targets.push_back({.part = Part::Url,
                       .group = {},
                       .resource = {},
                       .subresource = {},
                       .path = std::move(url),
                       .is_namespaced = false,
                       .verbs = {Verb::Get}});
  return targets;
}

// "pods/exec"; for custom resources with the group, as `policy explain --resource` takes them.
// `is_alone`: the group has no other row.
std::string name_of(const Target& target, bool is_alone) {
  if (target.part == Part::Url) return target.path == "/-" ? "any other URL" : target.path;
  if (target.part == Part::BuiltIn) return spelt("", target.resource, target.subresource);
  if (target.group == kAny) return "any other group";
  if (target.resource == kAny)
    return fmt::format("any{} of {}", is_alone ? "" : " other", target.group);
  return spelt(target.group, target.resource, target.subresource);
}

// ---- one request --------------------------------------------------------------------------------

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

bool is_namespace_object(const Target& target) {
  return target.part == Part::BuiltIn && target.group.empty() && target.resource == "namespaces";
}

// Who asks, where and for which object.
struct Subject {
  std::string user;
  std::vector<std::string> groups;
  std::string namespace_name;
  std::string name;
};

// Nothing where there is no such request: in a namespace for what is in none, for instance.
std::optional<RequestAttributes> request_of(const Target& target, Verb verb,
                                            const Subject& subject) {
  RequestAttributes request;
  request.user = subject.user;
  request.groups = subject.groups;
  request.verb = audit::to_string(verb);
  request.is_resource = target.part != Part::Url;
  request.path = target.path;
  if (!request.is_resource) return request;
  request.api_group = target.group;
  request.resource = target.resource;
  request.subresource = target.subresource;
  const bool is_named = names_an_object(target, verb);
  if (is_named) request.name = subject.name;
  if (target.is_namespaced) {
    // Lists of all namespaces are the only requests for objects of namespaces without one.
    if (subject.namespace_name.empty() && verb != Verb::List && verb != Verb::Watch) return {};
    request.namespace_name = subject.namespace_name;
  } else if (is_named && is_namespace_object(target)) {
    if (subject.namespace_name.empty()) return {};
    // The namespace of a namespace is itself (requestinfo.go, NewRequestInfo).
    request.namespace_name = request.name = subject.namespace_name;
  }
  return request;
}

Subject subject_of(const TableIdentity& identity) {
  const std::string user = identity.user.value_or("");
  return {user, with_implied_groups(user, identity.groups),
          identity.namespace_name.value_or(std::string(kDefaultNamespace)), std::string(kAny)};
}

// ---- exceptions ---------------------------------------------------------------------------------

bool is_user_open(const TableIdentity& identity) {
  return !identity.user && identity.groups.empty();
}

// Each user with each group that the rule names.
std::vector<Subject> users_of(const PolicyRule& rule, const TableIdentity& identity) {
  const Subject own = subject_of(identity);
  if (!is_user_open(identity)) return {own};
  const auto words = [](const audit::Words& list) {
    std::vector<std::string> all;
    for (const audit::Word& word : list.items) all.push_back(word.value);
    if (all.empty()) all.emplace_back();
    return all;
  };
  std::vector<Subject> subjects;
  for (const std::string& user : words(rule.users)) {
    for (const std::string& group : words(rule.user_groups)) {
      Subject subject = own;
      subject.user = user.empty() && group == kUnauthenticated ? kAnonymous : user;
      std::vector<std::string> groups;
      if (!group.empty()) groups.push_back(group);
      subject.groups = with_implied_groups(subject.user, std::move(groups));
      subjects.push_back(std::move(subject));
    }
  }
  return subjects;
}

// The subjects that the rule names, as far as the table leaves them open.
std::vector<Subject> subjects_of(const PolicyRule& rule, const TableIdentity& identity) {
  // More would take seconds with a rule that lists thousands, and tell no more.
  constexpr std::size_t kMost = 1000;
  const Subject own = subject_of(identity);
  std::vector<std::string> spaces;
  if (!identity.namespace_name)
    for (const audit::Word& space : rule.namespaces.items) spaces.push_back(space.value);
  if (spaces.empty()) spaces.push_back(own.namespace_name);
  std::vector<std::string> names{own.name};
  for (const GroupResources& of : rule.resources)
    for (const audit::Word& name : of.resource_names.items) names.push_back(name.value);

  std::vector<Subject> subjects;
  for (const Subject& user : users_of(rule, identity)) {
    for (const std::string& space : spaces) {
      for (const std::string& name : names) {
        if (subjects.size() == kMost) return subjects;
        subjects.push_back({user.user, user.groups, space, name});
      }
    }
  }
  return subjects;
}

// Those whom rules that take the others let fall.
std::vector<Subject> strangers_of(const TableIdentity& identity) {
  std::vector<Subject> strangers;
  if (is_user_open(identity)) {
    strangers.push_back(subject_of(identity));
    strangers.back().user = kAnonymous;
    strangers.back().groups = with_implied_groups(kAnonymous, {});
  }
  if (!identity.namespace_name) {
    strangers.push_back(subject_of(identity));
    strangers.back().namespace_name = kAny;
  }
  return strangers;
}

// Whoever asks for whichever object, the rule does not match.
bool is_hopeless(std::optional<Predicate> predicate) {
  return predicate == Predicate::Verbs || predicate == Predicate::IsResource ||
         predicate == Predicate::ApiGroup || predicate == Predicate::Resource ||
         predicate == Predicate::IsNoResource || predicate == Predicate::NonResourceUrl;
}

class Evaluator {
 public:
  Evaluator(const AuditPolicy& policy, const TableIdentity& identity)
      : own_(subject_of(identity)), strangers_(strangers_of(identity)), matcher_(policy) {
    for (const PolicyRule& rule : policy.rules) named_.push_back(subjects_of(rule, identity));
  }

  TableCell cell(const Target& target, Verb verb) const {
    TableCell cell;
    // With --namespace= there are none for a single object in a namespace.
    const auto request = request_of(target, verb, own_);
    if (!request) return cell;
    const Decision decision = matcher_.evaluate(*request);
    cell.is_served = target.verbs.contains(verb);
    cell.level = decision.level;
    cell.rule = decision.rule;
    cell.exception = exception(target, verb, decision.level);
    return cell;
  }

 private:
  std::optional<TableCell::Exception> exception(const Target& target, Verb verb,
                                                Level level) const {
    for (std::size_t rule = 0; rule < named_.size(); ++rule) {
      const auto first = request_of(target, verb, named_[rule].front());
      if (first && is_hopeless(matcher_.mismatch(rule, *first))) continue;
      if (auto found = exception_among(named_[rule], target, verb, level)) return found;
    }
    return exception_among(strangers_, target, verb, level);
  }

  std::optional<TableCell::Exception> exception_among(const std::vector<Subject>& subjects,
                                                      const Target& target, Verb verb,
                                                      Level level) const {
    for (const Subject& subject : subjects) {
      const auto request = request_of(target, verb, subject);
      if (!request) continue;
      const Decision decision = matcher_.evaluate(*request);
      if (decision.level != level) return TableCell::Exception{decision.level, decision.rule};
    }
    return {};
  }

  Subject own_;
  std::vector<std::vector<Subject>> named_;  // by each rule; never none
  std::vector<Subject> strangers_;
  Matcher matcher_;
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

PolicyTable make_table(const AuditPolicy& policy, const kube::KubernetesVersion& version,
                       const TableIdentity& identity, const AuditPolicy* other) {
  PolicyTable table{identity, {}};
  const Evaluator evaluator(policy, identity);
  const std::vector<Target> targets = targets_of(policy, version, other);
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const Target& target = targets[t];
    // What is named of a group stands above what is not.
    const bool is_alone = t == 0 || targets[t - 1].group != target.group;
    TableRow row{target.part,
                 target.part == Part::BuiltIn ? target.group : "",
                 name_of(target, is_alone),
                 {}};
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      row.cells.at(i) = evaluator.cell(target, audit::kVerbs.at(i));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string described(const TableIdentity& identity) {
  const std::vector<std::string> groups =
      with_implied_groups(identity.user.value_or(""), identity.groups);
  std::string words = identity.user ? "user " + *identity.user : "a user that no rule names";
  words += groups.size() == 1 ? " (group " : " (groups ";
  for (std::size_t i = 0; i < groups.size(); ++i) words += (i == 0 ? "" : ", ") + groups[i];
  return words + "), namespace " +
         (identity.namespace_name ? *identity.namespace_name : std::string(kDefaultNamespace));
}

}  // namespace kaudit::cli
