// What `check` says before and after `enable`: the two must agree about what is wrong.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "check/check_manifest.h"
#include "check/rules.h"
#include "edit/patch.h"
#include "support/corpus.h"

namespace kaudit::support {
namespace {

check::CheckedManifest checked(const std::string& name, std::string bytes) {
  return check::check_manifest(std::make_shared<const text::SourceText>(name, std::move(bytes)),
                               {});
}

// Rules about the Pod or about flags that kaudit leaves alone are errors that were there before.
bool is_error_about_auditing(const check::Finding& finding) {
  return finding.severity == check::Severity::Error && check::rule(finding.rule).repaired_by_enable;
}

struct Tally {
  std::size_t patched = 0;
  std::size_t unchanged = 0;
  std::size_t refused = 0;
};

void judge(const Input& input, Tally& tally) {
  edit::PatchRequest request;
  request.kind = edit::PatchRequest::Kind::Enable;
  const auto original = std::make_shared<const text::SourceText>(input.name, input.bytes);
  const auto patch = edit::patch(original, request);
  const check::CheckedManifest before = checked(input.name, input.bytes);
  if (!patch) {
    ++tally.refused;
    return;
  }
  ASSERT_FALSE(before.error) << input.name
                             << ": enable reads what check does not: " << before.error->message;
  // The last three are repaired where auditing itself needs the volume.
  const bool repairs =
      std::any_of(before.findings.begin(), before.findings.end(), [](const check::Finding& f) {
        return check::rule(f.rule).repaired_by_enable || f.rule == "host-path-dotdot" ||
               f.rule == "host-path-invalid" || f.rule == "mount-without-volume";
      });
  if (patch->changed()) {
    ++tally.patched;
    EXPECT_TRUE(repairs) << input.name << ": enable repairs what check does not report";
  } else {
    ++tally.unchanged;
  }
  const check::CheckedManifest after = checked(input.name, std::string(patch->result->bytes()));
  ASSERT_FALSE(after.error) << input.name << ": " << after.error->message;
  for (const check::Finding& finding : after.findings) {
    EXPECT_FALSE(is_error_about_auditing(finding))
        << input.name << ": after enable still: " << finding.message;
    const bool was_there =
        std::any_of(before.findings.begin(), before.findings.end(), [&](const check::Finding& f) {
          // An inserted item moves the paths of the ones behind it.
          return f.rule == finding.rule &&
                 (f.subject == finding.subject || f.rule == "kubelet-would-reject");
        });
    EXPECT_TRUE(finding.severity != check::Severity::Error || was_there)
        << input.name << ": enable brought: " << finding.message;
  }
}

TEST(Check, AgreesWithEnable) {
  Tally tally;
  for (const Input& input : all_inputs()) judge(input, tally);
  fmt::print("check: {} patched, {} unchanged, {} refused\n", tally.patched, tally.unchanged,
             tally.refused);
  EXPECT_GT(tally.patched, 100U);
  EXPECT_GT(tally.unchanged, 10U);
}

// Of every text that can be read: places lie in it, paths are told, words are one line.
void judge_findings(const Input& input) {
  const check::CheckedManifest manifest = checked(input.name, input.bytes);
  const auto is_line = [](const std::string& words) {
    return words.find('\n') == std::string::npos;
  };
  if (manifest.error) {
    EXPECT_TRUE(is_line(manifest.error->message) && !manifest.error->message.empty()) << input.name;
    return;
  }
  for (const check::Finding& finding : manifest.findings) {
    EXPECT_NE(check::find_rule(finding.rule), nullptr) << finding.rule;
    EXPECT_TRUE(is_line(finding.message) && is_line(finding.consequence) && is_line(finding.fix));
    EXPECT_FALSE(finding.message.empty() || finding.consequence.empty() || finding.fix.empty())
        << input.name << ": " << finding.rule;
    EXPECT_FALSE(finding.subject.empty()) << input.name << ": " << finding.rule;
    if (!finding.place) continue;
    EXPECT_LE(finding.place->begin, finding.place->end) << input.name << ": " << finding.rule;
    EXPECT_LE(finding.place->end, input.bytes.size()) << input.name << ": " << finding.rule;
  }
}

TEST(Check, SaysWellFormedThingsOfEveryInput) {
  for (const Input& input : all_inputs()) judge_findings(input);
}

TEST(Check, SaysWellFormedThingsOfEveryMutant) {
  std::size_t count = 0;
  for_each_mutant([&](const Input& input) {
    if (++count % 4 == 0) judge_findings(input);  // the patching tests take the rest
    return !testing::Test::HasFailure();
  });
}

// What the report about the corpus counted by hand, as far as those files are shared.
TEST(Check, FindsInTheCorpusWhatWasCounted) {
  if (!corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS is not set";
  std::map<std::string_view, std::size_t> files;  // with at least one finding of the rule
  std::map<std::string_view, std::size_t> errors;
  for (const Input& input : corpus_inputs("pods")) {
    std::map<std::string_view, bool> seen;
    for (const check::Finding& finding : checked(input.name, input.bytes).findings) {
      seen[finding.rule] = true;
      if (finding.severity == check::Severity::Error) ++errors[finding.rule];
    }
    for (const auto& [rule, is_there] : seen) ++files[rule];
  }
  for (const auto& [rule, count] : errors) fmt::print("check: {} errors {}\n", count, rule);
  const std::map<std::string_view, std::size_t> wanted = {
      {"backend-without-policy", 5}, {"policy-without-backend", 4}, {"tuning-without-backend", 5},
      {"log-not-mounted", 5},        {"policy-not-mounted", 1},     {"log-mounted-as-file", 3},
      {"policy-mount-writable", 4},  {"policy-log-share-mount", 3}, {"flag-duplicate", 1},
      {"path-not-absolute", 2},      {"rotation-unset", 9},
  };
  for (const auto& [rule, count] : wanted) EXPECT_EQ(files[rule], count) << rule;
}

}  // namespace
}  // namespace kaudit::support
