#include "cli/policy_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "audit/policy_load.h"
#include "audit/presets.h"
#include "audit/request_info.h"
#include "support/text_files.h"

namespace kaudit::cli {
namespace {

using audit::AuditPolicy;
using audit::Level;
using audit::Verb;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr kube::KubernetesVersion kVersion{1, 34, {}};

// A policy with the text that it stands in.
struct Read {
  std::shared_ptr<const text::SourceText> source;
  AuditPolicy policy;
};

Read read(std::string name, std::string text) {
  Read out{std::make_shared<const text::SourceText>(std::move(name), std::move(text)), {}};
  audit::LoadedPolicy loaded = audit::load_policy(out.source, kVersion);
  EXPECT_TRUE(loaded.is_loaded()) << out.source->bytes();
  if (loaded.policy) out.policy = *std::move(loaded.policy);
  return out;
}

Read preset(std::string_view name) {
  return read(std::string(name), std::string(audit::find_preset(name)->text));
}

Read rules(const std::string& text) {
  return read("policy.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n" + text);
}

PolicyTable table_of(const Read& read, const TableIdentity& identity = {}) {
  return make_table(read.policy, kVersion, identity);
}

const TableRow& row_of(const PolicyTable& table, std::string_view group, std::string_view name) {
  const auto found = std::ranges::find_if(
      table.rows, [&](const TableRow& row) { return row.group == group && row.name == name; });
  if (found != table.rows.end()) return *found;
  ADD_FAILURE() << "no row for " << name << " of '" << group << "'";
  static const TableRow none;
  return none;
}

const TableCell& cell_of(const PolicyTable& table, std::string_view group, std::string_view name,
                         Verb verb) {
  return row_of(table, group, name).cells.at(static_cast<std::size_t>(verb));
}

std::vector<std::string> names_of(const PolicyTable& table, TableRow::Part part) {
  std::vector<std::string> names;
  for (const TableRow& row : table.rows)
    if (row.part == part) names.push_back(row.name);
  return names;
}

// "get list -" for the cells of a row: the level's first letter, "." where no rule matches, and
// nothing where there is no such request.
std::string levels(const TableRow& row) {
  constexpr std::string_view kLetters = "-MRF";
  std::string out;
  for (const TableCell& cell : row.cells) {
    out += cell.is_served ? kLetters[static_cast<std::size_t>(cell.level)] : ' ';
    if (cell.is_served && cell.exception) out += '*';
  }
  return out;
}

// ---- cells --------------------------------------------------------------------------------------

TEST(PolicyTable, NamesTheDecidingRule) {
  const Read policy = preset("tutorial");
  const PolicyTable table = table_of(policy);
  EXPECT_EQ(cell_of(table, "", "secrets", Verb::Get).rule, 2U);
  EXPECT_EQ(cell_of(table, "", "pods", Verb::Get).rule, 3U);
  EXPECT_EQ(cell_of(table_of(rules("- level: Metadata\n  verbs: [get]\n")), "", "pods", Verb::List),
            (TableCell{Level::None, {}, true, {}}));
}

TEST(PolicyTable, KnowsWhichRequestsThereAre) {
  const PolicyTable table = table_of(preset("minimal"));
  //                                                  glwcupdD
  EXPECT_EQ(levels(row_of(table, "", "pods")), "MMMMMMMM");
  EXPECT_EQ(levels(row_of(table, "", "pods/exec")), "M  M    ");
  EXPECT_EQ(levels(row_of(table, "", "namespaces")), "MMMMMMM ");
  EXPECT_EQ(levels(row_of(table, "authentication.k8s.io", "tokenreviews")), "   M    ");
  EXPECT_EQ(levels(row_of(table, "", "/healthz")), "M       ");
}

TEST(PolicyTable, HasTheResourcesOfTheRelease) {
  const Read policy = preset("minimal");
  const auto has = [&](int minor, std::string_view group, std::string_view name) {
    const PolicyTable table = make_table(policy.policy, {1, minor, {}}, {});
    return std::ranges::any_of(
        table.rows, [&](const TableRow& row) { return row.group == group && row.name == name; });
  };
  constexpr std::string_view kAdmission = "admissionregistration.k8s.io";
  EXPECT_FALSE(has(24, kAdmission, "mutatingadmissionpolicies"));
  EXPECT_TRUE(has(34, kAdmission, "mutatingadmissionpolicies"));
  EXPECT_TRUE(has(24, "policy", "podsecuritypolicies"));
  EXPECT_FALSE(has(25, "policy", "podsecuritypolicies"));
  EXPECT_FALSE(has(31, "", "pods/resize"));
  EXPECT_TRUE(has(32, "", "pods/resize"));
}

TEST(PolicyTable, AddsCustomResourcesThatRulesName) {
  const PolicyTable table =
      table_of(rules("- level: Request\n  resources:\n"
                     "  - group: example.com\n    resources: [widgets, widgets/scale, '*/status']\n"
                     "- level: None\n  resources: [{group: other.example.com}]\n"));
  EXPECT_THAT(
      names_of(table, TableRow::Part::Custom),
      ElementsAre("widgets.example.com", "widgets.example.com/scale", "any other of example.com",
                  "any of other.example.com", "any other group"));
  EXPECT_EQ(levels(row_of(table, "", "widgets.example.com")), "RRRRRRRR");
  EXPECT_EQ(levels(row_of(table, "", "any other of example.com")), "--------");
}

TEST(PolicyTable, LeavesOutGroupsThatAreGone) {
  const PolicyTable table = table_of(
      rules("- level: Request\n  resources: [{group: extensions, resources: [ingresses]}]\n"));
  EXPECT_THAT(names_of(table, TableRow::Part::Custom), ElementsAre("any other group"));
}

TEST(PolicyTable, AddsUrlsThatRulesName) {
  const PolicyTable table =
      table_of(rules("- level: None\n  nonResourceURLs: [/healthz*, /swagger*, /own/path, '*']\n"));
  const std::vector<std::string> urls = names_of(table, TableRow::Part::Url);
  EXPECT_EQ(std::ranges::count(urls, "/healthz"), 1);
  EXPECT_EQ(std::ranges::count(urls, "/swagger"), 1);
  EXPECT_EQ(std::ranges::count(urls, "/own/path"), 1);
  EXPECT_EQ(urls.back(), "any other URL");
}

// ---- for whom -----------------------------------------------------------------------------------

TEST(PolicyTable, IsAboutTheGivenUserAndNamespace) {
  const Read policy = preset("tutorial");
  struct Row {
    TableIdentity identity;
    std::string_view secrets;
  };
  const std::vector<Row> rows{
      {{}, "F*F*F*F*F*F*F*F*"},
      {{.user = "admin"}, "F*F*F*F*F*F*F*F*"},  // in kube-system
      {{.user = "admin", .namespace_name = "default"}, "FFFFFFFF"},
      {{.user = "admin", .namespace_name = "kube-system"}, "--------"},
      {{.user = "system:kube-controller-manager"}, "--------"},
      {{.namespace_name = "kube-system"}, "--------"},
      {{.namespace_name = "d"}, "F*F*F*F*F*F*F*F*"},  // for the controller manager
  };
  for (const Row& row : rows)
    EXPECT_EQ(levels(row_of(table_of(policy, row.identity), "", "secrets")), row.secrets)
        << described(row.identity);
}

TEST(PolicyTable, IsAboutTheGivenGroups) {
  const Read policy = rules("- level: None\n  userGroups: [ops]\n- level: Metadata\n");
  EXPECT_EQ(levels(row_of(table_of(policy, {.groups = {"ops"}}), "", "pods")), "--------");
  EXPECT_EQ(levels(row_of(table_of(policy, {.groups = {"dev"}}), "", "pods")), "MMMMMMMM");
  EXPECT_EQ(levels(row_of(table_of(policy), "", "pods")), "M*M*M*M*M*M*M*M*");
}

TEST(PolicyTable, AddsTheGroupsThatAUserIsIn) {
  const std::vector<std::string> none;
  EXPECT_THAT(with_implied_groups("", none), ElementsAre("system:authenticated"));
  EXPECT_THAT(with_implied_groups("admin", {"ops"}), ElementsAre("ops", "system:authenticated"));
  EXPECT_THAT(with_implied_groups("admin", {"system:authenticated"}),
              ElementsAre("system:authenticated"));
  EXPECT_THAT(with_implied_groups("system:anonymous", none), ElementsAre("system:unauthenticated"));
  EXPECT_THAT(
      with_implied_groups("system:serviceaccount:ns:name", none),
      ElementsAre("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"));
  EXPECT_THAT(with_implied_groups("system:serviceaccount:ns", none),
              ElementsAre("system:authenticated"));
  EXPECT_THAT(with_implied_groups("system:node:n", none),
              ElementsAre("system:nodes", "system:authenticated"));
}

TEST(PolicyTable, SaysForWhomItIs) {
  EXPECT_EQ(described({}),
            "a user that no rule names (group system:authenticated), namespace default");
  EXPECT_EQ(described({.user = "system:node:n", .groups = {}, .namespace_name = "d"}),
            "user system:node:n (groups system:nodes, system:authenticated), namespace d");
}

// ---- exceptions ---------------------------------------------------------------------------------

TEST(PolicyTable, MarksWhatRulesSayOfOthers) {
  struct Row {
    std::string_view why;
    std::string policy;
    std::string_view pods;
    std::string_view nodes;
  };
  const std::string rest = "- level: Metadata\n";
  const std::vector<Row> rows{
      {"a user", "- {level: None, users: [a], verbs: [get]}\n" + rest, "M*MMMMMMM", "M*MMMMMMM"},
      {"the same level", "- {level: Metadata, users: [a]}\n" + rest, "MMMMMMMM", "MMMMMMMM"},
      {"strangers, who fall through the first rule",
       "- {level: None, userGroups: [system:authenticated]}\n" + rest, "-*-*-*-*-*-*-*-*",
       "-*-*-*-*-*-*-*-*"},
      {"strangers, named", "- {level: None, userGroups: [system:unauthenticated]}\n" + rest,
       "M*M*M*M*M*M*M*M*", "M*M*M*M*M*M*M*M*"},
      {"a namespace; nodes are in none", "- {level: None, namespaces: [d]}\n" + rest,
       "M*M*M*M*M*M*M*M*", "MMMMMMMM"},
      {"no namespace: lists of all", "- {level: None, namespaces: ['']}\n" + rest, "MM*M*MMMMM",
       "--------"},
      {"an object, where requests name one",
       "- level: None\n  resources: [{group: '', resources: [pods, nodes], resourceNames: [a]}]\n" +
           rest,
       "M*MMMM*M*M*M", "M*MMMM*M*M*M"},
      {"a user in a namespace", "- {level: None, users: [a], namespaces: [d]}\n" + rest,
       "M*M*M*M*M*M*M*M*", "MMMMMMMM"},
      {"nobody: an earlier rule takes all", rest + "- {level: None, users: [a]}\n", "MMMMMMMM",
       "MMMMMMMM"},
  };
  for (const Row& row : rows) {
    const PolicyTable table = table_of(rules(row.policy));
    EXPECT_EQ(levels(row_of(table, "", "pods")), row.pods) << row.why;
    EXPECT_EQ(levels(row_of(table, "", "nodes")), row.nodes) << row.why;
  }
}

TEST(PolicyTable, SaysWhichRuleMakesTheException) {
  const PolicyTable table = table_of(preset("tutorial"));
  const TableCell& cell = cell_of(table, "", "secrets", Verb::Get);
  ASSERT_TRUE(cell.exception);
  EXPECT_EQ(*cell.exception, (TableCell::Exception{Level::None, 0}));
}

// A namespace is in itself, and only what names it says which.
TEST(PolicyTable, TakesANamespaceForItsOwn) {
  const PolicyTable table =
      table_of(rules("- {level: None, namespaces: [default]}\n- level: Metadata\n"));
  EXPECT_EQ(levels(row_of(table, "", "namespaces")), "-*MMM-*-*-* ");
}

// ---- against requests over HTTP -----------------------------------------------------------------

std::string_view method_of(Verb verb) {
  switch (verb) {
    case Verb::Create:
      return "POST";
    case Verb::Update:
      return "PUT";
    case Verb::Patch:
      return "PATCH";
    case Verb::Delete:
    case Verb::DeleteCollection:
      return "DELETE";
    default:
      return "GET";
  }
}

std::string uri_of(const audit::ApiResource& resource, const std::string& subresource, Verb verb) {
  std::string uri =
      resource.group.empty() ? "/api/v1" : "/apis/" + std::string(resource.group) + "/v1";
  if (resource.scope == audit::ResourceScope::Namespaced) uri += "/namespaces/default";
  uri += "/" + std::string(resource.name);
  const bool is_of_all = verb == Verb::List || verb == Verb::Watch ||
                         verb == Verb::DeleteCollection ||
                         (verb == Verb::Create && subresource.empty());
  if (!is_of_all) uri += resource.name == "namespaces" ? "/default" : "/-";
  if (!subresource.empty()) uri += "/" + subresource;
  return uri + (verb == Verb::Watch ? "?watch=true" : "");
}

// As a client writes the request of a cell; "" for custom resources.
std::string uri_of(const TableRow& row, Verb verb) {
  if (row.part == TableRow::Part::Custom) return "";
  if (row.part == TableRow::Part::Url) return row.name == "any other URL" ? "/elsewhere" : row.name;
  const std::size_t slash = row.name.find('/');
  const audit::ApiResource* resource =
      audit::find_api_resource(row.group, row.name.substr(0, slash));
  if (resource == nullptr) {
    ADD_FAILURE() << row.name;
    return "";
  }
  return uri_of(*resource, slash == std::string::npos ? "" : row.name.substr(slash + 1), verb);
}

// The table finds its requests by itself; here they come over HTTP.
std::size_t compare_with_requests(const Read& policy, const TableIdentity& identity) {
  std::size_t compared = 0;
  for (const TableRow& row : table_of(policy, identity).rows) {
    for (const Verb verb : audit::kVerbs) {
      const TableCell& cell = row.cells.at(static_cast<std::size_t>(verb));
      const std::string uri = cell.is_served ? uri_of(row, verb) : "";
      if (uri.empty()) continue;
      auto request = audit::attributes_of_http(method_of(verb), uri);
      if (!request) {
        ADD_FAILURE() << uri;
        continue;
      }
      EXPECT_EQ(request->verb, audit::to_string(verb)) << uri;
      request->user = identity.user.value_or("");
      request->groups = with_implied_groups(request->user, identity.groups);
      const audit::Decision decision = audit::evaluate(policy.policy, *request);
      EXPECT_EQ(decision.level, cell.level) << policy.source->name() << " " << uri;
      EXPECT_EQ(decision.rule, cell.rule) << policy.source->name() << " " << uri;
      EXPECT_TRUE(!cell.exception || cell.exception->level != cell.level) << uri;
      ++compared;
    }
  }
  return compared;
}

TEST(PolicyTable, AgreesWithTheRequestsThatClientsSend) {
  const std::vector<TableIdentity> identities{
      {},
      {.user = "system:kube-controller-manager"},
      {.user = "system:node:n"},
      {.user = "system:serviceaccount:kube-system:generic-garbage-collector"},
      {.user = "system:anonymous"}};
  std::size_t compared = 0;
  for (const audit::Preset& preset_of : audit::presets())
    for (const TableIdentity& identity : identities)
      compared += compare_with_requests(preset(preset_of.name), identity);
  EXPECT_GT(compared, 15000U);
}

// Every name that a rule gives to somebody or something, and one that none does.
struct Names {
  std::vector<std::string> users{"-"};
  std::vector<std::string> groups{"-"};
  std::vector<std::string> namespaces{"-"};
  std::vector<std::string> objects{"-"};
};

void add_names(std::vector<std::string>& names, const audit::Words& words) {
  for (const audit::Word& word : words.items)
    if (!word.value.empty()) names.push_back(word.value);
}

Names names_in(const audit::AuditPolicy& policy) {
  Names names;
  for (const audit::PolicyRule& rule : policy.rules) {
    add_names(names.users, rule.users);
    add_names(names.groups, rule.user_groups);
    add_names(names.namespaces, rule.namespaces);
    for (const audit::GroupResources& of : rule.resources)
      add_names(names.objects, of.resource_names);
  }
  return names;
}

// A cell without a star says the same of everybody and everything.
std::size_t compare_with_all_others(const Read& policy) {
  std::size_t compared = 0;
  const Names names = names_in(policy.policy);
  for (const TableRow& row : table_of(policy, {}).rows) {
    for (const Verb verb : audit::kVerbs) {
      const TableCell& cell = row.cells.at(static_cast<std::size_t>(verb));
      const std::string uri = cell.is_served && !cell.exception ? uri_of(row, verb) : "";
      if (uri.empty()) continue;
      audit::RequestAttributes request = audit::attributes_of_http(method_of(verb), uri).value();
      for (const std::string& user : names.users) {
        for (const std::string& group : names.groups) {
          request.user = user;
          request.groups = with_implied_groups(user, {group});
          for (const std::string& of : names.namespaces) {
            if (!request.namespace_name.empty()) request.namespace_name = of;
            if (!request.name.empty() && row.name != "namespaces")
              request.name = names.objects[compared % names.objects.size()];
            EXPECT_EQ(audit::explain(policy.policy, request).decision.level, cell.level)
                << policy.source->name() << " " << uri << " by " << user << " of " << group
                << " in " << of << " named " << request.name;
            ++compared;
          }
        }
      }
    }
  }
  return compared;
}

TEST(PolicyTable, SaysNoneOnlyWhereExplainDoes) {
  std::size_t compared = 0;
  for (const audit::Preset& preset_of : audit::presets())
    compared += compare_with_all_others(preset(preset_of.name));
  for (const std::filesystem::path& file : support::files_below(KAUDIT_TESTDATA "/policy")) {
    const std::string name = file.filename().string();
    if (!name.ends_with(".yaml") && !name.ends_with(".json")) continue;
    const auto source =
        std::make_shared<const text::SourceText>(file.string(), support::read_text_file(file));
    const audit::LoadedPolicy loaded = audit::load_policy(source, kVersion);
    constexpr std::size_t kMany =
        100;  // of hundreds of rules every name with every other is too much
    if (loaded.is_loaded() && loaded.policy->rules.size() <= kMany)
      compared += compare_with_all_others({source, *loaded.policy});
  }
  EXPECT_GT(compared, 100000U);
}

// As many users, namespaces and objects as nobody can try one by one.
std::string crowded_rules(int count) {
  const auto list = [](char name, int size) {
    std::string words;
    for (int i = 0; i < size; ++i) words += (i == 0 ? "" : ", ") + (name + std::to_string(i));
    return "[" + words + "]";
  };
  std::string text;
  for (int i = 0; i < count; ++i)
    text += "- level: Metadata\n  users: " + list(static_cast<char>('a' + i % 20), 40) +
            "\n  namespaces: " + list('n', 100) +
            "\n  resources: [{group: '', resources: [pods], resourceNames: " + list('x', 100) +
            "}]\n";
  return text;
}

TEST(PolicyTable, FindsTheOneExceptionAmongMany) {
  const PolicyTable table =
      table_of(rules(crowded_rules(200) + "- {level: Request, users: [t39], namespaces: [n99]}\n"
                                          "- level: Metadata\n"));
  EXPECT_EQ(levels(row_of(table, "", "pods")), "M*M*M*M*M*M*M*M*");
  EXPECT_EQ(levels(row_of(table, "", "nodes")), "MMMMMMMM");
  EXPECT_EQ(cell_of(table, "", "pods", Verb::Get).exception,
            (TableCell::Exception{Level::Request, 200}));
  EXPECT_EQ(table.unsearched(), 0U);
}

// For each rule its own half of the users and of the namespaces: no two of them are alike.
std::string scattered_rules() {
  std::string text;
  for (int i = 0; i < 14; ++i) {
    std::string users;
    std::string spaces;
    for (int name = 0; name < 128; ++name) {
      if ((name >> (i % 7) & 1) == 0) continue;
      users += (users.empty() ? "u" : ", u") + std::to_string(name);
      spaces += (spaces.empty() ? "n" : ", n") + std::to_string(name);
    }
    text += "- {level: Metadata, users: [" + users + "], namespaces: [" + spaces + "]}\n";
  }
  return text + "- {level: None, users: [u1], namespaces: [n2], verbs: [get]}\n- level: Metadata\n";
}

TEST(PolicyTable, SaysWhereItGaveUp) {
  const Read policy = rules(scattered_rules());
  const PolicyTable whole = make_table(policy.policy, kVersion, {});
  EXPECT_EQ(levels(row_of(whole, "", "pods")), "M*MMMMMMM");
  EXPECT_EQ(whole.unsearched(), 0U);

  const PolicyTable table = make_table(policy.policy, kVersion, {}, nullptr, 1000);
  const TableCell& pods = cell_of(table, "", "pods", Verb::Get);
  EXPECT_EQ(pods, (TableCell{Level::Metadata, 15, true, {}, true}));
  EXPECT_GT(table.unsearched(), 0U);
  // Where nothing but one level can come out there is nothing to look for.
  EXPECT_EQ(cell_of(table, "", "pods", Verb::List), (TableCell{Level::Metadata, 15, true, {}}));

  EXPECT_THAT(table_text(table, false), HasSubstr("\n  all groups                meta? meta "));
  EXPECT_THAT(table_text(table, false), HasSubstr("\n?     a rule may: they are too many to try "
                                                  "them all\n"));
  EXPECT_THAT(table_text(whole, false), Not(HasSubstr("?     a rule may")));
  const std::string html = table_html(table, policy.policy, *policy.source);
  EXPECT_THAT(html, HasSubstr(">meta?</a>"));
  EXPECT_THAT(html,
              HasSubstr("<li>? a rule may say otherwise of other users, namespaces or objects: "
                        "they are too many to try them all</li>"));
  const auto json = nlohmann::json::parse(table_json(table, policy.policy, *policy.source));
  std::size_t unknown = 0;
  for (const auto& row : json["rows"])
    for (const auto& cell : row["verbs"]) unknown += cell.contains("forOthersUnknown") ? 1 : 0;
  EXPECT_EQ(unknown, table.unsearched());
}

// U+202E shows "secrets" behind it as "sterces".
TEST(PolicyTable, WritesWhatTurnsTextAroundAsEscapes) {
  const Read policy = rules("- level: None\n  nonResourceURLs: [\"/a\u202Eb\"]\n");
  const PolicyTable table = table_of(policy);
  const std::string text = table_text(table, false);
  EXPECT_THAT(text, HasSubstr("/a\\u202eb"));
  EXPECT_THAT(text, Not(HasSubstr("\u202E")));
  const std::string html = table_html(table, policy.policy, *policy.source);
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">/a\\u202eb</th>"));
  EXPECT_THAT(html, HasSubstr("nonResourceURLs: [&quot;/a\\u202eb&quot;]"));
  EXPECT_THAT(html, Not(HasSubstr("\u202E")));
}

