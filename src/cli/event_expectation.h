// Whether the audit log must show a certain request of kaudit's, before it is made.
#pragma once

#include <optional>
#include <string>

#include "kube/api_server.h"
#include "kube/kubernetes_version.h"
#include "rollout/supervise.h"

namespace kaudit::cli {

// A GET of `uri`, a path that is no resource's, by nobody in particular. `log` is the log on the
// host, "" where events go into no file there; `policy` is the policy's text, absent where it could
// not be read.
rollout::FirstEvent expect_event(const kube::ApiServer& server,
                                 const kube::KubernetesVersion& version, std::string log,
                                 const std::optional<std::string>& policy, std::string uri);

}  // namespace kaudit::cli
