// Audit policies as a host has them.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "check/host_facts.h"
#include "kube/kubernetes_version.h"

namespace kaudit::support {

constexpr const char* kPolicyHead = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";

inline check::HostPolicy host_policy(std::string text) {
  auto source = std::make_shared<const text::SourceText>("policy.yaml", std::move(text));
  audit::LoadedPolicy loaded = audit::load_policy(source, kube::kNewestKnown);
  return {std::move(source), std::move(loaded)};
}

// With everything that kube-apiserver asks of one.
inline check::HostPolicy good_policy() {
  return host_policy(std::string(kPolicyHead) + "rules:\n- level: Metadata\n");
}

}  // namespace kaudit::support
