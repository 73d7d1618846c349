#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "audit/api_resources.h"
#include "audit/request_info.h"
#include "check/policy_lint.h"
#include "kube/api_values.h"
#include "kube/decoded.h"
#include "kube/node_paths.h"
#include "text/nearest.h"

namespace kaudit::check {
namespace {

using audit::ApiResource;
using audit::ApiSubresource;
using audit::AuditPolicy;
using audit::GroupResources;
using audit::PolicyRule;
using audit::ResourceScope;
using audit::Verb;
using audit::Word;
using audit::Words;
using kube::shortened;

constexpr std::string_view kNeverMatches = "no request has it, so it never matches";
constexpr std::string_view kRuleNeverMatches = "no request has it, so the rule never matches";

bool is_any_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// ---- verbs --------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 7> kMethods{"get",  "head", "options", "patch",
                                                   "post", "put",  "delete"};

struct Slip {
  std::string_view word;
  std::string_view meant;
};

constexpr std::array kVerbSlips{
    Slip{"apply", "patch"},
    Slip{"delete-collection", "deletecollection"},
    Slip{"edit", "update, patch"},
    Slip{"post", "create"},
    Slip{"put", "update"},
    Slip{"read", "get, list, watch"},
    Slip{"remove", "delete"},
    Slip{"replace", "update"},
    Slip{"write", "create, update, patch"},
};
constexpr std::array kMethodSlips{
    Slip{"create", "post"},
    Slip{"update", "put"},
    Slip{"list", "get"},
    Slip{"watch", "get"},
    Slip{"deletecollection", "delete"},
};
// Verbs of RBAC that an authorizer asks for within another request (for instance apiserver,
// pkg/endpoints/filters/impersonation.go; pkg/registry/rbac).
constexpr std::array<std::string_view, 7> kRbacVerbs{"approve",     "attest", "bind", "escalate",
                                                     "impersonate", "sign",   "use"};

// Whether some request that the rule may hold for has the verb. One to a path below /api/v1/proxy
// has the verb proxy, and one with another method than the usual has none.
bool is_known_verb(const PolicyRule& rule, std::string_view verb) {
  const bool is_of_resources = audit::parse_verb(verb) || verb == "proxy" || verb.empty();
  if (!rule.is_for_urls() && is_of_resources) return true;
  return !rule.is_for_resources() && is_any_of(verb, kMethods);
}

std::string meant_verb(const PolicyRule& rule, const std::string& verb) {
  const auto in = [&](std::span<const Slip> slips) {
    std::string lower = verb;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto slip = std::ranges::find(slips, lower, &Slip::word);
    return slip == slips.end() ? std::string() : fmt::format("write {}", slip->meant);
  };
  std::string meant = rule.is_for_urls() ? in(kMethodSlips) : in(kVerbSlips);
  if (!meant.empty()) return meant;
  std::vector<std::string_view> names(kMethods.begin(), kMethods.end());
  if (!rule.is_for_urls()) {
    names.clear();
    for (const Verb known : audit::kVerbs) names.push_back(to_string(known));
  }
  if (const auto nearest = text::nearest(verb, names)) return fmt::format("write {}", *nearest);
  return "remove it";
}

bool holds_star(std::string_view word) {
  return word.find('*') != std::string_view::npos;
}

void check_verbs(const PolicyRule& rule, const std::string& owner, FindingList& out) {
  const auto is_unknown = [&](const Word& word) { return !is_known_verb(rule, word.value); };
  const bool all_unknown = std::ranges::all_of(rule.verbs.items, is_unknown);
  for (std::size_t i = 0; i < rule.verbs.items.size(); ++i) {
    const Word& verb = rule.verbs.items[i];
    if (!is_unknown(verb) || holds_star(verb.value)) continue;
    const std::string path = fmt::format("{}.verbs[{}]", owner, i);
    const bool is_rbac = is_any_of(verb.value, kRbacVerbs);
    out.add("verb-unknown", verb.place, path,
            is_rbac ? fmt::format("'{}' is a verb of RBAC and not of requests", verb.value)
                    : fmt::format("'{}' is no verb of requests for {}", shortened(verb.value),
                                  rule.is_for_urls() ? "URLs" : "resources"),
            std::string(all_unknown ? kRuleNeverMatches : kNeverMatches),
            is_rbac ? "remove it" : meant_verb(rule, verb.value))
        .path = path;
  }
}

// ---- wildcards ----------------------------------------------------------------------------------

struct ListOfWords {
  const Words* words;
  std::string_view name;
  std::string_view of_all;  // what a rule without the list holds for
};

void check_stars(const ListOfWords& list, const std::string& owner, FindingList& out) {
  const auto& items = list.words->items;
  const bool all_literal =
      std::ranges::all_of(items, [](const Word& word) { return holds_star(word.value); });
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!holds_star(items[i].value)) continue;
    const std::string path = fmt::format("{}.{}[{}]", owner, list.name, i);
    out.add("wildcard-literal", items[i].place, path,
            fmt::format("'{}' is compared letter for letter: {} have no wildcards",
                        shortened(items[i].value), list.name),
            std::string(all_literal ? kRuleNeverMatches : kNeverMatches),
            items[i].value == "*"
                ? fmt::format("leave {} out, which holds for {}", list.name, list.of_all)
                : std::string("write each of them out"))
        .path = path;
  }
}

