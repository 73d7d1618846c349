#include "rollout/supervise.h"

#include <fmt/core.h>

#include <algorithm>

#include "rollout/api_server_process.h"
#include "rollout/first_event.h"
#include "rollout/manifest_lock.h"
#include "rollout/static_pod_path.h"

namespace kaudit::rollout {
namespace {

using host::Result;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using text::ErrorKind;

constexpr milliseconds kLookPause{200};
constexpr milliseconds kPollPause{1000};
constexpr int kTriesBefore = 3;
constexpr std::size_t kLogEnd = std::size_t{64} << 10;   // where last words are looked for
constexpr std::size_t kLogKept = std::size_t{16} << 20;  // the kubelet rotates at 10 MiB
constexpr int kGivesUp = 2;

bool is_good(const Result<int>& answer) {
  return answer && (*answer == 200 || *answer == 401 || *answer == 403);
}

std::string words_of(const Result<int>& answer) {
  return answer ? fmt::format("it answered {}", *answer)
                : fmt::format("it {}", answer.error().message);
}

std::vector<ApiServerProcess> api_servers(const std::vector<host::Process>& processes,
                                          const RunningForm& form) {
  std::vector<ApiServerProcess> found;
  for (const host::Process& process : processes) {
    if (!is_api_server(process)) continue;
    found.push_back({process.pid, process.started_since_boot.value_or(nanoseconds(0)),
                     form.is_expected(process.argv)});
  }
  return found;
}

// Looks again and again until it is known what became of one write.
class Watcher {
 public:
  enum class End : std::uint8_t { Ready, Failed, TimeUp, Stopped, Foreign };

  struct Request {
    const RunningForm& form;
    WatchSettings settings;
    milliseconds limit;
    int stops_allowed = 0;  // one more ends the wait
    nanoseconds began;      // what elapsed seconds count from
    // The manifest as it must stay; empty where nobody minds.
    std::string manifest;
    std::string_view bytes;
  };

  Watcher(const LiveHost& host, Request request, ContainerLogs& logs,
          const std::function<ExitCause(std::string_view)>& cause_of,
          const std::function<void(const Progress&)>& tell)
      : host_(host),
        request_(std::move(request)),
        watch_(request_.settings),
        logs_(logs),
        cause_of_(cause_of),
        tell_(tell),
        begin_(host.clock.monotonic()),
        next_poll_(begin_),
        told_stops_(host.stops.count()) {}

  End run() {
    for (;; host_.clock.sleep_for(kLookPause)) {
      if (const std::optional<Look> look = this->look()) {
        const RestartWatch::State state = watch_.look(*look);
        report();
        if (is_foreign()) return End::Foreign;
        if (state == RestartWatch::State::Failed) return End::Failed;
        if (host_.stops.count() > request_.stops_allowed) return End::Stopped;
        if (state == RestartWatch::State::Ready) return End::Ready;
      }
      if (host_.clock.monotonic() - begin_ >= request_.limit) return End::TimeUp;
    }
  }

  const RestartWatch& watch() const { return watch_; }
  nanoseconds elapsed() const { return host_.clock.monotonic() - request_.began; }
  std::string log_end(std::size_t most = kLogEnd) const {
    return news_.newest.empty() ? "" : end_of_log(host_.files, news_.newest, most);
  }
  // What the newest log says, for a failure that it did not decide.
  const ExitCause& cause() const { return cause_; }

 private:
  // Nothing when the process table could not be read: that says nothing about any process.
  std::optional<Look> look() {
    const auto processes = host_.processes.processes();
    if (!processes) return {};
    Look look;
    look.processes = api_servers(*processes, request_.form);
    news_ = logs_.news();
    look.starts = news_.starts;
    look.is_new_pod = news_.is_new_pod;
    look.is_old_pod_again = news_.is_old_pod_again;
    // A log matters where no process is left to speak for itself.
    const bool lives =
        watch_.current() && std::ranges::any_of(look.processes, [this](const auto& p) {
          return p.is(*watch_.current());
        });
    if (!lives && cause_of_) cause_ = cause_of_(log_end());
    if (!lives) look.cause = cause_;
    if (host_.clock.monotonic() >= next_poll_) {
      next_poll_ = host_.clock.monotonic() + kPollPause;
      look.answer = host_.probe.get(request_.form.probe);
    }
    look.now = host_.clock.since_boot();
    return look;
  }

