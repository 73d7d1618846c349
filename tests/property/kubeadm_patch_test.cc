// The patch for kubeadm settles, whatever is in its folder already.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "edit/kubeadm_patch.h"
#include "kube/kubeadm_patches.h"
#include "property/patch_properties.h"
#include "support/corpus.h"
#include "support/mutate.h"

namespace kaudit {
namespace {

using edit::KubeadmPatchRequest;

std::shared_ptr<const text::SourceText> file(std::string name, std::string bytes) {
  return std::make_shared<const text::SourceText>(std::move(name), std::move(bytes));
}

std::shared_ptr<const text::SourceText> present(std::string bytes) {
  return file(std::string(kube::kKauditPatchName), std::move(bytes));
}

// What is taken comes to rest after one run; what is not is refused in words, never by the proof.
bool settles(const KubeadmPatchRequest& request, const std::string& what) {
  const auto patch = edit::kubeadm_patch(request);
  if (!patch) {
    const text::Error& error = patch.error().error;
    EXPECT_NE(error.kind, text::ErrorKind::Proof) << what << error.message;
    EXPECT_FALSE(error.message.empty() || error.hint.empty()) << what;
    EXPECT_TRUE(!error.place || patch.error().source) << what;
    return false;
  }
  KubeadmPatchRequest again = request;
  again.present = present(patch->bytes);
  const auto second = edit::kubeadm_patch(again);
  EXPECT_TRUE(second) << what << (second ? "" : second.error().error.message);
  if (second) {
    EXPECT_EQ(second->bytes, patch->bytes) << what;
    EXPECT_TRUE(second->plan.empty()) << what;
  }
  return true;
}

KubeadmPatchRequest request_of(const support::NamedRequest& named) {
  KubeadmPatchRequest request;
  request.plan = named.request.plan;
  request.plan.policy_sha256.reset();
  return request;
}

TEST(KubeadmPatch, SettlesForEveryRequestAfterEveryOther) {
  std::size_t taken = 0;
  for (const support::NamedRequest& first : support::enable_requests()) {
    const auto made = edit::kubeadm_patch(request_of(first));
    ASSERT_TRUE(made) << first.name << ": " << made.error().error.message;
    for (const support::NamedRequest& second : support::enable_requests()) {
      KubeadmPatchRequest request = request_of(second);
      request.present = present(made->bytes);
      // A host path for a log that is elsewhere by now is refused.
      taken += settles(request, first.name + ", then " + second.name) ? 1U : 0U;
    }
  }
  EXPECT_GT(taken, 50U);
}

TEST(KubeadmPatch, SettlesOverDamagedFilesOfItsOwn) {
  std::vector<std::string> seeds;
  for (const support::NamedRequest& named : support::enable_requests())
    seeds.push_back(edit::kubeadm_patch(request_of(named))->bytes);
  support::Mutator mutator(0x6B617564);
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < support::mutant_count() / 4 && !testing::Test::HasFailure(); ++i) {
    KubeadmPatchRequest request = request_of(support::enable_requests()[i % 3]);
    request.present = present(mutator.mutate(seeds[i % seeds.size()]));
    ++(settles(request, std::string(request.present->bytes())) ? taken : refused);
  }
  fmt::print("patches for kubeadm: {} taken, {} refused\n", taken, refused);
  EXPECT_GT(taken, 100U);
  EXPECT_GT(refused, 100U);
}

// Damaged patches that are about what kaudit's patch needs.
TEST(KubeadmPatch, TakesOrRefusesDamagedPatchesOfOthers) {
  const std::vector<std::string> seeds{
      "spec:\n  containers:\n  - name: kube-apiserver\n    args: [--v=4]\n    volumeMounts:\n"
      "    - {mountPath: /a, name: a}\n  - name: side\n    command: [x]\n  volumes: [{name: a}]\n",
      "# a\n---\n[{op: add, path: /spec/containers/-, value: {name: side}},\n {op: move, from: "
      "/spec/volumes/0, path: /spec/volumes/-}, {op: test, path: /spec/containers/0/command/0}]\n",
      "- op: replace\n  path: /spec/containers/0/command/3\n  value: --v=4\n---\n- op: remove\n"
      "  path: /spec/containers/0/volumeMounts/1/readOnly\n"};
  support::Mutator mutator(0x70617463);
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < support::mutant_count() / 4 && !testing::Test::HasFailure(); ++i) {
    const std::string mutant = mutator.mutate(seeds[i % seeds.size()]);
    for (const char* name :
         {"kube-apiserver.yaml", "kube-apiserver+merge.yaml", "kube-apiserver+json.yaml"}) {
      KubeadmPatchRequest request;
      std::vector<std::shared_ptr<const text::SourceText>>& others =
          i % 2 == 0 ? request.before : request.after;
      others.push_back(file(name, mutant));
      ++(settles(request, mutant) ? taken : refused);
    }
  }
  fmt::print("patches of others for kubeadm: {} taken, {} refused\n", taken, refused);
  EXPECT_GT(taken, 100U);
  EXPECT_GT(refused, 100U);
}

// Whatever else lies in the folder under a patch's name.
TEST(KubeadmPatch, TakesOrRefusesEveryOtherFile) {
  support::for_each_configuration_mutant([](const support::Input& mutant) {
    for (const char* name :
         {"kube-apiserver.yaml", "kube-apiserver+merge.yaml", "kube-apiserver+json.yaml"}) {
      KubeadmPatchRequest request;
      request.before.push_back(file(name, mutant.bytes));
      settles(request, mutant.name);
      std::swap(request.before, request.after);
      settles(request, mutant.name);
    }
    static std::size_t count = 0;
    return ++count < 1000 && !testing::Test::HasFailure();
  });
}

}  // namespace
}  // namespace kaudit