// ---- on a terminal ------------------------------------------------------------------------------

TEST(PolicyTableText, CollapsesWhatLooksAlike) {
  EXPECT_EQ(table_text(table_of(preset("tutorial")), false),
            R"(for a user that no rule names (group system:authenticated), namespace default

                            get   list  watch create update patch delete delcoll
core
  secrets                   full* full* full* full*  full*  full* full*  full*
  all other resources       meta  meta  meta  meta   meta   meta  meta   meta
whole groups
  all built-in groups       meta  meta  meta  meta   meta   meta  meta   meta
custom resources
  any other group           meta  meta  meta  meta   meta   meta  meta   meta
other URLs
  /api, /apis,              meta
  /debug/pprof/, /healthz,
  /livez, /logs/, /metrics,
  /openapi/v2, /openapi/v3,
  /openid/v1/jwks, /readyz,
  /version, any other URL

meta  Metadata: who did what, without bodies
full  RequestResponse: metadata and the bodies of request and response
*     a rule says otherwise of other users, namespaces or objects
delcoll is deletecollection; without a level there are no such requests
)");
}

TEST(PolicyTableText, SaysAllGroupsWhereNothingIsTold) {
  EXPECT_THAT(table_text(table_of(preset("stig")), false),
              HasSubstr("\nwhole groups\n"
                        "  all groups                full  full  full  full   full   full  full   "
                        "full\n"));
}