// ---- users and groups ---------------------------------------------------------------------------

constexpr std::array<std::string_view, 8> kGroups{
    "system:authenticated",   "system:bootstrappers",  "system:masters",
    "system:monitoring",      "system:nodes",          "system:serviceaccounts",
    "system:unauthenticated", "kubeadm:cluster-admins"};
constexpr std::array<std::string_view, 7> kUsers{
    "system:anonymous",      "system:apiserver",  "system:kube-controller-manager",
    "system:kube-scheduler", "system:kube-proxy", "kubernetes-admin",
    "kubernetes-super-admin"};

bool is_group(std::string_view name) {
  return is_any_of(name, kGroups) || name.starts_with("system:serviceaccounts:") ||
         name.starts_with("system:bootstrappers:");
}

bool is_user(std::string_view name) {
  return is_any_of(name, kUsers) || name.starts_with("system:serviceaccount:") ||
         name.starts_with("system:node:");
}

void check_identities(const PolicyRule& rule, const std::string& owner, FindingList& out) {
  const auto add = [&](const Words& words, std::string_view list, std::string_view other,
                       std::string_view what, bool (*is_misplaced)(std::string_view)) {
    const bool all = std::ranges::all_of(
        words.items, [&](const Word& word) { return is_misplaced(word.value); });
    for (std::size_t i = 0; i < words.items.size(); ++i) {
      const Word& word = words.items[i];
      if (!is_misplaced(word.value)) continue;
      const std::string path = fmt::format("{}.{}[{}]", owner, list, i);
      out.add("identity-in-wrong-list", word.place, path,
              fmt::format("'{}' is the name of a {} and stands in {}", shortened(word.value), what,
                          list),
              std::string(all ? kRuleNeverMatches : kNeverMatches),
              fmt::format("move it to {}", other))
          .path = path;
    }
  };
  add(rule.users, "users", "userGroups", "group", is_group);
  add(rule.user_groups, "userGroups", "users", "user", is_user);
}

bool is_lower_case_of_known(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (lower == name) return false;
  const bool is_system = lower.starts_with("system:") && !name.starts_with("system:");
  return is_system || is_any_of(lower, kGroups) || is_any_of(lower, kUsers);
}

// Why no user or group is called so, and what is meant; nothing if one may be
// (apiserver, pkg/authentication/serviceaccount/util.go, SplitUsername;
// pkg/authentication/user/user.go).
struct Impossible {
  std::string why;
  std::string fix;
};

std::optional<Impossible> impossible_identity(std::string_view name) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (name.empty()) return Impossible{"is empty", "remove it"};
  if (name == "system:node" || name == "system:node:") {
    return Impossible{"is nobody's name: nodes are system:node:NAME in the group system:nodes",
                      "write system:nodes in userGroups, or system:node:NAME in users"};
  }
  if (is_lower_case_of_known(name))
    return Impossible{"has capital letters, which the names of Kubernetes do not have",
                      "write it in small letters"};
  if (!name.starts_with(kAccount)) return {};
  const std::string_view account = name.substr(kAccount.size());
  const std::size_t colon = account.find(':');
  if (colon != std::string_view::npos && kube::is_dns1123_label(account.substr(0, colon)) &&
      kube::is_dns1123_subdomain(account.substr(colon + 1)))
    return {};
  return Impossible{"is no name of a service account",
                    colon == std::string_view::npos && !account.empty()
                        ? fmt::format("write {}{}:NAME, or system:serviceaccounts:{} in userGroups",
                                      kAccount, shortened(account), shortened(account))
                        : fmt::format("write {}NAMESPACE:NAME", kAccount)};
}

