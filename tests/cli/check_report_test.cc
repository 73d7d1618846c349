#include "cli/check_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/help.h"
#include "text/source_text.h"

namespace kaudit::cli {
namespace {

using check::Benchmark;
using check::CheckedFile;
using check::ControlResult;
using check::ControlState;
using check::Finding;
using check::Severity;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kManifest = R"(spec:
  containers:
  - command:
    - kube-apiserver
    - --audit-log-path=/var/log/a.log
    - --audit-log-path=/😀/b.log
    volumeMounts:
    - mountPath: /var/log
      readOnly: true
)";

constexpr std::string_view kFlag = "--audit-log-path=/var/log/a.log";

text::Span place_of(std::string_view words) {
  const std::size_t at = kManifest.find(words);
  EXPECT_NE(at, std::string_view::npos) << words;
  return {at, at + words.size()};
}

Finding read_only() {
  return {.rule = "log-mount-read-only",
          .severity = Severity::Error,
          .place = place_of(kFlag),
          .subject = "/var/log/a.log",
          .message = "/var/log/a.log lies in a read-only mount",
          .consequence = "the API server will not start",
          .fix = "run kaudit enable",
          .related = {{place_of("readOnly: true"), "the mount"}},
          .path = "spec.containers[0].command[1]"};
}
Finding unset() {
  return {.rule = "rotation-unset",
          .severity = Severity::Warning,
          .place = place_of("b.log"),
          .subject = "audit-log-maxage",
          .message = "--audit-log-maxage is not set",
          .consequence = "old logs stay",
          .fix = "add it"};
}
Finding off() {
  return {.rule = "auditing-off",
          .severity = Severity::Note,
          .place = std::nullopt,
          .subject = "",
          .message = "no audit flag is set",
          .consequence = "nothing is recorded",
          .fix = "run kaudit enable"};
}

CheckedFile checked(std::string name, std::vector<Finding> findings) {
  CheckedFile file;
  file.source = std::make_shared<const text::SourceText>(std::move(name), std::string(kManifest));
  file.version = {1, 29, 3};
  file.findings = std::move(findings);
  return file;
}
CheckedFile unjudged(std::string name, std::optional<text::Span> place = {}) {
  CheckedFile file = checked(std::move(name), {});
  file.error = text::Error{text::ErrorKind::NotAnApiServer, "no container runs kube-apiserver",
                           "name another file", place};
  return file;
}

// Two files with findings, one without, one that could not be judged.
CheckReport mixed() {
  return {
      .files = {checked("a.yaml", {off(), read_only()}), checked("clean.yaml", {}),
                unjudged("other.yaml", place_of("kube-apiserver")), checked("z.yaml", {unset()})},
      .skipped = 2};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// ---- text ---------------------------------------------------------------------------------------

TEST(CheckText, ShowsEveryFindingWhereItStands) {
  EXPECT_EQ(to_text(mixed(), false),
            R"(a.yaml: note: no audit flag is set; nothing is recorded [auditing-off]
  fix: run kaudit enable
)"
            "a.yaml:5:7: error: /var/log/a.log lies in a read-only mount; the API server will not "
            "start [log-mount-read-only]\n"
            R"(        - --audit-log-path=/var/log/a.log
          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
a.yaml:9:7: note: the mount
          readOnly: true
          ^~~~~~~~~~~~~~
  fix: run kaudit enable

other.yaml:4:7: error: no container runs kube-apiserver
        - kube-apiserver
          ^~~~~~~~~~~~~~
  hint: name another file

z.yaml:6:27: warning: --audit-log-maxage is not set; old logs stay [rotation-unset]
        - --audit-log-path=/😀/b.log
                              ^~~~~
  fix: add it

1 error, 1 warning and 1 note in 3 files; 2 files are no API server's manifest; 1 file could )"
            "not be checked\n");
}

TEST(CheckText, LeavesOutWhatAFindingDoesNotSay) {
  Finding finding = off();
  finding.consequence = "";
  finding.fix = "";
  EXPECT_EQ(to_text({.files = {checked("a.yaml", {finding})}}, false),
            "a.yaml: note: no audit flag is set [auditing-off]\n\n1 note in 1 file\n");
}

TEST(CheckText, IsColouredAsOtherReports) {
  Finding finding = read_only();
  finding.message = "M";
  finding.consequence = "C";
  EXPECT_EQ(to_text({.files = {checked("a.yaml", {finding})}}, true),
            "\x1b[1ma.yaml:5:7: \x1b[0m\x1b[1;31merror:\x1b[0m M; C [log-mount-read-only]\n"
            "        - --audit-log-path=/var/log/a.log\n"
            "          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
            "\x1b[1ma.yaml:9:7: \x1b[0m\x1b[1;36mnote:\x1b[0m the mount\n"
            "          readOnly: true\n"
            "          ^~~~~~~~~~~~~~\n"
            "  \x1b[1;36mfix:\x1b[0m run kaudit enable\n"
            "\n"
            "1 error in 1 file\n");
  EXPECT_THAT(to_text({.files = {checked("z.yaml", {unset()})}}, true),
              HasSubstr("\x1b[1;33mwarning:\x1b[0m"));
  EXPECT_THAT(to_text({.files = {checked("z.yaml", {off()})}}, true),
              HasSubstr("\x1b[1;36mnote:\x1b[0m"));
  EXPECT_THAT(to_text({.files = {unjudged("o.yaml")}}, true),
              HasSubstr("\x1b[1mo.yaml: \x1b[0m\x1b[1;31merror:\x1b[0m no container"));
}

TEST(CheckText, ANameCannotSteerTheTerminal) {
  const CheckReport report = {.files = {checked("a\x1b[2J\n.yaml", {off()}), unjudged("b\n.yaml")}};
  for (const std::string& text : {to_text(report, false), to_summary(report, false)}) {
    EXPECT_THAT(text, HasSubstr("a\\x1b[2J\\n.yaml"));
    EXPECT_THAT(text, HasSubstr("b\\n.yaml"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  }
}

TEST(CheckText, ClosesWithACount) {
  struct Row {
    std::size_t errors, warnings, notes, files, unjudged, skipped;
    std::string_view line;
  };
  for (const Row& row : std::initializer_list<Row>{
           {0, 0, 0, 1, 0, 0, "no findings in 1 file"},
           {0, 0, 0, 2, 0, 0, "no findings in 2 files"},
           {0, 0, 0, 0, 0, 0, "no findings in 0 files"},
           {3, 1, 2, 4, 0, 0, "3 errors, 1 warning and 2 notes in 4 files"},
           {1, 2, 0, 1, 0, 0, "1 error and 2 warnings in 1 file"},
           {2, 0, 1, 1, 0, 0, "2 errors and 1 note in 1 file"},
           {0, 0, 1, 2, 0, 0, "1 note in 2 files"},
           {0, 3, 0, 2, 0, 1, "3 warnings in 2 files; 1 file is no API server's manifest"},
           {0, 0, 0, 1, 0, 2, "no findings in 1 file; 2 files are no API server's manifest"},
           {0, 0, 0, 1, 1, 0, "no findings in 1 file; 1 file could not be checked"},
           {0, 0, 0, 0, 2, 0, "2 files could not be checked"},
           {0, 0, 0, 0, 0, 3, "3 files are no API server's manifest"},
           {0, 0, 0, 0, 1, 1, "1 file is no API server's manifest; 1 file could not be checked"},
       }) {
    CheckReport report{.files = {}, .skipped = row.skipped};
    for (std::size_t i = 0; i < row.files; ++i) report.files.push_back(checked("f", {}));
    for (std::size_t i = 0; i < row.unjudged; ++i) report.files.push_back(unjudged("u"));
    const auto add = [&](std::size_t count, const Finding& finding) {
      for (std::size_t i = 0; i < count; ++i)
        report.files[i % row.files].findings.push_back(finding);
    };
    add(row.errors, read_only());
    add(row.warnings, unset());
    add(row.notes, off());
    EXPECT_EQ(lines_of(to_text(report, false)).back(), row.line);
    EXPECT_EQ(lines_of(to_summary(report, false)).back(), row.line);
  }
}

// ---- summary ------------------------------------------------------------------------------------

TEST(CheckSummary, IsATableOfFilesAndOneOfRules) {
  CheckReport report = mixed();
  report.files[3].findings = {unset(), unset(), off()};
  report.files[1].findings.assign(11, off());
  EXPECT_EQ(to_summary(report, false),
            R"(FILE        E  W   N  WORST FINDING
a.yaml      1  0   1  log-mount-read-only
clean.yaml  0  0  11  auditing-off
other.yaml  -  -   -  could not be checked
z.yaml      0  2   1  rotation-unset

COUNT  SEVERITY  RULE
    1  error     log-mount-read-only  The log's directory is mounted read-only.
    2  warning   rotation-unset       Old logs are kept without a limit.
   13  note      auditing-off         No audit flag is set: nothing is recorded.

1 error, 2 warnings and 13 notes in 3 files; 2 files are no API server's manifest; 1 file )"
            "could not be checked\n");
}

TEST(CheckSummary, OfFilesWithoutFindings) {
  EXPECT_EQ(to_summary({.files = {checked("a.yaml", {})}}, false),
            "FILE    E  W  N  WORST FINDING\n"
            "a.yaml  0  0  0  -\n"
            "\n"
            "no findings in 1 file\n");
  EXPECT_EQ(to_summary({}, false), "no findings in 0 files\n");
}

TEST(CheckSummary, CountsWhatTheHostSaysAboutAFileThatCannotBeChecked) {
  CheckReport report{.files = {unjudged("o.yaml")}};
  report.files[0].findings = {unset()};
  EXPECT_THAT(to_summary(report, false), HasSubstr("\no.yaml  0  1  0  could not be checked\n"));
  EXPECT_EQ(lines_of(to_summary(report, false)).back(),
            "1 warning in 1 file; 1 file could not be checked");
  EXPECT_TRUE(to_text(report, false).starts_with("o.yaml: error: "));
  EXPECT_THAT(to_text(report, false), HasSubstr("\no.yaml:6:27: warning: "));
}

TEST(CheckSummary, SortsRulesBySeverityThenCount) {
  Finding milder = read_only();
  milder.severity = Severity::Warning;
  Finding other = unset();
  other.rule = "flag-duplicate";
  const std::string text =
      to_summary({.files = {checked("a.yaml", {off(), other, unset(), unset(), milder, milder,
                                               milder, off(), off(), off(), off(), read_only()})}},
                 false);
  std::vector<std::string> totals;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("    ") && line[4] != ' ') totals.push_back(line.substr(0, 36));
  }
  EXPECT_EQ(totals,
            (std::vector<std::string>{
                "    1  error     log-mount-read-only", "    3  warning   log-mount-read-only",
                "    2  warning   rotation-unset     ", "    1  warning   flag-duplicate     ",
                "    5  note      auditing-off       "}));
}

TEST(CheckSummary, WrapsSummariesAtEightyColumns) {
  Finding wide = read_only();
  wide.rule = "blocking-strict-omits-request-received";
  Finding usual = unset();
  usual.rule = "truncation-off-with-request-bodies";
  const std::string text = to_summary({.files = {checked("a.yaml", {wide, usual, off()})}}, false);
  EXPECT_THAT(text, HasSubstr(R"(
    1  error     blocking-strict-omits-request-received
                                                  The mode blocking-strict has
                                                  no effect, because the policy
)"));
  EXPECT_THAT(text, HasSubstr(R"(
    1  note      auditing-off                     No audit flag is set: nothing
                                                  is recorded.
)"));
  for (const std::string& line : lines_of(text)) EXPECT_LE(line.size(), 80U) << line;
}

TEST(CheckSummary, IsColoured) {
  CheckReport report{.files = {checked("a.yaml", {unset()}), unjudged("o.yaml")}};
  EXPECT_EQ(to_summary(report, true),
            "\x1b[1mFILE    E  W  N  WORST FINDING\x1b[0m\n"
            "a.yaml  0  \x1b[1;33m1\x1b[0m  0  \x1b[1;33mrotation-unset\x1b[0m\n"
            "o.yaml  -  -  -  \x1b[1;31mcould not be checked\x1b[0m\n"
            "\n"
            "\x1b[1mCOUNT  SEVERITY  RULE\x1b[0m\n"
            "    1  \x1b[1;33mwarning \x1b[0m  rotation-unset  Old logs are kept without a limit.\n"
            "\n"
            "1 warning in 1 file; 1 file could not be checked\n");
}

// The names as the table shows them.
std::vector<std::string> shown(const std::vector<std::string>& names) {
  CheckReport report;
  for (const std::string& name : names) report.files.push_back(checked(name, {}));
  std::vector<std::string> lines = lines_of(to_summary(report, false));
  lines.erase(lines.begin());
  lines.resize(names.size());
  for (std::string& line : lines) line.erase(std::min(line.find(' '), line.size()));
  return lines;
}

TEST(CheckSummary, CutsLongNamesFromTheLeft) {
  // "  0  0  0  WORST FINDING" leaves 56 columns.
  const std::string fits(56, 'x');
  const std::string cut = std::string(20, 'y') + std::string(55, 'z');
  EXPECT_EQ(shown({fits, cut}), (std::vector<std::string>{fits, "…" + std::string(55, 'z')}));
  std::string umlauts;
  for (int i = 0; i < 60; ++i) umlauts += "ä";
  EXPECT_EQ(shown({umlauts}), (std::vector<std::string>{"…" + umlauts.substr(10)}));
}

TEST(CheckSummary, NeverCutsTwoFilesToTheSameName) {
  const std::string end = "/" + std::string(60, 'e');
  const auto names = shown({"/srv/one" + end, "/srv/two" + end, "/srv/two/three" + end, end});
  EXPECT_EQ(names, (std::vector<std::string>{"…ne" + end, "…o" + end, "…ee" + end, end}));
  // A name that is the end of another one, and one that is there twice.
  const std::string long_name(70, 'n');
  EXPECT_EQ(shown({"a/" + long_name, long_name, long_name}),
            (std::vector<std::string>{"…/" + long_name, long_name, long_name}));
  // "ä" and "å" begin with the same byte: what tells them apart must not be cut in two.
  EXPECT_EQ(shown({"1ä" + end, "2å" + end}), (std::vector<std::string>{"…ä" + end, "…å" + end}));
}

TEST(CheckSummary, OfManyFiles) {
  CheckReport report;
  for (int i = 0; i < 2000; ++i) {
    report.files.push_back(checked(
        "/clusters/" + std::to_string(i) + std::string(60, '/') + "m.yaml", {read_only(), off()}));
  }
  const std::vector<std::string> lines = lines_of(to_summary(report, false));
  EXPECT_EQ(lines.size(), 1U + 2000 + 1 + 3 + 1 + 1);
  const std::set<std::string> rows(lines.begin() + 1, lines.begin() + 2001);
  EXPECT_EQ(rows.size(), 2000U);
  EXPECT_EQ(lines.back(), "2000 errors and 2000 notes in 2000 files");
}

// ---- JSON ---------------------------------------------------------------------------------------

TEST(CheckJson, HasFindingsErrorsAndASummary) {
  EXPECT_EQ(to_json(mixed()).substr(0, 40), "{\n  \"schemaVersion\": 1,\n  \"command\": \"ch");
  json expected = json::parse(R"({
    "schemaVersion": 1,
    "command": "check",
    "findings": [
      {"id": "auditing-off", "severity": "note", "file": "a.yaml", "line": null, "column": null,
       "path": null, "message": "no audit flag is set", "consequence": "nothing is recorded",
       "fix": "run kaudit enable", "related": []},
      {"id": "log-mount-read-only", "severity": "error", "file": "a.yaml", "line": 5, "column": 7,
       "path": "spec.containers[0].command[1]",
       "message": "/var/log/a.log lies in a read-only mount",
       "consequence": "the API server will not start", "fix": "run kaudit enable",
       "related": [{"line": 9, "column": 7, "message": "the mount"}]},
      {"id": "rotation-unset", "severity": "warning", "file": "z.yaml", "line": 6, "column": 27,
       "path": null, "message": "--audit-log-maxage is not set", "consequence": "old logs stay",
       "fix": "add it", "related": []}],
    "errors": [
      {"file": "other.yaml", "line": 4, "column": 7, "message": "no container runs kube-apiserver",
       "hint": "name another file"}],
    "summary": {"files": 4, "checked": 3, "skipped": 2, "errors": 1, "warnings": 1, "notes": 1}
  })");
  const kube::KubernetesVersion version{1, 29, 3};
  expected["findings"][0]["controls"] = check::controls_of("auditing-off", "", version);
  expected["findings"][1]["controls"] =
      check::controls_of("log-mount-read-only", "/var/log/a.log", version);
  expected["findings"][2]["controls"] =
      check::controls_of("rotation-unset", "audit-log-maxage", version);
  ASSERT_FALSE(expected["findings"][2]["controls"].empty());
  EXPECT_EQ(json::parse(to_json(mixed())), expected);
}

TEST(CheckJson, OfNothing) {
  EXPECT_EQ(json::parse(to_json({})),
            json::parse(R"({"schemaVersion": 1, "command": "check", "findings": [], "errors": [],
      "summary": {"files": 0, "checked": 0, "skipped": 0, "errors": 0, "warnings": 0, "notes": 0}})"));
}

TEST(CheckJson, SurvivesANameThatIsNotUtf8) {
  const CheckReport report = {.files = {checked("\xFF.yaml", {off()}), unjudged("\xFE.yaml")}};
  EXPECT_EQ(json::parse(to_json(report))["findings"][0]["file"], "\xEF\xBF\xBD.yaml");
  EXPECT_EQ(json::parse(to_json(report))["errors"][0]["file"], "\xEF\xBF\xBD.yaml");
}

// ---- SARIF --------------------------------------------------------------------------------------

// What the standard demands of the objects that kaudit writes (SARIF 2.1.0, the paragraphs named).

void expect_message(const json& message) {  // §3.11
  ASSERT_TRUE(message.is_object());
  ASSERT_TRUE(message.value("text", json()).is_string());
  EXPECT_NE(message["text"], "");
}

void expect_uri(const std::string& uri) {  // §3.4.3, RFC 3986
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const auto c = static_cast<unsigned char>(uri[i]);
    if (c == '%') {
      ASSERT_LT(i + 2, uri.size()) << uri;
      EXPECT_NE(kHex.find(uri[i + 1]), std::string_view::npos) << uri;
      EXPECT_NE(kHex.find(uri[i + 2]), std::string_view::npos) << uri;
    } else {
      EXPECT_TRUE(std::isalnum(c) != 0 ||
                  std::string_view("-._~/:").find(uri[i]) != std::string_view::npos)
          << uri;
    }
  }
  // A ":" is a scheme's; a relative reference must not have one in its first segment.
  if (const std::size_t colon = uri.find(':'); colon != std::string::npos) {
    EXPECT_EQ(colon, 4U) << uri;
    EXPECT_TRUE(uri.starts_with("file:///")) << uri;
  } else {
    EXPECT_FALSE(uri.starts_with("/")) << uri;
  }
}

void expect_location(const json& location) {  // §3.28, §3.29, §3.30
  const json& physical = location.at("physicalLocation");
  expect_uri(physical.at("artifactLocation").at("uri"));
  if (physical.contains("region")) {
    const json& region = physical["region"];
    const int line = region.at("startLine");
    EXPECT_GE(line, 1);
    EXPECT_GE(region.at("startColumn").get<int>(), 1);
    EXPECT_GE(region.at("endLine").get<int>(), line);
    if (region["endLine"] == line) {
      EXPECT_GE(region.at("endColumn").get<int>(), region["startColumn"].get<int>());
    }
    EXPECT_GE(region["endColumn"].get<int>(), 1);
  }
  if (location.contains("logicalLocations")) {
    ASSERT_TRUE(location["logicalLocations"].is_array());
    for (const json& logical : location["logicalLocations"])
      EXPECT_TRUE(logical.at("fullyQualifiedName").is_string());
  }
}

void expect_result(const json& result, const json& rules) {  // §3.27
  expect_message(result.at("message"));
  const std::set<std::string> levels = {"none", "note", "warning", "error"};
  EXPECT_TRUE(levels.contains(result.at("level")));
  const std::size_t index = result.at("ruleIndex");
  ASSERT_LT(index, rules.size());
  EXPECT_EQ(rules[index].at("id"), result.at("ruleId"));
  ASSERT_EQ(result.at("locations").size(), 1U);
  expect_location(result["locations"][0]);
  std::set<int> ids;  // unique in the result and not negative: §3.28.2
  for (const json& related : result.value("relatedLocations", json::array())) {
    expect_location(related);
    expect_message(related.at("message"));
    EXPECT_GE(related.at("id").get<int>(), 0);
    EXPECT_TRUE(ids.insert(related["id"].get<int>()).second);
  }
  for (const auto& [key, value] : result.at("partialFingerprints").items())
    EXPECT_TRUE(value.is_string()) << key;
  EXPECT_TRUE(result.at("properties").at("controls").is_array());
}

void expect_rule(const json& rule, std::set<std::string>& ids) {  // §3.49
  EXPECT_TRUE(ids.insert(rule.at("id")).second);
  expect_message(rule.at("shortDescription"));
  expect_message(rule.at("fullDescription"));
  expect_message(rule.at("help"));
  EXPECT_TRUE(rule.at("defaultConfiguration").at("level").is_string());
  const std::vector<std::string> tags = rule.at("properties").at("tags");
  EXPECT_EQ(std::set<std::string>(tags.begin(), tags.end()).size(), tags.size());  // §3.8.2
}

// The log, after it was held against the standard.
json sarif_of(const CheckReport& report) {
  json log = json::parse(to_sarif(report));
  EXPECT_EQ(log.at("version"), "2.1.0");
  EXPECT_THAT(log.at("$schema").get<std::string>(),
              testing::StartsWith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/"));
  EXPECT_EQ(log.at("runs").size(), 1U);
  const json& run = log["runs"][0];
  const json& driver = run.at("tool").at("driver");
  EXPECT_EQ(driver.at("name"), "kaudit");
  EXPECT_EQ("kaudit " + driver.at("version").get<std::string>() + "\n", version_text());
  EXPECT_EQ(run.at("columnKind"), "unicodeCodePoints");
  std::set<std::string> ids;
  for (const json& rule : driver.at("rules")) expect_rule(rule, ids);
  EXPECT_TRUE(run.at("results").is_array());
  for (const json& result : run["results"]) expect_result(result, driver["rules"]);
  EXPECT_EQ(run.at("invocations").size(), 1U);
  const json& invocation = run["invocations"][0];
  EXPECT_TRUE(invocation.at("executionSuccessful").is_boolean());
  for (const json& notification : invocation.at("toolExecutionNotifications")) {  // §3.58
    expect_message(notification.at("message"));
    EXPECT_EQ(notification.at("level"), "error");
    for (const json& location : notification.at("locations")) expect_location(location);
  }
  return log;
}

TEST(CheckSarif, HasAResultForEveryFinding) {
  const json run = sarif_of(mixed())["runs"][0];
  const json& results = run["results"];
  ASSERT_EQ(results.size(), 3U);
  json expected = json::parse(R"({
    "ruleId": "log-mount-read-only",
    "ruleIndex": 2,
    "level": "error",
    "message": {"text": "/var/log/a.log lies in a read-only mount; the API server will not start. Fix: run kaudit enable"},
    "locations": [{
      "physicalLocation": {
        "artifactLocation": {"uri": "a.yaml"},
        "region": {"startLine": 5, "startColumn": 7, "endLine": 5, "endColumn": 38}},
      "logicalLocations": [{"fullyQualifiedName": "spec.containers[0].command[1]"}]}],
    "relatedLocations": [{
      "id": 1,
      "physicalLocation": {
        "artifactLocation": {"uri": "a.yaml"},
        "region": {"startLine": 9, "startColumn": 7, "endLine": 9, "endColumn": 21}},
      "message": {"text": "the mount"}}]
  })");
  expected["partialFingerprints"] = results[1]["partialFingerprints"];
  expected["properties"]["controls"] =
      check::controls_of("log-mount-read-only", "/var/log/a.log", {1, 29, 3});
  EXPECT_EQ(results[1], expected);

  EXPECT_EQ(results[0]["level"], "note");
  EXPECT_EQ(results[0]["locations"],
            json::parse(R"([{"physicalLocation": {"artifactLocation": {"uri": "a.yaml"}}}])"));
  EXPECT_EQ(results[2]["level"], "warning");
  EXPECT_EQ(results[2]["properties"]["controls"],
            json(check::controls_of("rotation-unset", "audit-log-maxage", {1, 29, 3})));
  EXPECT_FALSE(results[2].contains("relatedLocations"));
}

TEST(CheckSarif, DescribesTheRulesThatOccur) {
  const json rules = sarif_of(mixed())["runs"][0]["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0]["id"], "auditing-off");
  EXPECT_EQ(rules[1]["id"], "rotation-unset");
  EXPECT_EQ(rules[2]["id"], "log-mount-read-only");
  const check::Rule& rule = check::rule("auditing-off");
  EXPECT_EQ(rules[0]["shortDescription"]["text"], rule.summary);
  EXPECT_EQ(rules[0]["fullDescription"]["text"], rule.why);
  EXPECT_THAT(rules[0]["help"]["text"].get<std::string>(), HasSubstr(rule.source));
  EXPECT_EQ(rules[0]["defaultConfiguration"]["level"], "note");
  EXPECT_EQ(rules[0]["properties"]["tags"], json({"kubernetes", "auditing", "flags"}));
  EXPECT_EQ(rules[2]["properties"]["tags"], json({"kubernetes", "auditing", "mounts"}));
}

TEST(CheckSarif, EveryRuleCanBeDescribed) {
  CheckReport report{.files = {checked("a.yaml", {})}};
  for (const check::Rule& rule : check::all_rules()) {
    Finding finding = off();
    finding.rule = rule.id;
    report.files[0].findings.push_back(finding);
  }
  const json rules = sarif_of(report)["runs"][0]["tool"]["driver"]["rules"];
  EXPECT_EQ(rules.size(), check::all_rules().size());
}

TEST(CheckSarif, TellsWhatCouldNotBeChecked) {
  EXPECT_EQ(sarif_of(mixed())["runs"][0]["invocations"], json::parse(R"([{
    "executionSuccessful": false,
    "toolExecutionNotifications": [{
      "level": "error",
      "message": {"text": "no container runs kube-apiserver. Hint: name another file"},
      "locations": [{"physicalLocation": {
        "artifactLocation": {"uri": "other.yaml"},
        "region": {"startLine": 4, "startColumn": 7, "endLine": 4, "endColumn": 21}}}]}]}])"));
  const json run = sarif_of({.files = {checked("clean.yaml", {})}})["runs"][0];
  EXPECT_EQ(run["invocations"],
            json::parse(R"([{"executionSuccessful": true, "toolExecutionNotifications": []}])"));
  EXPECT_EQ(run["results"], json::array());
}

TEST(CheckSarif, WritesNamesAsUris) {
  struct Row {
    std::string name;
    std::string_view uri;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"manifests/kube-apiserver.yaml", "manifests/kube-apiserver.yaml"},
           {"/etc/kubernetes/manifests/a.yaml", "file:///etc/kubernetes/manifests/a.yaml"},
           {"two words.yaml", "two%20words.yaml"},
           {"100%.yaml", "100%25.yaml"},
           {"ä.yaml", "%C3%A4.yaml"},
           {"\xFF.yaml", "%FF.yaml"},
           {"c:d,e.yaml", "c%3Ad%2Ce.yaml"},
           {"a#b?c[d].yaml", "a%23b%3Fc%5Bd%5D.yaml"},
           {"./a//b/./c.yaml", "a/b/c.yaml"},
           {"//srv/a.yaml", "file:///srv/a.yaml"},
           {"../a~b_c.yaml", "../a~b_c.yaml"},
           {"<stdin>", "%3Cstdin%3E"},
       }) {
    const json log = sarif_of({.files = {checked(row.name, {off()})}});
    EXPECT_EQ(
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        row.uri);
  }
}