TEST(PolicyTableText, WrapsNamesAndGivesLongOnesTheirOwnLine) {
  const std::string text = table_text(table_of(preset("recommended")), false);
  EXPECT_THAT(text, HasSubstr("  nodes/proxy, pods/attach, meta              meta   meta   meta  "
                              "meta\n"
                              "  pods/exec,\n"));
  EXPECT_THAT(text, HasSubstr("  horizontalpodautoscalers/status\n"
                              "                            meta                     req*   "
                              "req*\n"));
  EXPECT_THAT(text, HasSubstr("  events                    -*    -*    -*    -*     -*     -*    "
                              "req    req\n"));
}

TEST(PolicyTableText, FitsInto80Columns) {
  for (const audit::Preset& preset_of : audit::presets()) {
    std::istringstream lines{table_text(table_of(preset(preset_of.name)), false)};
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(text::count_characters(line), 80U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line << "|";
    }
  }
}

TEST(PolicyTableText, PaintsOnlyWhenAskedTo) {
  const PolicyTable table = table_of(preset("recommended"));
  const std::string plain = table_text(table, false);
  const std::string painted = table_text(table, true);
  EXPECT_THAT(plain, Not(HasSubstr("\033")));
  EXPECT_THAT(painted, HasSubstr("\033[1;31mfull\033[0m"));
  EXPECT_EQ(std::regex_replace(painted, std::regex("\033\\[[0-9;]*m"), ""), plain);
}

