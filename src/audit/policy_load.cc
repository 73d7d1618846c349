#include "audit/policy_load.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "audit/policy_reader.h"
#include "kube/decoded.h"
#include "yaml/gate.h"
#include "yaml/parse.h"

namespace kaudit::audit {
namespace {

using kube::shortened;
using text::SourceText;
using text::Span;
using yaml::kNoNode;
using yaml::NodeId;
using ProblemKind = PolicyProblem::Kind;

bool is_mark(std::string_view line, std::string_view mark) {
  return line.starts_with(mark) &&
         (line.size() == mark.size() || line[mark.size()] == ' ' || line[mark.size()] == '\t');
}

bool is_document_mark(std::string_view line) {
  return is_mark(line, "---") || is_mark(line, "...");
}

bool is_blank(std::string_view line) {
  const std::size_t word = line.find_first_not_of(" \t");
  return word == std::string_view::npos || line[word] == '#';
}

// Where the first document ends. kube-apiserver reads no further, whatever stands there
// (sigs.k8s.io/yaml, YAMLToJSON). Marks count at the beginning of a line only, and there they count
// within a scalar, too. JSON has no marks; only white space may stand in front of it (apimachinery,
// util/yaml, hasJSONPrefix).
std::size_t end_of_first_document(const SourceText& source) {
  const std::string_view bytes = source.bytes();
  const std::size_t first = bytes.find_first_not_of(" \t\r\n\v\f");
  if (first != std::string_view::npos && bytes[first] == '{') return source.size();
  bool begun = false;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const Span span = source.line_content(i);
    const std::string_view line = source.slice(span);
    if (is_blank(line)) continue;
    if (begun && is_document_mark(line)) return span.begin;
    if (begun || line[0] != '%') begun = true;
  }
  return source.size();
}

// Whether more than marks and comments stands behind `begin`, where a line begins.
bool holds_anything(const SourceText& source, std::size_t begin) {
  for (std::size_t i = source.line_of(begin); i < source.line_count(); ++i) {
    std::string_view line = source.slice(source.line_content(i));
    if (is_document_mark(line)) line.remove_prefix(3);
    if (!is_blank(line)) return true;
  }
  return false;
}

// `cat <<EOF > policy.yaml`, and the `EOF` that closes it: what is left of a shell command after a
// policy was copied out of a recipe. Looked for only in a text that is no YAML.
std::vector<Span> heredoc_marks(const SourceText& source) {
  std::vector<Span> marks;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const Span span = source.line_content(i);
    const std::string_view line = source.slice(span);
    const bool is_command =
        line.find("<<") != std::string_view::npos &&
        (line.starts_with("cat ") || line.find("tee ") != std::string_view::npos);
    const bool is_word =
        std::ranges::all_of(line, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
    if (is_command || (is_word && line.size() >= 3)) marks.push_back(span);
  }
  return marks;
}

void add_unparsable(const SourceText& source, const text::Error& error, LoadedPolicy& out) {
  // Only the marks of a template are Unsupported here, in a text that is not YAML because of them.
  if (error.kind == text::ErrorKind::Unsupported) {
    out.problems.push_back(
        {ProblemKind::Template, error.place.value_or(Span{}), "", kIsTemplate, kRenderFirst, {}});
    return;
  }
  for (const Span mark : heredoc_marks(source)) {
    out.problems.push_back({ProblemKind::Heredoc,
                            mark,
                            "",
                            fmt::format("not valid YAML: '{}' belongs to the shell command that "
                                        "wrote the file",
                                        shortened(source.slice(mark))),
                            "remove the line",
                            {}});
  }
  if (!out.problems.empty()) return;
  const bool speaks_of_manifests = error.hint.find("Kubernetes") != std::string::npos;
  std::string hint = speaks_of_manifests
                         ? "kube-apiserver cannot read this file either; mend it first"
                         : error.hint;
  out.problems.push_back(
      {ProblemKind::Syntax, error.place.value_or(Span{}), "", error.message, std::move(hint), {}});
}

void add_empty(LoadedPolicy& out) {
  const bool is_all = !out.further_documents;
  const Span place = is_all ? Span{} : *out.further_documents;
  out.problems.push_back(
      {ProblemKind::Empty,
       Span{place.begin, place.begin},
       "",
       is_all ? "the policy is empty"
              : "the first YAML document is empty, and kube-apiserver reads no other",
       is_all ? "write a policy into it" : "remove the '---' in front of the policy",
       {}});
}

}  // namespace

LoadedPolicy load_policy(const std::shared_ptr<const SourceText>& source,
                         const kube::KubernetesVersion& version) {
  LoadedPolicy out;
  const std::size_t end = end_of_first_document(*source);
  std::shared_ptr<const SourceText> first = source;
  if (end < source->size()) {
    first = std::make_shared<const SourceText>(source->name(),
                                               std::string(source->bytes().substr(0, end)));
    if (holds_anything(*source, end)) out.further_documents = Span{end, source->size()};
  }
  if (auto checked = yaml::check_bytes(*first);
      !checked && checked.error().kind == text::ErrorKind::Unsupported) {
    out.unreadable = std::move(checked.error());
    return out;
  }
  const auto document = yaml::parse(first);
  if (!document) {
    add_unparsable(*first, document.error(), out);
    return out;
  }
  const NodeId root = document->roots().empty() ? kNoNode : document->roots().front();
  if (root == kNoNode || document->is_null(root)) {
    add_empty(out);
    return out;
  }
  read_policy(*document, root, version.minor, out);
  std::ranges::stable_sort(out.problems, {},
                           [](const PolicyProblem& problem) { return problem.place.begin; });
  return out;
}

std::optional<std::string> first_problem(const LoadedPolicy& loaded, const SourceText& source) {
  if (loaded.problems.empty()) return {};
  const PolicyProblem& first = loaded.problems.front();
  return fmt::format("line {}: {}", source.position(first.place.begin).line, first.message);
}

}  // namespace kaudit::audit
