// Which files `kaudit check` looks at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/node.h"
#include "text/result.h"

namespace kaudit::cli {

struct ManifestFile {
  std::string name;                       // as the operator knows it; "-" is standard input
  bool is_named = true;                   // given by its name, not found in a directory
  std::optional<text::Error> error = {};  // it is a directory that cannot be read
};

// The files that one word of the command line stands for: itself, or for a directory the manifests
// in it and below it, sorted by name. There, names that begin with a dot and names without the
// extension of a manifest are passed over (but for those that begin with "kube-apiserver"), and
// links to directories are not followed.
text::Result<std::vector<ManifestFile>> manifest_files(const Options& options,
                                                       const std::string& word);

// Could these bytes run an API server at all? Files found in a directory that could not are not
// worth a word.
bool may_run_api_server(std::string_view bytes);

}  // namespace kaudit::cli
