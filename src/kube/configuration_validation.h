// What kubeadm would say about a file with a ClusterConfiguration: what it cannot read, and what it
// silently makes of the apiServer in it. All of it at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/span.h"
#include "yaml/document.h"

namespace kaudit::kube {

struct ConfigurationFault {
  enum class Kind : std::uint8_t {
    Undecodable,         // kubeadm stops
    Unread,              // kubeadm may not see the document at all
    WrongForm,           // so does it: extraArgs in the form of another API version
    Unquoted,            // so does it: a number or a boolean where every value is a string
    BadName,             // kubeadm writes an argument that kube-apiserver does not accept
    NullArgument,        // kubeadm writes an argument with an empty value
    UnknownField,        // kubeadm warns and ignores it
    DuplicateVolume,     // the last extraVolume of a name counts
    ReplacesKubeadms,    // an extraVolume takes the place of kubeadm's own
    MayReplaceKubeadms,  // of one that kubeadm writes on some hosts
    RepeatsKubeadms,     // and is the same
  };
  Kind kind = Kind::Undecodable;
  text::Span place;
  std::string path;  // "apiServer.extraArgs.audit-log-maxage"
  std::string message;
  std::string fix;
  std::optional<text::Span> related = {};  // of a duplicate the one that counts

  // No API server comes of it: kubeadm stops, or kube-apiserver does.
  bool is_fatal() const { return kind <= Kind::BadName; }

  bool operator==(const ConfigurationFault&) const = default;
};

// `root` is a ClusterConfiguration of an API version that kaudit knows. In the order of the file.
std::vector<ConfigurationFault> validate_configuration(const yaml::Document& document,
                                                       yaml::NodeId root);

}  // namespace kaudit::kube
