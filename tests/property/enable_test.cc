// The properties P1 to P6 over everything there is, and over damaged versions of it.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <map>

#include "property/patch_properties.h"
#include "property/watchdog.h"
#include "support/corpus.h"

namespace kaudit {
namespace {

using support::Examined;
using support::Input;
using support::NamedRequest;

struct Tally {
  std::size_t patched = 0;
  std::size_t unchanged = 0;
  std::size_t refused = 0;
  std::size_t undone = 0;  // of the patched
  std::size_t broken = 0;
  std::vector<std::string> unproven;
  std::map<std::string, std::pair<std::size_t, std::string>> reasons;  // how often, such as

  void print(std::string_view title) const {
    fmt::print("{}: {} patched ({} undone to the byte), {} unchanged, {} refused\n", title, patched,
               undone, unchanged, refused);
    for (const std::string& one : unproven) fmt::print("  unproven: {}\n", one);
  }
  void print_reasons() const {
    for (const auto& [reason, times] : reasons)
      fmt::print("  {:5} {} (such as {})\n", times.first, reason, times.second);
  }
};

void count(const Examined& examined, const Input& input, std::string_view request, Tally& tally) {
  switch (examined.outcome) {
    case Examined::Outcome::Patched:
      ++tally.patched;
      break;
    case Examined::Outcome::Unchanged:
      ++tally.unchanged;
      break;
    case Examined::Outcome::Refused: {
      ++tally.refused;
      auto& reason = tally.reasons[support::without_numbers(examined.refusal.message)];
      if (reason.first++ == 0) reason.second = input.name;
    }
  }
  tally.undone +=
      examined.undone_exactly && examined.outcome == Examined::Outcome::Patched ? 1U : 0U;
  if (examined.unproven)
    tally.unproven.push_back(
        fmt::format("{} ({}): {}", input.name, request, examined.refusal.message));
  if (examined.broken.empty()) return;
  ++tally.broken;
  std::string all;
  for (const std::string& line : examined.broken) all += "  ! " + line + "\n";
  ADD_FAILURE() << input.name << " (" << request << "):\n"
                << all << support::printable(input.bytes) << "\nresult:\n"
                << examined.result;
}

void examine_all_requests(const Input& input, Tally& tally) {
  const support::Watched watched(input.name, input.bytes);
  for (const NamedRequest& named : support::enable_requests()) {
    count(support::examine(input.name, input.bytes, named), input, named.name, tally);
  }
  count(support::examine_disable(input.name, input.bytes), input, "disable", tally);
  count(support::examine_policy(input.name, input.bytes), input, "policy install", tally);
}

TEST(Properties, HoldForTheRepositorysManifests) {
  Tally tally;
  for (const Input& input : support::testdata_inputs()) examine_all_requests(input, tally);
  tally.print("testdata, all requests");
  EXPECT_TRUE(tally.unproven.empty());
  EXPECT_GT(tally.patched, 1000U);
  EXPECT_GT(tally.undone, 500U);
}

TEST(Properties, HoldForRealManifests) {
  if (!support::corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  Tally tally;
  for (const char* folder : {"pods", "other", "broken", "templated", "kubeadm"}) {
    for (const Input& input : support::corpus_inputs(folder)) examine_all_requests(input, tally);
  }
  tally.print("corpus, all requests");
  EXPECT_TRUE(tally.unproven.empty());
  EXPECT_GT(tally.patched, 400U);
  EXPECT_GT(tally.undone, 200U);
}

TEST(Properties, HoldForTheTortureSet) {
  if (!support::torture_directory())
    GTEST_SKIP() << "neither KAUDIT_TORTURE nor KAUDIT_CORPUS is set";
  Tally tally;
  for (const Input& input : support::torture_inputs()) examine_all_requests(input, tally);
  tally.print("torture, all requests");
  EXPECT_TRUE(tally.unproven.empty());
  EXPECT_GT(tally.patched, 400U);
}

TEST(Properties, HoldForDamagedManifests) {
  Tally tally;
  std::size_t mutants = 0;
  const auto& requests = support::enable_requests();
  support::for_each_mutant([&](const Input& mutant) {
    const support::Watched watched(mutant.name, mutant.bytes);
    const NamedRequest& named = requests[mutants++ % requests.size()];
    count(support::examine(mutant.name, mutant.bytes, named), mutant, named.name, tally);
    count(support::examine_disable(mutant.name, mutant.bytes), mutant, "disable", tally);
    return tally.broken < 10;
  });
  tally.print(fmt::format("{} mutants", mutants));
  tally.print_reasons();
  EXPECT_EQ(mutants, support::mutant_count());
  // Damage can ask for what no layout can do; then the proof must be what stops it, and seldom.
  EXPECT_LE(tally.unproven.size(), mutants / 2000);
  EXPECT_GT(tally.patched, mutants / 5) << "too few survive the damage to show anything";
}

TEST(Properties, HoldForDamagedConfigurations) {
  Tally tally;
  std::size_t mutants = 0;
  const auto& requests = support::enable_requests();
  support::for_each_configuration_mutant([&](const Input& mutant) {
    const support::Watched watched(mutant.name, mutant.bytes);
    const NamedRequest& named = requests[mutants++ % requests.size()];
    count(support::examine(mutant.name, mutant.bytes, named), mutant, named.name, tally);
    count(support::examine_disable(mutant.name, mutant.bytes), mutant, "disable", tally);
    return tally.broken < 10;
  });
  tally.print(fmt::format("{} mutants of configurations", mutants));
  tally.print_reasons();
  EXPECT_EQ(mutants, support::configuration_mutant_count());
  EXPECT_LE(tally.unproven.size(), mutants / 2000);
  EXPECT_GT(tally.patched, mutants / 5) << "too few survive the damage to show anything";
}

}  // namespace
}  // namespace kaudit
