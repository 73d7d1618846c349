#include "cli/node.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "host/node_path.h"
#include "host/posix_file_system.h"
#include "host/posix_process_table.h"
#include "yaml/parse.h"

namespace kaudit::cli {
namespace {

using text::Result;

// "/" and its spellings are this machine itself.
std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::optional<std::string> static_pod_path_of(std::string_view bytes) {
  const auto document =
      yaml::parse(std::make_shared<const text::SourceText>("", std::string(bytes)));
  if (!document || document->roots().empty()) return {};
  const yaml::NodeId root = document->roots().front();
  if (document->node(root).kind != yaml::Kind::Mapping) return {};
  const auto entry = document->find(root, "staticPodPath");
  if (!entry) return {};
  const std::string path(document->value(document->resolve(entry->value)));
  return path.empty() ? std::nullopt : std::optional(path);
}

}  // namespace

std::string absolute_path(const std::string& typed) {
  if (typed.starts_with('/')) return typed;
  std::array<char, PATH_MAX> buffer{};
  const char* here = ::getcwd(buffer.data(), buffer.size());
  return host::join(here == nullptr ? "/" : here, typed);
}

namespace {

// The longest beginning of `path` that is the root itself; its rest is what the node sees.
std::optional<std::string> rest_below(host::FileSystem& own, const host::FileIdentity& root,
                                      const std::string& path) {
  for (std::size_t end = path.size(); end > 0; end = path.rfind('/', end - 1)) {
    const auto here = own.status(path.substr(0, end));
    if (!here || here->identity != root) continue;
    const std::string rest = path.substr(end);
    return rest.starts_with('/') ? rest : "/" + rest;
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> path_on_node(Node& node, const std::string& typed) {
  if (node.at_root) return std::nullopt;
  const auto root = node.node_files->status("/");
  if (!root) return std::unexpected(root.error());
  const std::string path = absolute_path(typed);
  std::optional<std::string> rest = rest_below(node.own(), root->identity, path);
  if (!rest) {
    // A symlink of the operator's may lead there.
    const auto directory = node.own().canonical_path(host::parent_path(path));
    const auto target = node.own().canonical_path(path);
    if (target)
      rest = rest_below(node.own(), root->identity, *target);
    else if (directory)
      rest = rest_below(node.own(), root->identity, host::join(*directory, host::base_name(path)));
  }
  if (rest && (*rest + "/").find("/../") != std::string::npos) {
    return text::fail(text::ErrorKind::Usage,
                      fmt::format("{} has a '..' element behind --root", typed),
                      "write the path without it");
  }
  return rest;
}

Result<Node> open_node(const Options& options) {
  Node node;
  const std::string root = without_trailing_slashes(absolute_path(options.root));
  auto files = host::PosixFileSystem::open(root);
  if (!files) return std::unexpected(files.error());
  node.at_root = root == "/";
  node.node_files = std::move(*files);
  node.manifest_files = node.node_files.get();
  if (!node.at_root) {
    auto own = host::PosixFileSystem::open("/");
    if (!own) return std::unexpected(own.error());
    node.own_files = std::move(*own);
  }
  if (options.reads_stdin()) {
    node.shown_manifest = "<stdin>";
    return node;
  }
  node.manifest = absolute_path(options.manifest);
  node.shown_manifest = options.manifest_given || node.at_root
                            ? options.manifest
                            : node.node_files->shown(node.manifest);
  if (node.at_root || !options.manifest_given) return node;
  const auto on_node = path_on_node(node, options.manifest);
  if (!on_node) return std::unexpected(on_node.error());
  if (*on_node) {
    node.manifest = **on_node;
  } else if (options.manifest.starts_with('/') && node.node_files->status(node.manifest)) {
    node.shown_manifest = node.node_files->shown(node.manifest);
  } else {
    node.manifest_files = node.own_files.get();
  }
  return node;
}

Result<std::string> backup_directory(Node& node, const std::string& typed) {
  const auto on_node = path_on_node(node, typed);
  if (!on_node) return std::unexpected(on_node.error());
  if (*on_node) return **on_node;
  const bool own = node.manifest_files == &node.own();
  if (own || typed.starts_with('/')) return absolute_path(typed);
  return text::fail(text::ErrorKind::Usage,
                    fmt::format("--backup-dir={} does not lie below --root", typed),
                    "name a directory below it, or an absolute path of the node");
}

rollout::StaticPodPath find_static_pods(const Node& node) {
  const host::PosixProcessTable processes("/proc", host::StartTimes::Skip);
  const bool ask = node.at_root && node.node_files->status("/var/lib/kubelet").has_value();
  return rollout::find_static_pod_path(*node.node_files, ask ? &processes : nullptr,
                                       static_pod_path_of);
}

Liveness find_liveness(const Node& node, const rollout::StaticPodPath& static_pods) {
  Liveness found;
  found.static_pods = static_pods.path;
  if (node.manifest.empty()) return found;
  const auto canonical = node.manifest_files->canonical_path(node.manifest);
  if (!canonical) return found;
  found.canonical = *canonical;
  const bool of_node = node.manifest_files == node.node_files.get();
  found.live = of_node && rollout::is_live(*node.node_files, static_pods, *canonical);
  return found;
}

}  // namespace kaudit::cli
