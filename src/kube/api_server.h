// How kube-apiserver is run: the view that every kind of document offers.
//
// Values with spans, and no word about the document's form. Planning, checking and reporting speak
// of this and never of YAML. Which flag is effective is a function of the flags, and which mount
// serves a path a function of the mounts; nothing here is joined or decided.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/command_line.h"
#include "kube/kubernetes_version.h"
#include "kube/volume.h"

namespace kaudit::kube {

struct Argument {
  std::string value;
  text::Span span;           // quotes included
  text::Span text;           // without quotes
  text::Span behind_equals;  // of `text` what stands behind the first "="; all of it without one
  bool in_args = false;      // of a container: listed under args, not command
  text::Span name = {};      // of a flag: its name as it is spelled here, dashes included

  bool operator==(const Argument&) const = default;
};

// A list that copies share and nobody changes, so that a Flag may point into it.
class Arguments {
 public:
  Arguments() : Arguments(std::vector<Argument>()) {}
  explicit Arguments(std::vector<Argument> list)
      : list_(std::make_shared<const std::vector<Argument>>(std::move(list))) {}

  std::size_t size() const { return list_->size(); }
  bool empty() const { return list_->empty(); }
  const Argument& operator[](std::size_t i) const { return (*list_)[i]; }
  const Argument& back() const { return list_->back(); }
  auto begin() const { return list_->begin(); }
  auto end() const { return list_->end(); }
  bool operator==(const Arguments& other) const { return *list_ == *other.list_; }

 private:
  std::shared_ptr<const std::vector<Argument>> list_;
};

// A VolumeMount of another container of the same Pod: it shares the Volumes, not the paths.
struct ForeignMount {
  std::string container;
  VolumeMount mount;

  bool operator==(const ForeignMount&) const = default;
};

// What the view was read from. A message may name a field by it; decisions hardly ever need it.
enum class DocumentKind : std::uint8_t { Pod, ClusterConfiguration };

// Where a new flag belongs among the others.
enum class FlagOrder : std::uint8_t {
  ByRelease,  // as kubeadm of the release writes a Pod
  Sorted,     // at its sorted place if the flags are sorted: their order says nothing
  Appended,   // at the end: their order is the one on the command line
};

struct ApiServer {
  DocumentKind kind = DocumentKind::Pod;
  FlagOrder flag_order = FlagOrder::ByRelease;
  std::string image;
  std::optional<KubernetesVersion> version;  // from the image's tag, or kubernetesVersion
  Arguments arguments;       // command and args, one list, as the kubelet joins them
  CommandLine command_line;  // indices refer to `arguments`
  // extraArgs of v1beta4: kubeadm 1.31 sorts them by name and value, later releases keep their
  // order, and which of them it will be is not known.
  bool may_be_sorted = false;
  // Those that are implied stand behind all others.
  std::vector<Volume> volumes;
  std::vector<VolumeMount> mounts;
  std::vector<ForeignMount> foreign_mounts;
  std::map<std::string, std::string, std::less<>> env;  // plain values only
  // Of the Pod; zero where nothing is said.
  std::string pod_namespace;
  std::string pod_name;
  std::optional<text::Span> uid;  // of metadata.uid, if there is one
  // Of readOnlyRootFilesystem, if it is true, and of runAsUser, if it is not 0.
  std::optional<text::Span> read_only_root;
  std::optional<text::Span> other_user;
  std::optional<std::string> policy_sha256;  // the annotation kaudit.io/policy-sha256
  long run_as_user = 0;
  long run_as_group = 0;
  std::vector<long> supplemental_groups;  // fsGroup, too

  // Where a flag's value stands, or the flag itself if it has none.
  text::Span value_span(const Flag& flag) const {
    const Argument& argument = arguments[flag.value_argument];
    return flag.form == FlagForm::Equals ? argument.behind_equals : argument.text;
  }
  // Of the effective one of that name; nothing if the flag is not there.
  std::optional<text::Span> value_span(std::string_view flag_name) const {
    const Flag* flag = command_line.effective(flag_name);
    return flag == nullptr ? std::nullopt : std::optional(value_span(*flag));
  }
};

// With a release of the API server that no kubeadm before 1.32 deploys, arguments keep their order.
void assume_release(ApiServer& server, const std::optional<KubernetesVersion>& release);

// Which of several flags of that normalised name counts where kubeadm sorts them by name and value
// (1.31, util/arguments.go, ArgumentsToCommand). Null if there is none.
const Flag* effective_if_sorted(const ApiServer& server, std::string_view name);

// Whether the value of that flag depends on kubeadm's release.
bool is_unsettled(const ApiServer& server, std::string_view name);

// Adds, as implied, what kubeadm mounts on every host (phases/controlplane/volumes.go,
// getHostPathVolumesForTheControlPlane), unless the API server has a Volume of that name. Further
// directories of certificates are mounted only on hosts that have them. `place` is where messages
// about them point, and `certificates_place` for the certificates' directory.
void add_kubeadms_volumes(ApiServer& server, const std::string& certificates_directory,
                          text::Span place, text::Span certificates_place);

// Set when a policy was replaced, so that the kubelet restarts the Pod.
inline constexpr std::string_view kPolicyAnnotation = "kaudit.io/policy-sha256";

}  // namespace kaudit::kube
