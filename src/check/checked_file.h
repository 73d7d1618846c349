// What judging one file gave: a manifest, or an audit policy.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "check/finding.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::check {

struct CheckedFile {
  std::shared_ptr<const text::SourceText>
      source;  // its name() is the file as the operator knows it
  // Why it could not be judged; then there are no findings.
  std::optional<text::Error> error;
  kube::KubernetesVersion version;  // whose rules were applied
  std::vector<Finding> findings;    // in the order of the file
};

}  // namespace kaudit::check