  bool is_foreign() const {
    if (request_.manifest.empty()) return false;
    const auto bytes = host_.files.read_file(request_.manifest, kManifestLimit);
    return !bytes || *bytes != request_.bytes;
  }

  void say(StepKind kind, int count = 0, std::string text = {}) {
    const int pid = watch_.current() ? watch_.current()->pid : 0;
    if (tell_) tell_({kind, elapsed(), pid, count, request_.settings.polls, std::move(text)});
  }

  void report() {
    if (watch_.exits() > told_exits_) {
      told_exits_ = watch_.exits();
      say(StepKind::ProcessEnded, told_exits_);
    }
    if (watch_.current() && (!told_process_ || !told_process_->is(*watch_.current()))) {
      told_process_ = watch_.current();
      told_polls_ = 0;
      say(StepKind::ProcessFound);
    }
    if (const int stops = host_.stops.count(); stops > told_stops_) {
      told_stops_ = stops;
      if (stops <= request_.stops_allowed) say(StepKind::StopsLater);
    }
    const int good = std::min(watch_.good_polls(), request_.settings.polls);
    if (good > told_polls_) say(StepKind::GoodAnswer, good);
    told_polls_ = good;
    say(StepKind::Waiting, 0, state());
  }

  std::string state() const {
    if (!watch_.current()) return "waiting for the API server's process";
    if (watch_.good_polls() >= request_.settings.polls) return "ready; waiting whether it stays so";
    return watch_.trouble().empty() ? "waiting until it is ready"
                                    : "not ready: it " + watch_.trouble();
  }

  const LiveHost& host_;
  Request request_;
  RestartWatch watch_;
  ContainerLogs& logs_;
  const std::function<ExitCause(std::string_view)>& cause_of_;
  const std::function<void(const Progress&)>& tell_;
  nanoseconds begin_;
  nanoseconds next_poll_;
  ContainerNews news_;
  ExitCause cause_;
  int told_exits_ = 0;
  int told_polls_ = 0;
  int told_stops_;
  std::optional<ApiServerProcess> told_process_;
};

// A limit that is shorter than that is near its end then.
nanoseconds until_near(nanoseconds duration, nanoseconds limit) {
  return std::min(duration, limit - 2 * kPollPause);
}

std::string whole_seconds(milliseconds limit) {
  return fmt::format("{} s", std::chrono::duration_cast<seconds>(limit).count());
}

// Of an API server that lives.
std::string not_ready(const RestartWatch& watch, const std::string& time) {
  return watch.trouble().empty()
             ? fmt::format("the API server was not ready for long enough within {}", time)
             : fmt::format("the API server was not ready within {}: it {}", time, watch.trouble());
}

class Supervisor {
 public:
  Supervisor(const LiveHost& host, const Supervision& supervision, ContainerLogs& logs)
      : host_(host), what_(supervision), logs_(logs) {}

  Outcome run() {
    begin_ = host_.clock.monotonic();
    Watcher watcher(host_,
                    {what_.now, forward(), what_.limit, 0, begin_, what_.manifest, what_.written},
                    logs_, what_.cause_of, what_.tell);
    Watcher::End end = watcher.run();
    if (end == Watcher::End::Ready) {
      say(StepKind::Ready, watcher.watch().current()->pid);
      // The API server may have ended meanwhile.
      end = look_for_event() ? watcher.run() : Watcher::End::Stopped;
      if (end == Watcher::End::Ready) return finished();
    }
    if (end == Watcher::End::Foreign) {
      outcome_.kind = Outcome::Kind::Foreign;
      outcome_.reason = changed_by_another();
      return finished();
    }
    outcome_.reason = reason(end, watcher);
    take_back(watcher);
    return finished();
  }

 private:
  static WatchSettings settings(nanoseconds since, std::vector<ApiServerProcess> before,
                                bool takes_old) {
    WatchSettings settings;
    settings.since = since;
    settings.before = std::move(before);
    settings.takes_old = takes_old;
    return settings;
  }

  WatchSettings forward() const {
    WatchSettings forward = settings(what_.since, what_.before.processes, !what_.restart_expected);
    forward.wants_new_pod = what_.restart_expected;
    forward.untouched = what_.untouched;
    forward.untouched_for = until_near(forward.untouched_for, what_.limit);
    return forward;
  }

