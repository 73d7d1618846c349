// Where a static Pod's API server answers whether it is well.
#pragma once

#include <cstdint>
#include <string>

#include "kube/pod_manifest.h"
#include "yaml/document.h"

namespace kaudit::kube {

struct HealthEndpoint {
  std::string host = "127.0.0.1";  // as written, or the loopback address
  std::uint16_t port = 6443;
  bool https = true;
  std::string path = "/readyz";

  bool operator==(const HealthEndpoint&) const = default;
};

// Address, port and scheme of the first of readinessProbe, livenessProbe and startupProbe that is a
// httpGet with a port; a port that is a name is looked up in `ports`; no host is the loopback
// address, because an API server uses the host's network. Else --bind-address and --secure-port.
// The path is /readyz, of releases before 1.16, which lack it, /healthz.
HealthEndpoint health_endpoint(const yaml::Document& document, const PodManifest& pod,
                               const KubernetesVersion& version);

// Where the flags say that it listens; the loopback address where that is every address.
HealthEndpoint endpoint_of_flags(const ApiServer& server);

// The name of the API server's container; "" if it has none.
std::string container_name(const yaml::Document& document, const PodManifest& pod);

}  // namespace kaudit::kube
