// A rule that is said to be unreachable decides about no request, of real and of random policies;
// of small ones, where all requests can be tried, exactly those are.

#include "audit/policy_reach.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

#include "audit/policy_load.h"
#include "check/check_policy.h"
#include "support/corpus.h"
#include "support/text_files.h"

namespace kaudit::audit {
namespace {

// What random policies and requests are made of. The last of each is in no policy.
const std::vector<std::string> kUsers{"ann", "bob", "eve"};
const std::vector<std::string> kGroups{"dev", "ops", "none"};
const std::vector<std::string> kVerbs{"get", "list", "create", "patch"};
const std::vector<std::string> kNamespaces{"", "one", "two"};
const std::vector<std::string> kApiGroups{"", "apps", "batch"};
const std::vector<std::string> kResources{"pods", "jobs", "nodes"};
const std::vector<std::string> kSubresources{"", "log", "status", "scale"};
const std::vector<std::string> kNames{"", "web", "db"};
const std::vector<std::string> kPatterns{"pods",     "pods/*", "pods/log", "jobs", "jobs/status",
                                         "*/status", "*",      "*/log",    "po*",  "jobs/*"};
const std::vector<std::string> kPaths{"/",     "/healthz", "/healthz/etcd",
                                      "/html", "/metrics", "/version"};
const std::vector<std::string> kSpecs{"*", "/*", "/healthz", "/healthz*", "/h*", "/metrics"};

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
  }
  bool one_in(std::size_t n) { return below(n) == 0; }
  const std::string& one_of(const std::vector<std::string>& words) {
    return words[below(words.size())];
  }
  // Mostly none; never the last one.
  Words some_of(const std::vector<std::string>& words) {
    Words some;
    if (one_in(2)) return some;
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
      if (one_in(2)) some.items.push_back({words[i], {}});
    return some;
  }

 private:
  std::mt19937 engine_;
};

Words few_of(Dice& dice, const std::vector<std::string>& words) {
  Words few;
  for (std::size_t i = dice.below(3) + 1; i > 0; --i) few.items.push_back({dice.one_of(words), {}});
  return few;
}

PolicyRule random_rule(Dice& dice) {
  PolicyRule rule;
  rule.level.value = Level::Metadata;
  if (dice.one_in(2)) rule.users = dice.some_of(kUsers);
  if (dice.one_in(3)) rule.user_groups = dice.some_of(kGroups);
  rule.verbs = dice.some_of(kVerbs);
  if (dice.one_in(4)) {
    rule.non_resource_urls = few_of(dice, kSpecs);
    return rule;
  }
  if (dice.one_in(3)) rule.namespaces = dice.some_of(kNamespaces);
  for (std::size_t i = dice.below(4); i > 0; --i) {
    GroupResources of;
    of.group.value = kApiGroups[dice.below(2)];
    if (dice.one_in(8)) of.group.value = "*";
    if (!dice.one_in(3)) of.resources = few_of(dice, kPatterns);
    if (!of.resources.empty() && dice.one_in(4)) of.resource_names = dice.some_of(kNames);
    rule.resources.push_back(std::move(of));
  }
  return rule;
}

AuditPolicy random_policy(Dice& dice) {
  AuditPolicy policy;
  for (std::size_t i = dice.below(8) + 2; i > 0; --i) policy.rules.push_back(random_rule(dice));
  return policy;
}

RequestAttributes random_request(Dice& dice) {
  RequestAttributes request;
  request.user = dice.one_of(kUsers);
  for (const std::string& group : kGroups)
    if (dice.one_in(2)) request.groups.push_back(group);
  request.verb = dice.one_of(kVerbs);
  request.is_resource = !dice.one_in(4);
  request.api_group = dice.one_of(kApiGroups);
  request.resource = dice.one_of(kResources);
  request.subresource = dice.one_of(kSubresources);
  request.namespace_name = dice.one_of(kNamespaces);
  request.name = dice.one_of(kNames);
  request.path = dice.one_of(kPaths);
  return request;
}

void for_each_target(RequestAttributes request,
                     const std::function<void(const RequestAttributes&)>& take) {
  request.is_resource = false;
  for (const std::string& path : kPaths) {
    request.path = path;
    take(request);
  }
  request.is_resource = true;
  for (const std::string& api_group : kApiGroups) {
    request.api_group = api_group;
    for (const std::string& resource : kResources) {
      request.resource = resource;
      for (const std::string& subresource : kSubresources) {
        request.subresource = subresource;
        for (const std::string& space : kNamespaces) {
          request.namespace_name = space;
          for (const std::string& name : kNames) {
            request.name = name;
            take(request);
          }
        }
      }
    }
  }
}