std::optional<Impossible> impossible_namespace(std::string_view name) {
  // Of cluster-scoped objects and of lists of all namespaces.
  if (name.empty() || kube::is_dns1123_label(name)) return {};
  return Impossible{"cannot be the name of a namespace",
                    "write at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends"};
}

struct Named {
  const Words* words;
  std::string_view list;
  std::optional<Impossible> (*judge)(std::string_view);
};

// What other rules say something about is left to them.
void check_impossible(const Named& named, const std::string& owner, FindingList& out) {
  const bool of_groups = named.list == "userGroups";
  const auto judged = [&](const Word& word) -> std::optional<Impossible> {
    if (holds_star(word.value) || (of_groups && is_user(word.value))) return {};
    return named.judge(word.value);
  };
  const auto& items = named.words->items;
  const bool all = std::ranges::all_of(items, [&](const Word& w) { return judged(w).has_value(); });
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto impossible = judged(items[i]);
    if (!impossible) continue;
    const std::string path = fmt::format("{}.{}[{}]", owner, named.list, i);
    out.add("name-impossible", items[i].place, path,
            fmt::format("'{}' {}", shortened(items[i].value), impossible->why),
            std::string(all ? kRuleNeverMatches : kNeverMatches), impossible->fix)
        .path = path;
  }
}

// The user of the port without TLS, which 1.20 closed for good, and of kubelets before 1.7 gave
// each node a name of its own.
bool is_obsolete(std::string_view user, int minor) {
  return user == "kubelet" || (user == "system:unsecured" && minor >= 20);
}

void check_obsolete_users(const PolicyRule& rule, const std::string& owner, int minor,
                          FindingList& out) {
  const bool all = std::ranges::all_of(
      rule.users.items, [&](const Word& word) { return is_obsolete(word.value, minor); });
  for (std::size_t i = 0; i < rule.users.items.size(); ++i) {
    const Word& user = rule.users.items[i];
    if (!is_obsolete(user.value, minor)) continue;
    const std::string path = fmt::format("{}.users[{}]", owner, i);
    const bool is_kubelet = user.value == "kubelet";
    Finding& finding = out.add(
        "user-obsolete", user.place, path,
        is_kubelet
            ? std::string("'kubelet' is a user of old clusters; kubelets are "
                          "system:node:NAME in the group system:nodes")
            : fmt::format("'{}' was the user of the insecure port, which is gone", user.value),
        std::string(all ? kRuleNeverMatches : kNeverMatches),
        is_kubelet && all ? "write userGroups: [\"system:nodes\"]" : "remove it");
    finding.path = path;
    if (!all) finding.severity = Severity::Note;
  }
}

// ---- groups of resources ------------------------------------------------------------------------

bool is_version(std::string_view group) {
  return group.size() >= 2 && group[0] == 'v' && group[1] >= '0' && group[1] <= '9' &&
         group.find('.') == std::string_view::npos;
}

struct MeantGroup {
  std::string name;  // as it should be written
  bool is_certain = false;
};

std::optional<MeantGroup> meant_group(std::string_view group) {
  if (group == "core" || group == "api" || is_version(group)) return MeantGroup{"\"\"", true};
  for (const std::string_view known : audit::api_groups()) {
    if (known.empty()) continue;
    const bool is_first_part = known.starts_with(group) && known[group.size()] == '.';
    if (is_first_part || text::edit_distance(group, known) == 1)
      return MeantGroup{std::string(known), true};
    const bool is_undotted = known.find('.') == std::string_view::npos;
    // Vertical Pod autoscalers are of a group of their own.
    if (is_undotted && known != "autoscaling" && group == fmt::format("{}.k8s.io", known))
      return MeantGroup{std::string(known), false};
  }
  return {};
}

