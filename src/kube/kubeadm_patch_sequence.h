// What the patches of a folder make of the API server's Pod, in the order in which kubeadm applies
// them, as far as kaudit's own patch depends on it.
//
// kubeadm applies one file after the other to the Pod that it has just generated
// (cmd/kubeadm/app/util/patches/patches.go, ApplyPatchesToTarget). That Pod is not known here, but
// its form is: one container, kube-apiserver, with a command, and lists of volumes and mounts. So a
// patch is not carried out but judged, and one whose effect cannot be told is refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/kubeadm_patches.h"

namespace kaudit::kube {

// What stands in the way: a sentence, with its place in the patch, and the way out.
struct PatchConflict {
  text::Span place;
  std::string message;
  std::string way_out;

  bool operator==(const PatchConflict&) const = default;
};

using IsAuditFlag = bool (*)(std::string_view normalized_name);

class PatchSequence {
 public:
  // `ours` is what kaudit's patch adds, and what kubeadm itself mounts; it must outlive this.
  PatchSequence(const ApiServer& ours, IsAuditFlag is_audit_flag);

  // The next file of kubeadm's order: the first thing in it that is in the way of kaudit's patch.
  std::optional<PatchConflict> apply(const yaml::Document& file, PatchType type);

  // Here kaudit's own comes.
  void apply_ours() { pod_.ours_is_applied = true; }

  struct Pod {
    std::vector<std::string> containers;  // names, in order
    bool ours_is_applied = false;
  };
  // What kaudit's patch needs to stay as it is: its own, and of kubeadm's what holds its files.
  struct Needs {
    std::vector<std::string> volumes;  // names
    std::vector<std::string> mounts;   // clean paths
    std::vector<std::string> files;    // clean paths that the flags name
    bool of_kubeadm = false;           // some of kubeadm's are among them
    IsAuditFlag is_audit_flag = nullptr;
  };

 private:
  Pod pod_;
  Needs needs_;
};

}  // namespace kaudit::kube