// All requests that can be told apart by such policies, each user in at most one group: to be in
// more only lets more rules hold.
void for_each_request(const std::function<void(const RequestAttributes&)>& take) {
  RequestAttributes request;
  for (const std::string& user : kUsers) {
    request.user = user;
    for (const std::string& group : kGroups) {
      request.groups = {group};
      for (const std::string& verb : kVerbs) {
        request.verb = verb;
        for_each_target(request, take);
      }
    }
  }
}

std::string shown(const Words& words) {
  std::string out;
  for (const Word& word : words.items) out += fmt::format("'{}' ", word.value);
  return out;
}

std::string shown(const AuditPolicy& policy) {
  std::string out;
  for (const PolicyRule& rule : policy.rules) {
    out += fmt::format("- users {}groups {}verbs {}namespaces {}urls {}\n", shown(rule.users),
                       shown(rule.user_groups), shown(rule.verbs), shown(rule.namespaces),
                       shown(rule.non_resource_urls));
    for (const GroupResources& of : rule.resources) {
      out += fmt::format("  group '{}' resources {}names {}\n", of.group.value, shown(of.resources),
                         shown(of.resource_names));
    }
  }
  return out;
}

TEST(PolicyReach, IsExactWhereAllRequestsCanBeTried) {
  Dice dice(20);
  std::size_t unreachable = 0;
  for (int round = 0; round < 150; ++round) {
    const AuditPolicy policy = random_policy(dice);
    const Matcher matcher(policy);
    std::set<std::size_t> deciding;
    for_each_request([&](const RequestAttributes& request) {
      if (const auto rule = matcher.evaluate(request).rule) deciding.insert(*rule);
    });
    const PolicyReach reach(policy);
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      if (reach.is_reachable(i) == deciding.contains(i)) continue;
      // "po*" alone, which the search takes for the name of a resource, as the API server does.
      if (!deciding.contains(i) && shown(policy).find("po*") != std::string::npos) continue;
      ADD_FAILURE() << "rule " << i << " of\n" << shown(policy);
    }
    for (std::size_t i = 0; i < policy.rules.size(); ++i)
      if (!reach.is_reachable(i)) ++unreachable;
  }
  EXPECT_GT(unreachable, 50U);
}

TEST(PolicyReach, NoRequestFindsAnUnreachableRule) {
  Dice dice(36);
  for (int round = 0; round < 100; ++round) {
    const AuditPolicy policy = random_policy(dice);
    const Matcher matcher(policy);
    const PolicyReach reach(policy);
    for (int i = 0; i < 1000; ++i) {
      const RequestAttributes request = random_request(dice);
      const auto rule = matcher.evaluate(request).rule;
      if (!rule) continue;
      ASSERT_TRUE(reach.is_reachable(*rule)) << "rule " << *rule << " of\n" << shown(policy);
    }
  }
}

// Without those that are named the rule can be reached: none is named for nothing.
TEST(PolicyReach, NamesTheRulesThatTakeAll) {
  Dice dice(7);
  std::size_t seen = 0;
  for (int round = 0; round < 300; ++round) {
    const AuditPolicy policy = random_policy(dice);
    const PolicyReach reach(policy);
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      if (reach.is_reachable(i)) continue;
      const std::vector<std::size_t> takers = reach.takers_of(i);
      ASSERT_FALSE(takers.empty()) << shown(policy);
      for (std::size_t without = 0; without <= takers.size(); ++without) {
        AuditPolicy fewer;
        for (std::size_t t = 0; t < takers.size(); ++t)
          if (t != without) fewer.rules.push_back(policy.rules[takers[t]]);
        fewer.rules.push_back(policy.rules[i]);
        const bool all_are_there = without == takers.size();
        EXPECT_EQ(PolicyReach(fewer).is_reachable(fewer.rules.size() - 1), !all_are_there)
            << "rule " << i << " of\n"
            << shown(policy);
      }
      ++seen;
    }
  }
  EXPECT_GT(seen, 50U);
}

