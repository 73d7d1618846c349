#include "kube/api_server.h"

#include <tuple>

namespace kaudit::kube {
namespace {

void add_implied(ApiServer& server, std::string_view name, const std::string& path,
                 text::Span place) {
  if (find_volume(server.volumes, name)) return;
  Volume volume;
  volume.name = name;
  volume.source = "hostPath";
  volume.host_path = HostPath{path, HostPathType::DirectoryOrCreate, {}, place, place};
  volume.span = volume.name_span = place;
  volume.implied = true;
  VolumeMount mount;
  mount.name = name;
  mount.mount_path = path;
  mount.read_only = true;
  mount.span = mount.name_span = mount.path_span = place;
  mount.read_only_span = mount.sub_path_span = place;
  mount.implied = true;
  server.volumes.push_back(std::move(volume));
  server.mounts.push_back(std::move(mount));
}

}  // namespace

void assume_release(ApiServer& server, const std::optional<KubernetesVersion>& release) {
  if (release && *release >= KubernetesVersion{1, 32, {}}) server.may_be_sorted = false;
}

const Flag* effective_if_sorted(const ApiServer& server, std::string_view name) {
  const Flag* last = nullptr;
  for (const Flag& flag : server.command_line.flags) {
    if (flag.name != name) continue;
    if (last == nullptr ||
        std::tie(flag.spelling, flag.value) >= std::tie(last->spelling, last->value))
      last = &flag;
  }
  return last;
}

bool is_unsettled(const ApiServer& server, std::string_view name) {
  if (!server.may_be_sorted) return false;
  const Flag* kept = server.command_line.effective(name);
  return kept != nullptr && kept->value != effective_if_sorted(server, name)->value;
}

void add_kubeadms_volumes(ApiServer& server, const std::string& certificates_directory,
                          text::Span place, text::Span certificates_place) {
  add_implied(server, "ca-certs", "/etc/ssl/certs", place);
  add_implied(server, "k8s-certs", certificates_directory, certificates_place);
}

}  // namespace kaudit::kube
