#include "kube/kubernetes_version.h"

namespace kaudit::kube {
namespace {

// Takes a decimal number from the front of `rest`; no sign, at most four digits.
std::optional<int> take_number(std::string_view& rest) {
  std::size_t digits = 0;
  int number = 0;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
    if (digits == 4) return std::nullopt;
    number = number * 10 + (rest[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  rest.remove_prefix(digits);
  return number;
}

bool ends_or_has_suffix(std::string_view rest) {
  return rest.empty() || rest.front() == '-' || rest.front() == '+' || rest.front() == '_';
}

}  // namespace

std::string KubernetesVersion::release() const {
  return std::to_string(major) + "." + std::to_string(minor);
}

std::string KubernetesVersion::text() const {
  return patch ? release() + "." + std::to_string(*patch) : release();
}

std::optional<KubernetesVersion> parse_kubernetes_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::optional<int> major = take_number(text);
  if (major != 1 || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int> minor = take_number(text);
  if (!minor) return std::nullopt;
  KubernetesVersion version{*major, *minor, {}};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    version.patch = take_number(text);
    if (!version.patch) return std::nullopt;
  }
  if (!ends_or_has_suffix(text)) return std::nullopt;
  return version;
}

std::optional<KubernetesVersion> version_of_image(std::string_view image) {
  image = image.substr(0, image.find('@'));
  if (const std::size_t slash = image.rfind('/'); slash != std::string_view::npos) {
    image.remove_prefix(slash + 1);
  }
  const std::size_t colon = image.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return parse_kubernetes_version(image.substr(colon + 1));
}

}  // namespace kaudit::kube
