// kaudit's reading of a text against libyaml's.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "property/watchdog.h"
#include "support/corpus.h"
#include "support/libyaml_referee.h"
#include "yaml/parse.h"

namespace kaudit {
namespace {

using support::Input;

struct Tally {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t differ = 0;
  std::map<std::string, std::vector<std::string>>
      refused_alone;  // message, inputs: libyaml takes them
};

// Adds a failure for each reading that differs.
void compare(const Input& input, Tally& tally) {
  const support::Watched watched(input.name, input.bytes);
  const auto source = std::make_shared<const text::SourceText>(input.name, input.bytes);
  const text::Result<yaml::Document> document = yaml::parse(source);
  const support::RefereeTree referee = support::read_with_libyaml(input.bytes);
  if (!document) {
    ++tally.refused;
    const std::string reason = support::without_numbers(document.error().message);
    if (referee.accepted) tally.refused_alone[reason].push_back(input.name);
    return;
  }
  ++tally.accepted;
  if (const auto found = support::difference(*document, referee)) {
    ++tally.differ;
    ADD_FAILURE() << input.name << ": " << *found << "\n" << support::printable(input.bytes);
  }
}

void print(std::string_view title, const Tally& tally) {
  std::size_t alone = 0;
  for (const auto& [message, names] : tally.refused_alone) alone += names.size();
  fmt::print("{}: {} accepted, {} refused, of these libyaml accepts {}\n", title, tally.accepted,
             tally.refused, alone);
  for (const auto& [message, names] : tally.refused_alone) {
    fmt::print("  {:5} {} (such as {})\n", names.size(), message, names.front());
  }
}

// Whether a file of testdata is to be refused, as its name says.
bool is_no_yaml(std::string_view name) {
  constexpr std::array<std::string_view, 4> kMarks{
      "refused", "policy-heredoc-mark/failing", "policy-syntax/failing", "policy-template/failing"};
  return std::ranges::any_of(
      kMarks, [&](std::string_view mark) { return name.find(mark) != std::string_view::npos; });
}

TEST(Parse, ReadsTheRepositorysManifestsAsLibyaml) {
  Tally tally;
  for (const Input& input : support::testdata_inputs()) {
    compare(input, tally);
    if (!is_no_yaml(input.name)) {
      EXPECT_TRUE(yaml::parse(std::make_shared<const text::SourceText>(input.name, input.bytes)))
          << input.name;
    }
  }
  print("testdata", tally);
  EXPECT_GT(tally.accepted, 200U);
}

TEST(Parse, ReadsRealManifestsAsLibyaml) {
  if (!support::corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  Tally pods;
  for (const Input& input : support::corpus_inputs("pods")) compare(input, pods);
  print("corpus/pods", pods);
  EXPECT_EQ(pods.refused, 0U) << "the kubelet reads them all";
  Tally others;
  for (const char* folder : {"kubeadm", "templated", "broken", "other"}) {
    for (const Input& input : support::corpus_inputs(folder)) compare(input, others);
  }
  print("corpus, all others", others);
}

TEST(Parse, ReadsTheTortureSetAsLibyaml) {
  if (!support::torture_directory())
    GTEST_SKIP() << "neither KAUDIT_TORTURE nor KAUDIT_CORPUS is set";
  Tally tally;
  for (const Input& input : support::torture_inputs()) compare(input, tally);
  print("torture", tally);
  EXPECT_GT(tally.accepted, 70U);
}

TEST(Parse, ReadsDamagedManifestsAsLibyaml) {
  Tally tally;
  std::size_t count = 0;
  support::for_each_mutant([&](const Input& mutant) {
    compare(mutant, tally);
    ++count;
    return tally.differ < 5;
  });
  print("mutants", tally);
  EXPECT_EQ(count, support::mutant_count());
  EXPECT_GT(tally.accepted, count / 10);
}

}  // namespace
}  // namespace kaudit
