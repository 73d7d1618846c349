#include "audit/recorded_event.h"

#include <algorithm>
#include <array>

namespace kaudit::audit {
namespace {

using Words = std::array<std::string_view, 4>;

// The handlers of these upgrade the connection or pass it on; nothing is decoded.
bool is_connection(const RequestAttributes& request) {
  static constexpr Words kConnections{"exec", "attach", "portforward", "proxy"};
  return request.is_resource &&
         (request.verb == "proxy" ||
          std::ranges::find(kConnections, request.subresource) != kConnections.end());
}

// pkg/server/filters/longrunning.go, BasicLongRunningRequestCheck, with what kube-apiserver gives
// it (cmd/kube-apiserver/app/server.go): these also say when their answer begins.
bool is_long_running(const RequestAttributes& request) {
  if (!request.is_resource) return request.path.starts_with("/debug/pprof/");
  return request.verb == "watch" || request.subresource == "log" || is_connection(request);
}

// Of every level: why there is no body in the event of such a request; "" where there can be one.
std::string_view bodiless(const RequestAttributes& request) {
  if (!request.has_user) return "the event of a failed authentication has none";
  if (!request.is_resource) return "only bodies of resources are ever recorded";
  if (is_connection(request)) return "a connection has none";
  if (is_aggregated(request.api_group)) return "an aggregated API server answers, and it passes by";
  return {};
}

RecordedBody request_body(const RequestAttributes& request) {
  if (const std::string_view why = bodiless(request); !why.empty()) return {false, why};
  if (request.verb == "create" || request.verb == "update")
    return {true, "the object as it was sent"};
  if (request.verb == "patch") return {true, "the patch as it was sent"};
  if (request.verb == "delete" || request.verb == "deletecollection")
    return {true, "the DeleteOptions, if any are sent"};
  return {false, "reading sends none"};
}

RecordedBody response_body(const RequestAttributes& request) {
  if (const std::string_view why = bodiless(request); !why.empty()) return {false, why};
  if (request.verb == "watch") return {false, "what a watch tells is never recorded"};
  if (request.subresource == "log") return {false, "a stream is never recorded"};
  if (request.verb == "get") return {true, "the object"};
  if (request.verb == "list") return {true, "the whole list"};
  if (request.verb == "delete" || request.verb == "deletecollection")
    return {true, "what was deleted, or a Status"};
  if (request.verb.empty()) return {false, "no object answers it"};
  return {true, "the object as it is afterwards"};
}

// WithAudit; for a failed authentication pkg/endpoints/filters/authn_audit.go.
StageSet stages_of(const RequestAttributes& request, const Decision& decision) {
  StageSet stages;
  if (decision.level == Level::None) return stages;
  const auto add = [&](Stage stage) {
    if (!decision.omit_stages.contains(stage)) stages.insert(stage);
  };
  if (!request.has_user) {
    add(Stage::ResponseStarted);
    return stages;
  }
  add(Stage::RequestReceived);
  if (is_long_running(request)) add(Stage::ResponseStarted);
  add(Stage::ResponseComplete);
  add(Stage::Panic);
  return stages;
}

// pkg/audit/request.go, LogRequestObject and LogResponseObject: both come to the event after its
// first stage, and what streams has none.
RecordedBody at_level(RecordedBody body, Level needed, const Decision& decision, StageSet stages) {
  if (!body.is_recorded) return body;
  if (decision.level < needed) {
    return {false, needed == Level::Request ? "the level is below Request"
                                            : "the level is below RequestResponse"};
  }
  if (!stages.contains(Stage::ResponseComplete))
    return {false, "only the event at ResponseComplete has one"};
  return body;
}

}  // namespace

bool RecordedEvent::is_written() const {
  return stages.contains(Stage::RequestReceived) || stages.contains(Stage::ResponseStarted) ||
         stages.contains(Stage::ResponseComplete);
}

RecordedEvent recorded_event(const RequestAttributes& request, const Decision& decision) {
  RecordedEvent event;
  event.stages = stages_of(request, decision);
  event.request = at_level(request_body(request), Level::Request, decision, event.stages);
  event.response = at_level(response_body(request), Level::RequestResponse, decision, event.stages);
  const bool sends_object = request.verb == "create" || request.verb == "update";
  if ((event.request.is_recorded && sends_object) || event.response.is_recorded)
    event.managed_fields = !decision.omit_managed_fields;
  return event;
}

bool is_aggregated(std::string_view api_group) {
  return api_group == "metrics.k8s.io" || api_group.ends_with(".metrics.k8s.io");
}

}  // namespace kaudit::audit