TEST(CheckSarif, CountsColumnsInCharacters) {
  struct Row {
    text::Span place;
    std::string_view region;  // startLine startColumn endLine endColumn
  };
  const text::Span flag = place_of(kFlag);
  const std::size_t end = kManifest.size();
  for (const Row& row : std::initializer_list<Row>{
           {place_of("b.log"), "6 27 6 32"},
           {{flag.begin, flag.end + 1}, "5 7 5 38"},             // with its line end
           {{flag.begin, place_of("b.log").begin}, "5 7 6 27"},  // two lines
           {{flag.begin, flag.begin}, "5 7 5 7"},                // nothing
           {{flag.end, flag.end + 1}, "5 38 5 38"},              // a line end
           {{place_of("readOnly").begin, end}, "9 7 9 21"},      // to the end of the file
       }) {
    Finding finding = off();
    finding.place = row.place;
    const json log = sarif_of({.files = {checked("a.yaml", {finding})}});
    const json& region = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    std::ostringstream numbers;
    numbers << region["startLine"] << ' ' << region["startColumn"] << ' ' << region["endLine"]
            << ' ' << region["endColumn"];
    EXPECT_EQ(numbers.str(), row.region);
  }
}

TEST(CheckSarif, AMessageHasNoPlaceholdersOrLinks) {
  const auto text = [](std::string message) {
    Finding finding = off();
    finding.message = std::move(message);
    finding.consequence = finding.fix = "";
    return sarif_of(
        {.files = {checked("a.yaml", {finding})}})["runs"][0]["results"][0]["message"]["text"];
  };
  EXPECT_EQ(text("{0} is }"), "{{0}} is }}");
  EXPECT_EQ(text("[here](https://x.example)"), "\\[here\\](https://x.example)");
  EXPECT_EQ(text("command[3] is 'x'"), "command[3] is 'x'");
}

