// What the kubelet finds wrong with a static Pod as a whole: values of the wrong type, which it
// cannot decode, and what its validation rejects. It then drops the Pod at the next listing.
//
// pkg/kubelet/config/common.go, tryDecodeSinglePod (non-strict decoding, then
// pkg/apis/core/validation, ValidatePodCreate).
#pragma once

#include <string>
#include <vector>

#include "kube/kubernetes_version.h"
#include "yaml/document.h"

namespace kaudit::kube {

struct PodFault {
  text::Span place;
  std::string path;     // "spec.containers[0].command[3]"
  std::string message;  // one sentence, no final full stop, that names the value
  std::string hint;     // the way out
};

// The faults of the Pod at `pod`, in the order of the file; empty if the kubelet of the release
// takes it. Unknown fields are no fault; of duplicate keys the last one counts; aliases and merge
// keys are followed. Kinds of fault that the rules about volumes and mounts report by themselves
// (see pod_validation.cc) are left to them. At most 100 are given.
std::vector<PodFault> validate_pod(const yaml::Document& document, yaml::NodeId pod,
                                   const KubernetesVersion& version);

}  // namespace kaudit::kube
