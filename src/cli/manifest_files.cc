#include "cli/manifest_files.h"

#include <algorithm>
#include <array>

#include "host/node_path.h"

namespace kaudit::cli {
namespace {

using text::Result;

bool has_manifest_name(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kExtensions = {".yaml", ".yml", ".json",
                                                                  ".manifest"};
  // Copies such as kube-apiserver.yaml.bak, which the kubelet reads as well.
  if (name.starts_with("kube-apiserver")) return true;
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view extension) { return name.ends_with(extension); });
}

class Walk {
 public:
  explicit Walk(const host::FileSystem& files) : files_(files) {}

  // `path` is canonical, `name` what the operator calls it.
  void enter(const std::string& path, const std::string& name) {
    const auto entries = files_.list_directory(path);
    if (!entries) {
      found.push_back({name, false, entries.error()});
      return;
    }
    for (const std::string& entry : *entries) {
      if (entry.starts_with('.')) continue;
      const std::string below = host::join(path, entry);
      const auto status = files_.status(below);
      if (!status) continue;  // a dangling link, or gone meanwhile
      if (status->kind == host::FileKind::Directory) {
        const auto canonical = files_.canonical_path(below);
        if (!canonical || *canonical != below) continue;
        enter(below, host::join(name, entry));
      } else if (status->kind == host::FileKind::Regular && has_manifest_name(entry)) {
        found.push_back({host::join(name, entry), false});
      }
    }
  }

  std::vector<ManifestFile> found;

 private:
  const host::FileSystem& files_;
};

}  // namespace

Result<std::vector<ManifestFile>> manifest_files(const Options& options, const std::string& word) {
  std::vector<ManifestFile> itself{{word, true}};
  if (word == "-") return itself;
  Options of_word = options;
  of_word.manifest = word;
  of_word.manifest_given = true;
  const Result<Node> node = open_node(of_word);
  if (!node) return std::unexpected(node.error());
  const auto status = node->manifest_files->status(node->manifest);
  if (!status || status->kind != host::FileKind::Directory) return itself;
  const auto canonical = node->manifest_files->canonical_path(node->manifest);
  if (!canonical) return std::unexpected(canonical.error());
  Walk walk(*node->manifest_files);
  walk.enter(*canonical, word);
  return std::move(walk.found);
}

bool may_run_api_server(std::string_view bytes) {
  return bytes.find("kube-apiserver") != std::string_view::npos ||
         bytes.find("hyperkube") != std::string_view::npos ||
         (bytes.find("ClusterConfiguration") != std::string_view::npos &&
          bytes.find("kubeadm.k8s.io/") != std::string_view::npos);
}

}  // namespace kaudit::cli
