#include "audit/policy_outline.h"

#include <gtest/gtest.h>

#include "support/dump.h"

namespace kaudit::audit {
namespace {

// "ok", or the problem; then what was learnt besides.
std::string outline(const std::string& policy) {
  const PolicyOutline found = outline_policy(support::source(policy));
  return found.problem.value_or("ok") + (found.omits_request_received ? ", omits" : "") +
         (found.records_bodies ? ", bodies" : "");
}

const std::string kHead = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
const std::string kRules = "rules:\n- level: Metadata\n";

struct Row {
  std::string policy;
  std::string_view outline;
};

// What kube-apiserver 1.20.2 said about these files is the referee.
TEST(PolicyOutline, SaysWhyTheFileWouldBeRefused) {
  const std::vector<Row> rows = {
      {"", "it is empty"},
      {"# nothing\n\n", "it is empty"},
      {"---\n", "it is empty"},
      {"~\n", "it is empty"},
      {"---\n---\n" + kHead + kRules,
       "its first YAML document is empty, and kube-apiserver reads no other"},
      {"# a\n---\n# b\n...\n---\n" + kHead + kRules,
       "its first YAML document is empty, and kube-apiserver reads no other"},
      {"- a\n", "it is a list, not a mapping"},
      {"hello\n", "it is a single value, not a mapping"},
      {"kind: Policy\n" + kRules, "it has no apiVersion"},
      {"apiVersion:\nkind: Policy\n" + kRules, "it has no apiVersion"},
      {"apiVersion: ''\nkind: Policy\n" + kRules, "it has no apiVersion"},
      {"apiVersion: [a]\nkind: Policy\n" + kRules, "its apiVersion is not a string"},
      {"apiVersion: audit.k8s.io/v2\nkind: Policy\n" + kRules,
       "its apiVersion is 'audit.k8s.io/v2', not audit.k8s.io/v1"},
      {"apiVersion: v1\nkind: Pod\n" + kRules, "its apiVersion is 'v1', not audit.k8s.io/v1"},
      {"apiVersion: audit.k8s.io/v1\nkind: policy\n" + kRules, "its kind is 'policy', not Policy"},
      {"apiVersion: audit.k8s.io/v1\nkind: Event\n" + kRules, "its kind is 'Event', not Policy"},
      {"apiVersion: audit.k8s.io/v1\nkind: {}\n" + kRules, "its kind is not a string"},
      {kHead, "it has no rules"},
      {kHead + "rules:\n", "it has no rules"},
      {kHead + "rules: []\n", "it has no rules"},
      {kHead + "rules: {}\n", "its rules are not a list"},
      {kHead + "rules: none\n", "its rules are not a list"},
      {kHead + kRules + "rules: []\n", "it has no rules"},
      {kHead + "rules:\n\t- level: None\n", "line 4: not valid YAML: illegal block entry"},
      {kHead + "rules: 'x\n", "line 3: this quote is never closed"},
      {kHead + "rules: [{{ .Rules }}\n", "line 3: it is a template"},
      {std::string(kHead + "# \x01\n"), "line 3: *"},
      {"{\"apiVersion\": \"audit.k8s.io/v1\", \"rules\": [{\"level\": \"None\"}]}\n---\n",
       "line 2: a file that begins with '{' is read as JSON, and this is not JSON"},
  };
  for (const Row& row : rows) {
    const std::string is = outline(row.policy);
    if (row.outline.ends_with('*')) {
      EXPECT_TRUE(is.starts_with(row.outline.substr(0, row.outline.size() - 1))) << is;
    } else {
      EXPECT_EQ(is, row.outline) << row.policy;
    }
  }
}

TEST(PolicyOutline, AcceptsWhatIsLoaded) {
  const std::vector<std::string> policies = {
      kHead + kRules,
      "---\n" + kHead + kRules,
      "# a\n%YAML 1.1\n---\n" + kHead + kRules,
      "--- {apiVersion: audit.k8s.io/v1, rules: [{level: None}]}\n",
      "\xEF\xBB\xBF" + kHead + kRules,
      "apiVersion: audit.k8s.io/v1\r\nkind: Policy\r\nrules:\r\n- level: None\r\n",
      "apiVersion: audit.k8s.io/v1\n" + kRules,
      "apiVersion: audit.k8s.io/v1\nkind:\n" + kRules,
      "apiVersion: audit.k8s.io/v1beta1\nkind: Policy\n" + kRules,
      "apiVersion: audit.k8s.io/v1alpha1\nkind: Policy\n" + kRules,
      "{\"apiVersion\": \"audit.k8s.io/v1\", \"rules\": [{\"level\": \"None\"}]}",
      kHead + "rules: []\n" + kRules,
      kHead + "x: &r [{level: None}]\nrules: *r\n",
      "x: &x {apiVersion: audit.k8s.io/v1, rules: [{level: None}]}\n<<: *x\nkind: Policy\n",
      // Rules are judged elsewhere.
      kHead + "rules:\n- level: metadata\n- {}\n-\n- 5\n",
      kHead + "unknown: 1\n" + kRules,
  };
  for (const std::string& policy : policies) EXPECT_EQ(outline(policy), "ok") << policy;
}

TEST(PolicyOutline, ReadsTheFirstDocumentOnly) {
  EXPECT_EQ(outline(kHead + kRules + "---\n" + kHead + "rules: [{level: Request}]\n"), "ok");
  EXPECT_EQ(outline(kHead + kRules + "--- # two\n\tno: 'yaml\n"), "ok");
  EXPECT_EQ(outline(kHead + kRules + "...\nno: 'yaml\n"), "ok");
  EXPECT_EQ(outline("--- \n" + kHead + kRules + "---\t\n{{ template }}\n"), "ok");
  EXPECT_EQ(outline(kHead + "---\n" + kRules), "it has no rules");
  // No marks: a word with more behind it, and one that is not at the beginning of its line.
  EXPECT_EQ(outline(kHead + "x:\n  ---\nrules: [{level: Request}]\n"), "ok, bodies");
  EXPECT_EQ(outline("---a: b\n" + kHead + "...c: d\nrules: [{level: Request}]\n"), "ok, bodies");
}

TEST(PolicyOutline, CannotTellAboutOtherEncodings) {
  EXPECT_EQ(outline(std::string("\xFF\xFE"
                                "a\0:\0",
                                6)),
            "ok");
}

TEST(PolicyOutline, SeesWhetherRequestReceivedIsOmitted) {
  const std::vector<Row> rows = {
      {"omitStages: [RequestReceived]\n" + kRules, "ok, omits"},
      {"omitStages:\n- Panic\n- \"RequestReceived\"\n" + kRules, "ok, omits"},
      {"omitStages: [&r RequestReceived, *r]\n" + kRules, "ok, omits"},
      {"omitStages: []\n" + kRules, "ok"},
      {"omitStages: [requestReceived, ResponseStarted]\n" + kRules, "ok"},
      {"omitStages: RequestReceived\n" + kRules, "ok"},
      {"omitStages: [[RequestReceived]]\n" + kRules, "ok"},
      {"rules:\n- level: Metadata\n  omitStages: [RequestReceived]\n", "ok"},
  };
  for (const Row& row : rows) EXPECT_EQ(outline(kHead + row.policy), row.outline) << row.policy;
}

TEST(PolicyOutline, SeesWhetherBodiesAreRecorded) {
  const std::vector<Row> rows = {
      {"rules:\n- level: None\n- level: Request\n", "ok, bodies"},
      {"rules:\n- level: RequestResponse\n", "ok, bodies"},
      {"rules: [{level: 'Request'}]\n", "ok, bodies"},
      {"rules:\n- level: None\n- level: Metadata\n", "ok"},
      {"rules:\n- level: request\n- level: [Request]\n- Request\n", "ok"},
      {"rules:\n- level: Request\n  level: None\n", "ok"},
      {"x: &x {level: Request}\nrules:\n- *x\n", "ok, bodies"},
      {"x: &x {level: Request}\nrules:\n- <<: *x\n  users: [a]\n", "ok, bodies"},
      {"x: &x {level: Request}\nrules:\n- <<: *x\n  level: None\n", "ok"},
      {"x: &x {level: Request}\nrules:\n- <<: *x\n  level:\n", "ok"},
      {"x: &x {level: None}\ny: &y {level: Request}\nrules:\n- <<: [*x, *y]\n", "ok"},
      {"x: &x {level: None}\ny: &y {level: Request}\nrules:\n- <<: [*y, *x]\n", "ok, bodies"},
      {"x: &x {level: Request}\nrules:\n- '<<': *x\n", "ok"},
  };
  for (const Row& row : rows) EXPECT_EQ(outline(kHead + row.policy), row.outline) << row.policy;
}

}  // namespace
}  // namespace kaudit::audit
