#include "audit/policy_outline.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "yaml/gate.h"
#include "yaml/parse.h"

namespace kaudit::audit {
namespace {

using text::SourceText;
using yaml::Document;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

constexpr std::string_view kRequestReceived = "RequestReceived";
// A merge key may bring a mapping that has one itself; nobody writes more than a few levels.
constexpr int kMergeDepth = 16;

bool is_mark(std::string_view line, std::string_view mark) {
  return line.starts_with(mark) &&
         (line.size() == mark.size() || line[mark.size()] == ' ' || line[mark.size()] == '\t');
}

// Where the first document ends. kube-apiserver reads no further, whatever stands there
// (sigs.k8s.io/yaml, YAMLToJSON). Marks count at the beginning of a line only, and there they count
// within a scalar, too. JSON has no marks.
std::size_t end_of_first_document(const SourceText& source) {
  bool begun = false;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const text::Span span = source.line_content(i);
    const std::string_view line = source.slice(span);
    const std::size_t word = line.find_first_not_of(" \t");
    if (word == std::string_view::npos || line[word] == '#') continue;
    if (!begun && line[word] == '{') return source.size();
    if (begun && (is_mark(line, "---") || is_mark(line, "..."))) return span.begin;
    if (begun || line[0] != '%') begun = true;
  }
  return source.size();
}

std::shared_ptr<const SourceText> first_document(std::shared_ptr<const SourceText> source) {
  const std::size_t end = end_of_first_document(*source);
  if (end == source->size()) return source;
  return std::make_shared<const SourceText>(source->name(),
                                            std::string(source->bytes().substr(0, end)));
}

// The value of a key, or kNoNode. Of the mappings that a merge key brings the first one counts, and
// the mapping's own keys come before them (go-yaml v2, decode.go, merge).
NodeId child(const Document& document, NodeId mapping, std::string_view key, int depth = 0) {
  if (document.node(mapping).kind != Kind::Mapping || depth > kMergeDepth) return kNoNode;
  if (const auto entry = document.find(mapping, key)) {
    const NodeId value = document.resolve(entry->value);
    return document.is_null(value) ? kNoNode : value;
  }
  const auto merge = document.is_json() ? std::nullopt : document.find(mapping, "<<");
  if (!merge || document.node(merge->key).style != yaml::Style::Plain) return kNoNode;
  const NodeId brought = document.resolve(merge->value);
  if (document.node(brought).kind != Kind::Sequence)
    return child(document, brought, key, depth + 1);
  for (const NodeId item : document.items(brought)) {
    const NodeId found = child(document, document.resolve(item), key, depth + 1);
    if (found != kNoNode) return found;
  }
  return kNoNode;
}

bool is_scalar(const Document& document, NodeId id, std::string_view text) {
  return id != kNoNode && document.node(id).kind == Kind::Scalar && document.value(id) == text;
}

std::vector<NodeId> items_of(const Document& document, NodeId id) {
  if (id == kNoNode || document.node(id).kind != Kind::Sequence) return {};
  std::vector<NodeId> items = document.items(id);
  for (NodeId& item : items) item = document.resolve(item);
  return items;
}

std::optional<std::string> version_problem(const Document& document, NodeId version) {
  // All that ever were; 1.24 dropped the last two (pkg/apis/audit/install).
  static constexpr std::array<std::string_view, 3> kVersions{
      "audit.k8s.io/v1", "audit.k8s.io/v1beta1", "audit.k8s.io/v1alpha1"};
  if (version == kNoNode || is_scalar(document, version, "")) return "it has no apiVersion";
  if (document.node(version).kind != Kind::Scalar) return "its apiVersion is not a string";
  const std::string_view text = document.value(version);
  if (std::find(kVersions.begin(), kVersions.end(), text) != kVersions.end()) return {};
  return fmt::format("its apiVersion is '{}', not {}", text, kVersions.front());
}

// A missing kind is taken from what is expected (apimachinery, serializer/json, Decode with into).
std::optional<std::string> kind_problem(const Document& document, NodeId kind) {
  if (kind == kNoNode || is_scalar(document, kind, "") || is_scalar(document, kind, "Policy"))
    return {};
  if (document.node(kind).kind != Kind::Scalar) return "its kind is not a string";
  return fmt::format("its kind is '{}', not Policy", document.value(kind));
}

std::optional<std::string> rules_problem(const Document& document, NodeId rules) {
  if (rules == kNoNode) return "it has no rules";
  if (document.node(rules).kind != Kind::Sequence) return "its rules are not a list";
  if (document.node(rules).count == 0) return "it has no rules";
  return {};
}

std::optional<std::string> problem_of(const Document& document, NodeId root) {
  if (document.node(root).kind == Kind::Sequence) return "it is a list, not a mapping";
  if (document.node(root).kind != Kind::Mapping) return "it is a single value, not a mapping";
  if (auto problem = version_problem(document, child(document, root, "apiVersion"))) return problem;
  if (auto problem = kind_problem(document, child(document, root, "kind"))) return problem;
  return rules_problem(document, child(document, root, "rules"));
}

PolicyOutline unreadable(const SourceText& source, const text::Error& error) {
  PolicyOutline outline;
  const std::string where =
      error.place ? fmt::format("line {}: ", source.position(error.place->begin).line) : "";
  // Only the marks of a template are Unsupported here, in a text that is not YAML because of them.
  const bool is_template = error.kind == text::ErrorKind::Unsupported;
  outline.problem = where + (is_template ? "it is a template" : error.message);
  return outline;
}

}  // namespace

PolicyOutline outline_policy(std::shared_ptr<const text::SourceText> source) {
  const std::size_t size = source->size();
  const std::shared_ptr<const SourceText> first = first_document(std::move(source));
  if (const auto checked = yaml::check_bytes(*first); !checked) {
    // kube-apiserver reads other encodings; kaudit cannot tell what they say.
    if (checked.error().kind == text::ErrorKind::Unsupported) return {};
    return unreadable(*first, checked.error());
  }
  const auto document = yaml::parse(first);
  if (!document) return unreadable(*first, document.error());
  PolicyOutline outline;
  const NodeId root = document->roots().empty() ? kNoNode : document->roots().front();
  if (root == kNoNode || document->is_null(root)) {
    outline.problem = first->size() == size
                          ? "it is empty"
                          : "its first YAML document is empty, and kube-apiserver reads no other";
    return outline;
  }
  outline.problem = problem_of(*document, root);
  for (const NodeId stage : items_of(*document, child(*document, root, "omitStages"))) {
    if (is_scalar(*document, stage, kRequestReceived)) outline.omits_request_received = true;
  }
  for (const NodeId rule : items_of(*document, child(*document, root, "rules"))) {
    const NodeId level = child(*document, rule, "level");
    if (is_scalar(*document, level, "Request") || is_scalar(*document, level, "RequestResponse"))
      outline.records_bodies = true;
  }
  return outline;
}

}  // namespace kaudit::audit
