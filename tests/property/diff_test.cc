// P7: the diff that a person sees, applied with patch(1), gives the bytes that are written.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "edit/patch.h"
#include "support/corpus.h"
#include "support/text_files.h"
#include "text/unified_diff.h"

namespace kaudit {
namespace {

using support::Input;

struct Patched {
  std::string name;
  std::string before;
  std::string after;
  std::string diff;
};

// All inputs that change, on enable and on disable, each under a number as its file name.
std::vector<Patched> patch_all(const std::vector<Input>& inputs) {
  std::vector<Patched> all;
  for (const Input& input : inputs) {
    for (const auto kind : {edit::PatchRequest::Kind::Enable, edit::PatchRequest::Kind::Disable}) {
      edit::PatchRequest request;
      request.kind = kind;
      const auto patch =
          edit::patch(std::make_shared<const text::SourceText>(input.name, input.bytes), request);
      if (!patch || !patch->changed()) continue;
      const std::string file = fmt::format("{}.yaml", all.size());
      all.push_back({input.name, input.bytes, std::string(patch->result->bytes()),
                     text::unified_diff(*patch->original, patch->edits, {file, file, 3, false})});
    }
  }
  return all;
}

// One run of patch(1) over all files.
void expect_patch_agrees(const std::vector<Patched>& all) {
  const support::TemporaryDirectory directory;
  std::string diffs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    support::write_text_file(directory.path() / fmt::format("{}.yaml", i), all[i].before);
    diffs += all[i].diff;
  }
  support::write_text_file(directory.path() / "diffs", diffs);
  const std::string command =
      fmt::format("cd '{}' && patch --binary --batch --fuzz=0 -p0 -i diffs >said 2>&1",
                  directory.path().string());
  EXPECT_EQ(std::system(command.c_str()), 0) << support::read_text_file(directory.path() / "said");
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(support::read_text_file(directory.path() / fmt::format("{}.yaml", i)), all[i].after)
        << all[i].name << "\n"
        << all[i].diff;
  }
}

bool has_patch() {
  return std::system("command -v patch >/dev/null 2>&1") == 0;
}

TEST(Diff, OfTheRepositorysManifestsIsTakenByPatch) {
  if (!has_patch()) GTEST_SKIP() << "there is no patch(1) here";
  const auto all = patch_all(support::testdata_inputs());
  EXPECT_GT(all.size(), 200U);
  expect_patch_agrees(all);
}

TEST(Diff, OfRealManifestsIsTakenByPatch) {
  if (!has_patch()) GTEST_SKIP() << "there is no patch(1) here";
  if (!support::corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  const auto all = patch_all(support::corpus_inputs("pods"));
  EXPECT_GT(all.size(), 70U);
  expect_patch_agrees(all);
}

TEST(Diff, OfTheTortureSetIsTakenByPatch) {
  if (!has_patch()) GTEST_SKIP() << "there is no patch(1) here";
  if (!support::torture_directory())
    GTEST_SKIP() << "neither KAUDIT_TORTURE nor KAUDIT_CORPUS is set";
  const auto all = patch_all(support::torture_inputs());
  EXPECT_GT(all.size(), 70U);
  expect_patch_agrees(all);
}

}  // namespace
}  // namespace kaudit