// A custom resource has a dot in its group (apiextensions, validation.go,
// ValidateCustomResourceDefinitionSpec).
void check_group(const GroupResources& of, const std::string& path, FindingList& out) {
  const std::string& group = of.group.value;
  if (group == "*" || audit::is_api_group(group)) return;
  const auto meant = meant_group(group);
  const bool is_dotted = group.find('.') != std::string::npos;
  if (!meant && is_dotted) return;
  Finding& finding =
      out.add("group-unknown", of.group.place, path + ".group",
              meant ? fmt::format("'{}' is no API group of Kubernetes", shortened(group))
                    : fmt::format("'{}' is no API group of Kubernetes, and custom resources have "
                                  "a dot in theirs",
                                  shortened(group)),
              "the rule holds for nothing there",
              meant ? fmt::format("write {}", meant->name)
                    : std::string("write the group as in apiVersion, without the version"));
  finding.path = path + ".group";
  if (!meant || !meant->is_certain) finding.severity = Severity::Note;
}

// ---- resources ----------------------------------------------------------------------------------

struct Split {
  std::string_view resource;
  std::string_view subresource;
};

Split split(std::string_view word) {
  const std::size_t slash = word.find('/');
  if (slash == std::string_view::npos) return {word, {}};
  return {word.substr(0, slash), word.substr(slash + 1)};
}

// One of the three forms with a wildcard, or no wildcard.
bool is_pattern(std::string_view word) {
  if (word == "*" || !holds_star(word)) return true;
  const Split parts = split(word);
  const bool stars = parts.resource == "*" && parts.subresource == "*";
  return !stars && (parts.resource == "*" || !holds_star(parts.resource)) &&
         (parts.subresource == "*" || !holds_star(parts.subresource)) &&
         parts.subresource.find('/') == std::string_view::npos;
}

// A slash with nothing before or behind it.
bool is_cut(std::string_view word) {
  return word.empty() || word.starts_with('/') || word.ends_with('/') ||
         word.find("//") != std::string_view::npos;
}

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && text::edit_distance(a, b) == 0;
}

bool has_short_name(const ApiResource& resource, std::string_view word) {
  return fmt::format(" {} ", resource.short_names).find(fmt::format(" {} ", word)) !=
         std::string::npos;
}

// What kubectl would take the word for: a kind, a singular, a short name, in capitals or not.
const ApiResource* meant_resource(std::string_view group, std::string_view word) {
  const ApiResource* found = nullptr;
  for (const ApiResource& resource : audit::api_resources()) {
    const bool is_meant = same_letters(resource.name, word) || same_letters(resource.kind, word) ||
                          (!word.empty() && has_short_name(resource, word));
    if (is_meant && (found == nullptr || (resource.group == group && found->group != group)))
      found = &resource;
  }
  return found;
}

std::string shown_group(std::string_view group) {
  return group.empty() ? "the core group" : fmt::format("'{}'", group);
}

class ResourceWords {
 public:
  ResourceWords(const PolicyRule& rule, std::string owner, int minor, FindingList& out)
      : rule_(rule), owner_(std::move(owner)), minor_(minor), out_(out) {}

  void check() {
    for (std::size_t i = 0; i < rule_.resources.size(); ++i) {
      const GroupResources& of = rule_.resources[i];
      const std::string path = fmt::format("{}.resources[{}]", owner_, i);
      check_group(of, path, out_);
      check_names(of, path);
      if (of.resources.empty()) check_whole_group(of, path);
      for (std::size_t j = 0; j < of.resources.items.size(); ++j) {
        check_word(of, of.resources.items[j], fmt::format("{}.resources[{}]", path, j));
      }
    }
  }

 private:
  Finding& add(std::string_view id, const Word& word, const std::string& path,
               std::string_view message, std::string_view consequence, std::string_view fix) {
    Finding& finding = out_.add(id, word.place, path, message, consequence, fix);
    finding.path = path;
    return finding;
  }

  // extensions, since its last resource went.
  void check_whole_group(const GroupResources& of, const std::string& path) {
    const std::string& group = of.group.value;
    if (!audit::is_closed_api_group(group)) return;
    const bool is_served = std::ranges::any_of(audit::api_resources(), [&](const ApiResource& r) {
      return r.group == group && r.lifetime.covers(minor_);
    });
    if (is_served) return;
    Finding& finding = add("resource-not-served", of.group, path + ".group",
                           fmt::format("1.{} serves nothing of the group '{}'", minor_, group),
                           "it never matches", "remove it");
    finding.severity = Severity::Note;
  }

