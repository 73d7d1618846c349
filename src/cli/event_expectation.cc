#include "cli/event_expectation.h"

#include <memory>

#include "audit/go_value.h"
#include "audit/policy_load.h"
#include "audit/policy_match.h"
#include "check/check_api_server.h"

namespace kaudit::cli {
namespace {

using audit::Level;
using audit::Stage;

enum class Asker : std::uint8_t { Anonymous, Nobody };

// The level at which the policy records the request, None where it leaves out every stage that such
// a request has. Where authentication failed, the one event is of the stage ResponseStarted
// (apiserver, pkg/endpoints/filters/authn_audit.go, WithFailedAuthenticationAudit); it has had the
// others since 1.22, which then changes nothing.
Level level_for(const audit::Matcher& matcher, Asker asker, const std::string& path) {
  audit::RequestAttributes request;
  request.verb = "get";
  request.is_resource = false;
  request.path = path;
  request.has_user = asker == Asker::Anonymous;
  if (request.has_user) {
    request.user = "system:anonymous";
    request.groups = {"system:unauthenticated"};
  }
  const audit::Decision decision = matcher.evaluate(request);
  const audit::StageSet omitted = decision.omit_stages;
  const bool seen = request.has_user ? !omitted.contains(Stage::RequestReceived) ||
                                           !omitted.contains(Stage::ResponseComplete)
                                     : !omitted.contains(Stage::ResponseStarted);
  return seen ? decision.level : Level::None;
}

// AlwaysAllow, the default without a file of --authorization-config, turns anonymous requests off
// (kubeapiserver, pkg/kubeapiserver/options/authentication.go, ApplyAuthorization).
bool may_always_allow(const kube::ApiServer& server) {
  if (server.command_line.effective("authorization-config") != nullptr) return false;
  const kube::Flag* modes = server.command_line.effective("authorization-mode");
  return modes == nullptr || modes->value.find("AlwaysAllow") != std::string_view::npos;
}

// Which of the two asks: --anonymous-auth is true unless given. A file of --authentication-config
// may allow it for some paths only.
std::vector<Asker> askers(const kube::ApiServer& server) {
  if (server.command_line.effective("authentication-config") != nullptr)
    return {Asker::Anonymous, Asker::Nobody};
  const kube::Flag* flag = server.command_line.effective("anonymous-auth");
  const bool is_off = flag != nullptr && audit::parse_go_bool(flag->value) == false;
  if (is_off) return {Asker::Nobody};
  if (may_always_allow(server)) return {Asker::Anonymous, Asker::Nobody};
  return {Asker::Anonymous};
}

}  // namespace

rollout::FirstEvent expect_event(const kube::ApiServer& server,
                                 const kube::KubernetesVersion& version, std::string log,
                                 const std::optional<std::string>& policy, std::string uri) {
  rollout::FirstEvent event{.log = std::move(log), .uri = std::move(uri)};
  const audit::AuditSettings settings = check::effective_settings(server);
  if (event.log.empty()) {
    if (settings.has_log_backend() || settings.has_webhook_backend())
      event.why_not =
          "whether events arrive was not checked, because they go into no file on this host";
    return event;
  }
  if (settings.value(audit::AuditFlag::LogMode).value_or("blocking") == "batch")
    event.why_unsure = "events are written in batches";
  if (!policy) {
    event.why_unsure = "the policy could not be read";
    return event;
  }
  const auto source = std::make_shared<const text::SourceText>("", *policy);
  const audit::LoadedPolicy loaded = audit::load_policy(source, version);
  if (!loaded.is_loaded()) {
    event.why_unsure = "the policy may leave it out";
    return event;
  }
  const audit::Matcher matcher(*loaded.policy);
  std::vector<Level> levels;
  for (const Asker asker : askers(server)) levels.push_back(level_for(matcher, asker, event.uri));
  const bool same = levels.front() == levels.back();
  if (same && levels.front() == Level::None) {
    event.why_not =
        "whether events arrive was not checked, because the policy records no request that kaudit "
        "can make";
    event.log.clear();
  } else if (same) {
    event.level = audit::to_string(levels.front());
  } else if (event.why_unsure.empty()) {
    event.why_unsure = "the policy may leave it out";
  }
  return event;
}

}  // namespace kaudit::cli
