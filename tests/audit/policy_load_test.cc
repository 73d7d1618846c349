#include "audit/policy_load.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/dump.h"

namespace kaudit::audit {
namespace {

using ProblemKind = PolicyProblem::Kind;

LoadedPolicy load(const std::string& text, int minor = 30) {
  return load_policy(support::source(text), {1, minor, {}});
}

std::string at(const std::string& text, text::Span place) {
  const text::Position position = support::source(text)->position(place.begin);
  return fmt::format("{}:{} ", position.line, position.column);
}

// "4:3 rules[0].level is missing", a line a problem; the levels of the rules if there is none.
std::string said(const std::string& text, int minor = 30) {
  const LoadedPolicy loaded = load(text, minor);
  std::string out;
  for (const PolicyProblem& problem : loaded.problems) {
    EXPECT_FALSE(problem.hint.empty()) << problem.message;
    out += (out.empty() ? "" : "\n") + at(text, problem.place) + problem.message;
  }
  if (!out.empty()) {
    EXPECT_FALSE(loaded.is_loaded());
    return out;
  }
  if (!loaded.policy) return "unreadable";
  for (const PolicyRule& rule : loaded.policy->rules) {
    EXPECT_TRUE(rule.is_whole);
    out += (out.empty() ? "" : " ") + std::string(to_string(rule.level.value));
  }
  return out;
}

// What is ignored: "5:5 rules[0].resources[0].verbs" a line.
std::string ignored(const std::string& text, int minor = 30) {
  const LoadedPolicy loaded = load(text, minor);
  std::string out;
  const auto add = [&](const std::string& line) { out += (out.empty() ? "" : "\n") + line; };
  for (const UnknownField& field : loaded.unknown_fields) add(at(text, field.key) + field.path);
  for (const DuplicateKey& key : loaded.duplicate_keys)
    add(at(text, key.ignored) + key.path + " for " + at(text, key.counts));
  if (loaded.further_documents) add(at(text, *loaded.further_documents) + "further documents");
  return out;
}

const std::string kHead = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
const std::string kRules = "rules:\n- level: Metadata\n";

struct Row {
  std::string text;
  std::string_view said;
};

void expect(const std::vector<Row>& rows, const std::string& head = "", int minor = 30) {
  for (const Row& row : rows) EXPECT_EQ(said(head + row.text, minor), row.said) << row.text;
}

constexpr std::string_view kLevelMissing = "4:3 rules[0].level is missing";

// Which of these files LoadPolicyFromBytes of Kubernetes 1.20.2 took, and with which levels, are
// results of running it; the words for what it refused are ours.
TEST(PolicyLoad, AgreesWithKubernetesAboutTheWhole) {
  const std::string rules = "rules:\n- level: None\n";
  expect(
      {{"\xEF\xBB\xBF" + kHead + rules, "None"},
       {"apiVersion: audit.k8s.io/v1\r\nkind: Policy\r\nrules:\r\n- level: None\r\n", "None"},
       {"{\"apiVersion\":\"audit.k8s.io/v1\",\"kind\":\"Policy\",\"rules\":[{\"level\":"
        "\"None\"}]}",
        "None"},
       {"---\n" + kHead + rules, "None"},
       {kHead + rules + "---\n" + kHead + "rules:\n- level: Bogus\n", "None"},
       {"apiVersion: audit.k8s.io/v1\n" + rules, "None"},
       {"apiVersion: audit.k8s.io/v1beta1\nkind: Policy\n" + rules, "None"},
       {kHead + rules + "rules:\n- level: Metadata\n", "Metadata"},
       {kHead + "foo: 1\n" + rules + "  bar: 2\n", "None"},
       {kHead + "omitManagedFields: true\n" + rules + "  omitManagedFields: true\n", "None"},
       {"", "1:1 the policy is empty"},
       {"# hi\n", "1:1 the policy is empty"},
       {"---\n---\n" + kHead + rules,
        "2:1 the first YAML document is empty, and kube-apiserver reads no other"},
       {"- a\n", "1:1 the policy is a list, not a mapping"},
       {"hello\n", "1:1 the policy is a single value, not a mapping"},
       {kHead + "rules:\n\t- level: None\n", "4:2 not valid YAML: illegal block entry"},
       {"kind: Policy\n" + rules, "1:1 the policy has no apiVersion"},
       {"apiVersion: audit.k8s.io/v2\nkind: Policy\n" + rules,
        "1:13 apiVersion is 'audit.k8s.io/v2', not audit.k8s.io/v1"},
       {"apiVersion: audit.k8s.io/v1\nkind: policy\n" + rules, "2:7 kind is 'policy', not Policy"},
       {"apiVersion: audit.k8s.io/v1\nkind: Event\n" + rules, "2:7 kind is 'Event', not Policy"},
       {"apiVersion: v1\nkind: Pod\n" + rules,
        "1:13 apiVersion is 'v1', not audit.k8s.io/v1\n2:7 kind is 'Pod', not Policy"},
       {kHead, "1:1 the policy has no rules"},
       {kHead + "rules: []\n", "3:1 the policy has no rules"},
       {kHead + "omitStages: [Foo]\n" + rules + "  omitStages: [requestReceived]\n",
        "3:14 omitStages holds 'Foo', which is no stage\n"
        "6:16 rules[0].omitStages holds 'requestReceived', which is no stage"}},
      "", 20);
}

// Of the same origin.
TEST(PolicyLoad, AgreesWithKubernetesAboutRules) {
  const std::string rule = kHead + "rules:\n- ";
  expect({{"level: None\n  level: Metadata\n", "Metadata"},
          {"Level: None\n", kLevelMissing},
          {"{}\n", kLevelMissing},
          {"\n", "4:2 rules[0].level is missing"},
          {"level: null\n", kLevelMissing},
          {"level: metadata\n", "4:10 rules[0].level is 'metadata', which is no level"},
          {"level: None\n  namespaces: [on]\n",
           "5:16 rules[0].namespaces[0] is on, which YAML reads as a boolean, and a string is "
           "needed"},
          {"level: None\n  users: [1000]\n",
           "5:11 rules[0].users[0] is the number 1000, and a string is needed"},
          {"level: None\n  users: admin\n",
           "5:10 rules[0].users is the string 'admin', and a list is needed"},
          {"level: None\n  resources: [pods]\n",
           "5:15 rules[0].resources[0] is the string 'pods', and a mapping is needed"},
          {"level: None\n  resources:\n  - group: '*'\n",
           "6:13 rules[0].resources[0].group is '*', which is allowed from 1.36 on only"},
          {"level: None\n  resources:\n  - group: Apps\n",
           "6:12 rules[0].resources[0].group is 'Apps', which is no name of an API group"},
          {"level: None\n  resources:\n  - group: apps/v1\n",
           "6:12 rules[0].resources[0].group is 'apps/v1', which is no name of an API group"},
          {"level: None\n  resources:\n  - group: ''\n    resourceNames: [a]\n",
           "7:5 rules[0].resources[0] has resourceNames and no resources"},
          {"level: None\n  nonResourceURLs: ['/a']\n  namespaces: [x]\n",
           "5:3 rules[0] has nonResourceURLs and namespaces"},
          {"level: None\n  nonResourceURLs: ['']\n",
           "5:21 rules[0].nonResourceURLs holds '', which does not begin with '/'"},
          {"level: None\n  nonResourceURLs: ['healthz*']\n",
           "5:22 rules[0].nonResourceURLs holds 'healthz*', which does not begin with '/'"},
          {"level: None\n  nonResourceURLs: ['/a*b', '/x**', '/**']\n",
           "5:22 rules[0].nonResourceURLs holds '/a*b', where '*' is not the last character\n"
           "5:30 rules[0].nonResourceURLs holds '/x**', where '*' is not the last character\n"
           "5:38 rules[0].nonResourceURLs holds '/**', where '*' is not the last character"}},
         rule, 20);
}

TEST(PolicyLoad, DependsOnTheRelease) {
  const auto version = [](const std::string& name, int minor) {
    return said("apiVersion: audit.k8s.io/" + name + "\nkind: Policy\n" + kRules, minor);
  };
  EXPECT_EQ(version("v1", 36), "Metadata");
  EXPECT_EQ(version("v1", 12), "Metadata");
  EXPECT_EQ(version("v1", 11), "1:13 apiVersion is 'audit.k8s.io/v1', which is known from 1.12 on");
  for (const std::string name : {"v1beta1", "v1alpha1"}) {
    EXPECT_EQ(version(name, 23), "Metadata");
    EXPECT_EQ(version(name, 24),
              "1:13 apiVersion is 'audit.k8s.io/" + name + "', which was removed in 1.24");
  }
  const std::string star = kHead + kRules + "  resources: [{group: '*'}]\n";
  EXPECT_EQ(said(star, 36), "Metadata");
  EXPECT_EQ(said(star, 35),
            "5:24 rules[0].resources[0].group is '*', which is allowed from 1.36 on only");
  const std::string managed = kHead + "omitManagedFields: 'yes'\n" + kRules;
  EXPECT_EQ(said(managed, 22), "Metadata");
  EXPECT_EQ(ignored(managed, 22), "3:1 omitManagedFields");
  EXPECT_EQ(said(managed, 23),
            "3:21 omitManagedFields is the string 'yes', and true or false is needed");
}

TEST(PolicyLoad, GivesAllProblemsAtOnce) {
  EXPECT_EQ(said("kind: Polizy\nomitStages: {}\nrules:\n- level: [None]\n- levle: Request\n- none\n"
                 "- level: Request\n  resources: [{group: a_b, resourceNames: [x]}]\n"
                 "  nonResourceURLs: [a*b]\n"),
            "1:1 the policy has no apiVersion\n"
            "1:7 kind is 'Polizy', not Policy\n"
            "2:13 omitStages is a mapping, and a list is needed\n"
            "4:10 rules[0].level is a list, and a string is needed\n"
            "5:3 rules[1].level is missing\n"
            "6:3 rules[2] is the string 'none', and a mapping is needed\n"
            "8:23 rules[3].resources[0].group is 'a_b', which is no name of an API group\n"
            "8:28 rules[3].resources[0] has resourceNames and no resources\n"
            "9:3 rules[3] has nonResourceURLs and resources\n"
            "9:21 rules[3].nonResourceURLs holds 'a*b', which does not begin with '/'\n"
            "9:21 rules[3].nonResourceURLs holds 'a*b', where '*' is not the last character");
}

TEST(PolicyLoad, DecodesByType) {
  expect(
      {{"rules: {level: None}\n", "3:8 rules is a mapping, and a list is needed"},
       {"rules: none\n", "3:8 rules is the string 'none', and a list is needed"},
       {"rules:\n", "3:1 the policy has no rules"},
       {"rules: [{level: 5}]\n", "3:17 rules[0].level is the number 5, and a string is needed"},
       {"rules: [{level: None, verbs: [[get]]}]\n",
        "3:31 rules[0].verbs[0] is a list, and a string is needed"},
       {"rules: [{level: None, omitManagedFields: 1}]\n",
        "3:42 rules[0].omitManagedFields is the number 1, and true or false is needed"},
       {"rules: [{level: None, resources: [{group: 1, resources: pods}]}]\n",
        "3:43 rules[0].resources[0].group is the number 1, and a string is needed\n"
        "3:57 rules[0].resources[0].resources is the string 'pods', and a list is needed"},
       {"metadata: []\n" + kRules, "3:11 metadata is a list, and a mapping is needed"},
       {"metadata: {name: 5, labels: {a: true}}\n" + kRules,
        "3:18 metadata.name is the number 5, and a string is needed\n"
        "3:33 metadata.labels.a is the boolean true, and a string is needed"},
       {"metadata: {name: a, creationTimestamp: null, annotations: }\n" + kRules, "Metadata"},
       // Null leaves a field as it is; an item is the empty string.
       {"omitStages:\nrules: [{level: None, users: ~, resources: null, verbs: [null]}]\n", "None"},
       {"rules: [{level: None, resources: [null]}]\n", "None"},
       {"rules: [{level: None, omitStages: [null]}]\n",
        "3:36 rules[0].omitStages holds '', which is no stage"}},
      kHead);
}

// Each field of ObjectMeta has a type, though nothing of it is used; unknown ones have none.
TEST(PolicyLoad, DecodesMetadata) {
  const auto metadata = [](const std::string& field, int minor = 30) {
    return said(kHead + "metadata:\n  " + field + "\n" + kRules, minor);
  };
  for (const std::string right :
       {"creationTimestamp: \"2020-01-01T00:00:00Z\"", "deletionTimestamp: null",
        "generation: 9223372036854774784", "deletionGracePeriodSeconds: 0x10", "finalizers: [a, ~]",
        "ownerReferences: [~, {uid: a, controller: yes, other: 5}]",
        "managedFields: [{time: ~, fieldsV1: {a: 5}}]", "labels: {a: 1, a: b}", "zzz: 5"})
    EXPECT_EQ(metadata(right), "Metadata") << right;
  const std::vector<Row> rows = {
      {"generateName: 5", "generateName is the number 5, and a string is needed"},
      {"namespace: yes", "namespace is yes, which YAML reads as a boolean, and a string is needed"},
      {"selfLink: [a]", "selfLink is a list, and a string is needed"},
      {"uid: {}", "uid is a mapping, and a string is needed"},
      {"resourceVersion: 1", "resourceVersion is the number 1, and a string is needed"},
      {"generation: 1.5", "generation is the number 1.5, and a whole number is needed"},
      {"generation: \"1\"", "generation is the string '1', and a whole number is needed"},
      {"generation: 9223372036854775808",
       "generation is the number 9223372036854775808, and a whole number of 64 bits is needed"},
      {"deletionGracePeriodSeconds: a",
       "deletionGracePeriodSeconds is the string 'a', and a whole number is needed"},
      {"creationTimestamp: 2020-01-01",
       "creationTimestamp is the string '2020-01-01', and a time such as 2024-01-31T12:00:00Z is "
       "needed"},
      {"creationTimestamp: {}",
       "creationTimestamp is a mapping, and a time such as 2024-01-31T12:00:00Z is needed"},
      {"deletionTimestamp: 5",
       "deletionTimestamp is the number 5, and a time such as 2024-01-31T12:00:00Z is needed"},
      {"labels: []", "labels is a list, and a mapping is needed"},
      {"annotations: {a: {}}", "annotations.a is a mapping, and a string is needed"},
      {"finalizers: a", "finalizers is the string 'a', and a list is needed"},
      {"finalizers: [a, 1]", "finalizers[1] is the number 1, and a string is needed"},
      {"ownerReferences: {}", "ownerReferences is a mapping, and a list is needed"},
      {"ownerReferences: [a]", "ownerReferences[0] is the string 'a', and a mapping is needed"},
      {"ownerReferences: [{uid: 5}]",
       "ownerReferences[0].uid is the number 5, and a string is needed"},
      {"ownerReferences: [{controller: \"true\"}]",
       "ownerReferences[0].controller is the string 'true', and true or false is needed"},
      {"managedFields: [a]", "managedFields[0] is the string 'a', and a mapping is needed"},
      {"managedFields: [{time: x}]",
       "managedFields[0].time is the string 'x', and a time such as 2024-01-31T12:00:00Z is "
       "needed"},
  };
  for (const Row& row : rows) {
    const std::string found = metadata(row.text);
    EXPECT_EQ(found.substr(found.find(' ') + 1), "metadata." + std::string(row.said)) << row.text;
  }
  EXPECT_EQ(metadata("clusterName: 5", 23),
            "4:16 metadata.clusterName is the number 5, and a string is needed");
  EXPECT_EQ(metadata("clusterName: 5", 24), "Metadata");
}

// Millions of comparisons if each key were compared with each other one.
TEST(PolicyLoad, TakesManyKeys) {
  std::string text = kHead + kRules;
  for (int i = 0; i < 100'000; ++i) text += fmt::format("k{}: 1\n", i);
  const LoadedPolicy loaded = load(text + "k7: 2\n");
  EXPECT_EQ(loaded.unknown_fields.size(), 100'001U);
  ASSERT_EQ(loaded.duplicate_keys.size(), 1U);
  EXPECT_EQ(loaded.duplicate_keys.front().path, "k7");
}

// encoding/json puts the two escapes of a character beyond U+FFFF together.
TEST(PolicyLoad, ReadsStringsOfJson) {
  const LoadedPolicy loaded = load(
      "{\"apiVersion\": \"audit.k8s.io/v1\", \"kind\": \"Policy\", \"rules\": [{\"level\": "
      "\"Metadata\", \"users\": [\"\\ud83d\\uDE00 \\\\ud83d\", \"\\u00e4\\n\"]}]}");
  ASSERT_TRUE(loaded.is_loaded());
  const Words& users = loaded.policy->rules.at(0).users;
  ASSERT_EQ(users.items.size(), 2U);
  EXPECT_EQ(users.items[0].value, "\xF0\x9F\x98\x80 \\ud83d");
  EXPECT_EQ(users.items[1].value, "\xC3\xA4\n");
}

// What YAML has and JSON has not makes everything unreadable, wherever it stands.
TEST(PolicyLoad, NeedsWhatJsonCanSay) {
  expect({{"x: {1: a}\n" + kRules, "Metadata"},
          {"x: {~: a}\n" + kRules, "3:5 x has a key that is no string"},
          {"x: [.inf]\n" + kRules, "3:5 x[0] is .inf, a number that JSON does not have"},
          {"<<: [a]\n" + kRules, "3:5 the policy has a merge key that names no mapping"}},
         kHead);
}

TEST(PolicyLoad, SaysWhyATextIsNoYaml) {
  const auto kind = [](const std::string& text) {
    const LoadedPolicy loaded = load(text);
    EXPECT_FALSE(loaded.policy);
    return loaded.problems.empty() ? ProblemKind::Type : loaded.problems.front().kind;
  };
  const std::string templated = kHead + "rules:\n{{- range .Rules }}\n- level: None\n{{- end }}\n";
  EXPECT_EQ(said(templated), "4:1 this is a template, not a policy");
  EXPECT_EQ(kind(templated), ProblemKind::Template);
  const std::string value = kHead + "rules:\n- level: {{ .Level }}\n";
  EXPECT_EQ(said(value), "4:10 this is a template, not a policy");
  EXPECT_EQ(kind(value), ProblemKind::Template);
  const std::string copied = "cat <<EOF > policy.yaml\n" + kHead + kRules + "EOF\n";
  EXPECT_EQ(said(copied),
            "1:1 not valid YAML: 'cat <<EOF > policy.yaml' belongs to the shell command that wrote "
            "the file\n"
            "6:1 not valid YAML: 'EOF' belongs to the shell command that wrote the file");
  EXPECT_EQ(kind(copied), ProblemKind::Heredoc);
  EXPECT_EQ(kind(kHead + "rules: [\n"), ProblemKind::Syntax);
  EXPECT_EQ(kind("{\"rules\": [],}\n"), ProblemKind::Syntax);
  EXPECT_EQ(kind(kHead + "# \x01\n"), ProblemKind::Syntax);
  // A word in capitals is no mark where the text can be read.
  EXPECT_EQ(said(kHead + kRules + "x: |\n  cat <<EOF\n  EOF\n"), "Metadata");
}

TEST(PolicyLoad, CannotTellAboutOtherEncodings) {
  const LoadedPolicy loaded =
      load(std::string("\xFF\xFE"
                       "a\0:\0",
                       6));
  EXPECT_TRUE(loaded.unreadable);
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_FALSE(loaded.is_loaded());
}

TEST(PolicyLoad, TellsWhatIsIgnored) {
  EXPECT_EQ(ignored(kHead + "metadata: {name: a}\nomitStages: []\nomitManagedFields: true\n"
                            "rules:\n- level: None\n  users: []\n  userGroups: []\n  verbs: []\n"
                            "  resources: [{group: '', resources: [a], resourceNames: [b]}]\n"
                            "  namespaces: []\n  nonResourceURLs: []\n  omitStages: []\n"
                            "  omitManagedFields: false\n"),
            "");
  EXPECT_EQ(ignored(kHead + "metadata: {x: 1}\nwebhook: {}\nrules:\n- level: None\n  user: [a]\n"
                            "  resources:\n  - group: ''\n    verbs: [get]\n  - resource: [b]\n"),
            "4:1 webhook\n7:3 rules[0].user\n10:5 rules[0].resources[0].verbs\n"
            "11:5 rules[0].resources[1].resource");
  EXPECT_EQ(ignored(kHead + "kind: Policy\nrules:\n- level: None\n  users: [a]\n  \"level\": None\n"
                            "  level: Request\n"),
            "2:1 kind for 3:1 \n5:3 rules[0].level for 8:3 \n7:4 rules[0].level for 8:3 ");
}

TEST(PolicyLoad, KnowsWhereAnUnknownFieldStands) {
  const std::string text =
      kHead + "rules:\n- level: None\n- level: None\n  resources: [{Group: apps, verbs: [get]}]\n";
  const LoadedPolicy loaded = load(text);
  ASSERT_EQ(loaded.unknown_fields.size(), 2);
  const UnknownField& group = loaded.unknown_fields.front();
  EXPECT_EQ(group.name, "Group");
  EXPECT_EQ(group.value_text, "apps");
  EXPECT_EQ(group.parent, PolicyPart::GroupResources);
  EXPECT_EQ(group.rule, 1);
  EXPECT_EQ(text.substr(group.value.begin, group.value.size()), "apps");
  EXPECT_EQ(text.substr(group.parent_place.begin, group.parent_place.size()),
            "{Group: apps, verbs: [get]}");
  EXPECT_EQ(loaded.unknown_fields.back().value_text, "");
}

TEST(PolicyLoad, ReadsTheFirstDocumentOnly) {
  const std::string policy = kHead + kRules;
  const std::vector<Row> rows = {
      {policy + "---\n" + policy, "5:1 further documents"},
      {policy + "--- # two\n\tno: 'yaml\n", "5:1 further documents"},
      {policy + "...\nno: 'yaml\n", "5:1 further documents"},
      {"--- \n" + policy + "---\t\n{{ template }}\n", "6:1 further documents"},
      {policy + "--- a\n", "5:1 further documents"},
      {policy + "---\n", ""},
      {policy + "...\n# the end\n---\n\n", ""},
      // Behind a comment it is YAML.
      {"# a\n{apiVersion: audit.k8s.io/v1, kind: Policy,\n rules: [{level: Metadata}]}\n---\nno: "
       "'yaml\n",
       "4:1 further documents"},
      // No marks: a word with more behind it.
      {"# a\n%YAML 1.1\n---\n" + policy + "...x: a\n---b: c\n", "8:1 ...x\n9:1 ---b"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ignored(row.text), row.said) << row.text;
    EXPECT_EQ(said(row.text), "Metadata") << row.text;
  }
  EXPECT_EQ(said(kHead + "---\n" + kRules), "1:1 the policy has no rules");
  EXPECT_EQ(said("---\n"), "1:1 the policy is empty");
  EXPECT_EQ(said("# a\n---\n# b\n...\n---\n" + policy),
            "4:1 the first YAML document is empty, and kube-apiserver reads no other");
}

TEST(PolicyLoad, FollowsAliasesAndMergeKeys) {
  expect(
      {{"x: &r [{level: None}]\nrules: *r\n", "None"},
       {"x: &x {level: Request}\nrules:\n- *x\n- <<: *x\n  users: [a]\n- <<: *x\n  level: None\n",
        "Request Request None"},
       {"x: &x {level: Request}\nrules:\n- <<: *x\n  level:\n", "6:3 rules[0].level is missing"},
       {"x: &x {level: None}\ny: &y {level: Request}\nrules:\n- <<: [*x, *y]\n- <<: [*y, *x]\n",
        "None Request"},
       {"x: &x {level: Request}\nrules:\n- '<<': *x\n", "5:3 rules[0].level is missing"},
       {"omitStages: [&p Panic, *p]\n" + kRules, "Metadata"}},
      kHead);
}

TEST(PolicyLoad, KnowsWhereEverythingStands) {
  const std::string text = kHead +
                           "omitStages: [\"Panic\"]\nrules:\n"
                           "  - level: Request\n    users: [ 'a', b ]\n    resources:\n"
                           "    - group: \"\"\n      resources: ['*']\n";
  const LoadedPolicy loaded = load(text);
  ASSERT_TRUE(loaded.is_loaded());
  const auto slice = [&](text::Span span) { return text.substr(span.begin, span.size()); };
  EXPECT_EQ(slice(loaded.policy->api_version.place), "audit.k8s.io/v1");
  EXPECT_EQ(slice(loaded.policy->kind.place), "Policy");
  EXPECT_EQ(slice(loaded.policy->omit_stages.items[0].place), "Panic");
  EXPECT_EQ(slice(loaded.policy->rules_key), "rules");
  const PolicyRule& rule = loaded.policy->rules[0];
  EXPECT_EQ(at(text, rule.place), "5:5 ");
  EXPECT_EQ(slice(rule.level_key), "level");
  EXPECT_EQ(slice(rule.level.place), "Request");
  EXPECT_EQ(slice(rule.users.key), "users");
  EXPECT_EQ(slice(rule.users.place), "[ 'a', b ]");
  EXPECT_EQ(slice(rule.users.items[0].place), "a");
  EXPECT_EQ(slice(rule.users.items[1].place), "b");
  EXPECT_FALSE(rule.verbs.is_given());
  const GroupResources& resources = rule.resources[0];
  EXPECT_EQ(at(text, resources.place), "8:7 ");
  EXPECT_EQ(slice(resources.group_key), "group");
  EXPECT_EQ(at(text, resources.group.place), "8:14 ");
  EXPECT_EQ(resources.resources.items[0].value, "*");
}

TEST(PolicyLoad, KeepsWhatCanBeReadOfARefusedPolicy) {
  const LoadedPolicy loaded = load(
      "apiVersion: audit.k8s.io/v1beta1\nkind: policy\nrules:\n- level: None\n- level: none\n"
      "  users: [a, 5]\n- level: Request\n  x: .inf\n");
  ASSERT_TRUE(loaded.policy);
  ASSERT_EQ(loaded.policy->rules.size(), 3);
  EXPECT_TRUE(loaded.policy->rules[0].is_whole);
  EXPECT_FALSE(loaded.policy->rules[1].is_whole);
  EXPECT_FALSE(loaded.policy->rules[2].is_whole);
  EXPECT_EQ(loaded.policy->rules[1].users.items.size(), 1);
  EXPECT_EQ(loaded.problems[2].rule, 1);
  EXPECT_EQ(loaded.problems[2].path, "rules[1].level");
  EXPECT_TRUE(load("apiVersion: v1\nkind: Policy\n" + kRules).policy);
  EXPECT_TRUE(load(kRules).policy);
  EXPECT_FALSE(load("apiVersion: v1\nkind: Pod\n" + kRules).policy);
  EXPECT_FALSE(load("apiVersion: rbac.authorization.k8s.io/v1\n" + kRules).policy);
}

struct Hint {
  std::string text;
  std::string_view hint;
};

TEST(PolicyLoad, ShowsTheWayOut) {
  const std::vector<Hint> rows = {
      {"rules: [{level: metadata}]\n", "write Metadata"},
      {"rules: [{level: All}]\n", "write None, Metadata, Request or RequestResponse"},
      {"rules: [{level: None, users: [on]}]\n", "quote it: \"on\""},
      {"rules: [{level: None, users: admin}]\n", "write [\"admin\"]"},
      {"rules: [{level: None, resources: [{group: apps/v1}]}]\n",
       "write the group without its version: apps"},
      {"rules: [{level: None, nonResourceURLs: ['/a*/b']}]\n", "write /a*"},
      {"rules: [{level: None, nonResourceURLs: [healthz]}]\n", "write /healthz"},
      {"omitStages: [ResponseCompleted]\n" + kRules, "write ResponseComplete"},
      {"rules: 'x\n", "close it; the file may have been cut off"},
      {"rules:\n\t- level: None\n", "kube-apiserver cannot read this file either; mend it first"},
  };
  for (const Hint& row : rows) {
    const LoadedPolicy loaded = load(kHead + row.text);
    ASSERT_EQ(loaded.problems.size(), 1) << row.text;
    EXPECT_EQ(loaded.problems[0].hint, row.hint) << row.text;
  }
}

TEST(PolicyLoad, TellsTheFirstProblemInOneSentence) {
  const auto first = [](const std::string& text) {
    return first_problem(load(text), *support::source(text)).value_or("none");
  };
  EXPECT_EQ(first(kHead + kRules), "none");
  EXPECT_EQ(first(""), "line 1: the policy is empty");
  EXPECT_EQ(first(kHead + kRules + "- level: all\n- {}\n"),
            "line 5: rules[1].level is 'all', which is no level");
}

TEST(AuditPolicy, KnowsWhatItRecordsAndOmits) {
  const auto policy = [](const std::string& rest) { return load(kHead + rest).policy.value(); };
  EXPECT_TRUE(policy("omitStages: [Panic, RequestReceived]\n" + kRules).omits_request_received());
  EXPECT_FALSE(policy("omitStages: [ResponseStarted]\n" + kRules).omits_request_received());
  EXPECT_FALSE(policy(kRules + "  omitStages: [RequestReceived]\n").omits_request_received());
  EXPECT_FALSE(policy(kRules + "- level: None\n").records_bodies());
  EXPECT_TRUE(policy(kRules + "- level: Request\n").records_bodies());
  EXPECT_TRUE(policy("rules: [{level: RequestResponse}]\n").records_bodies());
}

TEST(AuditPolicy, NamesLevelsAndStages) {
  for (const Level level : kLevels) EXPECT_EQ(parse_level(to_string(level)), level);
  for (const Stage stage : kStages) EXPECT_EQ(parse_stage(to_string(stage)), stage);
  EXPECT_EQ(parse_level("metadata"), std::nullopt);
  EXPECT_EQ(parse_stage(""), std::nullopt);
  EXPECT_LT(Level::Request, Level::RequestResponse);
}

TEST(AuditPolicy, KeepsSetsOfStages) {
  StageSet set;
  EXPECT_TRUE(set.empty());
  set.insert(Stage::Panic).insert(Stage::Panic);
  EXPECT_TRUE(set.contains(Stage::Panic));
  EXPECT_FALSE(set.contains(Stage::RequestReceived));
  EXPECT_FALSE(set.full());
  for (const Stage stage : kStages) set = set | StageSet().insert(stage);
  EXPECT_TRUE(set.full());
}

}  // namespace
}  // namespace kaudit::audit