  void check_word(const GroupResources& of, const Word& word, const std::string& path) {
    if (!is_pattern(word.value)) {
      add("wildcard-literal", word, path,
          fmt::format("'{}' is compared letter for letter: only *, */SUBRESOURCE and RESOURCE/* "
                      "are wildcards",
                      shortened(word.value)),
          std::string(kNeverMatches), "write each of them out");
      return;
    }
    const Split parts = split(word.value);
    if (word.value != "*" && is_cut(word.value)) {
      add("resource-unknown", word, path,
          fmt::format("'{}' is no RESOURCE/SUBRESOURCE", shortened(word.value)),
          std::string(kNeverMatches),
          parts.resource.empty() ? "remove it"
                                 : fmt::format("write {}", shortened(parts.resource)));
      return;
    }
    if (word.value == "*" || !audit::is_closed_api_group(of.group.value)) return;
    if (parts.resource == "*") {
      check_subresource_of_any(of, word, parts.subresource, path);
      return;
    }
    const ApiResource* const known = audit::find_api_resource(of.group.value, parts.resource);
    if (known == nullptr)
      check_unknown(of, word, parts, path);
    else if (!known->lifetime.covers(minor_))
      add_not_served(*known, word, path);
    else
      check_known(*known, word, parts, path);
  }

  void check_subresource_of_any(const GroupResources& of, const Word& word,
                                std::string_view subresource, const std::string& path) {
    const bool is_known = std::ranges::any_of(audit::api_resources(), [&](const ApiResource& r) {
      return r.group == of.group.value && r.subresource(subresource) != nullptr;
    });
    if (is_known) return;
    add("resource-unknown", word, path,
        fmt::format("no resource of {} has a subresource '{}'", shown_group(of.group.value),
                    shortened(subresource)),
        std::string(kNeverMatches), "remove it, or correct its name");
  }

  void check_known(const ApiResource& known, const Word& word, const Split& parts,
                   const std::string& path) {
    const bool is_all = parts.subresource.empty() || parts.subresource == "*";
    const ApiSubresource* const sub = known.subresource(parts.subresource);
    if (!is_all && sub == nullptr) {
      add("resource-unknown", word, path,
          fmt::format("{} has no subresource '{}'", known.name, shortened(parts.subresource)),
          std::string(kNeverMatches), subresource_hint(known, parts.subresource));
      return;
    }
    if (sub != nullptr && minor_ < sub->since) {
      add("resource-not-served", word, path,
          fmt::format("{} is served from 1.{} on", word.value, sub->since), "it never matches",
          "remove it")
          .severity = Severity::Note;
    }
    check_scope(known, word, path);
  }

  static std::string subresource_hint(const ApiResource& known, std::string_view subresource) {
    std::vector<std::string_view> names;
    for (const ApiSubresource& candidate : known.subresources) names.push_back(candidate.name);
    const auto meant = text::nearest(subresource, names);
    return meant ? fmt::format("write {}/{}", known.name, *meant) : std::string("remove it");
  }

  void check_scope(const ApiResource& known, const Word& word, const std::string& path) {
    const bool names_namespaces = !rule_.namespaces.empty() && !rule_.namespaces.contains("");
    if (known.name == "namespaces" && word.value == "namespaces" && names_namespaces)
      return check_namespaces(word, path);
    if (known.scope != ResourceScope::Cluster || known.name == "namespaces" || !names_namespaces)
      return;
    Finding& finding =
        add("cluster-scoped-with-namespaces", word, path,
            fmt::format("{} are in no namespace, and the rule is for {}", known.name,
                        rule_.namespaces.items.size() == 1 ? "one" : "some"),
            "the rule never matches a request for them", "make a rule without namespaces for them");
    finding.related = {{rule_.namespaces.key, "the namespaces"}};
  }

  // requestinfo.go: the namespace is that of the URL, which POST and lists of namespaces do not
  // name.
  void check_namespaces(const Word& word, const std::string& path) {
    std::vector<std::string> never;
    for (const Word& verb : rule_.verbs.items)
      if (verb.value == "create" || verb.value == "list" || verb.value == "deletecollection")
        never.push_back(verb.value);
    if (never.empty()) return;
    const bool is_all = never.size() == rule_.verbs.items.size();
    Finding& finding =
        add("cluster-scoped-with-namespaces", word, path,
            fmt::format("a {} of namespaces is in no namespace, and the rule is for {}",
                        joined(never, " or "), rule_.namespaces.items.size() == 1 ? "one" : "some"),
            is_all ? "the rule never matches a request for them"
                   : "the rule never matches such a request",
            fmt::format("make a rule without namespaces for {}", joined(never)));
    finding.related = {{rule_.namespaces.key, "the namespaces"}};
    if (!is_all) finding.severity = Severity::Note;
  }

