// Which Kubernetes release's rules apply. kaudit's rules change with minor releases only; the patch
// is kept because a person wants to read back what the image says.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace kaudit::kube {

struct KubernetesVersion {
  int major = 1;
  int minor = 0;
  std::optional<int> patch;

  // "1.30" or "1.30.2".
  std::string text() const;
  // "1.30": what rules and messages speak of.
  std::string release() const;

  bool operator==(const KubernetesVersion&) const = default;
  // By major, minor, patch. A version without a patch is below every patch of its release, so that
  // `version >= KubernetesVersion{1, 24}` holds for all of 1.24, and `version < {1, 19}` for none
  // of 1.19.
  constexpr std::strong_ordering operator<=>(const KubernetesVersion& other) const {
    if (const auto order = major <=> other.major; order != 0) return order;
    if (const auto order = minor <=> other.minor; order != 0) return order;
    return patch.value_or(-1) <=> other.patch.value_or(-1);
  }
};

// The newest release whose rules kaudit knows; it stands in where no version can be told.
inline constexpr KubernetesVersion kNewestKnown{1, 36, {}};

// Reads "1.30", "v1.30" or "v1.30.2", with anything behind "-", "+" or "_" ("v1.10.4_coreos.0",
// "1.31.0-rc.1", "v1.30.2+k3s1"). Nothing for other text, and for a major version that is not 1:
// there has been none, and OpenShift's 4.x is counted differently.
std::optional<KubernetesVersion> parse_kubernetes_version(std::string_view text);

// The version in the tag of a container image such as
// "registry.example:5000/kube-apiserver:v1.30.2@sha256:…". The digest and the registry's port are
// not the tag. Nothing if there is no tag or it is not a version.
std::optional<KubernetesVersion> version_of_image(std::string_view image);

}  // namespace kaudit::kube
