#include "kube/node_paths.h"

#include <algorithm>

namespace kaudit::kube {
namespace {

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0 && path.substr(0, slash) != ".") parts.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

}  // namespace

bool is_clean_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  if (path.size() == 1) return true;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '/') continue;
    const std::string_view rest = path.substr(at + 1);
    // No component may be empty, "." or ".."; ".config" and "..data" are names.
    if (rest.empty() || rest[0] == '/') return false;
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part == "." || part == "..") return false;
  }
  return true;
}

std::optional<std::string> clean_path(std::string_view path) {
  if (path.empty()) return {};
  if (is_clean_path(path)) return std::string(path);
  std::string clean;
  for (std::string_view part : components(path)) {
    if (part == "..") return {};
    clean.append("/").append(part);
  }
  return clean.empty() ? "/" : clean;
}

bool is_at_or_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.starts_with('/');
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0: a bare word is its own base name
}

bool one_component_apart(std::string_view a, std::string_view b) {
  std::vector<std::string_view> longer = components(a);
  std::vector<std::string_view> shorter = components(b);
  if (longer.size() < shorter.size()) longer.swap(shorter);
  if (longer.size() != shorter.size() + 1) return false;
  const auto [differs, there] = std::mismatch(shorter.begin(), shorter.end(), longer.begin());
  return std::equal(differs, shorter.end(), there + 1);
}

bool is_dns1123_label(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 63) return false;
  if (!alphanumeric(name.front()) || !alphanumeric(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

}  // namespace kaudit::kube