TEST(PolicyTableText, CannotSteerATerminal) {
  const Read policy =
      rules("- level: None\n  nonResourceURLs: [\"/a\\e[2Jb\"]\n- level: Metadata\n");
  EXPECT_THAT(table_text(table_of(policy, {.user = "a\033[2J"}), false), Not(HasSubstr("\033")));
}

// ---- differences --------------------------------------------------------------------------------

std::string diff(const Read& before, const Read& after, const TableIdentity& identity = {}) {
  const PolicyTable a = make_table(before.policy, kVersion, identity, &after.policy);
  const PolicyTable b = make_table(after.policy, kVersion, identity, &before.policy);
  return table_diff({before.source->name(), a}, {after.source->name(), b}, false);
}

TEST(PolicyTableDiff, ShowsOnlyWhatDiffers) {
  EXPECT_EQ(diff(preset("tutorial"), preset("minimal")),
            R"(from tutorial to minimal, for a user that no rule names (group
system:authenticated), namespace default

core
  secrets                   full → meta  get list watch create update patch
                                         delete delcoll

8 cells differ
)");
}

TEST(PolicyTableDiff, ShowsEveryKindOfRow) {
  const Read before = rules("- level: Metadata\n");
  const Read after = rules(R"(- {level: None, verbs: [get], nonResourceURLs: [/healthz, /own]}
- level: Request
  verbs: [create]
  resources:
  - {group: '', resources: [pods/exec]}
  - {group: batch}
  - {group: example.com, resources: [widgets]}
- level: Metadata
)");
  EXPECT_EQ(diff(before, after),
            R"(from policy.yaml to policy.yaml, for a user that no rule names (group
system:authenticated), namespace default

core
  pods/exec                 meta → req   create
batch
  cronjobs, jobs            meta → req   create
custom resources
  widgets.example.com       meta → req   create
other URLs
  /healthz, /own            meta → -     get

6 cells differ
)");
}

