// What becomes of real manifests, of the torture set, and of what the kubelet is known to accept.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "property/patch_properties.h"
#include "property/watchdog.h"
#include "support/corpus.h"
#include "support/text_files.h"

namespace kaudit {
namespace {

using support::Input;

text::Result<edit::Patch> enable(const Input& input) {
  const support::Watched watched(input.name, input.bytes);
  return edit::patch(std::make_shared<const text::SourceText>(input.name, input.bytes), {});
}

std::string verdict_of(const text::Result<edit::Patch>& patch) {
  return !patch ? "refuse" : patch->changed() ? "patch" : "noop";
}

// Reasons for which a Pod of the corpus may be refused; every one was looked at.
bool is_looked_at(const std::string& message) {
  static const std::vector<std::string> kReasons = {
      // Flags live inside a shell's script; new list items would become the script's $0, $1.
      "is started by a shell script",
      // A dump of `kubectl get -o yaml`: the kubelet takes no List.
      "is of kind List, not a Pod",
  };
  return std::any_of(kReasons.begin(), kReasons.end(), [&](const std::string& reason) {
    return message.find(reason) != std::string::npos;
  });
}

TEST(Corpus, RealPodsArePatchedOrRefusedForAGoodReason) {
  if (!support::corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  std::size_t patched = 0;
  std::size_t unchanged = 0;
  std::vector<std::pair<std::string, std::string>> refused;
  for (const Input& input : support::corpus_inputs("pods")) {
    const auto patch = enable(input);
    if (!patch) {
      refused.emplace_back(input.name, patch.error().message);
      EXPECT_TRUE(is_looked_at(patch.error().message))
          << input.name << ": " << patch.error().message;
    } else {
      ++(patch->changed() ? patched : unchanged);
    }
  }
  fmt::print("corpus pods: {} patched, {} unchanged, {} refused\n", patched, unchanged,
             refused.size());
  for (const auto& [name, message] : refused) fmt::print("  {}: {}\n", name, message);
  EXPECT_LE(refused.size(), 12U);
  EXPECT_EQ(patched + unchanged + refused.size(), 89U);
}

// One of a version before v1beta1, and one whose feature-gates are a mapping, which kubeadm
// refuses.
TEST(Corpus, RealConfigurationsArePatchedOrRefusedForAGoodReason) {
  if (!support::corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  std::size_t patched = 0;
  std::vector<std::string> refused;
  for (const Input& input : support::corpus_inputs("kubeadm")) {
    const auto patch = enable(input);
    if (!patch) {
      refused.push_back(patch.error().message);
      fmt::print("  {}: {}\n", input.name, patch.error().message);
      continue;
    }
    ++patched;
    EXPECT_EQ(patch->api_server.kind, kube::DocumentKind::ClusterConfiguration) << input.name;
  }
  std::sort(refused.begin(), refused.end());
  EXPECT_EQ(refused, (std::vector<std::string>{
                         "apiServer.extraArgs.feature-gates is not a string",
                         "kaudit does not know the API version kubeadm.k8s.io/v1alpha3; it knows "
                         "v1beta1 to v1beta4"}));
  EXPECT_EQ(patched, 35U);
}

TEST(Corpus, WhatIsNoApiServerIsRefused) {
  if (!support::corpus_directory()) GTEST_SKIP() << "KAUDIT_CORPUS names no directory";
  std::size_t refused = 0;
  for (const char* folder : {"other", "broken"}) {
    for (const Input& input : support::corpus_inputs(folder)) {
      const auto patch = enable(input);
      EXPECT_FALSE(patch) << folder << "/" << input.name << " was not refused";
      if (!patch) fmt::print("  {}/{}: {}\n", folder, input.name, patch.error().message);
      ++refused;
    }
  }
  EXPECT_EQ(refused, 11U);
}

// Verdicts of the torture set that kaudit does not follow, each with its reason.
struct Deviation {
  std::string verdict;
  std::string reason;
};

const std::map<std::string, Deviation>& torture_deviations() {
  static const std::map<std::string, Deviation> kDeviations = {};
  return kDeviations;
}

TEST(Torture, EveryManifestMeetsItsVerdict) {
  if (!support::torture_directory())
    GTEST_SKIP() << "neither KAUDIT_TORTURE nor KAUDIT_CORPUS is set";
  std::size_t met = 0;
  for (const Input& input : support::torture_inputs()) {
    const std::filesystem::path file = *support::torture_directory() / input.name;
    const std::string expected =
        support::read_text_file(std::filesystem::path(file).replace_extension(".expect"));
    std::string verdict = expected.substr(0, expected.find(':'));
    const auto deviation = torture_deviations().find(input.name);
    if (deviation != torture_deviations().end()) verdict = deviation->second.verdict;
    const auto patch = enable(input);
    met += verdict_of(patch) == verdict ? 1U : 0U;
    EXPECT_EQ(verdict_of(patch), verdict)
        << input.name << ": " << (patch ? "" : patch.error().message) << "\n"
        << expected;
  }
  fmt::print("torture: {} as expected\n", met);
  EXPECT_GE(met, 100U);
}

TEST(Torture, KubeadmsOwnPairIsMetByteForByte) {
  const auto torture = support::torture_directory();
  if (!torture) GTEST_SKIP() << "neither KAUDIT_TORTURE nor KAUDIT_CORPUS is set";
  const auto patch = enable({"221", support::read_text_file(*torture / "221-kubeadm-plain.yaml")});
  ASSERT_TRUE(patch) << patch.error().message;
  EXPECT_EQ(patch->result->bytes(),
            support::read_text_file(*torture / "220-kubeadm-already-enabled.yaml"));
}

// The kubelet accepted these; kaudit refuses them all the same.
const std::map<std::string, std::string>& refused_vectors() {
  static const std::map<std::string, std::string> kRefused = {
      {"07-dup-key-command",
       "the second of the duplicate commands counts, and it runs something else"},
      {"08b-multidoc-garbage2nd",
       "later documents must be well-formed, or the end of the first is not certain"},
      {"10d-mountPath-root",
       "nothing can be mounted below a read-only mount of /, and the log must be"},
      {"20c-cmd-null",
       "a null in the command is a mistake that the kubelet happens to read as an empty word"},
      {"27-merge-key",
       "a merge key above the lists: the kubelet merges, an inserted list would hide the merged "
       "one"},
      {"28-json", "no API server: no command, and an image x"},
      {"28c-json-dup", "the same with a duplicate name"},
  };
  return kRefused;
}

TEST(Vectors, NothingThatTheKubeletAcceptsIsRefusedWithoutAReason) {
  const auto reference = support::reference_directory();
  if (!reference) GTEST_SKIP() << "neither KAUDIT_REFERENCE nor KAUDIT_CORPUS is set";
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const std::string& line :
       support::lines_of(support::read_text_file(*reference / "static-pod-decode-vectors.jsonl"))) {
    const auto vector = nlohmann::json::parse(line);
    const std::string name = vector.at("case").get<std::string>();
    if (!vector.at("accepted").get<bool>()) continue;
    ++accepted;
    const auto patch = enable({name, vector.at("input").get<std::string>()});
    refused += patch ? 0U : 1U;
    EXPECT_EQ(!patch, refused_vectors().contains(name))
        << name << ": " << (patch ? "patched" : patch.error().message);
    if (!patch) fmt::print("  {}: {}\n", name, patch.error().message);
  }
  fmt::print("vectors: the kubelet accepts {}, kaudit refuses {} of them\n", accepted, refused);
  EXPECT_EQ(refused, refused_vectors().size());
  EXPECT_GE(accepted, 40U);
}

}  // namespace
}  // namespace kaudit
