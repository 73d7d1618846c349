#include "cli/explain_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/api_resources.h"
#include "audit/recorded_event.h"
#include "cli/asked_request.h"
#include "cli/output.h"
#include "cli/policy_parts.h"
#include "cli/report.h"
#include "cli/report_parts.h"
#include "kube/decoded.h"
#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

using audit::AuditPolicy;
using audit::GroupResources;
using audit::Level;
using audit::Miss;
using audit::PolicyRule;
using audit::Predicate;
using audit::RecordedBody;
using audit::RequestAttributes;
using audit::Stage;
using nlohmann::ordered_json;

// A value of the policy or the request, as a sentence can hold it.
std::string shown(std::string_view value) {
  return value.empty() ? "\"\"" : text::one_line(kube::shortened(value));
}

// "a, b or c". Whoever wants to see all of forty names looks at the rule.
std::string joined(std::vector<std::string> words, std::string_view last = " or ") {
  constexpr std::size_t kMost = 5;
  if (words.size() > kMost + 1) {
    const std::size_t rest = words.size() - kMost;
    words.resize(kMost);
    words.push_back(fmt::format("{} more", rest));
  }
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : i + 1 == words.size() ? last : ", ", words[i]);
  return out;
}

// Of the request.
std::string all_of(const std::vector<std::string>& values) {
  std::vector<std::string> words;
  for (const std::string& value : values) words.push_back(shown(value));
  return joined(std::move(words), " and ");
}

// Of a rule.
std::string any_of(const audit::Words& list) {
  std::vector<std::string> words;
  for (const audit::Word& word : list.items) words.push_back(shown(word.value));
  return joined(std::move(words));
}

// ---- why a rule does not match ------------------------------------------------------------------

std::string_view name_of(Predicate predicate) {
  switch (predicate) {
    case Predicate::Users:
      return "users";
    case Predicate::UserGroups:
      return "userGroups";
    case Predicate::Verbs:
      return "verbs";
    case Predicate::IsResource:
      return "isResource";
    case Predicate::Namespaces:
      return "namespaces";
    case Predicate::ApiGroup:
      return "apiGroup";
    case Predicate::Resource:
      return "resource";
    case Predicate::ResourceName:
      return "resourceName";
    case Predicate::IsNoResource:
      return "isNoResource";
    case Predicate::NonResourceUrl:
      return "nonResourceURL";
  }
  return {};
}

// RBAC and shells teach that "*" is everything. In lists of names it is a name that nobody has.
std::string any_name_of(const audit::Words& list) {
  const bool has_star = std::ranges::any_of(list.items, [](const audit::Word& word) {
    return word.value.find('*') != std::string::npos;
  });
  return any_of(list) + (has_star ? "; * is no wildcard here" : "");
}

std::string group_words(std::string_view group) {
  return group.empty() ? "the core group" : shown(group);
}

bool is_of_group(const GroupResources& of, const RequestAttributes& request) {
  return of.group.value == request.api_group || of.group.value == "*";
}

std::string users_message(const PolicyRule& rule, const RequestAttributes& request) {
  const std::string users = any_name_of(rule.users);
  if (!request.has_user) return fmt::format("authentication failed, and it is for {}", users);
  if (request.user.empty()) return fmt::format("no user is given, and it is for {}", users);
  return fmt::format("the user is {}, not {}", shown(request.user), users);
}

std::string user_groups_message(const PolicyRule& rule, const RequestAttributes& request) {
  const std::string groups = any_name_of(rule.user_groups);
  if (!request.has_user) return fmt::format("authentication failed, and it is for {}", groups);
  if (request.groups.empty())
    return fmt::format("the user is in no group, and it is for {}", groups);
  return fmt::format("the user is in {}, not in {}", all_of(request.groups), groups);
}

std::string namespaces_message(const PolicyRule& rule, const RequestAttributes& request) {
  const std::string namespaces = any_name_of(rule.namespaces);
  if (request.namespace_name.empty())
    return fmt::format("the request is in no namespace, and it is for {}", namespaces);
  return fmt::format("the namespace is {}, not {}", shown(request.namespace_name), namespaces);
}

std::string api_group_message(const PolicyRule& rule, const RequestAttributes& request) {
  std::vector<std::string> groups;
  for (const GroupResources& of : rule.resources) {
    std::string words = group_words(of.group.value);
    if (std::ranges::find(groups, words) == groups.end()) groups.push_back(std::move(words));
  }
  return fmt::format("the resource is of {}, not of {}", group_words(request.api_group),
                     joined(std::move(groups)));
}

