#include <algorithm>
#include <array>

#include "audit/policy_reach.h"
#include "check/policy_lint.h"
#include "kube/decoded.h"

namespace kaudit::check {
namespace {

using audit::AskedVerbs;
using audit::AuditPolicy;
using audit::GroupResources;
using audit::Level;
using audit::PolicyRule;
using audit::RequestAttributes;
using audit::ResourceId;
using audit::Verb;
using audit::Word;
using enum audit::Verb;
using kube::shortened;

constexpr std::string_view kEventsGroup = "events.k8s.io";
constexpr std::string_view kLeasesGroup = "coordination.k8s.io";

// A body that should not be in a log, and where it is: in requests, and in answers.
struct Sensitive {
  std::string_view rule;
  ResourceId resource;
  std::vector<Verb> in_request;
  std::vector<Verb> in_answer;
  std::string_view bodies;  // "the contents of Secrets"
};

// apiserver, pkg/audit/request.go, LogRequestObject and LogResponseObject: watches have no body.
const std::vector<Sensitive>& sensitive_bodies() {
  static const std::vector<Sensitive> kAll{
      {"secret-bodies",
       {"", "secrets", ""},
       {Create, Update, Patch},
       {Get, List, DeleteCollection},
       "the contents of Secrets"},
      {"configmap-bodies",
       {"", "configmaps", ""},
       {Create, Update, Patch},
       {Get, List, DeleteCollection},
       "the contents of ConfigMaps"},
      {"token-request-bodies",
       {"", "serviceaccounts", "token"},
       {},
       {Create},
       "the tokens that serviceaccounts/token gives out"},
      {"token-review-bodies",
       {"authentication.k8s.io", "tokenreviews", ""},
       {Create},
       {},
       "the tokens in TokenReviews"},
  };
  return kAll;
}

struct Busy {
  ResourceId resource;
  std::string_view name;
};

const std::array<Busy, 3>& busy_resources() {
  static const std::array<Busy, 3> kAll{{{{"", "events", ""}, "events"},
                                         {{"events.k8s.io", "events", ""}, "events"},
                                         {{"coordination.k8s.io", "leases", ""}, "leases"}}};
  return kAll;
}

// The word of the rule that names the resource, not only by a wildcard; null if none does.
const Word* word_for(const PolicyRule& rule, const ResourceId& id) {
  const std::string name =
      id.subresource.empty() ? id.resource : id.resource + "/" + id.subresource;
  for (const GroupResources& of : rule.resources) {
    if (of.group.value != id.group) continue;
    for (const Word& word : of.resources.items) {
      if (word.value == name || word.value == id.resource + "/*" ||
          (!id.subresource.empty() && word.value == "*/" + id.subresource))
        return &word;
    }
  }
  return nullptr;
}

class Effects {
 public:
  Effects(const AuditPolicy& policy, FindingList& out)
      : policy_(policy), reach_(policy), matcher_(policy), out_(out) {}

  void check_unreachable() {
    for (std::size_t i = 0; i < policy_.rules.size(); ++i) {
      if (!reach_.is_reachable(i))
        add_unreachable(i, AskedVerbs::Possible);
      else if (policy_.rules[i].verbs.empty() && !reach_.is_reachable(i, AskedVerbs::Usual))
        add_unreachable(i, AskedVerbs::Usual);
    }
  }

  // Never silent: what is too much to compare may hide something.
  void check_told() {
    if (reach_.could_tell()) return;
    out_.add("policy-too-large-to-judge", policy_.rules_key, "rules",
             "the rules are too many, or their lists too long, to compare all of them with each "
             "other",
             "there may be rules that no request reaches, bodies that are recorded, and requests "
             "that no rule holds for, besides those that are reported",
             "ask about the requests that matter with 'kaudit policy explain', or write fewer "
             "rules")
        .path = "rules";
  }

