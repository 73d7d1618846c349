// How kubeadm is told the folder of patches: the lines of `kaudit kubeadm patch --print-command`.
#pragma once

#include <string>

#include "kube/kubeadm_patches.h"

namespace kaudit::cli {

struct KubeadmLines {
  kube::PatchesOption option;
  std::string directory;  // absolute: kubeadm may be run anywhere
  std::string target;     // of `upgrade apply`: "v1.31.4", or a placeholder
};

// Commands for a shell; and in comments, what goes into a file that kubeadm is given with --config.
std::string to_text(const KubeadmLines& lines);

// One JSON object: {schemaVersion, command, directory, commands, flagWithConfig, configuration}.
// `commands` are lists of words; `configuration` are the documents that say the same, none for a
// release that has no field for it; with flagWithConfig, the flag may stand beside --config.
std::string to_json(const KubeadmLines& lines);

}  // namespace kaudit::cli
