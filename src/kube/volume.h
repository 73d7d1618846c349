// Volumes and VolumeMounts, unjoined, as a Pod lists them, and which of them serves a path.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/span.h"

namespace kaudit::kube {

// core/v1 HostPathType. Unset is absent, null or "": no check at all. Invalid is any other word.
enum class HostPathType : std::uint8_t {
  Unset,
  DirectoryOrCreate,
  Directory,
  FileOrCreate,
  File,
  Socket,
  CharDevice,
  BlockDevice,
  Invalid,
};

std::string_view to_string(HostPathType type);
HostPathType host_path_type(std::string_view word);
// Types under which the kubelet wants (or makes) a directory.
bool wants_directory(HostPathType type);

struct HostPath {
  std::string path;
  HostPathType type = HostPathType::Unset;
  std::string unknown_type;  // the word, where the type is Invalid
  text::Span path_span;
  text::Span type_span;  // of the hostPath where there is no type

  bool operator==(const HostPath&) const = default;
};

struct Volume {
  std::string name;
  std::optional<HostPath> host_path;  // absent: from somewhere else, see `source`
  std::string source;                 // "hostPath", "emptyDir", …; "" if none is named
  text::Span span;
  text::Span name_span;
  bool implied = false;  // not in the document: kubeadm adds it to the Pod

  bool operator==(const Volume&) const = default;
};

struct VolumeMount {
  std::string name;  // of the volume
  std::string mount_path;
  bool read_only = false;
  std::string sub_path;
  bool has_sub_path_expr = false;
  text::Span span;
  text::Span name_span;
  text::Span path_span;
  text::Span read_only_span;  // of the mount where there is no readOnly
  text::Span sub_path_span;   // of the mount where there is no subPath and no subPathExpr
  bool implied = false;       // not in the document: kubeadm adds it to the Pod

  bool operator==(const VolumeMount&) const = default;
};

// What serves a path inside the container.
struct Coverage {
  std::size_t mount = 0;              // index into the mounts
  std::optional<std::size_t> volume;  // index into the volumes; absent: the mount names none
  bool exact = false;                 // the mount point is the path itself
  std::optional<std::string> host;    // where the path lies on the host; absent: not from the host
};

// The effective mount of a clean path: the longest mountPath that holds it by whole components,
// of equal ones the last (containerd sorts mounts by depth, stably, and a later one hides an
// earlier one). Nothing where the path lies in the container's own file system.
std::optional<Coverage> coverage(std::string_view path, std::span<const VolumeMount> mounts,
                                 std::span<const Volume> volumes);

// The name of a Volume that kubeadm itself writes (phases/controlplane/volumes.go): never
// auditing's.
bool is_kubeadms_volume(std::string_view name);

// The first one of that name; nothing without a name, which is what one that is no string reads as.
std::optional<std::size_t> find_volume(std::span<const Volume> volumes, std::string_view name);

}  // namespace kaudit::kube