// Only what the rule has of the request's API group.
std::string resource_message(const PolicyRule& rule, const RequestAttributes& request) {
  std::vector<std::string> resources;
  bool has_parent = false;
  for (const GroupResources& of : rule.resources) {
    if (!is_of_group(of, request)) continue;
    for (const audit::Word& word : of.resources.items) {
      resources.push_back(shown(word.value));
      has_parent = has_parent || (!request.subresource.empty() && word.value == request.resource);
    }
  }
  std::string words = fmt::format("the resource is {}, not {}",
                                  shown(spelt("", request.resource, request.subresource)),
                                  joined(std::move(resources)));
  if (has_parent) words += fmt::format("; {} is without its subresources", shown(request.resource));
  return words;
}

std::string resource_name_message(const PolicyRule& rule, const RequestAttributes& request) {
  std::vector<std::string> of_rule;
  for (const GroupResources& of : rule.resources) {
    if (!is_of_group(of, request)) continue;
    for (const audit::Word& word : of.resource_names.items) of_rule.push_back(shown(word.value));
  }
  const std::string names = joined(std::move(of_rule));
  if (request.name.empty())
    return fmt::format("the request names no object, and it is for {}", names);
  return fmt::format("the name is {}, not {}", shown(request.name), names);
}

// The predicate that failed, with the values of both sides. "It" is the rule.
std::string message_of(Predicate predicate, const PolicyRule& rule,
                       const RequestAttributes& request) {
  switch (predicate) {
    case Predicate::Users:
      return users_message(rule, request);
    case Predicate::UserGroups:
      return user_groups_message(rule, request);
    case Predicate::Verbs:
      return fmt::format("the verb is {}, not {}", shown(request.verb), any_name_of(rule.verbs));
    case Predicate::IsResource:
      return "the request is for a URL, not for a resource";
    case Predicate::Namespaces:
      return namespaces_message(rule, request);
    case Predicate::ApiGroup:
      return api_group_message(rule, request);
    case Predicate::Resource:
      return resource_message(rule, request);
    case Predicate::ResourceName:
      return resource_name_message(rule, request);
    case Predicate::IsNoResource:
      return "the request is for a resource, not for a URL";
    case Predicate::NonResourceUrl:
      return fmt::format("the path is {}, not {}", shown(request.path),
                         any_of(rule.non_resource_urls));
  }
  return {};
}

// ---- what else there is to say ------------------------------------------------------------------

class Explainer {
 public:
  explicit Explainer(const ExplainReport& report)
      : report_(report),
        policy_(*report.loaded.policy),
        request_(report.request),
        explained_(audit::explain(policy_, request_)),
        event_(audit::recorded_event(request_, explained_.decision)) {}

  std::string text(bool color) const;
  std::string json() const;

 private:
  std::string headline(bool color) const;
  std::string decided(bool color) const;
  std::string request_words() const;
  std::string who() const;
  std::string stages() const;
  std::string metadata() const;
  std::string record(bool color) const;
  std::string misses(bool color) const;
  std::vector<std::string> remarks() const;
  void note_ignored(std::vector<std::string>& notes) const;
  bool is_missed(std::size_t rule) const;
  ordered_json request_json() const;
  ordered_json record_json() const;
  ordered_json misses_json() const;

  const ExplainReport& report_;
  const AuditPolicy& policy_;
  const RequestAttributes& request_;
  audit::Explanation explained_;
  audit::RecordedEvent event_;
};

bool Explainer::is_missed(std::size_t rule) const {
  return std::ranges::find(explained_.misses, rule, &Miss::rule) != explained_.misses.end();
}

// What stands in the policy and does nothing may be the reason for the answer. A field that is
// ignored only makes its rule broader, so it cannot be why a rule does not match.
void Explainer::note_ignored(std::vector<std::string>& notes) const {
  const auto line = [&](text::Span place) { return report_.source->position(place.begin).line; };
  for (const audit::UnknownField& field : report_.loaded.unknown_fields) {
    if (field.rule && field.rule != explained_.decision.rule) continue;
    notes.push_back(fmt::format("{} (line {}) is no field, so kube-apiserver ignores it",
                                text::one_line(field.path), line(field.key)));
  }
  for (const audit::DuplicateKey& key : report_.loaded.duplicate_keys) {
    if (key.rule && key.rule != explained_.decision.rule && !is_missed(*key.rule)) continue;
    notes.push_back(fmt::format("{} is given twice, and only line {} counts, not line {}",
                                text::one_line(key.path), line(key.counts), line(key.ignored)));
  }
  if (report_.loaded.further_documents) {
    notes.push_back(fmt::format("kube-apiserver does not read what stands behind line {}",
                                line(*report_.loaded.further_documents)));
  }
}