  // Where else something of this name is served.
  const ApiResource* elsewhere(std::string_view group, std::string_view name) const {
    for (const ApiResource& resource : audit::api_resources()) {
      const bool is_other = resource.name == name && resource.group != group;
      if (is_other && resource.group != "metrics.k8s.io" && resource.lifetime.covers(minor_))
        return &resource;
    }
    return nullptr;
  }

  // The rule holds for the resource by another item.
  bool is_named(const ApiResource& resource, const Split& parts) const {
    return std::ranges::any_of(rule_.resources, [&](const GroupResources& of) {
      if (of.group.value != resource.group && of.group.value != "*") return false;
      return of.resources.empty() || std::ranges::any_of(of.resources.items, [&](const Word& w) {
               const Split other = split(w.value);
               return w.value == "*" ||
                      (other.resource == resource.name &&
                       (other.subresource == parts.subresource || other.subresource == "*"));
             });
    });
  }

  void check_unknown(const GroupResources& of, const Word& word, const Split& parts,
                     const std::string& path) {
    const std::string& group = of.group.value;
    if (const ApiResource* const other = elsewhere(group, parts.resource)) {
      Finding& finding =
          add("resource-in-wrong-group", word, path,
              fmt::format("{} are not in {}, but in {}", parts.resource, shown_group(group),
                          shown_group(other->group)),
              std::string(kNeverMatches),
              is_named(*other, parts) ? std::string("remove it")
                                      : fmt::format("move it to an item with group: {}",
                                                    other->group.empty() ? "\"\"" : other->group));
      if (is_named(*other, parts)) finding.severity = Severity::Note;
      return;
    }
    add("resource-unknown", word, path,
        fmt::format("{} has no resource '{}'", shown_group(group), shortened(parts.resource)),
        std::string(kNeverMatches), resource_hint(group, parts));
  }

  static std::string resource_hint(std::string_view group, const Split& parts) {
    const std::string_view slash = parts.subresource.empty() ? "" : "/";
    if (const ApiResource* const meant = meant_resource(group, parts.resource)) {
      const std::string name = fmt::format("{}{}{}", meant->name, slash, parts.subresource);
      if (meant->group == group) return fmt::format("write {}", name);
      return fmt::format("write {} in an item with group: {}", name,
                         meant->group.empty() ? "\"\"" : meant->group);
    }
    if (parts.resource == "tokenrequests")
      return "write serviceaccounts/token in an item with group: \"\"";
    std::vector<std::string_view> names;
    for (const ApiResource& resource : audit::api_resources())
      if (resource.group == group) names.push_back(resource.name);
    const auto nearest = text::nearest(parts.resource, names);
    if (!nearest || text::edit_distance(parts.resource, *nearest) > 4)
      return "remove it, or correct its name or group";
    return fmt::format("write {}{}{}", *nearest, slash, parts.subresource);
  }

  void add_not_served(const ApiResource& known, const Word& word, const std::string& path) {
    const auto [since, until] = known.lifetime;
    const ApiResource* const other = elsewhere(known.group, known.name);
    const Split parts = split(word.value);
    const bool is_here = other != nullptr && is_named(*other, parts);
    const std::string when = until != 0 && minor_ > until ? fmt::format("up to 1.{}", until)
                                                          : fmt::format("from 1.{} on", since);
    Finding& finding =
        add("resource-not-served", word, path,
            fmt::format("{} of {} were served {} only", known.name, shown_group(known.group), when),
            std::string(kNeverMatches),
            other != nullptr && !is_here ? fmt::format("name them in an item with group: {}",
                                                       other->group.empty() ? "\"\"" : other->group)
                                         : std::string("remove it"));
    if (other == nullptr || is_here) finding.severity = Severity::Note;
  }