TEST(CheckSarif, AFingerprintOutlivesAMove) {
  const auto prints = [](const std::vector<Finding>& findings) {
    std::vector<std::string> out;
    const json log = sarif_of({.files = {checked("a.yaml", findings)}});
    for (const json& result : log["runs"][0]["results"])
      out.push_back(result["partialFingerprints"].dump());
    return out;
  };
  Finding moved = read_only();
  moved.place = place_of("b.log");
  moved.path = "spec.containers[0].command[2]";
  moved.message = "another wording";
  const std::vector<std::string> before = prints({read_only(), unset(), unset()});
  const std::vector<std::string> after = prints({unset(), moved, unset()});
  EXPECT_EQ(std::set<std::string>(before.begin(), before.end()).size(), 3U);
  EXPECT_EQ(before, (std::vector<std::string>{after[1], after[0], after[2]}));
  Finding other = read_only();
  other.subject = "/var/log/b.log";
  EXPECT_NE(prints({other})[0], before[0]);
}

// ---- GitHub -------------------------------------------------------------------------------------

TEST(CheckGithub, WritesAWorkflowCommandForEveryFindingAndError) {
  EXPECT_EQ(to_github(mixed()),
            "::notice file=a.yaml,title=kaudit auditing-off::no audit flag is set; nothing is "
            "recorded%0Afix: run kaudit enable\n"
            "::error file=a.yaml,line=5,col=7,endColumn=38,title=kaudit log-mount-read-only::"
            "/var/log/a.log lies in a read-only mount; the API server will not start%0Afix: run "
            "kaudit enable\n"
            "::error file=other.yaml,line=4,col=7,endColumn=21,title=kaudit::no container runs "
            "kube-apiserver%0Ahint: name another file\n"
            "::warning file=z.yaml,line=6,col=27,endColumn=32,title=kaudit rotation-unset::"
            "--audit-log-maxage is not set; old logs stay%0Afix: add it\n");
  EXPECT_EQ(to_github({}), "");
}

