// bytes → enable → proof, and bytes → check, under AddressSanitizer and UndefinedBehaviorSanitizer.
//
// Aborts not only when something crashes, but when an accepted input breaks P1 to P5. The first
// byte chooses the request, the rest is the manifest. yaml-cpp and libyaml are not instrumented.

#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "check/check_manifest.h"
#include "edit/kubeadm_patch.h"
#include "property/patch_properties.h"

namespace {

struct Counts {
  std::size_t patched = 0;
  std::size_t unchanged = 0;
  std::size_t refused = 0;
  std::size_t unproven = 0;
  std::size_t undone = 0;
};

Counts counts;

void print_counts() {
  std::fprintf(stderr,
               "patch_fuzzer: %zu patched (%zu undone to the byte), %zu unchanged, %zu refused, "
               "%zu unproven\n",
               counts.patched, counts.undone, counts.unchanged, counts.refused, counts.unproven);
}

void take(const kaudit::support::Examined& examined, std::string_view request) {
  using Outcome = kaudit::support::Examined::Outcome;
  counts.patched += examined.outcome == Outcome::Patched ? 1U : 0U;
  counts.unchanged += examined.outcome == Outcome::Unchanged ? 1U : 0U;
  counts.refused += examined.outcome == Outcome::Refused ? 1U : 0U;
  counts.unproven += examined.unproven ? 1U : 0U;
  counts.undone += examined.undone_exactly && examined.outcome == Outcome::Patched ? 1U : 0U;
  if (examined.unproven && std::getenv("KAUDIT_FUZZ_UNPROVEN") != nullptr) {
    std::fprintf(stderr, "unproven (%s): %s\n", std::string(request).c_str(),
                 examined.refusal.message.c_str());
    std::abort();
  }
  if (examined.broken.empty()) return;
  for (const std::string& line : examined.broken)
    std::fprintf(stderr, "broken (%s): %s\n", std::string(request).c_str(), line.c_str());
  std::abort();
}

// As kaudit's own file in a folder of kubeadm's patches, and as somebody else's.
void take_as_kubeadms(std::string_view bytes) {
  const auto file = [&](std::string_view name) {
    return std::make_shared<const kaudit::text::SourceText>(std::string(name), std::string(bytes));
  };
  kaudit::edit::KubeadmPatchRequest request;
  for (const char* name :
       {"kube-apiserver.yaml", "kube-apiserver+json.yaml", "kube-apiserver+merge.yaml"}) {
    request.before = request.after = {file(name)};
    (void)kaudit::edit::kubeadm_patch(request);
    request.before.clear();
    (void)kaudit::edit::kubeadm_patch(request);
  }
  request.after.clear();
  request.present = file("kube-apiserver0-kaudit+json.yaml");
  const auto patch = kaudit::edit::kubeadm_patch(request);
  if (patch || patch.error().error.kind != kaudit::text::ErrorKind::Proof) return;
  std::fprintf(stderr, "broken (kubeadm patch): %s\n", patch.error().error.message.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool kRegistered = std::atexit(print_counts) == 0;
  if (!kRegistered || size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  // Whatever can be read can be judged.
  kaudit::check::check_manifest(
      std::make_shared<const kaudit::text::SourceText>("fuzz", std::string(bytes)), {});
  take_as_kubeadms(bytes);
  const auto& requests = kaudit::support::enable_requests();
  const std::size_t chosen = data[0] % (requests.size() + 1);
  if (chosen == requests.size()) {
    take(kaudit::support::examine_disable("fuzz", bytes), "disable");
  } else {
    take(kaudit::support::examine("fuzz", bytes, requests[chosen]), requests[chosen].name);
  }
  return 0;
}
