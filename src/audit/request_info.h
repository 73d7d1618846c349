// What a request over HTTP is to the rules of a policy (apiserver, pkg/endpoints/request/
// requestinfo.go, NewRequestInfo).
#pragma once

#include <string_view>

#include "audit/policy_match.h"
#include "text/result.h"

namespace kaudit::audit {

// `uri` is a path with an optional query, as an audit event has it in requestURI; `method` is in
// capitals. The user is left empty. An Error where the API server answers with one before anything
// is audited: a path that is not written as one, or /api/v1/watch with nothing behind it.
text::Result<RequestAttributes> attributes_of_http(std::string_view method, std::string_view uri);

}  // namespace kaudit::audit