TEST(PolicyTableDiff, PutsEveryPairOfLevelsOnItsLine) {
  EXPECT_THAT(diff(preset("tutorial"), preset("recommended")),
              HasSubstr("  events                    meta → -     get list watch create update "
                        "patch\n"
                        "                            meta → req   delete delcoll\n"));
}

// "All other" would be wrong: there are resources that do not differ.
TEST(PolicyTableDiff, NamesAllThatDifferWhereSomeDoNot) {
  EXPECT_THAT(diff(preset("tutorial"), preset("recommended")),
              HasSubstr("  bindings, endpoints,      meta → req   create update patch delete "
                        "delcoll\n"
                        "  limitranges, namespaces,\n"));
}

TEST(PolicyTableDiff, IsEmptyForEqualPolicies) {
  const Read policy = preset("recommended");
  EXPECT_THAT(diff(policy, policy), testing::EndsWith("namespace default\n\nno cells differ\n"));
  const PolicyTable table = table_of(policy);
  EXPECT_FALSE(differ(table, table));
  EXPECT_TRUE(differ(make_table(policy.policy, kVersion, {}),
                     make_table(policy.policy, kVersion, {.user = "system:kube-scheduler"})));
}

TEST(PolicyTableDiff, CountsWhatOnlyOthersSee) {
  EXPECT_THAT(diff(rules("- level: Metadata\n"),
                   rules("- {level: None, users: [a], verbs: [get], nonResourceURLs: [/healthz]}\n"
                         "- level: Metadata\n")),
              testing::EndsWith("\n\nno cells differ\n"
                                "1 more may differ for other users, namespaces or objects\n"));
}