  // requestinfo.go: the name is that of the URL, or of a field selector.
  void check_names(const GroupResources& of, const std::string& path) {
    if (of.resource_names.empty()) return;
    const bool has_plain = std::ranges::any_of(of.resources.items, [](const Word& word) {
      return split(word.value).subresource.empty() || split(word.value).subresource == "*";
    });
    std::vector<std::string> never;
    std::vector<std::string> by_selector;
    for (const Word& word : rule_.verbs.items) {
      const auto verb = audit::parse_verb(word.value);
      if (verb == Verb::Create || verb == Verb::DeleteCollection) never.push_back(word.value);
      if (verb == Verb::List || verb == Verb::Watch) by_selector.push_back(word.value);
    }
    if (!has_plain || (never.empty() && by_selector.empty())) return;
    const std::string own = path + ".resourceNames";
    Finding& finding = out_.add(
        "resource-names-never-given", of.resource_names.key, own,
        never.empty()
            ? fmt::format("requests to {} have a name only with a field selector for it",
                          joined(by_selector, " or "))
            : fmt::format("requests to {} have no name in their URL", joined(never, " or ")),
        never.empty() ? "other such requests do not match the rule"
                      : "such requests never match the rule",
        fmt::format("make a rule without resourceNames for {}",
                    joined(never.empty() ? by_selector : never)));
    finding.path = own;
    if (never.empty()) finding.severity = Severity::Note;
  }

  const PolicyRule& rule_;
  const std::string owner_;
  const int minor_;
  FindingList& out_;
};

// ---- URLs ---------------------------------------------------------------------------------------

// Paths of three parts below /api, and of four below /apis, are for resources.
bool is_resource_path(const std::string& spec) {
  const bool is_prefix = spec.ends_with('*');
  std::string path = is_prefix ? spec.substr(0, spec.size() - 1) : spec;
  // "/api/v1/*" seems to be for what is below.
  if (is_prefix && path.ends_with('/')) {
    const auto depth = std::ranges::count(path, '/');
    if ((path.starts_with("/api/") && depth == 3) || (path.starts_with("/apis/") && depth == 4))
      return true;
  }
  const auto request = audit::attributes_of_http("GET", path);
  return request && request->is_resource;
}

void check_urls(const PolicyRule& rule, const std::string& owner, FindingList& out) {
  for (std::size_t i = 0; i < rule.non_resource_urls.items.size(); ++i) {
    const Word& url = rule.non_resource_urls.items[i];
    const std::string path = fmt::format("{}.nonResourceURLs[{}]", owner, i);
    if (const std::size_t query = url.value.find('?'); query != std::string::npos) {
      out.add("url-with-query", url.place, path,
              fmt::format("'{}' has a query, and only the path in front of it is compared",
                          shortened(url.value)),
              std::string(kNeverMatches),
              fmt::format("write {}", shortened(url.value.substr(0, query))))
          .path = path;
      continue;
    }
    if (!is_resource_path(url.value)) continue;
    out.add("url-is-resource-path", url.place, path,
            fmt::format("{} is a path of resources", shortened(url.value)),
            "requests for resources never match nonResourceURLs",
            "write a rule with resources instead")
        .path = path;
  }
}

}  // namespace

void check_policy_words(const AuditPolicy& policy, int minor, FindingList& out) {
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const PolicyRule& rule = policy.rules[i];
    if (!rule.is_whole) continue;
    const std::string owner = path_of_rule(i);
    check_verbs(rule, owner, out);
    check_stars({&rule.users, "users", "every user"}, owner, out);
    check_stars({&rule.user_groups, "userGroups", "users of every group"}, owner, out);
    check_stars({&rule.verbs, "verbs", "every verb"}, owner, out);
    check_stars({&rule.namespaces, "namespaces", "every namespace"}, owner, out);
    for (std::size_t j = 0; j < rule.resources.size(); ++j) {
      check_stars({&rule.resources[j].resource_names, "resourceNames", "every name"},
                  fmt::format("{}.resources[{}]", owner, j), out);
    }
    check_identities(rule, owner, out);
    check_impossible({&rule.users, "users", impossible_identity}, owner, out);
    check_impossible({&rule.user_groups, "userGroups", impossible_identity}, owner, out);
    check_impossible({&rule.namespaces, "namespaces", impossible_namespace}, owner, out);
    check_obsolete_users(rule, owner, minor, out);
    ResourceWords(rule, owner, minor, out).check();
    check_urls(rule, owner, out);
  }
}

}  // namespace kaudit::check
