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
    OfOthers,      // of another component, or of nothing
    NotRead,       // meant for the API server, and skipped for its extension
    StopsKubeadm,  // an unknown type behind "+"
  };
  Verdict verdict = Verdict::OfOthers;
  PatchType type = PatchType::Strategic;

  bool operator==(const PatchName&) const = default;
};
PatchName parse_patch_name(std::string_view name);

// The flag of kubeadm's commands; nothing before 1.19, which had none.
std::optional<std::string_view> patches_flag(const KubernetesVersion& version);

// The paths at which a JSON patch appends. The lists are there in every Pod of kubeadm's.
inline constexpr std::string_view kCommandEnd = "/spec/containers/0/command/-";
inline constexpr std::string_view kMountsEnd = "/spec/containers/0/volumeMounts/-";
inline constexpr std::string_view kVolumesEnd = "/spec/volumes/-";

// An API server to which kaudit's file adds nothing yet: only what kubeadm itself mounts.
ApiServer empty_patch();

// What kaudit's file adds. Unsupported for anything that kaudit does not write there.
text::Result<ApiServer> read_kaudit_patch(const yaml::Document& document, FlagArityOf arity_of);

// What another patch of the folder changes that `ours` needs as it is: a sentence, with its place.
struct PatchConflict {
  text::Span place;
  std::string message;

  bool operator==(const PatchConflict&) const = default;
};
using IsAuditFlag = bool (*)(std::string_view normalized_name);
std::optional<PatchConflict> find_conflict(const yaml::Document& document, PatchType type,
                                           const ApiServer& ours, IsAuditFlag is_audit_flag);

}  // namespace kaudit::kube
