#include "kube/configuration_schema.h"

#include <array>

namespace kaudit::kube {
namespace {

using F = ConfigurationField;
using enum ConfigurationType;

constexpr std::array kExtraVolume{F{"name"}, F{"hostPath"}, F{"mountPath"}, F{"readOnly", Bool},
                                  F{"pathType"}};
constexpr std::array kComponent{F{"extraArgs", ExtraArgs}, F{"extraVolumes", ExtraVolumes},
                                F{"extraEnvs", ExtraEnvs, {}, 4}};
constexpr std::array kApiServer{F{"extraArgs", ExtraArgs}, F{"extraVolumes", ExtraVolumes},
                                F{"extraEnvs", ExtraEnvs, {}, 4}, F{"certSANs", TextList},
                                F{"timeoutForControlPlane", Duration, {}, 1, 3}};
constexpr std::array kLocalEtcd{F{"imageRepository"},
                                F{"imageTag"},
                                F{"dataDir"},
                                F{"extraArgs", ExtraArgs},
                                F{"extraEnvs", ExtraEnvs, {}, 4},
                                F{"serverCertSANs", TextList},
                                F{"peerCertSANs", TextList}};
constexpr std::array kExternalEtcd{F{"endpoints", TextList}, F{"caFile"}, F{"certFile"},
                                   F{"keyFile"}};
constexpr std::array kEtcd{F{"local", Struct, kLocalEtcd}, F{"external", Struct, kExternalEtcd}};
constexpr std::array kNetworking{F{"serviceSubnet"}, F{"podSubnet"}, F{"dnsDomain"}};
constexpr std::array kDns{F{"type", Text, {}, 1, 2}, F{"imageRepository"}, F{"imageTag"},
                          F{"disabled", Bool, {}, 4}};
constexpr std::array kProxy{F{"disabled", Bool}};
constexpr std::array kRoot{F{"apiVersion"},
                           F{"kind"},
                           F{"etcd", Struct, kEtcd},
                           F{"networking", Struct, kNetworking},
                           F{"kubernetesVersion"},
                           F{"controlPlaneEndpoint"},
                           F{"apiServer", Struct, kApiServer},
                           F{"controllerManager", Struct, kComponent},
                           F{"scheduler", Struct, kComponent},
                           F{"dns", Struct, kDns},
                           F{"proxy", Struct, kProxy, 4},
                           F{"certificatesDir"},
                           F{"imageRepository"},
                           F{"useHyperKubeImage", Bool, {}, 1, 2},
                           F{"featureGates", BoolMap},
                           F{"clusterName"},
                           F{"encryptionAlgorithm", Text, {}, 4},
                           F{"certificateValidityPeriod", Duration, {}, 4},
                           F{"caCertificateValidityPeriod", Duration, {}, 4}};

}  // namespace

std::span<const ConfigurationField> cluster_configuration_fields() {
  return kRoot;
}

std::span<const ConfigurationField> api_server_fields() {
  return kApiServer;
}

std::span<const ConfigurationField> extra_volume_fields() {
  return kExtraVolume;
}

}  // namespace kaudit::kube