  void check_whole() {
    if (records_nothing()) {
      out_.add("policy-records-nothing", policy_.rules_key, "rules",
               "no rule with another level than None can decide a request", "nothing is recorded",
               "add a rule with level: Metadata")
          .path = "rules";
    }
    check_catch_all();
    for (std::size_t i = 0; i < policy_.rules.size(); ++i) {
      const PolicyRule& rule = policy_.rules[i];
      if (rule.level.value == Level::None) {
        check_identity(i);
        check_events(i);
        check_leases(i);
        check_health(i);
        continue;
      }
      check_bodies(i);
      check_busy(i);
      check_delete(i);
      check_update(i);
      check_exec(i);
      check_subresources(i);
    }
  }

 private:
  Finding& add(std::string_view id, std::size_t rule, text::Span place, std::string_view message,
               std::string_view consequence, std::string_view fix) {
    Finding& finding = out_.add(id, place, path_of_rule(rule), message, consequence, fix);
    finding.path = path_of(rule, place);
    return finding;
  }

  // What stands at a place of a rule: rules[0].verbs[1], say; the rule itself where it is nothing
  // of its own.
  std::string path_of(std::size_t index, text::Span place) const {
    const PolicyRule& rule = policy_.rules[index];
    std::string owner = path_of_rule(index);
    const auto within = [&](const audit::Words& words, const std::string& list) -> std::string {
      for (std::size_t i = 0; i < words.items.size(); ++i) {
        if (words.items[i].place == place) return fmt::format("{}[{}]", list, i);
      }
      return {};
    };
    if (rule.level.place == place) return owner + ".level";
    std::vector<std::string> found = {within(rule.users, owner + ".users"),
                                      within(rule.user_groups, owner + ".userGroups"),
                                      within(rule.verbs, owner + ".verbs"),
                                      within(rule.non_resource_urls, owner + ".nonResourceURLs")};
    for (std::size_t i = 0; i < rule.resources.size(); ++i)
      found.push_back(
          within(rule.resources[i].resources, fmt::format("{}.resources[{}].resources", owner, i)));
    for (std::string& path : found) {
      if (!path.empty()) return std::move(path);
    }
    return owner;
  }

  text::Span place_of(std::size_t rule, const Word* word) const {
    return word != nullptr ? word->place : policy_.rules[rule].level.place;
  }

  static std::string recorded(const audit::Decision& decision) {
    if (decision.level == Level::None) return "not recorded";
    return fmt::format("recorded at {}", to_string(decision.level));
  }

  // ---- rules and requests without each other ----

  bool records_nothing() const {
    for (std::size_t i = 0; i < policy_.rules.size(); ++i)
      if (policy_.rules[i].level.value != Level::None && reach_.is_reachable(i)) return false;
    return true;
  }

  void add_unreachable(std::size_t index, AskedVerbs asked) {
    const std::vector<std::size_t> takers = reach_.takers_of(index, asked);
    const bool is_all = asked == AskedVerbs::Possible;
    std::vector<std::string> names;
    for (const std::size_t taker : takers) names.push_back(path_of_rule(taker));
    Finding& finding =
        add("rule-unreachable", index, mark_of(policy_.rules[index]),
            fmt::format("every request that {} holds for{} is decided by {}", path_of_rule(index),
                        is_all ? "" : " and that has a usual verb", joined(names)),
            is_all ? "the rule has no effect"
                   : "the rule decides only what has the verb proxy, or none, as a "
                     "request with the method OPTIONS",
            "move it up, or remove it");
    for (const std::size_t taker : takers)
      finding.related.push_back({mark_of(policy_.rules[taker]), path_of_rule(taker)});
  }

  // What the anonymous user asks for, and no rule names.
  RequestAttributes unnamed_request(bool is_resource) const {
    const std::string& other = reach_.other();
    RequestAttributes request;
    request.user = "system:anonymous";
    request.groups = {"system:unauthenticated"};
    request.is_resource = is_resource;
    if (is_resource) {
      request.api_group = request.resource = request.namespace_name = other;
    } else {
      request.path = "/" + other;
    }
    return request;
  }

  bool misses(RequestAttributes request, const std::vector<Verb>& verbs) const {
    return std::ranges::any_of(verbs, [&](Verb verb) {
      request.verb = to_string(verb);
      return !matcher_.evaluate(request).rule;
    });
  }

