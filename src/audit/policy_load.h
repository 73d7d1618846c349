// The text of a policy as kube-apiserver reads it (apiserver, pkg/audit/policy/reader.go,
// LoadPolicyFromBytes; pkg/apis/audit/validation/validation.go, ValidatePolicy).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit_policy.h"
#include "kube/kubernetes_version.h"
#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::audit {

// One of these, and the API server exits at its start.
struct PolicyProblem {
  enum class Kind : std::uint8_t {
    Syntax,          // no YAML, or no JSON
    Template,        // a template's marks are the reason
    Heredoc,         // a line of the shell command that wrote the file is the reason
    Empty,           // nothing in the (first) document
    Type,            // a number where a string is needed, a string where a list is needed …
    ApiVersion,      // missing, unknown, or not in this release
    PolicyKind,      // another kind
    NoRules,         //
    Level,           // missing or misspelt
    Stage,           // misspelt
    NonResourceUrl,  // no "/" in front, or a "*" before the end
    Group,           // no name of an API group
    ResourceNames,   // without resources
    MixedRule,       // resources or namespaces, and URLs
  };
  Kind kind = Kind::Type;
  text::Span place;
  std::string path;                 // "rules[0].level"; "" for the whole
  std::string message;              // one sentence, no final full stop, that names the value
  std::string hint;                 // the way out
  std::optional<std::size_t> rule;  // the index of the rule that it is in

  bool operator==(const PolicyProblem&) const = default;
};

// A mapping of a policy.
enum class PolicyPart : std::uint8_t { Policy, Rule, GroupResources };

// Silently ignored up to 1.25; since then a warning in the log of the API server tells of it.
struct UnknownField {
  std::string name;
  text::Span key;
  text::Span value;
  PolicyPart parent = PolicyPart::Policy;
  text::Span parent_place;
  std::string path;                 // "rules[0].resources[1].verbs"
  std::optional<std::size_t> rule;  // the index of the rule that it is in
  std::string value_text;           // of a scalar; "" of anything else

  bool operator==(const UnknownField&) const = default;
};

// Of several equal keys the last one counts.
struct DuplicateKey {
  std::string name;
  text::Span ignored;  // the key that has no effect
  text::Span counts;   // the one that has
  std::string path;
  std::optional<std::size_t> rule;

  bool operator==(const DuplicateKey&) const = default;
};

struct LoadedPolicy {
  // All of them, in the order of the file. Empty: a kube-apiserver of the release starts with it,
  // as far as kaudit can tell (see `unreadable`).
  std::vector<PolicyProblem> problems;
  // Set where kube-apiserver may well read the text and kaudit cannot: UTF-16 for instance.
  std::optional<text::Error> unreadable;

  std::vector<UnknownField> unknown_fields;
  std::vector<DuplicateKey> duplicate_keys;
  // From the mark that begins the second document to the end of the text, if anything is in there.
  // It need not even be YAML.
  std::optional<text::Span> further_documents;

  // Set where the text is YAML and, but for slips in apiVersion and kind, a policy. With problems
  // it holds what could be read, and rules with a problem are not whole.
  std::optional<AuditPolicy> policy;

  // A kube-apiserver of the release starts with it.
  bool is_loaded() const { return policy && problems.empty() && !unreadable; }
};

LoadedPolicy load_policy(const std::shared_ptr<const text::SourceText>& source,
                         const kube::KubernetesVersion& version);

// The first problem as a part of a sentence, with its line: "line 4: rules[0].level is missing".
// For `source`, which it was loaded from; nothing without problems.
std::optional<std::string> first_problem(const LoadedPolicy& loaded,
                                         const text::SourceText& source);

}  // namespace kaudit::audit
