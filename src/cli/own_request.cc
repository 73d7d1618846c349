#include "cli/own_request.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <array>

#include "check/check_host.h"
#include "kube/node_paths.h"

namespace kaudit::cli {
namespace {

using text::Result;

constexpr std::size_t kCertificateLimit = std::size_t{1} << 20;

// The server's own certificate, and the CA that kubeadm signs it with. Without the first nothing is
// trusted: a certificate may come from any CA, and a doubt about it must not take a change back.
std::string trusted_certificates(const host::FileSystem& files, const kube::ApiServer& server) {
  const auto own = host_path_of(server, "tls-cert-file");
  const auto bytes = own ? files.read_file(*own, kCertificateLimit) : Result<std::string>("");
  if (!bytes || bytes->empty()) return {};
  const auto ca = host_path_of(server, "client-ca-file");
  const auto more = ca ? files.read_file(*ca, kCertificateLimit) : Result<std::string>("");
  return *bytes + "\n" + more.value_or("");
}

// A name cannot be looked up; the API server of this node listens on the loopback, too.
bool is_numeric(std::string_view host) {
  return host == "localhost" || host.find_first_not_of("0123456789.") == std::string_view::npos ||
         (host.find(':') != std::string_view::npos &&
          host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos);
}

}  // namespace

std::optional<std::string> host_path_of(const kube::ApiServer& server, std::string_view flag_name) {
  const kube::Flag* flag = server.command_line.effective(flag_name);
  const auto path = flag == nullptr ? std::nullopt : kube::clean_path(flag->value);
  return path ? check::on_host(server, *path) : std::nullopt;
}

host::ProbeRequest probe_of(const host::FileSystem& files, const kube::ApiServer& server,
                            const kube::HealthEndpoint& endpoint) {
  host::ProbeRequest request;
  request.endpoint = {is_numeric(endpoint.host) ? endpoint.host : "127.0.0.1", endpoint.port,
                      endpoint.https};
  request.path = endpoint.path;
  request.trusted = trusted_certificates(files, server);
  return request;
}

std::string random_uri() {
  std::array<unsigned char, 8> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) < 0) bytes.fill(0x2a);
  std::string uri = "/kaudit-probe-";
  for (const unsigned char byte : bytes) uri += fmt::format("{:02x}", byte);
  return uri;
}

}  // namespace kaudit::cli