TEST(CheckGithub, EscapesWhatWouldEndACommand) {
  Finding finding = off();
  finding.message = "50% of a:b,c\r\n::error::forged";
  finding.consequence = finding.fix = "";
  EXPECT_EQ(to_github({.files = {checked("a:b,c%\r\n.yaml", {finding})}}),
            "::notice file=a%3Ab%2Cc%25%0D%0A.yaml,title=kaudit auditing-off::50%25 of a:b,c%0D%0A"
            "::error::forged\n");
}

TEST(CheckGithub, APlaceOfSeveralLinesHasNoColumns) {
  Finding finding = off();
  finding.place = text::Span{place_of(kFlag).begin, place_of("b.log").end};
  EXPECT_THAT(to_github({.files = {checked("a.yaml", {finding})}}),
              testing::StartsWith("::notice file=a.yaml,line=5,endLine=6,title="));
}

// ---- benchmarks ---------------------------------------------------------------------------------

const std::vector<std::vector<ControlResult>> kControls = {
    {{"1.2.16", "audit log path is set", ControlState::Pass, "/var/log/a.log", ""},
     {"1.2.9", "maximum age is at least 30 days", ControlState::Fail, "not set",
      "the release's default of 366 days would do, but the benchmark asks for the flag itself to "
      "be there"}},
    {},
    {{"1.2.16", "audit log path is set", ControlState::Manual, "", "read the policy"}},
};