TEST(PolicyTableDiff, FitsInto80Columns) {
  for (const audit::Preset& a : audit::presets()) {
    for (const audit::Preset& b : audit::presets()) {
      std::istringstream lines{diff(preset(a.name), preset(b.name))};
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(text::count_characters(line), 80U) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line << "|";
      }
    }
  }
}

// ---- for programs -------------------------------------------------------------------------------

TEST(PolicyTableJson, HasEveryCellWithItsRule) {
  const Read policy = preset("tutorial");
  const PolicyTable table = table_of(policy, {.user = "system:node:n"});
  const auto json = nlohmann::json::parse(table_json(table, policy.policy, *policy.source));
  EXPECT_EQ(json["schemaVersion"], 1);
  EXPECT_EQ(json["command"], "policy table");
  EXPECT_EQ(json["file"], "tutorial");
  EXPECT_EQ(json["identity"], nlohmann::json::parse(R"({"user": "system:node:n", "namespace": null,
      "groups": ["system:nodes", "system:authenticated"]})"));
  ASSERT_EQ(json["rows"].size(), table.rows.size());
  const auto row = std::ranges::find_if(
      json["rows"], [](const nlohmann::json& of) { return of["name"] == "serviceaccounts/token"; });
  ASSERT_NE(row, json["rows"].end());
  EXPECT_EQ(*row, nlohmann::json::parse(R"({"kind": "builtIn", "group": "",
      "name": "serviceaccounts/token",
      "verbs": {"create": {"level": "Metadata", "rule": 3, "ruleLine": 41}}})"));
  const auto secrets = std::ranges::find_if(
      json["rows"], [](const nlohmann::json& of) { return of["name"] == "secrets"; });
  ASSERT_NE(secrets, json["rows"].end());
  EXPECT_EQ((*secrets)["verbs"]["list"], nlohmann::json::parse(R"({"level": "RequestResponse",
      "rule": 2, "ruleLine": 35, "forOthers": {"level": "None", "rule": 0, "ruleLine": 21}})"));
}

