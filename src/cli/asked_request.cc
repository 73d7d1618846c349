#include "cli/asked_request.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "audit/api_resources.h"
#include "audit/request_info.h"
#include "cli/policy_parts.h"
#include "cli/policy_table.h"
#include "kube/decoded.h"
#include "text/excerpt.h"
#include "text/nearest.h"

namespace kaudit::cli {
namespace {

using audit::ApiResource;
using audit::RequestAttributes;
using text::ErrorKind;
using text::fail;
using text::Result;

constexpr std::array<std::string_view, 9> kResourceVerbs{
    "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "proxy"};
// Of other URLs the verb is the method.
constexpr std::array<std::string_view, 7> kUrlVerbs{"get",   "head",   "post",   "put",
                                                    "patch", "delete", "options"};
using Word = std::pair<std::string_view, std::string_view>;
constexpr std::array kMethods{Word{"get", "GET"},       Word{"list", "GET"},
                              Word{"watch", "GET"},     Word{"create", "POST"},
                              Word{"update", "PUT"},    Word{"patch", "PATCH"},
                              Word{"delete", "DELETE"}, Word{"deletecollection", "DELETE"}};

std::string changed_case(std::string_view word, char from, char by) {
  std::string out(word);
  for (char& c : out)
    if (c >= from && c < from + 26) c = static_cast<char>(c + by);
  return out;
}
std::string lower(std::string_view word) {
  return changed_case(word, 'A', 'a' - 'A');
}
std::string upper(std::string_view word) {
  return changed_case(word, 'a', 'A' - 'a');
}

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string list_of(std::span<const std::string_view> words) {
  std::string out(words.front());
  for (const std::string_view word : words.subspan(1))
    out += fmt::format("{}{}", word == words.back() ? " or " : ", ", word);
  return out;
}

// A value that goes into a message.
std::string shown(std::string_view value) {
  return text::one_line(kube::shortened(value));
}

// The method behind an audit verb, which without a verb is GET; of URLs that are no resources both
// are the same word. Any other method for a resource, such as OPTIONS, has no verb.
std::string method_of(std::string_view verb) {
  const auto* const found = std::ranges::find(kMethods, verb, &Word::first);
  return found == kMethods.end() ? upper(verb) : std::string(found->second);
}

Result<void> take_resource(std::string_view word, RequestAttributes& request) {
  const std::size_t slash = std::min(word.find('/'), word.size());
  const std::string_view whole = word.substr(0, slash);
  const std::size_t dot = std::min(whole.find('.'), whole.size());
  request.resource = whole.substr(0, dot);
  request.api_group = whole.substr(std::min(dot + 1, whole.size()));
  request.subresource = word.substr(std::min(slash + 1, word.size()));
  const bool is_empty = request.resource.empty() ||
                        (dot < whole.size() && request.api_group.empty()) ||
                        (slash < word.size() && request.subresource.empty());
  // A subresource has neither; behind one there is nothing that rules see.
  const bool is_mixed = request.subresource.find_first_of("/.") != std::string::npos;
  if (!is_empty && !is_mixed) return {};
  return fail(ErrorKind::Usage, fmt::format("'{}' is not the name of a resource", shown(word)),
              "write it as pods, pods/exec, deployments.apps or deployments.apps/scale");
}

// ---- doubts -------------------------------------------------------------------------------------

std::string group_text(std::string_view group) {
  return group.empty() ? "the core group" : fmt::format("the group {}", shown(group));
}

bool is_short_name(const ApiResource& resource, std::string_view name) {
  std::string_view rest = resource.short_names;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word == name) return true;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return false;
}

// The resource of the release that was probably meant; "" if there is no telling.
std::string guessed(const RequestAttributes& request, int minor) {
  const std::string name = lower(request.resource);
  std::vector<std::string_view> names;
  for (const ApiResource& resource : audit::api_resources()) {
    if (!resource.lifetime.covers(minor)) continue;
    if (resource.name == name || lower(resource.kind) == name || is_short_name(resource, name))
      return spelt(resource.group, resource.name, request.subresource);
    if (resource.group == request.api_group) names.push_back(resource.name);
  }
  const auto guess = text::nearest(name, names);
  return guess ? spelt(request.api_group, *guess, request.subresource) : "";
}

std::string unknown_resource(const RequestAttributes& request,
                             const kube::KubernetesVersion& version) {
  std::string words = fmt::format("Kubernetes {} has no resource '{}' in {}", version.release(),
                                  shown(request.resource), group_text(request.api_group));
  const std::string guess = guessed(request, version.minor);
  return guess.empty() ? words : fmt::format("{}; did you mean {}?", words, shown(guess));
}

// Whether a request with the verb is for something in a namespace. Only reading spans all of them.
void doubt_namespace(const RequestAttributes& request, const ApiResource& resource,
                     std::vector<std::string>& doubts) {
  const bool is_namespaced = resource.scope == audit::ResourceScope::Namespaced;
  const bool spans_all = request.verb == "list" || request.verb == "watch";
  if (is_namespaced && request.namespace_name.empty() && !spans_all) {
    doubts.push_back(fmt::format("{} are in namespaces, and no namespace is given", resource.name));
  }
  const bool is_namespace = resource.name == "namespaces" && resource.group.empty();
  if (!is_namespaced && !is_namespace && !request.namespace_name.empty()) {
    doubts.push_back(fmt::format("{} are in no namespace, and '{}' is given", resource.name,
                                 shown(request.namespace_name)));
  }
}

void doubt_verb(const RequestAttributes& request, audit::VerbSet verbs,
                std::vector<std::string>& doubts) {
  const auto verb = audit::parse_verb(request.verb);
  if (!verb || verbs.contains(*verb)) return;
  std::vector<std::string_view> served;
  for (const audit::Verb of : audit::kVerbs)
    if (verbs.contains(of)) served.push_back(audit::to_string(of));
  if (served.empty()) return;
  doubts.push_back(fmt::format("the API server has no {} of {}, only {}", request.verb,
                               spelt(request.api_group, request.resource, request.subresource),
                               list_of(served)));
}

}  // namespace

std::optional<text::Error> wrong_verb(std::string_view verb) {
  if (is_one_of(kResourceVerbs, verb)) return {};
  std::string hint = fmt::format("the verbs are {}", list_of(kResourceVerbs));
  if (verb == "POST" || verb == "PUT") {
    hint = fmt::format("{} is the method, and its verb is {}", verb,
                       verb == "POST" ? "create" : "update");
  } else if (const auto guess = text::nearest(verb, kResourceVerbs)) {
    hint = fmt::format("did you mean {}?", *guess);
  }
  return text::Error{ErrorKind::Usage,
                     fmt::format("no request for a resource has the verb '{}'", shown(verb)),
                     std::move(hint),
                     {}};
}

Result<RequestAttributes> request_of_event(std::string_view verb, std::string_view uri) {
  auto request = audit::attributes_of_http(method_of(verb), uri);
  if (request) request->verb = verb;
  return request;
}

Result<RequestAttributes> request_of_path(std::string_view verb, std::string_view uri) {
  auto request = audit::attributes_of_http(verb.empty() ? "GET" : method_of(verb), uri);
  if (!request || verb.empty()) return request;
  if (!request->is_resource && !is_one_of(kUrlVerbs, verb)) {
    return fail(ErrorKind::Usage,
                fmt::format("no request for '{}' has the verb '{}'", shown(uri), shown(verb)),
                fmt::format("the verbs of URLs that are no resources are {}", list_of(kUrlVerbs)));
  }
  if (request->is_resource) {
    if (auto error = wrong_verb(verb)) return std::unexpected(*std::move(error));
  }
  if (request->verb == verb) return request;
  return fail(
      ErrorKind::Usage,
      fmt::format("no request for '{}' has the verb '{}'", shown(uri), shown(verb)),
      fmt::format("this URL with the method {} is the verb {}", method_of(verb), request->verb));
}

void settle_names(RequestAttributes& request) {
  if (request.verb == "create") {
    if (request.subresource.empty()) request.name.clear();
    return;
  }
  const bool is_single = request.verb == "get" || request.verb == "update" ||
                         request.verb == "patch" || request.verb == "delete";
  if (!is_single || !request.api_group.empty() || request.resource != "namespaces") return;
  if (request.namespace_name.empty()) request.namespace_name = request.name;
  if (request.name.empty()) request.name = request.namespace_name;
}

Result<RequestAttributes> request_of(const AskedRequest& asked) {
  Result<RequestAttributes> request;
  if (asked.path) {
    request = request_of_path(asked.verb.value_or(""), *asked.path);
  } else {
    request->verb = asked.verb.value_or("get");
    if (auto error = wrong_verb(request->verb)) return std::unexpected(*std::move(error));
    if (const auto taken = take_resource(asked.resource.value_or(""), *request); !taken)
      return std::unexpected(taken.error());
    request->namespace_name = asked.namespace_name.value_or("");
    request->name = asked.name.value_or("");
    settle_names(*request);
  }
  if (!request) return request;
  request->user = asked.user.value_or("");
  request->groups = with_implied_groups(request->user, asked.groups);
  return request;
}

std::vector<std::string> doubts_about(const RequestAttributes& request,
                                      const kube::KubernetesVersion& version) {
  std::vector<std::string> doubts;
  // Groups of custom resources may hold anything.
  if (!request.is_resource || !audit::is_closed_api_group(request.api_group)) return doubts;
  const ApiResource* resource = audit::find_api_resource(request.api_group, request.resource);
  if (resource == nullptr || !resource->lifetime.covers(version.minor)) {
    doubts.push_back(unknown_resource(request, version));
    return doubts;
  }
  audit::VerbSet verbs = resource->verbs;
  if (!request.subresource.empty()) {
    const audit::ApiSubresource* sub = resource->subresource(request.subresource);
    if (sub == nullptr || sub->since > version.minor) {
      doubts.push_back(fmt::format("Kubernetes {} has no subresource '{}' of {}", version.release(),
                                   shown(request.subresource),
                                   spelt(resource->group, resource->name, "")));
      return doubts;
    }
    verbs = sub->verbs;
  }
  doubt_verb(request, verbs, doubts);
  doubt_namespace(request, *resource, doubts);
  return doubts;
}

}  // namespace kaudit::cli
