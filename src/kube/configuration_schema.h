// The fields of a ClusterConfiguration as kubeadm decodes them, in each of its API versions.
//
// A table after cmd/kubeadm/app/apis/kubeadm/VERSION/types.go. Only what decides whether kubeadm
// can read a value stands here; what the values mean is somebody else's to say. Internal to kube/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kaudit::kube {

enum class ConfigurationType : std::uint8_t {
  Text,
  Bool,
  Duration,  // a text such as 4m0s
  TextList,
  BoolMap,
  ExtraArgs,     // a map of strings or a list of name and value
  ExtraVolumes,  // a list of HostPathMount
  ExtraEnvs,     // a list of EnvVar
  Struct,
};

struct ConfigurationField {
  std::string_view name;
  ConfigurationType type = ConfigurationType::Text;
  std::span<const ConfigurationField> fields = {};  // of a Struct
  int since = 1;                                    // of v1betaN the first that has it,
  int until = 99;                                   // and the last

  bool is_in(int beta) const { return since <= beta && beta <= until; }
};

std::span<const ConfigurationField> cluster_configuration_fields();
std::span<const ConfigurationField> api_server_fields();
std::span<const ConfigurationField> extra_volume_fields();

}  // namespace kaudit::kube