TEST(PolicyTableJson, SaysWhereNoRuleMatches) {
  const Read policy = rules("- level: Metadata\n  verbs: [create]\n");
  const auto json =
      nlohmann::json::parse(table_json(table_of(policy), policy.policy, *policy.source));
  EXPECT_EQ(json["rows"].back(), nlohmann::json::parse(R"({"kind": "url", "group": "",
      "name": "any other URL", "verbs": {"get": {"level": "None", "rule": null,
      "ruleLine": null}}})"));
}

// ---- in a browser -------------------------------------------------------------------------------

std::string html(const Read& policy, const TableIdentity& identity = {}) {
  return table_html(table_of(policy, identity), policy.policy, *policy.source);
}

// A page is too long to be printed where it is wrong.
void expect_holds(const std::string& page, std::string_view words) {
  EXPECT_NE(page.find(words), std::string::npos) << words;
}
void expect_lacks(const std::string& page, std::string_view words) {
  EXPECT_EQ(page.find(words), std::string::npos) << words;
}

std::set<std::string> all_matches(const std::string& text, const std::string& pattern) {
  std::set<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it)
    found.insert((*it)[1]);
  return found;
}

TEST(PolicyTableHtml, NamesTheRuleOfEveryCell) {
  expect_holds(html(preset("tutorial")),
               "<tr><th scope=\"row\">secrets</th><td class=\"full\"><a href=\"#rule-2\" "
               "title=\"get secrets: RequestResponse, rules[2] (line 35); for some others "
               "None, rules[0] (line 21)\">full*</a></td>");
}