  void add_catch_all(bool resources, bool urls, std::string_view of_whom) {
    out_.add("catch-all-missing", policy_.rules_key, "rules",
             fmt::format("no rule holds for {}{}",
                         resources && urls ? "all other requests"
                         : resources       ? "requests for all other resources"
                                           : "other requests than those for resources",
                         of_whom),
             "they are not recorded", "end with '- level: Metadata'")
        .path = "rules";
  }

  void check_catch_all() {
    const std::vector<Verb> all(audit::kVerbs.begin(), audit::kVerbs.end());
    const std::string other = reach_.other();
    const std::size_t none = policy_.rules.size();
    const bool resources = reach_.request(none, {other, other, ""}, all).has_value();
    const bool urls = reach_.request(none, "/" + other).has_value();
    if (resources || urls) {
      add_catch_all(resources, urls, "");
      return;
    }
    const bool anonymous = misses(unnamed_request(true), all);
    const bool anonymous_urls = misses(unnamed_request(false), {Get});
    if (anonymous || anonymous_urls)
      add_catch_all(anonymous, anonymous_urls, " of users who are not authenticated");
  }

  // ---- bodies ----

  std::vector<std::string> decided_verbs(std::size_t rule, const ResourceId& id,
                                         const std::vector<Verb>& verbs) const {
    std::vector<std::string> found;
    for (const Verb verb : verbs)
      if (reach_.request(rule, id, {verb})) found.emplace_back(to_string(verb));
    return found;
  }

  void check_bodies(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    if (rule.level.value < Level::Request) return;
    for (const Sensitive& sensitive : sensitive_bodies()) {
      std::vector<std::string> verbs =
          decided_verbs(index, sensitive.resource, sensitive.in_request);
      if (rule.level.value == Level::RequestResponse)
        for (std::string& verb : decided_verbs(index, sensitive.resource, sensitive.in_answer))
          verbs.push_back(std::move(verb));
      if (verbs.empty()) continue;
      const Word* const word = word_for(rule, sensitive.resource);
      const std::string name = name_of(sensitive.resource);
      add(sensitive.rule, index, place_of(index, word),
          fmt::format("{} records {} ({}) at {}", path_of_rule(index), sensitive.bodies,
                      joined(verbs), to_string(rule.level.value)),
          "whoever may read the log can read them",
          word != nullptr
              ? fmt::format("give {} a rule with level: Metadata", name)
              : fmt::format("put a rule with level: Metadata for {} in front of it", name));
    }
  }

  void check_busy(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    if (rule.level.value < Level::Request) return;
    std::vector<std::string> names;
    const Word* word = nullptr;
    for (const Busy& busy : busy_resources()) {
      if (decided_verbs(index, busy.resource, {Create, Update, Patch}).empty()) continue;
      if (names.empty() || names.back() != busy.name) names.emplace_back(busy.name);
      if (word == nullptr) word = word_for(rule, busy.resource);
    }
    if (names.empty()) return;
    add("busy-bodies", index, place_of(index, word),
        fmt::format("{} records the bodies of {}", path_of_rule(index), joined(names)),
        "every node writes them all the time, and they fill the log",
        fmt::format("put a rule with level: None for {} in front of it", joined(names)));
  }

  // ---- recorded by halves ----

  void add_group(const std::string& group, std::vector<ResourceId>& ids) const {
    if (!audit::is_closed_api_group(group)) ids.push_back({group, reach_.other(), ""});
    for (const audit::ApiResource& resource : audit::api_resources())
      if (resource.group == group) ids.push_back({group, std::string(resource.name), ""});
  }

  // The plain resources (or with subresources) that a rule names; those of the group, or "other"
  // ones, where it names none.
  std::vector<ResourceId> named(const PolicyRule& rule) const {
    std::vector<ResourceId> ids;
    const std::string& other = reach_.other();
    if (rule.resources.empty()) ids.push_back({other, other, ""});
    for (const GroupResources& of : rule.resources) {
      if (!of.resource_names.empty()) continue;
      if (of.resources.empty() || of.resources.contains("*")) add_group(of.group.value, ids);
      for (const Word& word : of.resources.items) {
        const std::size_t slash = word.value.find('/');
        const std::string sub = slash == std::string::npos ? "" : word.value.substr(slash + 1);
        const std::string resource = word.value.substr(0, slash);
        if (resource != "*") ids.push_back({of.group.value, resource, sub == "*" ? "" : sub});
      }
    }
    return ids;
  }

