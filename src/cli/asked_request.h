// A request as a person or a line of a file describes it, as the rules of a policy see it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy_match.h"
#include "cli/options.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"

namespace kaudit::cli {

// Of the options. Without a user it is one whom no rule names; to the groups come those that the
// API server adds. Without a verb it is a get. Every Error is one of usage.
text::Result<audit::RequestAttributes> request_of(const AskedRequest& asked);

// A request for a URL, which may be that of a resource: "/healthz", "/api/v1/pods?watch=true". The
// user is left empty. `verb` must be the one that the API server finds for it; "" is none given.
text::Result<audit::RequestAttributes> request_of_path(std::string_view verb, std::string_view uri);

// The same of an event's verb and URI, which the API server wrote together: no verb is wrong.
text::Result<audit::RequestAttributes> request_of_event(std::string_view verb,
                                                        std::string_view uri);

// Why no request for a resource has the verb.
std::optional<text::Error> wrong_verb(std::string_view verb);

// Names as they stand in the URL of the request for a resource, and not elsewhere: the name of a
// new object is in the body only, and a namespace is in itself (apiserver,
// pkg/endpoints/request/requestinfo.go, NewRequestInfo).
void settle_names(audit::RequestAttributes& request);

// Why there may be no such request, which makes the answer about it worthless; in sentences without
// a full stop.
std::vector<std::string> doubts_about(const audit::RequestAttributes& request,
                                      const kube::KubernetesVersion& version);

}  // namespace kaudit::cli