// About the answer.
std::vector<std::string> Explainer::remarks() const {
  std::vector<std::string> notes;
  const bool has_body = event_.request.is_recorded || event_.response.is_recorded;
  if (has_body && !audit::is_closed_api_group(request_.api_group)) {
    notes.push_back(fmt::format(
        "if an aggregated API server serves {}, no body is recorded; of custom resources it is",
        shown(request_.api_group)));
  }
  note_ignored(notes);
  return notes;
}

// ---- for people ---------------------------------------------------------------------------------

constexpr std::size_t kLabelWidth = 15;

std::string labelled(std::string_view label, std::string_view words, bool color) {
  std::string out = painted(label, "1", color);
  append_wrapped(out, words, label.size(), kLabelWidth);
  return out;
}

std::string Explainer::headline(bool color) const {
  const Level level = explained_.decision.level;
  std::string out = painted(audit::to_string(level), color_of(level), color);
  if (!explained_.decision.rule) return out + ": no rule matches, so nothing is recorded\n";
  if (level != Level::None && !event_.is_written())
    return out + ", but nothing is recorded: every stage is omitted\n";
  return fmt::format("{}: {}\n", out, meaning_of(level));
}

// The place is written as compilers do, so that terminals and editors can jump to it.
std::string Explainer::decided(bool color) const {
  const auto rule = explained_.decision.rule;
  if (!rule) return "";
  const auto source = with_printable_name(report_.source);
  const std::size_t begin = policy_.rules[*rule].place.begin;
  const text::Span mark{begin, begin + 1};
  return fmt::format("{}decided by {}\n{}", painted(text::place_prefix(*source, mark), "1", color),
                     rule_text(policy_, *report_.source, *rule), text::excerpt(*source, mark));
}

std::string Explainer::request_words() const {
  if (!request_.is_resource)
    return fmt::format("{} {}", shown(request_.verb), shown(request_.path));
  std::string words =
      fmt::format("{} {}", shown(request_.verb),
                  shown(spelt(request_.api_group, request_.resource, request_.subresource)));
  if (!request_.namespace_name.empty())
    words += fmt::format(" in namespace {}", shown(request_.namespace_name));
  if (!request_.name.empty()) words += fmt::format(", named {}", shown(request_.name));
  return words;
}

std::string Explainer::who() const {
  if (!request_.has_user) return "nobody: authentication failed";
  const std::string user =
      request_.user.empty() ? "a user that no rule names" : shown(request_.user);
  if (request_.groups.empty()) return user + ", in no group";
  return fmt::format("{}, in {}", user, all_of(request_.groups));
}

std::string Explainer::stages() const {
  std::vector<std::string> words;
  for (const std::string_view name : names_of(event_.stages)) words.emplace_back(name);
  if (!event_.stages.contains(Stage::Panic)) return joined(std::move(words), " and ");
  words.pop_back();
  if (words.empty()) return "Panic alone, if the handler panics";
  return joined(std::move(words), " and ") + ", or Panic";
}

// Of exec all that is known of what was done stands in the URL.
std::string Explainer::metadata() const {
  return fmt::format("user, verb, URL{}, object, time, address, answer's code",
                     request_.subresource == "exec" ? " with the command" : "");
}

std::string Explainer::record(bool color) const {
  const auto body = [&](std::string_view label, const RecordedBody& of) {
    return labelled(label, fmt::format("{}{}", of.is_recorded ? "" : "no: ", of.what), color);
  };
  std::string out;
  out += labelled("request", request_words(), color);
  out += labelled("by", who(), color);
  if (event_.stages.empty()) return out;
  out += labelled("events at", stages(), color);
  out += labelled("metadata", metadata(), color);
  out += body("request body", event_.request);
  out += body("response body", event_.response);
  if (event_.managed_fields)
    out += labelled("managedFields", *event_.managed_fields ? "kept" : "left out", color);
  return out;
}

