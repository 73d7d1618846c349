// Where a policy command finds its policy.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy_load.h"
#include "cli/options.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"

namespace kaudit::cli {

struct PolicyText {
  std::shared_ptr<const text::SourceText> source;  // named as the operator knows it
  kube::KubernetesVersion version;                 // whose rules apply
};

// The refusal of a preset that there is not; it offers the nearest one.
text::Error unknown_preset(std::string_view name);

// `word` of the command line: a file of this machine, "-" for standard input, "preset:NAME".
text::Result<PolicyText> read_policy(const Options& options, const std::string& word);

// The policy that the manifest names, from this host; of the release of its image.
text::Result<PolicyText> read_policy_of_manifest(const Options& options);

// The files that a word stands for: itself, or the policies in a directory and below it.
text::Result<std::vector<std::string>> policy_files(const Options& options,
                                                    const std::string& word);

// A policy that a kube-apiserver of the release starts with.
struct UsablePolicy {
  PolicyText text;
  audit::LoadedPolicy loaded;

  const audit::AuditPolicy& policy() const { return *loaded.policy; }
};

// Of the command's only file, else of the manifest. `source` is set, as far as there is one, for
// the Error's place.
text::Result<UsablePolicy> use_policy(text::Result<PolicyText> text,
                                      std::shared_ptr<const text::SourceText>& source);

}  // namespace kaudit::cli
