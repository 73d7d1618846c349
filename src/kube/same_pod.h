// Does the kubelet see the same Pod in two manifests?
#pragma once

#include "yaml/document.h"

namespace kaudit::kube {

// True if both files' first documents decode to equal values, so that the Pod's UID, a hash of it,
// stays and nothing is restarted (pkg/kubelet/config/common.go, applyDefaults): comments, quotes,
// indentation and the order of keys do not matter. May be false for Pods that are the same after
// defaults are filled in.
bool same_pod(const yaml::Document& a, const yaml::Document& b);

}  // namespace kaudit::kube