  // Unknown resources are taken to have every verb, unknown subresources of known ones none.
  static bool has_verb(const ResourceId& id, Verb verb) {
    const audit::ApiResource* const known = audit::find_api_resource(id.group, id.resource);
    if (known == nullptr) return true;
    if (id.subresource.empty()) return known->verbs.contains(verb);
    const audit::ApiSubresource* const sub = known->subresource(id.subresource);
    return sub != nullptr && sub->verbs.contains(verb);
  }

  std::string name_of(const ResourceId& id) const {
    if (id.resource == reach_.other()) return "other resources";
    return id.subresource.empty() ? id.resource : id.resource + "/" + id.subresource;
  }

  // Those of the resources that the rule records with the verb `one`, and that are recorded less
  // with the verb `other`.
  struct Halves {
    std::vector<std::string> names;
    audit::Decision least;
  };
  Halves halves(std::size_t index, const std::vector<ResourceId>& ids, Verb one, Verb other) const {
    Halves found;
    found.least.level = Level::RequestResponse;
    for (const ResourceId& id : ids) {
      if (!has_verb(id, one) || !has_verb(id, other)) continue;
      auto request = reach_.request(index, id, {one});
      if (!request) continue;
      request->verb = to_string(other);
      if (other == DeleteCollection) request->name.clear();
      const audit::Decision decision = matcher_.evaluate(*request);
      if (decision.level >= policy_.rules[index].level.value) continue;
      const std::string name = name_of(id);
      if (std::ranges::find(found.names, name) == found.names.end()) found.names.push_back(name);
      if (decision.level < found.least.level) found.least = decision;
    }
    if (found.names.size() > 4) {
      const std::size_t more = found.names.size() - 3;
      found.names.resize(3);
      found.names.push_back(fmt::format("{} more", more));
    }
    return found;
  }

  void add_half(std::string_view id, std::size_t index, Verb one, Verb other, const Halves& found,
                std::string_view who) {
    const PolicyRule& rule = policy_.rules[index];
    const auto verb = std::ranges::find(rule.verbs.items, to_string(one), &Word::value);
    Finding& finding = add(
        id, index, verb->place,
        fmt::format("{} holds for {} and not for {}, which is {} for {}", path_of_rule(index),
                    to_string(one), to_string(other), recorded(found.least), joined(found.names)),
        std::string(who), fmt::format("add {} to verbs", to_string(other)));
    if (found.least.level != Level::None) finding.severity = Severity::Note;
  }

  bool has_only(const PolicyRule& rule, Verb one, Verb other) const {
    return !rule.is_for_urls() && rule.verbs.contains(to_string(one)) &&
           !rule.verbs.contains(to_string(other));
  }

  void check_delete(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    if (!has_only(rule, Delete, DeleteCollection)) return;
    const Halves found = halves(index, named(rule), Delete, DeleteCollection);
    if (found.names.empty()) return;
    add_half("deletecollection-forgotten", index, Delete, DeleteCollection, found,
             "kubectl delete --all and namespaces that end delete many at once");
  }

  void check_update(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    if (!has_only(rule, Update, Patch)) return;
    const Halves found = halves(index, named(rule), Update, Patch);
    if (found.names.empty()) return;
    add_half("patch-forgotten", index, Update, Patch, found,
             "kubectl apply, edit and scale change things by patch");
  }

  // kubectl opens them with GET over WebSockets, and with POST before that.
  void check_exec(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    if (!has_only(rule, Create, Get)) return;
    std::vector<ResourceId> ids;
    for (const std::string_view sub : {"attach", "exec", "portforward"}) {
      const ResourceId id{"", "pods", std::string(sub)};
      if (word_for(rule, id) != nullptr) ids.push_back(id);
    }
    const Halves found = halves(index, ids, Create, Get);
    if (found.names.empty() || found.least.level != Level::None) return;
    add_half("exec-by-get-forgotten", index, Create, Get, found,
             "clients that use WebSockets open it with get");
  }