CheckReport assessed() {
  return {.files = {checked("a.yaml", {}), unjudged("other.yaml"), checked("z.yaml", {})},
          .skipped = 1};
}

TEST(Controls, AreALineEach) {
  const std::string edition = check::edition(Benchmark::Cis, {1, 29, 3});
  EXPECT_EQ(controls_text(assessed(), Benchmark::Cis, kControls, false), "a.yaml: " + edition + R"(
  pass    1.2.16  audit log path is set            /var/log/a.log
  fail    1.2.9   maximum age is at least 30 days  not set
                  the release's default of 366 days would do, but the benchmark
                  asks for the flag itself to be there

other.yaml: error: no container runs kube-apiserver
  hint: name another file

z.yaml: )" + edition +
                                                                             R"(
  manual  1.2.16  audit log path is set
                  read the policy

1 pass, 1 fail and 1 manual in 2 files; 1 file is no API server's manifest; 1 file could not )"
                                                                             "be checked\n");
}

TEST(Controls, AreColoured) {
  const std::string text = controls_text(assessed(), Benchmark::Stig, kControls, true);
  EXPECT_THAT(text, HasSubstr("\x1b[1ma.yaml:\x1b[0m " +
                              check::edition(Benchmark::Stig, {1, 29, 3}) + "\n"));
  EXPECT_THAT(text, HasSubstr("\n  \x1b[32mpass  \x1b[0m  1.2.16  audit"));
  EXPECT_THAT(text, HasSubstr("\n  \x1b[1;31mfail  \x1b[0m  1.2.9   maximum"));
  EXPECT_THAT(text, HasSubstr("\n  \x1b[1;33mmanual\x1b[0m  1.2.16  audit"));
}

