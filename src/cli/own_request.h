// Requests of kaudit's own to the API server of this node.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/api_server_probe.h"
#include "host/file_system.h"
#include "kube/api_server.h"
#include "kube/health_endpoint.h"

namespace kaudit::cli {

// Where the file that a flag names lies on the host; nothing if it is not from the host.
std::optional<std::string> host_path_of(const kube::ApiServer& server, std::string_view flag_name);

// Asks there for the endpoint's path, and trusts the certificates that the flags name.
host::ProbeRequest probe_of(const host::FileSystem& files, const kube::ApiServer& server,
                            const kube::HealthEndpoint& endpoint);

// A path that nobody else asks for: "/kaudit-probe-4f2a…".
std::string random_uri();

}  // namespace kaudit::cli
