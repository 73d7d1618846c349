// The three things one does with an absolute path of the node as text. Nothing here looks at a
// disk, so symlinks and ".." are not resolved; FileSystem::canonical_path does that.
#pragma once

#include <string>
#include <string_view>

namespace kaudit::host {

// "/etc/kubernetes/x.yaml" gives "/etc/kubernetes"; "/x" and "/" give "/".
inline std::string parent_path(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "/";
  std::string_view parent = path.substr(0, slash);
  while (parent.size() > 1 && parent.back() == '/') parent.remove_suffix(1);
  return std::string(parent);
}

// "/etc/kubernetes/x.yaml" gives "x.yaml"; "/" gives "".
inline std::string base_name(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

// One slash between them, also below "/".
inline std::string join(std::string_view directory, std::string_view name) {
  std::string joined(directory);
  if (joined.empty() || joined.back() != '/') joined += '/';
  return joined.append(name);
}

}  // namespace kaudit::host