TEST(Controls, AValueCannotSteerTheTerminal) {
  const CheckReport report{.files = {checked("a.yaml", {})}};
  EXPECT_THAT(controls_text(report, Benchmark::Cis,
                            {{{"1", "path", ControlState::Pass, "/a\x1b[2J", "see\n/a"}}}, false),
              HasSubstr("\n  pass    1  path  /a\\x1b[2J\n             see\\n/a\n"));
}

TEST(Controls, ALongTitleDoesNotMoveTheOtherValues) {
  const CheckReport report{.files = {checked("a.yaml", {})}};
  const std::string title(45, 't');
  EXPECT_THAT(controls_text(report, Benchmark::Cis,
                            {{{"1", title, ControlState::Pass, "30", ""},
                              {"22", "short", ControlState::Pass, "100", ""},
                              {"3", "shorter", ControlState::Pass, "10", ""}}},
                            false),
              HasSubstr("\n  pass    1   " + title +
                        "  30\n"
                        "  pass    22  short    100\n"
                        "  pass    3   shorter  10\n"));
}

TEST(Controls, AsJson) {
  json expected = json::parse(R"({
    "schemaVersion": 1,
    "command": "check",
    "profile": "cis",
    "files": [
      {"file": "a.yaml", "version": "1.29.3", "controls": [
        {"number": "1.2.16", "title": "audit log path is set", "state": "pass",
         "value": "/var/log/a.log", "remark": ""},
        {"number": "1.2.9", "title": "maximum age is at least 30 days", "state": "fail",
         "value": "not set", "remark": "the release's default of 366 days would do, but the benchmark asks for the flag itself to be there"}]},
      {"file": "z.yaml", "version": "1.29.3", "controls": [
        {"number": "1.2.16", "title": "audit log path is set", "state": "manual", "value": "",
         "remark": "read the policy"}]}],
    "errors": [{"file": "other.yaml", "line": null, "column": null,
                "message": "no container runs kube-apiserver", "hint": "name another file"}],
    "summary": {"pass": 1, "fail": 1, "manual": 1}
  })");
  for (json& file : expected["files"]) file["edition"] = check::edition(Benchmark::Cis, {1, 29, 3});
  EXPECT_EQ(json::parse(controls_json(assessed(), Benchmark::Cis, kControls)), expected);
  EXPECT_EQ(json::parse(controls_json({}, Benchmark::Stig, {}))["profile"], "stig");
}

