// Paths as Kubernetes compares them: lexically, never by looking at a disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kaudit::kube {

// "//", "/./" and a trailing "/" collapse. A relative path is taken as the kubelet takes a
// mountPath (kubelet_pods.go, makeMounts): below "/". Nothing for an empty path, and for one with
// a ".." element, which no check here may follow.
std::optional<std::string> clean_path(std::string_view path);

// Whether clean_path would give the path as it is.
bool is_clean_path(std::string_view path);

// Whether `path` is `directory` or lies below it, by whole components: /var/log/audit does not hold
// /var/log/audit2. Both must be clean.
bool is_at_or_below(std::string_view path, std::string_view directory);

// Of a clean path: "/a/b" gives "/a" and "b"; "/a" gives "/" and "a"; "/" gives "/" and "".
std::string parent_path(std::string_view path);
std::string_view base_name(std::string_view path);

// Whether one path becomes the other by leaving out exactly one component. Both must be clean.
bool one_component_apart(std::string_view a, std::string_view b);

// A DNS-1123 label: what the name of a volume must be (apimachinery, IsDNS1123Label).
bool is_dns1123_label(std::string_view name);

}  // namespace kaudit::kube
