// The kubeconfig of the audit webhook: which further files it makes the API server read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::audit {

// A file that a kubeconfig names.
struct ReferredFile {
  std::string field;  // certificate-authority, client-certificate, client-key or tokenFile
  std::string path;   // inside the container, absolute

  bool operator==(const ReferredFile&) const = default;
};

// The files of the current context's cluster and user; of all of them, where the current context
// cannot be resolved. A relative path is relative to the kubeconfig's own directory in the
// container (client-go, clientcmd/loader.go, ResolveLocalPaths). Data given inline needs no file.
// Errors: NotYaml, Unsupported.
text::Result<std::vector<ReferredFile>> files_of_kubeconfig(
    std::shared_ptr<const text::SourceText> source, const std::string& path_in_container);

}  // namespace kaudit::audit
