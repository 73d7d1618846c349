#include "kube/health_endpoint.h"

#include <charconv>
#include <optional>

#include "kube/variable.h"

namespace kaudit::kube {
namespace {

using yaml::Document;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

// The value of a key, aliases followed; kNoNode if there is none or `mapping` is no mapping.
NodeId value_of(const Document& document, NodeId mapping, std::string_view key) {
  if (mapping == kNoNode || document.node(mapping).kind != Kind::Mapping) return kNoNode;
  const auto entry = document.find(mapping, key);
  return entry ? document.resolve(entry->value) : kNoNode;
}

std::string text_of(const Document& document, NodeId mapping, std::string_view key) {
  const NodeId id = value_of(document, mapping, key);
  if (id == kNoNode || document.node(id).kind != Kind::Scalar || document.is_null(id)) return {};
  return std::string(document.value(id));
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return {};
  return number;
}

std::optional<std::uint16_t> named_port(const Document& document, NodeId container,
                                        const std::string& name) {
  const NodeId ports = value_of(document, container, "ports");
  if (ports == kNoNode || document.node(ports).kind != Kind::Sequence) return {};
  for (const NodeId item : document.items(ports)) {
    const NodeId port = document.resolve(item);
    if (text_of(document, port, "name") == name)
      return port_number(text_of(document, port, "containerPort"));
  }
  return {};
}

std::optional<HealthEndpoint> from_probe(const Document& document, NodeId container,
                                         std::string_view probe) {
  const NodeId get = value_of(document, value_of(document, container, probe), "httpGet");
  const std::string port = text_of(document, get, "port");
  auto number = port_number(port);
  if (!number) number = named_port(document, container, port);
  if (get == kNoNode || port.empty() || !number) return {};
  HealthEndpoint endpoint;
  const std::string host = text_of(document, get, "host");
  if (!host.empty()) endpoint.host = host;
  endpoint.port = *number;
  endpoint.https = text_of(document, get, "scheme") == "HTTPS";  // the default is HTTP
  return endpoint;
}

std::string flag_value(const ApiServer& server, std::string_view name) {
  const Flag* flag = server.command_line.effective(name);
  return flag == nullptr ? std::string() : expand(flag->value, server.env).text;
}

}  // namespace

HealthEndpoint endpoint_of_flags(const ApiServer& server) {
  HealthEndpoint endpoint;
  const std::string address = flag_value(server, "bind-address");
  const bool is_any = address.empty() || address == "0.0.0.0" || address == "::";
  if (!is_any) endpoint.host = address;
  if (const auto port = port_number(flag_value(server, "secure-port"))) endpoint.port = *port;
  return endpoint;
}

HealthEndpoint health_endpoint(const Document& document, const PodManifest& pod,
                               const KubernetesVersion& version) {
  std::optional<HealthEndpoint> found;
  for (const std::string_view probe : {"readinessProbe", "livenessProbe", "startupProbe"}) {
    if (!found) found = from_probe(document, pod.container, probe);
  }
  HealthEndpoint endpoint = found ? *found : endpoint_of_flags(pod.api_server);
  // livez and readyz came with 1.16 (apiserver, pkg/server/healthz.go).
  constexpr KubernetesVersion kFirstReadyz{1, 16, {}};
  if (version < kFirstReadyz) endpoint.path = "/healthz";
  return endpoint;
}

std::string container_name(const Document& document, const PodManifest& pod) {
  return text_of(document, pod.container, "name");
}

}  // namespace kaudit::kube