  void say(StepKind kind, int pid = 0, std::string text = {}) {
    if (what_.tell)
      what_.tell({kind, host_.clock.monotonic() - begin_, pid, 0, 0, std::move(text)});
  }

  std::string changed_by_another() const {
    return host_.files.shown(what_.manifest) + " was changed by somebody else during the wait";
  }

  Outcome finished() {
    outcome_.took = host_.clock.monotonic() - begin_;
    return std::move(outcome_);
  }

  // False: somebody asked to stop meanwhile.
  bool look_for_event() {
    const FirstEvent& event = what_.first_event;
    if (event.log.empty()) {
      if (!event.why_not.empty()) say(StepKind::NoEvent, 0, event.why_not);
      return true;
    }
    const EventSearch search = search_event(host_, event, what_.now.probe);
    if (search.stopped) return false;
    outcome_.event_seen = search.level.has_value();
    if (search.level) {
      say(StepKind::FirstEvent, 0, *search.level);
      warn_of_level(*search.level);
    } else if (event.why_unsure.empty()) {
      outcome_.warnings.push_back(
          {ErrorKind::Conflict,
           fmt::format("no event of the request for {} came into {} within {} s", event.uri,
                       host_.files.shown(event.log), kEventWait.count()),
           "kaudit check tells what keeps events from being recorded",
           {}});
    } else {
      say(StepKind::NoEvent, 0, "no event of a request was seen; " + event.why_unsure);
    }
    return true;
  }

  // The legacy format tells no level.
  void warn_of_level(const std::string& seen) {
    const std::string& expected = what_.first_event.level;
    if (expected.empty() || seen == expected || seen == kUnknownLevel) return;
    outcome_.warnings.push_back(
        {ErrorKind::Conflict,
         fmt::format("the event of kaudit's request has the level {}, and by the policy it would "
                     "be {}",
                     seen, expected),
         "kaudit status tells which policy is in force",
         {}});
  }

  std::string reason(Watcher::End end, const Watcher& watcher) const {
    if (end == Watcher::End::Stopped) return "you asked to stop";
    if (end == Watcher::End::Failed && !watcher.watch().reason().empty()) {
      const std::string more =
          watcher.cause().reason.empty() && what_.explain ? what_.explain() : "";
      return watcher.watch().reason() + (more.empty() ? "" : "; " + more);
    }
    const RestartWatch& watch = watcher.watch();
    if (!watcher.cause().reason.empty() && !watch.current()) return watcher.cause().reason;
    std::string why = what_.explain ? what_.explain() : "";
    const std::string time = whole_seconds(what_.limit);
    if (watch.current()) return not_ready(watch, time) + (why.empty() ? "" : "; " + why);
    if (!why.empty()) return why;
    return watch.exits() == 0
               ? fmt::format("the kubelet did not start a new API server within {}", time)
               : fmt::format("the API server did not stay up within {}", time);
  }

  void take_back(const Watcher& failed) {
    say(StepKind::TakingBack, 0, outcome_.reason);
    if (what_.keep) outcome_.kept = what_.keep(failed.log_end(kLogKept));
    std::vector<ApiServerProcess> living;
    if (const auto processes = host_.processes.processes())
      living = api_servers(*processes, what_.old);
    ContainerLogs logs(host_.files, what_.logs);
    // Taken before: the disk may be slow, and the kubelet quick.
    const nanoseconds since = host_.clock.since_boot();
    if (const Result<void> restored = what_.put_back(); !restored) {
      outcome_.kind = Outcome::Kind::NotRestored;
      outcome_.trouble = restored.error().message;
      return;
    }
    outcome_.old_is_back = true;
    say(StepKind::PutBack);
    if (!what_.before.healthy) {
      outcome_.kind = Outcome::Kind::Unhealthy;
      outcome_.trouble = "it was not healthy before the change either: " + what_.before.trouble;
      return;
    }
    WatchSettings back = settings(since, std::move(living), !what_.restart_expected);
    back.exits_matter = false;
    back.untouched = what_.before.processes;
    wait_for_old(std::move(back), logs);
  }