TEST(PolicyReach, ItsRequestsAreDecidedByTheRule) {
  Dice dice(5);
  const std::vector<Verb> all(audit::kVerbs.begin(), audit::kVerbs.end());
  std::size_t found = 0;
  for (int round = 0; round < 300; ++round) {
    const AuditPolicy policy = random_policy(dice);
    const Matcher matcher(policy);
    const PolicyReach reach(policy);
    for (std::size_t i = 0; i <= policy.rules.size(); ++i) {
      const std::optional<std::size_t> wanted =
          i < policy.rules.size() ? std::optional(i) : std::nullopt;
      const ResourceId id{dice.one_of(kApiGroups), dice.one_of(kResources),
                          dice.one_of(kSubresources)};
      for (const auto& request : {reach.request(i, id, all), reach.request(i, "/healthz")}) {
        if (!request) continue;
        ++found;
        EXPECT_EQ(matcher.evaluate(*request).rule, wanted) << shown(policy);
      }
    }
  }
  EXPECT_GT(found, 500U);
}

PolicyRule rule_for(const std::string& user, Level level) {
  PolicyRule rule;
  rule.level.value = level;
  rule.users.items.push_back({user, {}});
  return rule;
}

// Too many rules to compare each with each: requests are tried, and it says that it cannot tell.
TEST(PolicyReach, TriesRequestsWhereItCannotTell) {
  AuditPolicy policy;
  for (int i = 0; i < 5000; ++i)
    policy.rules.push_back(rule_for(fmt::format("u{}", i), Level::Metadata));
  policy.rules.emplace_back().level.value = Level::Request;
  policy.rules.push_back(rule_for("ann", Level::Metadata));
  const PolicyReach reach(policy);
  EXPECT_FALSE(reach.could_tell());
  const ResourceId secrets{"", "secrets", ""};
  const auto first = reach.request(0, secrets, {Verb::Update});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->user, "u0");
  EXPECT_TRUE(reach.request(5000, secrets, {Verb::Update}));
  EXPECT_TRUE(reach.request(5000, "/"));
  EXPECT_EQ(reach.request(5001, secrets, {Verb::Update}), std::nullopt);
  EXPECT_EQ(reach.request(5002, "/"), std::nullopt);
  EXPECT_TRUE(reach.is_reachable(5000));
  EXPECT_FALSE(reach.is_reachable(5001));
  EXPECT_EQ(reach.takers_of(5001), std::vector<std::size_t>{5000});
}

// Few rules with lists that multiply.
TEST(PolicyReach, SaysThatItGaveUp) {
  AuditPolicy policy;
  PolicyRule last;
  last.level.value = Level::Request;
  for (int i = 0; i < 40; ++i) {
    const Word user{fmt::format("u{}", i), {}};
    const Word group{fmt::format("g{}", i), {}};
    const Word space{fmt::format("n{}", i), {}};
    PolicyRule& by_user = policy.rules.emplace_back();
    by_user.users.items = {user};
    PolicyRule& by_group = policy.rules.emplace_back();
    by_group.user_groups.items = {group};
    last.users.items.push_back(user);
    last.user_groups.items.push_back(group);
    last.namespaces.items.push_back(space);
  }
  for (std::size_t i = 0; i < policy.rules.size(); ++i)
    policy.rules[i].level.value = Level::Metadata;
  policy.rules.push_back(last);
  const PolicyReach reach(policy);
  EXPECT_TRUE(reach.could_tell());
  EXPECT_TRUE(reach.is_reachable(80));
  EXPECT_FALSE(reach.could_tell());
}