  // types.go says that RESOURCE/* is for subresources; checker.go takes the resource, too.
  void check_subresources(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    for (const GroupResources& of : rule.resources) {
      for (const Word& word : of.resources.items) {
        if (!word.value.ends_with("/*") || word.value == "*/*") continue;
        const std::string name = word.value.substr(0, word.value.size() - 2);
        if (of.resources.contains(name) || of.resources.contains("*")) continue;
        const std::vector<Verb> all(audit::kVerbs.begin(), audit::kVerbs.end());
        if (!reach_.request(index, {of.group.value, name, ""}, all)) continue;
        add("subresource-wildcard-includes-resource", index, word.place,
            fmt::format("{} is for {} itself, too, not only for its subresources",
                        shortened(word.value), shortened(name)),
            fmt::format("{} decides about {}", path_of_rule(index), shortened(name)),
            "if that is not meant, name the subresources");
      }
    }
  }

  // ---- noise that is dropped by halves ----

  void check_events(std::size_t index) {
    const auto check = [&](const ResourceId& dropped, const ResourceId& other) {
      const Word* const word = word_for(policy_.rules[index], dropped);
      if (word == nullptr) return;
      auto request = reach_.request(index, dropped, {Create, Patch, Update, Get, List, Watch});
      if (!request) return;
      request->api_group = other.group;
      const audit::Decision decision = matcher_.evaluate(*request);
      if (decision.level == Level::None) return;
      add("events-half-dropped", index, word->place,
          fmt::format("events of {} are dropped, and those of {} are recorded at {}",
                      dropped.group.empty() ? "the core group" : dropped.group,
                      other.group.empty() ? "the core group" : other.group,
                      to_string(decision.level)),
          "they are the same objects, and components write them through either group",
          other.group.empty() ? "add an item with group: \"\" and resources: [events]"
                              : "add an item with group: events.k8s.io and resources: [events]");
    };
    const ResourceId core{"", "events", ""};
    const ResourceId own{std::string(kEventsGroup), "events", ""};
    check(core, own);
    check(own, core);
  }

  static bool elects_leaders(const PolicyRule& rule, const GroupResources& of) {
    const bool by_name = !of.resource_names.empty() && rule.verbs.empty();
    const bool by_user = rule.verbs.contains("update") && !rule.users.empty();
    return by_name || by_user;
  }

  // Since 1.20 the components of the control plane hold Leases (component-base,
  // config/v1alpha1/defaults.go, ResourceLock).
  void check_leases(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    for (const GroupResources& of : rule.resources) {
      if (!of.group.value.empty() || !elects_leaders(rule, of)) continue;
      for (const std::string_view lock : {"endpoints", "configmaps"}) {
        if (!of.resources.contains(lock)) continue;
        auto request = reach_.request(index, {"", std::string(lock), ""}, {Update});
        if (!request) continue;
        request->api_group = kLeasesGroup;
        request->resource = "leases";
        const audit::Decision decision = matcher_.evaluate(*request);
        if (decision.level == Level::None) continue;
        add("leases-not-dropped", index, word_for(rule, {"", std::string(lock), ""})->place,
            fmt::format("updates of {} by leader election are dropped, and those of leases are "
                        "recorded at {}",
                        lock, to_string(decision.level)),
            "since 1.20 leaders are elected by leases, which are renewed every few seconds",
            "add an item with group: coordination.k8s.io and resources: [leases]");
        return;
      }
    }
  }

  const Word* health_url(const PolicyRule& rule) const {
    for (const Word& url : rule.non_resource_urls.items)
      if (url.value.starts_with("/healthz") || url.value.starts_with("/livez") ||
          url.value.starts_with("/readyz"))
        return &url;
    return nullptr;
  }

  void check_health(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    const Word* const url = health_url(rule);
    if (url == nullptr || !rule.is_for_urls()) return;
    check_health_urls(index, *url);
    check_health_users(index, *url);
  }

