// Where the command works: the node's file system, the manifest in it, and what the kubelet makes
// of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/options.h"
#include "host/file_system.h"
#include "rollout/static_pod_path.h"
#include "text/result.h"

namespace kaudit::cli {

struct Node {
  std::unique_ptr<host::FileSystem> node_files;  // of --root
  std::unique_ptr<host::FileSystem> own_files;   // of this machine; null if that is the same
  host::FileSystem* manifest_files = nullptr;    // the one that `manifest` is a path of
  std::string manifest;                          // absolute; "" for standard input
  std::string shown_manifest;                    // as the operator knows it
  bool at_root = true;                           // --root is "/"

  // This machine's file system.
  host::FileSystem& own() { return own_files ? *own_files : *node_files; }
};

// Opens the node, and finds out which file --manifest names. With --root, a path below the root is
// the node's, and so is any absolute path that exists there; another one is this machine's.
text::Result<Node> open_node(const Options& options);

// If a typed path lies below --root, its path on the node: decided by what the directories on the
// way are, not by how they are spelled. Nothing if it lies elsewhere, or if the root is "/". A path
// that leaves the root again by ".." is refused.
text::Result<std::optional<std::string>> path_on_node(Node& node, const std::string& typed);

// Where --backup-dir leads, in the manifest's file system. With --root an absolute path that does
// not lie below it is the node's own.
text::Result<std::string> backup_directory(Node& node, const std::string& typed);

// A path that the operator typed (for instance -o FILE), absolute.
std::string absolute_path(const std::string& typed);

struct Liveness {
  bool live = false;                       // the kubelet runs this very file
  std::optional<std::string> static_pods;  // its static Pod directory or file, if known
  std::string canonical;                   // of the manifest
};

// Asks the running kubelet's arguments, too, where there is a kubelet's directory: a walk through
// /proc is not for a machine that never had one.
rollout::StaticPodPath find_static_pods(const Node& node);
Liveness find_liveness(const Node& node, const rollout::StaticPodPath& static_pods);
inline Liveness find_liveness(const Node& node) {
  return find_liveness(node, find_static_pods(node));
}

}  // namespace kaudit::cli
