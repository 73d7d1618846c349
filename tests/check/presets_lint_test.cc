// What `kaudit policy lint` says of the policies that `kaudit policy init` writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "audit/policy_load.h"
#include "audit/presets.h"
#include "check/check_policy.h"
#include "text/source_text.h"

namespace kaudit::check {
namespace {

std::set<std::string_view> warnings_of(const audit::Preset& preset, int minor) {
  const auto source =
      std::make_shared<const text::SourceText>(std::string(preset.name), std::string(preset.text));
  const kube::KubernetesVersion version{1, minor, {}};
  std::set<std::string_view> rules;
  for (const Finding& finding : check_policy(audit::load_policy(source, version), version))
    if (finding.severity != Severity::Note) rules.insert(finding.rule);
  return rules;
}

// Two of them exist to do what lint warns of, and say so in their headers.
TEST(PresetsLint, WarnsOfNothingButWhatAPresetIsFor) {
  const std::map<std::string_view, std::set<std::string_view>> expected{
      {"minimal", {}},
      {"recommended", {}},
      {"cis", {}},
      {"stig",
       {"configmap-bodies", "secret-bodies", "token-request-bodies", "token-review-bodies"}},
      {"tutorial", {"secret-bodies"}},
  };
  for (const audit::Preset& preset : audit::presets()) {
    for (int minor = 24; minor <= 36; ++minor)
      EXPECT_EQ(warnings_of(preset, minor), expected.at(preset.name))
          << preset.name << " in 1." << minor;
  }
}

TEST(PresetsLint, IsNamedByThePresetsThatItWarnsOf) {
  for (const audit::Preset& preset : audit::presets())
    EXPECT_EQ(preset.text.find("`kaudit policy lint`") != std::string_view::npos,
              !warnings_of(preset, 36).empty())
        << preset.name;
}

}  // namespace
}  // namespace kaudit::check