// ---- the table of rules -------------------------------------------------------------------------

TEST(RulesText, HasALineForEveryRule) {
  const std::string text = rules_text();
  const std::vector<std::string> lines = lines_of(text);
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  for (const check::Rule& rule : check::all_rules()) {
    const std::string head = "  " + std::string(rule.id) + " ";
    const auto starts = [&](const std::string& line) { return line.starts_with(head); };
    ASSERT_EQ(std::count_if(lines.begin(), lines.end(), starts), 1) << rule.id;
    std::istringstream words(*std::find_if(lines.begin(), lines.end(), starts));
    std::string id, severity, mark;
    words >> id >> severity >> mark;
    EXPECT_EQ(severity, check::to_string(rule.severity)) << rule.id;
    EXPECT_EQ(mark == "*", rule.repaired_by_enable) << rule.id;
  }
  EXPECT_TRUE(text.starts_with("Flags\n  audit-version-removed           error     "));
  for (const char* title : {"Volumes and mounts", "The Pod", "The host"})
    EXPECT_THAT(text, HasSubstr("\n\n" + std::string(title) + "\n  "));
  EXPECT_THAT(text, HasSubstr(R"(
  auditing-off                    note    *  No audit flag is set: nothing is
                                             recorded.
)"));
  EXPECT_THAT(text, HasSubstr(R"(
  blocking-strict-omits-request-received warning
                                             The mode blocking-strict has no
)"));
  EXPECT_THAT(text, testing::EndsWith(R"(

* repaired by kaudit enable
'kaudit check --explain ID' tells more, and where the severity is another one.
)"));
}

TEST(RulesJson, HasEveryRule) {
  const json all = json::parse(rules_json());
  EXPECT_EQ(all["schemaVersion"], 1);
  EXPECT_EQ(all["command"], "check");
  ASSERT_EQ(all["rules"].size(), check::all_rules().size());
  for (std::size_t i = 0; i < all["rules"].size(); ++i) {
    const check::Rule& rule = check::all_rules()[i];
    EXPECT_EQ(all["rules"][i],
              (json{{"id", rule.id},
                    {"group", check::group_title(rule.group)},
                    {"severity", check::to_string(rule.severity)},
                    {"severityIn", rule.severity_in.empty() ? json() : json(rule.severity_in)},
                    {"repairedByEnable", rule.repaired_by_enable},
                    {"summary", rule.summary},
                    {"why", rule.why},
                    {"source", rule.source}}));
  }
}

TEST(RulesMarkdown, HasASectionForEveryRule) {
  const std::string text = rules_markdown();
  EXPECT_TRUE(text.starts_with("# Rules\n\n"));
  EXPECT_THAT(text, HasSubstr("generated from the table of rules by\n"
                              "`kaudit check --list-rules --format=markdown`.\n"));
  const std::vector<std::string> lines = lines_of(text);
  const auto headings = std::count_if(
      lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with("### "); });
  EXPECT_EQ(static_cast<std::size_t>(headings), check::all_rules().size());
  for (const check::Rule& rule : check::all_rules())
    EXPECT_THAT(text, HasSubstr("\n### " + std::string(rule.id) + "\n\n"));
  EXPECT_THAT(text, HasSubstr(R"(
## Flags

### audit-version-removed

The version of the events is not one that the release writes.

kube-apiserver 1.24 removed audit.k8s.io/v1alpha1 and v1beta1 and exits when asked for them; 1.21 to 1.23 warn.

- Severity: error; warning from 1.21 to 1.23, where the version is only deprecated
- Repaired by `kaudit enable`: no
- Source: k8s.io/apiserver, pkg/server/options/audit.go, AuditOptions.Validate (1.13 to 1.36)

### auditing-off
)"));
  EXPECT_THAT(text, HasSubstr("\n- Severity: note\n- Repaired by `kaudit enable`: yes\n"));
}

TEST(RulesMarkdown, ShowsMarksAsTheyAre) {
  const std::string text = rules_markdown();
  EXPECT_THAT(text, HasSubstr("kube-apiserver reads '\\_' as '-'"));              // no emphasis
  EXPECT_THAT(text, HasSubstr("pkg/volume/hostpath/host_path.go"));               // inside a word
  EXPECT_THAT(text, HasSubstr("warning in `kaudit check`, where the manifest"));  // code
}

check::Rule some_rule() {
  return {.id = "log-somewhere",
          .group = check::RuleGroup::Mounts,
          .severity = Severity::Error,
          .repaired_by_enable = true,
          .summary = "The log is somewhere.",
          .why =
              "kube-apiserver writes it into the container, where nobody looks for it, and it "
              "is lost at the next start.",
          .source = "CIS 1.2.16",
          .severity_in = "warning before 1.22"};
}

TEST(Explanation, IsWrappedAtEightyColumns) {
  EXPECT_EQ(explanation(some_rule(), false), R"(log-somewhere
  The log is somewhere.

  severity:  error; warning before 1.22
  why:       kube-apiserver writes it into the container, where nobody looks for
             it, and it is lost at the next start.
  repaired:  by kaudit enable
  source:    CIS 1.2.16
)");
  check::Rule rule = some_rule();
  rule.severity_in = "";
  rule.repaired_by_enable = false;
  EXPECT_THAT(explanation(rule, false), HasSubstr("\n  severity:  error\n"));
  EXPECT_THAT(explanation(rule, false), HasSubstr("\n  repaired:  not by kaudit enable\n"));
  for (const check::Rule& row : check::all_rules()) {
    for (const std::string& line : lines_of(explanation(row, false)))
      EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Explanation, IsColoured) {
  EXPECT_THAT(explanation(some_rule(), true),
              testing::StartsWith("\x1b[1mlog-somewhere\x1b[0m\n  The log is somewhere.\n\n"
                                  "  \x1b[1;36mseverity:\x1b[0m  error; warning before 1.22\n"
                                  "  \x1b[1;36mwhy:\x1b[0m       kube-apiserver writes it into"));
}

}  // namespace
}  // namespace kaudit::cli