// requestinfo.go gives ten verbs to requests for resources, and clients use eight of them.
TEST(PolicyReach, KnowsAllVerbsOfResources) {
  AuditPolicy policy;
  PolicyRule& by_verb = policy.rules.emplace_back();
  by_verb.level.value = Level::None;
  for (const std::string verb :
       {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"})
    by_verb.verbs.items.push_back({verb, {}});
  PolicyRule& pods = policy.rules.emplace_back();
  pods.level.value = Level::Metadata;
  pods.resources.push_back(
      {.place = {}, .group_key = {}, .group = {"", {}}, .resources = {}, .resource_names = {}});
  EXPECT_TRUE(PolicyReach(policy).is_reachable(1));
  EXPECT_FALSE(PolicyReach(policy).is_reachable(1, AskedVerbs::Usual));
  EXPECT_FALSE(records_nothing(policy));
  policy.rules.front().verbs.items.push_back({"proxy", {}});
  EXPECT_TRUE(PolicyReach(policy).is_reachable(1));
  policy.rules.front().verbs.items.push_back({"", {}});
  EXPECT_FALSE(PolicyReach(policy).is_reachable(1));
  EXPECT_TRUE(records_nothing(policy));
  // Those of URLs are the methods, of which there may be any.
  policy.rules.back().resources.clear();
  EXPECT_TRUE(PolicyReach(policy).is_reachable(1, AskedVerbs::Usual));
}

TEST(PolicyReach, KnowsWhatRecordsNothing) {
  AuditPolicy policy;
  EXPECT_TRUE(records_nothing(policy));
  policy.rules.emplace_back().level.value = Level::None;
  policy.rules.push_back(rule_for("ann", Level::Metadata));
  EXPECT_TRUE(records_nothing(policy));
  policy.rules.erase(policy.rules.begin());
  EXPECT_FALSE(records_nothing(policy));
  policy.rules.front().level.value = Level::None;
  EXPECT_TRUE(records_nothing(policy));
  policy.rules.front().is_whole = false;
  EXPECT_FALSE(records_nothing(policy));
}

// ---- real policies ------------------------------------------------------------------------------

std::vector<std::string> words_of(const AuditPolicy& policy) {
  std::vector<std::string> words{"", "other"};
  for (const PolicyRule& rule : policy.rules) {
    for (const Words* list : {&rule.users, &rule.user_groups, &rule.namespaces, &rule.verbs})
      for (const Word& word : list->items) words.push_back(word.value);
    for (const GroupResources& of : rule.resources) {
      words.push_back(of.group.value);
      for (const Word& word : of.resources.items) words.push_back(word.value);
    }
  }
  return words;
}

// Values of the policy's own words, whatever they are, and well-known ones.
RequestAttributes random_request(Dice& dice, const std::vector<std::string>& words) {
  RequestAttributes request = random_request(dice);
  request.user = dice.one_of(words);
  request.groups = {"system:authenticated", dice.one_of(words)};
  if (dice.one_in(2)) request.verb = dice.one_of(words);
  request.api_group = dice.one_of(words);
  const std::string& resource = dice.one_of(words);
  request.resource = resource.substr(0, resource.find('/'));
  if (resource.size() > request.resource.size())
    request.subresource = resource.substr(request.resource.size() + 1);
  if (dice.one_in(2)) request.namespace_name = dice.one_of(words);
  return request;
}

void expect_unreached(const std::string& name, const AuditPolicy& policy) {
  const PolicyReach reach(policy);
  std::set<std::size_t> unreachable;
  for (std::size_t i = 0; i < policy.rules.size(); ++i)
    if (!reach.is_reachable(i)) unreachable.insert(i);
  if (unreachable.empty()) return;
  Dice dice(1);
  const Matcher matcher(policy);
  const std::vector<std::string> words = words_of(policy);
  for (int i = 0; i < 100000; ++i) {
    const RequestAttributes request = random_request(dice, words);
    // Of a request for resources the verb is one of ten (requestinfo.go).
    if (request.is_resource && !request.verb.empty() && request.verb != "proxy" &&
        !parse_verb(request.verb))
      continue;
    const auto rule = matcher.evaluate(request).rule;
    ASSERT_FALSE(rule && unreachable.contains(*rule)) << name << " rule " << *rule;
  }
}

TEST(PolicyCorpus, IsLintedAndNoRequestFindsAnUnreachableRule) {
  const auto corpus = support::corpus_directory();
  if (!corpus) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  std::size_t policies = 0;
  for (const std::filesystem::path& file : support::files_below(*corpus / "policies")) {
    if (file.extension() != ".yaml") continue;
    ++policies;
    const std::string bytes = support::read_text_file(file);
    for (const int minor : {20, 24, 30, 36}) {
      const kube::KubernetesVersion version{1, minor, {}};
      const LoadedPolicy loaded =
          load_policy(std::make_shared<const text::SourceText>("policy", bytes), version);
      for (const check::Finding& finding : check::check_policy(loaded, version)) {
        EXPECT_FALSE(finding.message.empty() || finding.consequence.empty()) << file;
        EXPECT_LE(finding.place.value_or(text::Span{}).end, bytes.size()) << file;
      }
      if (loaded.policy) expect_unreached(file.filename().string(), *loaded.policy);
    }
  }
  EXPECT_GT(policies, 80U);
}

}  // namespace
}  // namespace kaudit::audit
