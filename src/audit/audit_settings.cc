#include "audit/audit_settings.h"

#include <algorithm>

#include "audit/go_value.h"

namespace kaudit::audit {
namespace {

template <typename T>
std::optional<T> value_or_nothing(const GoResult<T>& result) {
  return result ? std::optional<T>(*result) : std::nullopt;
}

template <typename T>
bool both_read_the_same(const GoResult<T>& a, const GoResult<T>& b) {
  return a && b && *a == *b;
}

// "/a//b/./c" as "/a/b/c". ".." stays: what it means depends on symlinks. A slash at the end stays
// too: with it the path cannot be a file.
std::string without_empty_components(std::string_view path) {
  std::string cleaned = "/";
  const bool slash_at_end = path.ends_with('/');
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (component.empty() || component == ".") continue;
    if (!cleaned.ends_with('/')) cleaned.push_back('/');
    cleaned.append(component);
  }
  if (slash_at_end && !cleaned.ends_with('/')) cleaned.push_back('/');
  return cleaned;
}

bool is_same_path(std::string_view a, std::string_view b) {
  // A relative path is left as it is: "./-" is a file, and "-" is standard output.
  return a.starts_with('/') && b.starts_with('/') &&
         without_empty_components(a) == without_empty_components(b);
}

}  // namespace

bool is_unresolved(std::string_view value) {
  return value.find("$(") != std::string_view::npos || value.find("$$") != std::string_view::npos;
}

void AuditSettings::set(AuditFlag flag, std::string value) {
  slot(flag) = std::move(value);
}

void AuditSettings::erase(AuditFlag flag) {
  slot(flag).reset();
}

bool AuditSettings::empty() const {
  return std::ranges::none_of(values_, [](const auto& value) { return value.has_value(); });
}

std::vector<AuditFlag> AuditSettings::flags() const {
  std::vector<AuditFlag> set;
  for (const FlagInfo& flag : all_flags()) {
    if (has(flag.flag)) set.push_back(flag.flag);
  }
  return set;
}

std::optional<std::string_view> AuditSettings::value(AuditFlag flag) const {
  const std::optional<std::string>& text = slot(flag);
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::string_view AuditSettings::effective(AuditFlag flag,
                                          const kube::KubernetesVersion& version) const {
  const std::optional<std::string>& text = slot(flag);
  return text ? std::string_view(*text) : info(flag).default_in(version);
}

std::optional<std::int64_t> AuditSettings::integer(AuditFlag flag,
                                                   const kube::KubernetesVersion& version) const {
  if (!info(flag).known_in(version)) return std::nullopt;
  return value_or_nothing(parse_go_int(effective(flag, version)));
}

std::optional<bool> AuditSettings::boolean(AuditFlag flag,
                                           const kube::KubernetesVersion& version) const {
  if (!info(flag).known_in(version)) return std::nullopt;
  return value_or_nothing(parse_go_bool(effective(flag, version)));
}

std::optional<float> AuditSettings::number(AuditFlag flag,
                                           const kube::KubernetesVersion& version) const {
  if (!info(flag).known_in(version)) return std::nullopt;
  return value_or_nothing(parse_go_float32(effective(flag, version)));
}

std::optional<std::chrono::nanoseconds> AuditSettings::duration(
    AuditFlag flag, const kube::KubernetesVersion& version) const {
  if (!info(flag).known_in(version)) return std::nullopt;
  return value_or_nothing(parse_go_duration(effective(flag, version)));
}

bool same_value(AuditFlag flag, std::string_view a, std::string_view b) {
  if (a == b) return true;
  switch (info(flag).type) {
    case FlagType::String:
      return info(flag).is_path() && is_same_path(a, b);
    case FlagType::Int:
    case FlagType::Int64:
      return both_read_the_same(parse_go_int(a), parse_go_int(b));
    case FlagType::Float32:
      return both_read_the_same(parse_go_float32(a), parse_go_float32(b));
    case FlagType::Bool:
      return both_read_the_same(parse_go_bool(a), parse_go_bool(b));
    case FlagType::Duration:
      return both_read_the_same(parse_go_duration(a), parse_go_duration(b));
  }
  return false;
}

}  // namespace kaudit::audit
