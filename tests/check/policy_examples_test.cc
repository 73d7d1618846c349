// testdata/policy/RULE: what breaks a rule about audit policies and what keeps it, written by hand
// (testdata/README.md).

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "check/check_policy.h"
#include "check/rules.h"
#include "support/rule_mutants.h"
#include "support/text_files.h"

namespace kaudit::check {
namespace {

namespace fs = std::filesystem;

using support::lines_of;
using support::read_text_file;

const fs::path kFolder = fs::path(KAUDIT_TESTDATA) / "policy";

struct Linted {
  std::shared_ptr<const text::SourceText> source;
  std::vector<Finding> findings;
};

// FILE.release says for which release, if it is not the newest one.
kube::KubernetesVersion release_of(const fs::path& file) {
  const fs::path release = fs::path(file).replace_extension(".release");
  if (!fs::exists(release)) return kube::kNewestKnown;
  return kube::parse_kubernetes_version(lines_of(read_text_file(release)).at(0)).value();
}

Linted lint(const fs::path& file) {
  const kube::KubernetesVersion version = release_of(file);
  auto source = std::make_shared<const text::SourceText>("policy", read_text_file(file));
  return {source, check_policy(audit::load_policy(source, version), version)};
}

std::string shown(const Linted& linted, const Finding& finding) {
  const text::Position at =
      finding.place ? linted.source->position(finding.place->begin) : text::Position{0, 0};
  return fmt::format("{}:{} {}", at.line, at.column, to_string(finding.severity));
}

std::string all_of(const Linted& linted) {
  std::string out;
  for (const Finding& finding : linted.findings)
    out += fmt::format("{} [{}] {}\n", shown(linted, finding), finding.rule, finding.message);
  return out;
}

// "failing" or "failing-VARIANT" of a policy, "" for other files.
std::string stem_of(const fs::path& file, std::string_view prefix) {
  const std::string extension = file.extension().string();
  if (extension != ".yaml" && extension != ".json") return {};
  const std::string stem = file.stem().string();
  return stem.starts_with(prefix) ? stem : std::string();
}

// Exactly one finding, and it is the one that is wanted.
void expect_broken(const fs::path& folder, const fs::path& file, const std::string& stem) {
  const std::vector<std::string> wanted =
      lines_of(read_text_file(folder / ("finding" + stem.substr(7))));
  const Linted linted = lint(file);
  ASSERT_EQ(linted.findings.size(), 1U) << file << " found\n" << all_of(linted);
  const Finding& finding = linted.findings.front();
  EXPECT_EQ(finding.rule, folder.filename().string()) << file << "\n" << all_of(linted);
  EXPECT_EQ(shown(linted, finding), wanted.at(0)) << file << "\n" << all_of(linted);
  EXPECT_NE(finding.message.find(wanted.at(1)), std::string::npos)
      << file << ": wanted '" << wanted[1] << "'\n"
      << all_of(linted);
  EXPECT_FALSE(finding.consequence.empty()) << file;
  EXPECT_FALSE(finding.fix.empty()) << file;
  const Severity usual = rule(finding.rule).severity;
  EXPECT_TRUE(finding.severity == usual || !rule(finding.rule).severity_in.empty()) << file;
}

TEST(PolicyExamples, BreakAndKeepEveryRule) {
  for (const Rule& row : all_rules()) {
    if (row.group != RuleGroup::Policy) continue;
    const fs::path folder = kFolder / row.id;
    ASSERT_TRUE(fs::is_directory(folder)) << "no example of " << row.id;
    std::size_t failing = 0;
    std::size_t passing = 0;
    for (const fs::path& file : support::files_below(folder)) {
      if (const std::string stem = stem_of(file, "failing"); !stem.empty()) {
        ++failing;
        expect_broken(folder, file, stem);
      } else if (!stem_of(file, "passing").empty()) {
        ++passing;
        EXPECT_EQ(all_of(lint(file)), "") << file;
      }
    }
    EXPECT_GT(failing, 0U) << row.id;
    EXPECT_GT(passing, 0U) << row.id;
  }
}

// A rule that no small mistake can raise would find nothing in real policies.
bool can_be_broken(std::string_view rule, const fs::path& file) {
  const kube::KubernetesVersion version = release_of(file);
  return support::any_policy_mutant(read_text_file(file), [&](std::string mutant) {
    const auto source = std::make_shared<const text::SourceText>("policy", std::move(mutant));
    const std::vector<Finding> found = check_policy(audit::load_policy(source, version), version);
    return std::ranges::find(found, rule, &Finding::rule) != found.end();
  });
}

TEST(PolicyExamples, MutantsOfWhatKeepsARuleCanBreakIt) {
  for (const Rule& row : all_rules()) {
    if (row.group != RuleGroup::Policy) continue;
    bool raised = false;
    for (const fs::path& file : support::files_below(kFolder / row.id)) {
      if (raised || stem_of(file, "passing").empty()) continue;
      raised = can_be_broken(row.id, file);
    }
    EXPECT_TRUE(raised) << "no mutant raises " << row.id;
  }
}

TEST(PolicyExamples, AreOfRulesThatExist) {
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    const Rule* const row = find_rule(entry.path().filename().string());
    ASSERT_NE(row, nullptr) << entry.path();
    EXPECT_EQ(row->group, RuleGroup::Policy) << entry.path();
  }
}

// ---- what has no example in a file --------------------------------------------------------------

TEST(PolicyRules, StandInOrder) {
  for (std::size_t i = 1; i < all_rules().size(); ++i) {
    const Rule& before = all_rules()[i - 1];
    const Rule& row = all_rules()[i];
    EXPECT_TRUE(before.group != row.group || before.id < row.id) << row.id;
  }
}

constexpr std::string_view kHead = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n";

std::string lint_text(std::string bytes, int minor) {
  const kube::KubernetesVersion version{1, minor, {}};
  auto source = std::make_shared<const text::SourceText>("policy", std::move(bytes));
  return all_of({source, check_policy(audit::load_policy(source, version), version)});
}

TEST(PolicyRules, KnowWhatCannotBeRead) {
  const std::string utf16(
      "\xFF\xFE"
      "a\0:\0",
      6);
  const auto source = std::make_shared<const text::SourceText>("policy", utf16);
  const CheckedFile file =
      check_policy_file(source, audit::load_policy(source, kube::kNewestKnown), kube::kNewestKnown);
  ASSERT_TRUE(file.error);
  EXPECT_EQ(file.error->message, "the file is UTF-16 or UTF-32, and kaudit edits UTF-8 only");
  EXPECT_TRUE(file.findings.empty());
}

struct Released {
  std::string_view rules;
  int minor;
  std::string_view found;  // an id, or "" for no finding
};

TEST(PolicyRules, DependOnTheRelease) {
  const std::vector<Released> rows = {
      {"- level: Metadata\n  resources: [{group: \"*\", resources: [pods]}]\n", 35, "policy-group"},
      {"- level: RequestResponse\n  resources: [{group: \"*\", resources: [pods]}]\n", 36, ""},
      {"- level: RequestResponse\n  resources: [{group: extensions, resources: [ingresses]}]\n", 21,
       ""},
      {"- level: RequestResponse\n  resources: [{group: extensions, resources: [ingresses]}]\n", 22,
       "resource-not-served"},
      {"- level: RequestResponse\n  resources: [{group: scheduling.k8s.io, resources: [workloads]}]"
       "\n",
       34, "resource-not-served"},
      {"- level: RequestResponse\n  resources: [{group: \"\", resources: [pods/resize]}]\n", 31,
       "resource-not-served"},
      {"- level: RequestResponse\n  resources: [{group: \"\", resources: [pods/resize]}]\n", 32,
       ""},
      {"- level: None\n  users: [\"system:unsecured\"]\n  verbs: [get]\n", 19, ""},
      {"- level: RequestResponse\n  verbs: [get]\n  omitManagedFields: true\n"
       "  resources: [{group: apps}]\n",
       22, "policy-unknown-field"},
  };
  for (const Released& row : rows) {
    const std::string found =
        lint_text(fmt::format("{}{}- level: Metadata\n", kHead, row.rules), row.minor);
    if (row.found.empty())
      EXPECT_EQ(found, "") << row.rules;
    else
      EXPECT_NE(found.find(fmt::format("[{}]", row.found)), std::string::npos)
          << row.rules << found;
  }
}

// A rule of a policy in short: its fields, and the items of its resources.
struct QuietRule {
  std::string_view fields;
  std::string_view resources;  // "" for none
};

// Right, and near something that is not.
TEST(PolicyRules, AreQuietAboutWhatIsRight) {
  const std::vector<QuietRule> rows = {
      // Custom resources may have any name, and any group with a dot.
      {"level: RequestResponse", "{group: autoscaling.k8s.io, resources: [Any, any]}"},
      {"level: RequestResponse", "{group: custom.metrics.k8s.io, resources: [any]}"},
      {"level: RequestResponse", "{group: metrics.k8s.io, resources: [pods, nodes]}"},
      // A Namespace object is in itself.
      {"level: Metadata, namespaces: [team]", "{group: '', resources: [namespaces]}"},
      {"level: Metadata, namespaces: ['']", "{group: '', resources: [nodes]}"},
      // Namespaces have no deletecollection, and finalize no patch.
      {"level: RequestResponse, verbs: [delete]", "{group: '', resources: [namespaces]}"},
      {"level: RequestResponse, verbs: [update]", "{group: '', resources: [namespaces/finalize]}"},
      // Watches have no body, and get and list none at Request.
      {"level: RequestResponse, verbs: [watch]", "{group: '', resources: [secrets]}"},
      {"level: Request, verbs: [get, list, watch]", "{group: '', resources: [secrets]}"},
      // An exec has a name when it is created.
      {"level: RequestResponse, verbs: [create, get]",
       "{group: '', resources: [pods/exec], resourceNames: [web]}"},
      {"level: None, verbs: [get, head], nonResourceURLs: [/metrics, '/openapi/*']", ""},
      {"level: None, nonResourceURLs: ['/api*', '/apis/*', /api/v1, /apis/apps/v1]", ""},
      {"level: None, verbs: [get], userGroups: ['system:serviceaccounts:kube-system']", ""},
      {"level: Metadata", "{group: '', resources: ['*/status', '*']}"},
  };
  for (const QuietRule& row : rows) {
    const std::string resources =
        row.resources.empty() ? "" : fmt::format(", resources: [{}]", row.resources);
    const std::string text =
        fmt::format("{}- {{{}{}}}\n- level: Metadata\n", kHead, row.fields, resources);
    EXPECT_EQ(lint_text(text, 36), "") << text;
  }
}

struct Weighed {
  std::string_view rules;
  std::string_view found;   // a part of what is said
  std::string_view absent;  // an id that is not
};

TEST(PolicyRules, WeighWhatTheOtherRulesDo) {
  const std::vector<Weighed> rows = {
      // Whoever is authenticated is in the group of these, so that nothing is left for rules[1].
      {"- level: Metadata\n  userGroups: [\"system:authenticated\"]\n"
       "  resources: [{group: \"\", resources: [secrets, configmaps, serviceaccounts/token]}]\n"
       "- level: RequestResponse\n  resources: [{group: \"\"}]\n",
       "[busy-bodies]", "secret-bodies"},
      {"- level: Metadata\n  userGroups: [\"system:authenticated\"]\n"
       "- level: Request\n  userGroups: [dev]\n  resources: [{group: \"\", resources: "
       "[secrets]}]\n",
       "", "secret-bodies"},
      // A create has no name, so the rule does not hold for it.
      {"- level: Request\n  verbs: [create]\n"
       "  resources: [{group: \"\", resources: [secrets], resourceNames: [key]}]\n",
       "[resource-names-never-given]", "secret-bodies"},
      // One of two is not recorded at all.
      {"- level: Request\n  verbs: [delete]\n"
       "  resources: [{group: apps, resources: [deployments, statefulsets]}]\n"
       "- level: None\n  resources: [{group: apps, resources: [deployments]}]\n",
       "warning [deletecollection-forgotten]", "rule-unreachable"},
      // An earlier rule protects all of it.
      {"- level: Metadata\n  resources: [{group: \"\", resources: [\"*\"]}]\n"
       "- level: RequestResponse\n  resources: [{group: \"\"}, {group: apps}]\n",
       "", "secret-bodies"},
      // A broken rule is no cover, and nothing is concluded from it.
      {"- level: all\n- level: Request\n  resources: [{group: \"\", resources: [secrets]}]\n",
       "[policy-level]", "secret-bodies"},
  };
  for (const Weighed& row : rows) {
    const std::string found =
        lint_text(fmt::format("{}{}- level: Metadata\n", kHead, row.rules), 36);
    EXPECT_NE(found.find(row.found), std::string::npos) << row.rules << found;
    EXPECT_EQ(found.find(fmt::format("[{}]", row.absent)), std::string::npos) << row.rules << found;
  }
}

// What is too much to compare is tried, and said.
TEST(PolicyRules, AreNotSilentAboutLargePolicies) {
  std::string rules;
  for (int i = 0; i < 10'000; ++i)
    rules += fmt::format("- {{level: Metadata, users: [u{}], verbs: [get]}}\n", i);
  const std::string all =
      lint_text(fmt::format("{}{}- level: RequestResponse\n", kHead, rules), 36);
  for (const std::string_view found :
       {"warning [policy-too-large-to-judge]", "warning [secret-bodies] rules[10000] records",
        "warning [token-request-bodies] rules[10000] records", "[busy-bodies] rules[10000]"})
    EXPECT_NE(all.find(found), std::string::npos) << found << "\n" << all;
  const std::string none = lint_text(std::string(kHead) + rules, 36);
  EXPECT_NE(none.find("[catch-all-missing] no rule holds for all other requests"),
            std::string::npos)
      << none;
  const std::string rest =
      lint_text(fmt::format("{}- level: Metadata\n{}", kHead, rules.substr(0, rules.find("u600"))) +
                    "u600]}\n",
                36);
  EXPECT_NE(rest.find("[rule-unreachable] every request that rules[600] holds for is decided by "
                      "rules[0]"),
            std::string::npos);
}

}  // namespace
}  // namespace kaudit::check
