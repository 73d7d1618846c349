#include "cli/status_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kaudit::cli {
namespace {

constexpr std::int64_t kNow = 1'795'417'200;  // 2026-11-23T07:00:00Z
constexpr std::int64_t kDay = 86'400;

StatusReport recorded() {
  StatusReport report;
  report.manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
  report.now = {kNow, 0};
  report.running = RunningApiServer{
      1234, kNow - kDay, {{"audit-log-path", "/a/audit.log"}, {"audit-policy-file", "/p.yaml"}}};
  report.policy = PolicyStatus{"/p.yaml", "abc", "abc"};
  LogStatus log;
  log.path = "/a/audit.log";
  log.last_event = host::UtcTime{kNow - 3, 0};
  log.bytes = std::uint64_t{300} << 20;
  log.rotated = 2;
  log.oldest = log.first_event = host::UtcTime{kNow - 3 * kDay, 0};
  log.capacity = std::uint64_t{1100} << 20;
  log.maxage_days = 30;
  report.log = log;
  return report;
}

TEST(NotRecording, SaysWhy) {
  EXPECT_EQ(not_recording(recorded()), std::nullopt);
  struct Row {
    void (*change)(StatusReport&);
    const char* why;
  };
  const Row rows[] = {
      {[](StatusReport& r) { r.running.reset(); }, "no API server can be seen running here"},
      {[](StatusReport& r) { r.running->flags.clear(); },
       "the API server runs without audit flags"},
      {[](StatusReport& r) { r.policy.reset(); }, "the API server runs without an audit policy"},
      {[](StatusReport& r) { r.log.reset(); }, "events go into no file on this host"},
      {[](StatusReport& r) {
         r.log.reset();
         r.to_webhook = true;
       },
       "events go to a webhook, and from here one cannot see whether they arrive"},
      {[](StatusReport& r) { r.log->is_file = false; }, "/a/audit.log is no regular file"},
      {[](StatusReport& r) {
         r.log->is_there = false;
         r.log->last_event.reset();
       },
       "there is no log /a/audit.log"},
      {[](StatusReport& r) { r.log->last_event.reset(); }, "no event is in /a/audit.log"},
      {[](StatusReport& r) { r.log->last_event->seconds = kNow - 2 * kDay; },
       "no event was written since the API server was started"},
  };
  for (const Row& row : rows) {
    StatusReport report = recorded();
    row.change(report);
    EXPECT_EQ(not_recording(report), row.why);
  }
}

TEST(NotRecording, GoesByTheOwnRequestWhereThatTells) {
  const char* const unseen = "a request of kaudit's own was not recorded within 2 s";
  StatusReport report = recorded();
  report.probe_recorded = false;
  EXPECT_EQ(not_recording(report), unseen);
  report.log->last_event.reset();
  EXPECT_EQ(not_recording(report), unseen);
  report.log->is_there = false;
  EXPECT_EQ(not_recording(report), "there is no log /a/audit.log");
  report.probe_recorded = true;
  EXPECT_EQ(not_recording(report), std::nullopt);
  report = recorded();
  report.log->last_event->seconds = kNow - 2 * kDay;
  report.probe_recorded = true;
  EXPECT_EQ(not_recording(report), std::nullopt);
}

TEST(DaysCovered, GoesByTheRateOfWhatIsThere) {
  const host::UtcTime now{kNow, 0};
  LogStatus log = *recorded().log;
  EXPECT_DOUBLE_EQ(*days_covered(log, now), 11.0);  // 300 MiB in 3 days, room for 1100
  log.maxage_days = 7;
  EXPECT_DOUBLE_EQ(*days_covered(log, now), 7.0);
  log.capacity.reset();
  EXPECT_DOUBLE_EQ(*days_covered(log, now), 7.0);
  log.maxage_days.reset();
  EXPECT_EQ(days_covered(log, now), std::nullopt);
  log = *recorded().log;
  log.first_event = host::UtcTime{kNow - 60, 0};
  EXPECT_EQ(days_covered(log, now), std::nullopt);
  log.first_event.reset();
  EXPECT_EQ(days_covered(log, now), std::nullopt);
}

TEST(StatusText, TellsEverythingAtOnce) {
  EXPECT_EQ(to_text(recorded(), false),
            R"(auditing:   recorded
API server: pid 1234, started 2026-11-22T07:00:00Z
            --audit-log-path=/a/audit.log
            --audit-policy-file=/p.yaml
manifest:   /etc/kubernetes/manifests/kube-apiserver.yaml, which agrees
policy:     /p.yaml, sha256 abc, as the manifest's annotation says
last event: 3 s ago
log:        /a/audit.log, 300.0 MiB with 2 rotated, the oldest of 2026-11-20; covers 11.0 days at the present rate
)");
}

TEST(StatusText, TellsOfTheOwnRequest) {
  StatusReport report = recorded();
  report.probe_recorded = true;
  std::string text = to_text(report, false);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "auditing:   recorded, a request of kaudit's own, too");
  report.probe_recorded = false;
  text = to_text(report, true);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "auditing:   \x1b[1;31mnot recorded\x1b[0m: a request of kaudit's own was not recorded "
            "within 2 s");
}