TEST(PolicyTableHtml, SaysWhereNoRuleMatches) {
  const std::string page = html(rules("- level: Metadata\n  verbs: [get]\n"));
  expect_holds(page,
               "<td class=\"none\"><span title=\"list pods: None, no rule "
               "matches\">none</span></td>");
  expect_holds(page,
               "<tr><th scope=\"row\" class=\"sub\">pods/exec</th><td "
               "class=\"meta\"><a href=\"#rule-0\" title=\"get pods/exec: Metadata, "
               "rules[0] (line 4)\">meta</a></td><td></td><td></td>");
}

TEST(PolicyTableHtml, LeadsToEveryRule) {
  const std::string page = html(preset("recommended"));
  const std::set<std::string> targets = all_matches(page, "id=\"(rule-[0-9]+)\"");
  EXPECT_EQ(targets.size(), preset("recommended").policy.rules.size());
  for (const std::string& link : all_matches(page, "href=\"#([^\"]*)\""))
    EXPECT_TRUE(targets.contains(link)) << link;
}

TEST(PolicyTableHtml, ShowsTheTextOfARule) {
  expect_holds(html(rules("- level: None\n  users: [a]\n\n# last\n- level: Metadata\n")),
               "<div class=\"rule\" id=\"rule-0\"><p>rules[0] (line 4) <span class=\"key "
               "none\">none</span> decides 0 of the cells above</p>\n"
               "<pre>- level: None\n  users: [a]</pre></div>\n");
}

TEST(PolicyTableHtml, ShowsOnlyTheRuleOfALineWithMany) {
  const std::string page = html(read(
      "p.json", R"({"apiVersion": "audit.k8s.io/v1", "rules": [{"level": "None", "users": ["a"]},)"
                R"( {"level": "Metadata"}]})"));
  expect_holds(
      page, "<pre>{&quot;level&quot;: &quot;None&quot;, &quot;users&quot;: [&quot;a&quot;]}</pre>");
  expect_holds(page, "<pre>{&quot;level&quot;: &quot;Metadata&quot;}</pre>");
}

TEST(PolicyTableHtml, LoadsNothing) {
  for (const audit::Preset& preset_of : audit::presets()) {
    const std::string page = html(preset(preset_of.name));
    for (const std::string_view word :
         {"<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "http:", "https:"})
      expect_lacks(page, word);
    expect_holds(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    EXPECT_TRUE(page.starts_with("<!DOCTYPE html>\n") && page.ends_with("</html>\n"));
  }
}

TEST(PolicyTableHtml, HasALightAndADarkScheme) {
  const std::string page = html(preset("minimal"));
  expect_holds(page, "<meta name=\"color-scheme\" content=\"light dark\">");
  const std::size_t dark = page.find("@media (prefers-color-scheme: dark)");
  ASSERT_NE(dark, std::string::npos);
  // Every colour that is used is there in both.
  for (const std::string& color : all_matches(page, "var\\((--[a-z-]+)\\)")) {
    EXPECT_LT(page.find(color + ":"), dark) << color;
    EXPECT_NE(page.find(color + ":", dark), std::string::npos) << color;
  }
}

TEST(PolicyTableHtml, EscapesWhatAPolicySays) {
  const Read policy = read("<b>\"&.yaml",
                           "apiVersion: audit.k8s.io/v1\nrules:\n- level: None\n"
                           "  nonResourceURLs: ['/<script>\"']\n  users: [a] # </pre><script>\n"
                           "  verbs: [get]\n");
  const std::string page = html(policy, {.user = "<script>"});
  expect_lacks(page, "<script");
  expect_holds(page, "<title>Audit policy &lt;b&gt;&quot;&amp;.yaml</title>");
  expect_holds(page, "title=\"get /&lt;script&gt;&quot;: None, no rule matches\"");
  expect_holds(page, "  users: [a] # &lt;/pre&gt;&lt;script&gt;\n");
}

TEST(PolicyTableHtml, ClosesWhatItOpens) {
  const std::string page = html(preset("recommended"));
  for (const std::string tag : {"table", "thead", "tbody", "tr", "td", "a", "div", "pre", "ul",
                                "li", "p", "h1", "h2", "span", "style", "head", "body", "html"}) {
    const auto count = [&](const std::string& pattern) {
      const std::regex regex(pattern);
      return std::distance(std::sregex_iterator(page.begin(), page.end(), regex), {});
    };
    EXPECT_EQ(count("<" + tag + "[ >]"), count("</" + tag + ">")) << tag;
    EXPECT_GT(count("<" + tag + "[ >]"), 0) << tag;
  }
}

}  // namespace
}  // namespace kaudit::cli