  void check_health_urls(std::size_t index, const Word& url) {
    if (!url.value.starts_with("/healthz")) return;
    auto request = reach_.request(index, "/healthz");
    if (!request) return;
    std::vector<std::string> kept;
    for (const std::string_view path : {"/livez", "/readyz"}) {
      request->path = path;
      if (matcher_.evaluate(*request).level != Level::None) kept.emplace_back(path);
    }
    if (kept.empty()) return;
    add("health-urls-half-dropped", index, url.place,
        fmt::format("/healthz is dropped, and {} recorded",
                    kept.size() == 1 ? kept[0] + " is" : joined(kept) + " are"),
        "the kubelet and load balancers ask for them every few seconds",
        fmt::format("add \"{}*\"", joined(kept, "*\" and \"")));
  }

  // The kubelet's probes send no credentials.
  void check_health_users(std::size_t index, const Word& url) {
    const PolicyRule& rule = policy_.rules[index];
    std::string path = url.value;
    if (path.ends_with('*')) path.pop_back();
    if (!reach_.request(index, path)) return;
    RequestAttributes probe;
    probe.user = "system:anonymous";
    probe.groups = {"system:unauthenticated"};
    probe.verb = "get";
    probe.is_resource = false;
    probe.path = path;
    if (rule.users.empty() && rule.user_groups.empty()) return;
    const audit::Decision decision = matcher_.evaluate(probe);
    if (decision.level == Level::None) return;
    add("health-urls-of-some-users", index, url.place,
        fmt::format("{} is dropped for some users, and recorded at {} for unauthenticated ones",
                    shortened(path), to_string(decision.level)),
        "the kubelet's probes are not authenticated, and come every few seconds",
        "remove the users and groups, or add system:unauthenticated to userGroups");
  }

  // ---- whole identities ----

  static bool is_powerful(std::string_view name) {
    static constexpr std::array<std::string_view, 13> kNames{
        "kubeadm:cluster-admins", "kubernetes-admin",
        "kubernetes-super-admin", "system:apiserver",
        "system:authenticated",   "system:cloud-controller-manager",
        "system:kube-scheduler",  "system:kube-controller-manager",
        "system:masters",         "system:nodes",
        "system:serviceaccounts", "system:serviceaccounts:kube-system",
        "system:anonymous"};
    return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("system:node:") ||
           name.starts_with("system:serviceaccount:kube-system:");
  }

  static bool holds_for_all_verbs(const PolicyRule& rule) {
    return rule.verbs.empty() || std::ranges::all_of(audit::kVerbs, [&](Verb verb) {
             return rule.verbs.contains(to_string(verb));
           });
  }

  // Since 1.36 an item may be for all groups.
  static bool holds_for_all_resources(const PolicyRule& rule) {
    if (rule.is_for_urls() || !rule.namespaces.empty()) return false;
    return rule.resources.empty() ||
           std::ranges::any_of(rule.resources, [](const GroupResources& of) {
             return of.group.value == "*" && of.resource_names.empty() &&
                    (of.resources.empty() || of.resources.contains("*"));
           });
  }

  void check_identity(std::size_t index) {
    const PolicyRule& rule = policy_.rules[index];
    if (!holds_for_all_verbs(rule) || !holds_for_all_resources(rule)) return;
    std::vector<std::string> names;
    text::Span place;
    for (const audit::Words* words : {&rule.users, &rule.user_groups}) {
      for (const Word& word : words->items) {
        if (!is_powerful(word.value)) continue;
        if (names.empty()) place = word.place;
        names.push_back(shortened(word.value));
      }
    }
    if (names.empty()) return;
    add("identity-unrecorded", index, place,
        fmt::format("nothing that {} {}{} is recorded", joined(names),
                    names.size() == 1 ? "does" : "do",
                    rule.resources.empty() ? "" : " with resources"),
        "whoever takes over such an identity leaves no trace",
        "limit the rule to the verbs and resources that are noise");
  }

  const AuditPolicy& policy_;
  const audit::PolicyReach reach_;
  const audit::Matcher matcher_;
  FindingList& out_;
};

}  // namespace

void check_policy_effects(const AuditPolicy& policy, bool is_whole, FindingList& out) {
  Effects effects(policy, out);
  effects.check_unreachable();
  if (is_whole) effects.check_whole();
  effects.check_told();
}

}  // namespace kaudit::check