TEST(StatusText, TellsWhatIsWrong) {
  StatusReport report = recorded();
  report.differing = {"audit-log-maxage", "audit-log-path"};
  report.policy->annotation = "def";
  report.log->last_event = host::UtcTime{kNow - 3 * kDay, 0};
  report.log->oldest.reset();
  report.log->first_event.reset();
  report.log->bytes = 12;
  report.log->rotated = 0;
  EXPECT_EQ(to_text(report, false),
            R"(auditing:   not recorded: no event was written since the API server was started
API server: pid 1234, started 2026-11-22T07:00:00Z
            --audit-log-path=/a/audit.log
            --audit-policy-file=/p.yaml
manifest:   /etc/kubernetes/manifests/kube-apiserver.yaml, which differs in --audit-log-maxage, --audit-log-path
policy:     /p.yaml, sha256 abc, and the manifest's annotation says def
last event: 3 days ago
log:        /a/audit.log, 12 bytes with 0 rotated
)");
  report = {};
  report.manifest = "m.yaml";
  EXPECT_EQ(to_text(report, false),
            "auditing:   not recorded: no API server can be seen running here\n");
}

TEST(StatusJson, HasStableKeys) {
  const auto json = nlohmann::json::parse(to_json(recorded()));
  EXPECT_EQ(json["schemaVersion"], 1);
  EXPECT_EQ(json["command"], "status");
  EXPECT_EQ(json["recording"], true);
  EXPECT_EQ(json["reason"], "");
  EXPECT_TRUE(json["probeRecorded"].is_null());
  EXPECT_EQ(json["running"]["pid"], 1234);
  EXPECT_EQ(json["running"]["started"], "2026-11-22T07:00:00Z");
  EXPECT_EQ(json["running"]["auditFlags"]["audit-log-path"], "/a/audit.log");
  EXPECT_EQ(json["manifest"]["agrees"], true);
  EXPECT_EQ(json["policy"]["sha256"], "abc");
  EXPECT_EQ(json["policy"]["annotation"], "abc");
  EXPECT_EQ(json["log"]["lastEventAgeSeconds"], 3);
  EXPECT_EQ(json["log"]["bytes"], 300 << 20);
  EXPECT_EQ(json["log"]["oldestRotated"], "2026-11-20T07:00:00.000000000Z");
  EXPECT_EQ(json["log"]["daysCovered"], 11.0);
  StatusReport probed = recorded();
  probed.probe_recorded = false;
  const auto unseen = nlohmann::json::parse(to_json(probed));
  EXPECT_EQ(unseen["recording"], false);
  EXPECT_EQ(unseen["reason"], "a request of kaudit's own was not recorded within 2 s");
  EXPECT_EQ(unseen["probeRecorded"], false);
  const auto off = nlohmann::json::parse(to_json({}));
  EXPECT_EQ(off["recording"], false);
  EXPECT_TRUE(off["running"].is_null());
  EXPECT_TRUE(off["policy"].is_null());
  EXPECT_TRUE(off["log"].is_null());
  EXPECT_EQ(off["manifest"]["agrees"], false);
}

}  // namespace
}  // namespace kaudit::cli
