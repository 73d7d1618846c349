#include "audit/request_info.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/decoded.h"

namespace kaudit::audit {
namespace {

using text::ErrorKind;
using text::fail;

using Parts = std::vector<std::string>;

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return {};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

// net/url, unescape. Nothing where a "%" is not followed by two hexadecimal digits. In a query a
// plus sign is a blank.
std::optional<std::string> unescaped(std::string_view text, bool in_query) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
      if (!low) return {};
      out += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      out += in_query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// requestinfo.go, splitPath. Empty parts within the path stay.
Parts split_path(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  Parts parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

using Query = std::map<std::string, std::string, std::less<>>;

// net/url, parseQuery: a pair with a semicolon or a bad escape is left out. Of several values the
// first one counts.
Query read_query(std::string_view query) {
  Query found;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto key = unescaped(pair.substr(0, equals), true);
    auto value = unescaped(pair.substr(std::min(equals + 1, pair.size())), true);
    if (key && value) found.try_emplace(std::move(*key), std::move(*value));
  }
  return found;
}

// apimachinery, runtime/conversion.go, Convert_Slice_string_To_bool: without a value it is true.
bool is_watch(const Query& query) {
  const auto watch = query.find("watch");
  if (watch == query.end()) return false;
  const std::string value = lower(watch->second);
  return value != "false" && value != "0";
}

// Convert_Slice_string_To_int64.
bool is_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// The API server forgets all options of a list if one of them cannot be read.
bool is_decodable(const Query& query) {
  return std::ranges::all_of(query, [](const auto& option) {
    return (option.first != "limit" && option.first != "timeoutSeconds") ||
           is_integer(option.second);
  });
}

// apimachinery, fields/selector.go, UnescapeValue. Nothing for a "," or "=" without a backslash.
std::optional<std::string> unescaped_selector_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      if (i == text.size() || std::string_view("\\,=").find(text[i]) == std::string_view::npos)
        return {};
    } else if (text[i] == ',' || text[i] == '=') {
      return {};
    }
    out += text[i];
  }
  return out;
}

// fields/selector.go, splitTerms.
std::vector<std::string_view> split_terms(std::string_view selector) {
  std::vector<std::string_view> terms;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= selector.size(); ++i) {
    if (i < selector.size() && selector[i] == '\\') {
      ++i;
    } else if (i >= selector.size() || selector[i] == ',') {
      terms.push_back(selector.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  return terms;
}

struct Term {
  std::string_view key;
  bool is_equal = true;
  std::string value;
};

// fields/selector.go, splitTerm and parseSelector.
std::optional<Term> read_term(std::string_view term) {
  const std::size_t at = term.find_first_of("!=");
  for (std::size_t i = at; i < term.size(); ++i) {
    for (const std::string_view op : {"!=", "==", "="}) {
      if (!term.substr(i).starts_with(op)) continue;
      auto value = unescaped_selector_value(term.substr(i + op.size()));
      if (!value) return {};
      return Term{term.substr(0, i), op != "!=", std::move(*value)};
    }
  }
  return {};
}

// The name that a field selector demands; nothing if it demands none or cannot be read.
std::optional<std::string> name_of_selector(std::string_view selector) {
  std::optional<std::string> name;
  std::vector<std::string_view> terms = split_terms(selector);
  std::ranges::sort(terms);  // as parseSelector does, before it takes the first
  for (const std::string_view text : terms) {
    if (text.empty()) continue;
    auto term = read_term(text);
    if (!term) return {};
    if (term->key == "metadata.name" && term->is_equal && !name) name = std::move(term->value);
  }
  // apimachinery, api/validation/path, IsValidPathSegmentName.
  if (!name || *name == "." || *name == ".." || name->find_first_of("/%") != std::string::npos)
    return {};
  return name;
}

bool is_one_of(std::string_view word, std::string_view a, std::string_view b) {
  return word == a || word == b;
}

std::string_view verb_of(std::string_view method) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kVerbs{
      {{"POST", "create"},
       {"GET", "get"},
       {"HEAD", "get"},
       {"PUT", "update"},
       {"PATCH", "patch"},
       {"DELETE", "delete"}}};
  for (const auto& [name, verb] : kVerbs)
    if (name == method) return verb;
  return {};
}

// /api/VERSION/… and /apis/GROUP/VERSION/… with something behind the version are for resources.
// Takes all of that from the front of the parts.
bool take_version(Parts& parts, RequestAttributes& request) {
  if (parts.size() < 3 || !is_one_of(parts[0], "api", "apis")) return false;
  const bool has_group = parts[0] == "apis";
  if (has_group && parts.size() < 4) return false;
  if (has_group) request.api_group = parts[1];
  parts.erase(parts.begin(), parts.begin() + (has_group ? 3 : 2));
  return true;
}

// A namespace's own subresources are no resources in it.
void take_namespace(Parts& parts, RequestAttributes& request) {
  if (parts[0] != "namespaces" || parts.size() < 2) return;
  request.namespace_name = parts[1];
  if (parts.size() > 2 && !is_one_of(parts[2], "status", "finalize"))
    parts.erase(parts.begin(), parts.begin() + 2);
}

// Requests without a name are for many objects, unless a field selector says which.
void settle_collection(std::string_view query_text, RequestAttributes& request) {
  if (!request.name.empty()) return;
  if (request.verb == "delete") request.verb = "deletecollection";
  if (request.verb != "get") return;
  const Query query = read_query(query_text);
  request.verb = is_watch(query) ? "watch" : "list";
  const auto selector = query.find("fieldSelector");
  if (selector == query.end() || !is_decodable(query)) return;
  if (auto name = name_of_selector(selector->second)) request.name = std::move(*name);
}

}  // namespace

text::Result<RequestAttributes> attributes_of_http(std::string_view method, std::string_view uri) {
  const std::string_view raw_path = uri.substr(0, uri.find('?'));
  const std::string_view query = uri.substr(std::min(raw_path.size() + 1, uri.size()));
  auto path = unescaped(raw_path, false);
  if (!path || !path->starts_with('/')) {
    return fail(ErrorKind::Usage,
                fmt::format("'{}' is not the path of a URL", kube::shortened(uri)),
                "write a path such as /healthz or /api/v1/pods?watch=true");
  }
  RequestAttributes request;
  request.path = std::move(*path);
  request.verb = lower(method);
  Parts parts = split_path(request.path);
  request.is_resource = take_version(parts, request);
  if (!request.is_resource) return request;
  request.verb = verb_of(method);
  if (is_one_of(parts[0], "proxy", "watch")) {  // as they were written before Kubernetes 1.0
    if (parts.size() < 2) {
      return fail(ErrorKind::Usage,
                  fmt::format("'{}' names no resource, and the API server answers with an error",
                              kube::shortened(uri)),
                  "name a resource behind it");
    }
    request.verb = parts[0];
    parts.erase(parts.begin());
  }
  take_namespace(parts, request);
  request.resource = parts[0];
  if (parts.size() >= 2) request.name = parts[1];
  // What stands behind /api/v1/proxy/…/NAME belongs to the proxy.
  if (parts.size() >= 3 && request.verb != "proxy") request.subresource = parts[2];
  settle_collection(query, request);
  return request;
}

}  // namespace kaudit::audit