// "rules[0] (line 5)  None, but the verb is get, not create": what the rule would have done, and
// why it does not.
std::string Explainer::misses(bool color) const {
  if (explained_.misses.empty()) return "";
  std::size_t width = 0;
  for (const Miss& miss : explained_.misses)
    width = std::max(width, rule_text(policy_, *report_.source, miss.rule).size());
  std::string out = painted(explained_.decision.rule ? "Rules before it, which do not match:"
                                                     : "None of the rules matches:",
                            "1", color) +
                    "\n";
  for (const Miss& miss : explained_.misses) {
    const PolicyRule& rule = policy_.rules[miss.rule];
    const std::string_view level = audit::to_string(rule.level.value);
    std::string words;
    append_wrapped(words,
                   fmt::format("{}, but {}", level, message_of(miss.predicate, rule, request_)), 0,
                   2 + width + 2);
    // Painted afterwards: colours have no width.
    words = words.substr(2 + width + 2 + level.size());
    out += fmt::format("  {:<{}}  {}{}", rule_text(policy_, *report_.source, miss.rule), width,
                       painted(level, color_of(rule.level.value), color), words);
  }
  return out;
}

std::string notes_text(const std::vector<std::string>& notes, bool color) {
  constexpr std::string_view kLabel = "note:";
  std::string out;
  for (const std::string& note : notes) {
    out += painted(kLabel, "1;36", color);
    append_wrapped(out, note, kLabel.size(), kLabel.size() + 2);
  }
  return out;
}

std::string Explainer::text(bool color) const {
  // Whether there is such a request comes before what becomes of it.
  std::string out = notes_text(doubts_about(request_, report_.version), color);
  if (!out.empty()) out += "\n";
  out += headline(color) + decided(color) + record(color);
  if (const std::string words = misses(color); !words.empty()) out += "\n" + words;
  if (const std::string words = notes_text(remarks(), color); !words.empty()) out += "\n" + words;
  return out;
}

// ---- for programs -------------------------------------------------------------------------------

ordered_json Explainer::request_json() const {
  ordered_json json;
  json["user"] = request_.has_user ? ordered_json(request_.user) : ordered_json(nullptr);
  json["groups"] = request_.groups;
  json["verb"] = request_.verb;
  if (!request_.is_resource) {
    json["path"] = request_.path;
    return json;
  }
  json["apiGroup"] = request_.api_group;
  json["resource"] = request_.resource;
  json["subresource"] = request_.subresource;
  json["namespace"] = request_.namespace_name;
  json["name"] = request_.name;
  return json;
}

ordered_json Explainer::record_json() const {
  return {{"stages", names_of(event_.stages)},
          {"metadata", !event_.stages.empty()},
          {"requestObject", event_.request.is_recorded},
          {"responseObject", event_.response.is_recorded},
          {"managedFields",
           event_.managed_fields ? ordered_json(*event_.managed_fields) : ordered_json(nullptr)}};
}

ordered_json Explainer::misses_json() const {
  ordered_json misses = ordered_json::array();
  for (const Miss& miss : explained_.misses) {
    const PolicyRule& rule = policy_.rules[miss.rule];
    misses.push_back({{"rule", miss.rule},
                      {"ruleLine", line_of_rule(policy_, *report_.source, miss.rule)},
                      {"level", audit::to_string(rule.level.value)},
                      {"predicate", name_of(miss.predicate)},
                      {"message", message_of(miss.predicate, rule, request_)}});
  }
  return misses;
}

std::string Explainer::json() const {
  const audit::Decision& decision = explained_.decision;
  ordered_json json{{"schemaVersion", kSchemaVersion},
                    {"command", "policy explain"},
                    {"file", report_.source->name()},
                    {"request", request_json()},
                    {"level", audit::to_string(decision.level)},
                    {"omitStages", names_of(decision.omit_stages)},
                    {"rule", nullptr},
                    {"ruleLine", nullptr}};
  if (decision.rule) {
    json["rule"] = *decision.rule;
    json["ruleLine"] = line_of_rule(policy_, *report_.source, *decision.rule);
  }
  json["record"] = record_json();
  json["misses"] = misses_json();
  std::vector<std::string> notes = doubts_about(request_, report_.version);
  std::ranges::move(remarks(), std::back_inserter(notes));
  json["notes"] = std::move(notes);
  return dump(json);
}

}  // namespace

std::vector<std::string_view> names_of(audit::StageSet stages) {
  std::vector<std::string_view> names;
  for (const Stage stage : audit::kStages)
    if (stages.contains(stage)) names.push_back(audit::to_string(stage));
  return names;
}

std::string explain_text(const ExplainReport& report, bool color) {
  return Explainer(report).text(color);
}

std::string explain_json(const ExplainReport& report) {
  return Explainer(report).json();
}

}  // namespace kaudit::cli
