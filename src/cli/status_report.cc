#include "cli/status_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/policy_change.h"
#include "cli/report.h"
#include "cli/report_parts.h"
#include "rollout/first_event.h"
#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kDay = 24 * 60 * 60;

std::string size_text(std::uint64_t bytes) {
  constexpr double kUnit = 1024;
  double size = static_cast<double>(bytes);
  if (size < kUnit) return fmt::format("{} bytes", bytes);
  for (const char* unit : {"KiB", "MiB", "GiB"}) {
    size /= kUnit;
    if (size < kUnit) return fmt::format("{:.1f} {}", size, unit);
  }
  return fmt::format("{:.1f} TiB", size / kUnit);
}

std::string age_text(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kWholeDay = 24 * kHour;
  if (seconds < 2 * kMinute) return fmt::format("{} s", std::max<std::int64_t>(seconds, 0));
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kWholeDay) return fmt::format("{} h", seconds / kHour);
  return fmt::format("{} days", seconds / kWholeDay);
}

std::string time_text(std::int64_t seconds) {
  // No fraction: the kernel does not know it.
  return host::to_rfc3339({seconds, 0}).substr(0, 19) + "Z";
}

void add_line(std::string& out, std::string_view label, const std::string& text) {
  out += fmt::format("{:<12}{}\n", label, text);
}

std::string policy_text(const PolicyStatus& policy) {
  std::string text = policy.path;
  if (!policy.sha256) return text + ", which cannot be read";
  text += ", sha256 " + *policy.sha256;
  if (!policy.annotation) return text;
  return text +
         (is_mark_of(*policy.annotation, *policy.sha256)
              ? ", as the manifest's annotation says"
              : ", and the manifest's annotation says " + text::one_line(*policy.annotation));
}

std::string state_text(const StatusReport& report, bool color) {
  if (const auto why_not = not_recording(report))
    return painted("not recorded", "1;31", color) + ": " + *why_not;
  return painted("recorded", "1;32", color) +
         (report.probe_recorded ? ", a request of kaudit's own, too" : "");
}

std::string log_text(const LogStatus& log, const host::UtcTime& now) {
  std::string text =
      fmt::format("{}, {} with {} rotated", log.path, size_text(log.bytes), log.rotated);
  if (log.oldest) text += ", the oldest of " + host::to_date(*log.oldest);
  if (const auto days = days_covered(log, now))
    text += fmt::format("; covers {:.1f} days at the present rate", *days);
  return text;
}

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json time_or_null(const std::optional<host::UtcTime>& time) {
  return time ? ordered_json(host::to_rfc3339(*time)) : ordered_json(nullptr);
}

ordered_json running_json(const StatusReport& report) {
  if (!report.running) return nullptr;
  ordered_json json{{"pid", report.running->pid}};
  json["started"] = report.running->started ? ordered_json(time_text(*report.running->started))
                                            : ordered_json(nullptr);
  json["auditFlags"] = ordered_json::object();
  for (const auto& [name, value] : report.running->flags) json["auditFlags"][name] = value;
  return json;
}

ordered_json log_json(const StatusReport& report) {
  if (!report.log) return nullptr;
  const LogStatus& log = *report.log;
  ordered_json json{{"path", log.path}, {"lastEvent", time_or_null(log.last_event)}};
  json["lastEventAgeSeconds"] = log.last_event
                                    ? ordered_json(report.now.seconds - log.last_event->seconds)
                                    : ordered_json(nullptr);
  json["bytes"] = log.bytes;
  json["rotated"] = log.rotated;
  json["oldestRotated"] = time_or_null(log.oldest);
  json["daysCovered"] = or_null(days_covered(log, report.now));
  return json;
}

}  // namespace

std::optional<std::string> not_recording(const StatusReport& report) {
  if (!report.running) return "no API server can be seen running here";
  if (report.running->flags.empty()) return "the API server runs without audit flags";
  if (!report.policy) return "the API server runs without an audit policy";
  if (!report.log) {
    return report.to_webhook ? "events go to a webhook, and from here one cannot see whether they "
                               "arrive"
                             : "events go into no file on this host";
  }
  if (!report.log->is_file) return fmt::format("{} is no regular file", report.log->path);
  if (report.probe_recorded == true) return {};
  if (!report.log->is_there) return fmt::format("there is no log {}", report.log->path);
  if (report.probe_recorded == false) {
    return fmt::format("a request of kaudit's own was not recorded within {} s",
                       rollout::kShortWait.count());
  }
  if (!report.log->last_event) return fmt::format("no event is in {}", report.log->path);
  if (report.running->started && report.log->last_event->seconds < *report.running->started)
    return "no event was written since the API server was started";
  return {};
}

std::optional<double> days_covered(const LogStatus& log, const host::UtcTime& now) {
  if (!log.first_event || log.bytes == 0) return {};
  const double days = static_cast<double>(now.seconds - log.first_event->seconds) / kDay;
  constexpr double kTooShort = 1.0 / 24;  // a rate of minutes says nothing about days
  if (days < kTooShort) return {};
  std::optional<double> covered;
  if (log.capacity)
    covered = static_cast<double>(*log.capacity) * days / static_cast<double>(log.bytes);
  if (log.maxage_days) {
    const auto most = static_cast<double>(*log.maxage_days);
    covered = covered ? std::min(*covered, most) : most;
  }
  return covered;
}

std::string to_text(const StatusReport& report, bool color) {
  std::string out;
  add_line(out, "auditing:", state_text(report, color));
  if (report.running) {
    std::string text = fmt::format("pid {}", report.running->pid);
    if (report.running->started) text += ", started " + time_text(*report.running->started);
    add_line(out, "API server:", text);
    for (const auto& [name, value] : report.running->flags)
      add_line(out, "", fmt::format("--{}={}", name, text::one_line(value)));
    std::string list;
    for (const std::string& flag : report.differing)
      list += fmt::format("{}--{}", list.empty() ? "" : ", ", flag);
    add_line(out, "manifest:",
             report.manifest + (list.empty() ? ", which agrees" : ", which differs in " + list));
  }
  if (report.policy) add_line(out, "policy:", policy_text(*report.policy));
  if (report.log) {
    add_line(out, "last event:",
             report.log->last_event
                 ? age_text(report.now.seconds - report.log->last_event->seconds) + " ago"
                 : "none");
    add_line(out, "log:", log_text(*report.log, report.now));
  }
  return out;
}

std::string to_json(const StatusReport& report) {
  const auto why_not = not_recording(report);
  ordered_json json{{"schemaVersion", kSchemaVersion},
                    {"command", "status"},
                    {"recording", !why_not},
                    {"reason", why_not.value_or("")}};
  json["probeRecorded"] = or_null(report.probe_recorded);
  json["running"] = running_json(report);
  json["manifest"] = {{"path", report.manifest},
                      {"agrees", report.running && report.differing.empty()},
                      {"differing", report.differing}};
  if (report.policy) {
    const PolicyStatus& policy = *report.policy;
    json["policy"] = {{"path", policy.path}};
    json["policy"]["sha256"] = or_null(policy.sha256);
    json["policy"]["annotation"] = or_null(policy.annotation);
  } else {
    json["policy"] = nullptr;
  }
  json["log"] = log_json(report);
  return dump(json);
}

}  // namespace kaudit::cli