  void wait_for_old(WatchSettings settings, ContainerLogs& logs) {
    const std::function<ExitCause(std::string_view)> no_verdict;
    Watcher watcher(host_,
                    {what_.old, std::move(settings), what_.rollback_limit, kGivesUp - 1, begin_,
                     what_.manifest, what_.replaced},
                    logs, no_verdict, what_.tell);
    switch (watcher.run()) {
      case Watcher::End::Foreign:
        outcome_.kind = Outcome::Kind::Foreign;
        outcome_.reason += "; the old manifest was put back, and then " + changed_by_another();
        return;
      case Watcher::End::Ready:
        outcome_.kind = Outcome::Kind::TakenBack;
        say(StepKind::HealthyAgain, watcher.watch().current()->pid);
        return;
      case Watcher::End::Stopped:
        outcome_.kind = Outcome::Kind::GivenUp;
        outcome_.trouble =
            "the old manifest is back, and nobody waited until the API server is ready";
        return;
      default:
        outcome_.kind = Outcome::Kind::Unhealthy;
        outcome_.trouble = fmt::format(
            "it did not become healthy again within {}{}", whole_seconds(what_.rollback_limit),
            watcher.watch().trouble().empty() ? "" : ": it " + watcher.watch().trouble());
    }
  }

  const LiveHost& host_;
  const Supervision& what_;
  ContainerLogs& logs_;
  nanoseconds begin_{0};
  Outcome outcome_;
};

}  // namespace

Result<void> find_kubelet(const host::ProcessTable& table) {
  const auto processes = table.processes();
  if (!processes) return std::unexpected(processes.error());
  if (std::ranges::any_of(*processes, is_kubelet)) return {};
  return text::fail(ErrorKind::Unsafe,
                    "no kubelet can be seen among the processes here, and without one nothing "
                    "would restart the API server",
                    "run kaudit on the node itself with the kubelet running, or leave out --wait");
}

Result<Before> look_before(const LiveHost& host, const RunningForm& form) {
  if (const Result<void> found = find_kubelet(host.processes); !found)
    return std::unexpected(found.error());
  const auto processes = host.processes.processes();
  if (!processes) return std::unexpected(processes.error());
  Before before;
  before.processes = api_servers(*processes, form);
  for (int tried = 1;; ++tried) {
    if (host.stops.count() > 0)
      return text::fail(ErrorKind::Conflict, "you asked to stop, and nothing was changed yet",
                        "run this again");
    const Result<int> answer = host.probe.get(form.probe);
    before.healthy = !before.processes.empty() && is_good(answer);
    before.trouble = before.healthy             ? ""
                     : before.processes.empty() ? "no process of it runs"
                                                : words_of(answer);
    if (before.healthy || before.processes.empty() || tried == kTriesBefore) return before;
    host.clock.sleep_for(kPollPause);
  }
}

std::vector<ApiServerProcess> api_server_processes(const LiveHost& host, const RunningForm& form) {
  const auto processes = host.processes.processes();
  return processes ? api_servers(*processes, form) : std::vector<ApiServerProcess>();
}

Outcome supervise(const LiveHost& host, const Supervision& supervision, ContainerLogs& logs) {
  return Supervisor(host, supervision, logs).run();
}

std::optional<std::string> check_running(const LiveHost& host, const RunningForm& form,
                                         nanoseconds changed, milliseconds limit,
                                         const std::function<void(const Progress&)>& tell) {
  WatchSettings settings;
  settings.since = changed;
  if (const auto now = host.processes.processes()) settings.before = api_servers(*now, form);
  std::erase_if(settings.before, [&](const auto& process) { return process.started > changed; });
  settings.untouched = settings.before;
  settings.untouched_for =
      until_near(settings.untouched_for, host.clock.since_boot() - changed + limit);
  settings.exits_matter = false;
  settings.polls = 1;
  ContainerLogs logs(host.files, {});
  const std::function<ExitCause(std::string_view)> no_verdict;
  Watcher watcher(host, {form, settings, limit, 0, host.clock.monotonic(), "", ""}, logs,
                  no_verdict, tell);
  const Watcher::End end = watcher.run();
  if (end == Watcher::End::Ready) return {};
  if (end == Watcher::End::Stopped) return "you asked to stop";
  const RestartWatch& watch = watcher.watch();
  if (watch.current()) return not_ready(watch, whole_seconds(limit));
  const auto processes = host.processes.processes();
  const bool runs = processes && !api_servers(*processes, form).empty();
  return runs ? "the API server that runs has other audit settings than the manifest"
              : "no API server runs";
}

}  // namespace kaudit::rollout
