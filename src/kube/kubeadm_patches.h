// The folder that `kubeadm --patches DIR` reads: which files count, what they change in the API
// server's Pod, and kaudit's own file among them.
//
// cmd/kubeadm/app/util/patches/patches.go (1.19 to 1.36): parseFilename, getPatchSetsFromPath.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/api_server.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::kube {

// A JSON patch, because only that type can append a flag: the others replace the whole command.
inline constexpr std::string_view kKauditPatchName = "kube-apiserver0-kaudit+json.yaml";

enum class PatchType : std::uint8_t { Strategic, Merge, Json };

// What kubeadm makes of a file's name.
struct PatchName {
  enum class Verdict : std::uint8_t {
    Patch,         // of the API server
    OfOthers,      // of another component: kubeadm reads it, too
    Ignored,       // of nothing that kubeadm of the release knows
    NotRead,       // meant for the API server, and skipped for its extension
    StopsKubeadm,  // an unknown type behind "+", whatever the component
  };
  Verdict verdict = Verdict::Ignored;
  PatchType type = PatchType::Strategic;

  bool operator==(const PatchName&) const = default;
};
PatchName parse_patch_name(std::string_view name, const KubernetesVersion& version);

// How kubeadm of a release is told the folder.
struct PatchesOption {
  std::string_view flag;  // of init, join, upgrade apply and upgrade node
  // The API version in which InitConfiguration and JoinConfiguration have patches.directory; "" for
  // releases that write none with it.
  std::string_view api_version = {};
  bool not_with_config = false;  // the flag is refused beside --config
  bool of_upgrade = false;       // UpgradeConfiguration has patches, too

  bool operator==(const PatchesOption&) const = default;
};
// Nothing before 1.19, which knows no patches.
std::optional<PatchesOption> patches_option(const KubernetesVersion& version);

// The paths at which a JSON patch appends. The lists are there in every Pod of kubeadm's.
inline constexpr std::string_view kCommandEnd = "/spec/containers/0/command/-";
inline constexpr std::string_view kMountsEnd = "/spec/containers/0/volumeMounts/-";
inline constexpr std::string_view kVolumesEnd = "/spec/volumes/-";

// An API server to which kaudit's file adds nothing yet: only what kubeadm itself mounts.
ApiServer empty_patch();

// What kaudit's file adds. Unsupported for anything that kaudit does not write there.
text::Result<ApiServer> read_kaudit_patch(const yaml::Document& document, FlagArityOf arity_of);

}  // namespace kaudit::kube
