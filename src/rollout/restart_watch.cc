#include "rollout/restart_watch.h"

#include <fmt/core.h>

#include <algorithm>

namespace kaudit::rollout {
namespace {

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
// The kernel tells when a process started in whole ticks, cut off (proc(5), starttime).
constexpr std::chrono::milliseconds kTick{10};

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

bool lives(const std::vector<ApiServerProcess>& processes, const ApiServerProcess& process) {
  return std::ranges::any_of(processes, [&](const auto& other) { return process.is(other); });
}

}  // namespace

bool RestartWatch::ran_before(const ApiServerProcess& process) const {
  return lives(settings_.before, process);
}

// The newest one that may be the one that is waited for.
std::optional<ApiServerProcess> RestartWatch::candidate(const Look& look) const {
  std::optional<ApiServerProcess> newest;
  for (const ApiServerProcess& process : look.processes) {
    const bool is_new = !ran_before(process) && process.started + kTick > settings_.since &&
                        !(settings_.wants_new_pod && look.is_old_pod_again);
    if (!process.is_expected || (!is_new && !settings_.takes_old)) continue;
    if (!newest || newest->started <= process.started) newest = process;
  }
  if (newest || exits_ > 0 || look.starts > 0) return newest;
  for (const ApiServerProcess& process : look.processes) {
    if (process.is_expected && lives(settings_.untouched, process)) newest = process;
  }
  return newest;
}

void RestartWatch::follow(const Look& look) {
  if (current_ && !lives(look.processes, *current_)) {
    lived_ = last_seen_ - current_->started;
    const bool was_old = current_is_old_;
    current_.reset();
    reset_health();
    if (!was_old) note_exit(look);
  }
  // A container was started: the old process is on its way out, however well it answers.
  if (current_ && current_is_old_ && look.starts > 0) {
    current_.reset();
    reset_health();
  }
  const std::optional<ApiServerProcess> next = candidate(look);
  if (next && (!current_ || !next->is(*current_))) {
    current_ = next;
    current_is_old_ = !settings_.takes_old && ran_before(*next);
    reset_health();
  }
  if (current_) last_seen_ = look.now;
}

// A container that was started after another one proves that the other one ended, though it lived
// too short to be seen.
void RestartWatch::note_exits(const Look& look) {
  while (exits_ < look.starts - 1) {
    lived_.reset();
    note_exit(look);
  }
}

void RestartWatch::note_exit(const Look& look) {
  ++exits_;
  const bool old_lives = std::ranges::any_of(
      look.processes, [this](const ApiServerProcess& process) { return ran_before(process); });
  if (look.cause.kind != ExitCause::Kind::AddressInUse && !old_lives) ++counted_exits_;
}

void RestartWatch::reset_health() {
  good_ = 0;
  denied_ = 0;
  denied_since_.reset();
}

bool RestartWatch::old_may_answer(const Look& look) const {
  if (settings_.takes_old || current_is_old_) return false;
  return look.now - settings_.since < settings_.old_lives_at_most &&
         std::ranges::any_of(look.processes, [this](const auto& p) { return ran_before(p); });
}

void RestartWatch::note_answer(const Look& look) {
  if (!look.answer) return;
  const text::Result<int>& answer = *look.answer;
  const int status = answer.value_or(0);
  trouble_ = status == kOk ? ""
             : answer      ? fmt::format("answered {}", status)
                           : answer.error().message;
  if (!current_ || old_may_answer(look)) return reset_health();
  if (status == kOk) {
    denied_ = 0;
    denied_since_.reset();
    ++good_;
  } else if (status == kUnauthorized || status == kForbidden) {
    // Before RBAC is loaded 403 says nothing; with anonymous-auth=false 401 is all one ever gets.
    if (!denied_since_) {
      denied_since_ = look.now;
      good_ = 0;
    }
    ++denied_;
    if (look.now - *denied_since_ >= settings_.until_denied) good_ = denied_;
  } else {
    reset_health();
  }
}

bool RestartWatch::is_settled(const Look& look) const {
  if (current_is_old_) return look.now - settings_.since >= settings_.untouched_for;
  return look.now - current_->started >= settings_.settle;
}

RestartWatch::State RestartWatch::look(const Look& look) {
  follow(look);
  note_exits(look);
  note_answer(look);
  if (current_) {
    const bool ready = good_ >= settings_.polls && is_settled(look);
    return ready ? State::Ready : State::Waiting;
  }
  if (!settings_.exits_matter) return State::Waiting;
  // An old Pod's container may say its last words now; only a new one's, or one that was seen to
  // end, say something about this manifest.
  if (look.cause.kind == ExitCause::Kind::Fatal && (look.is_new_pod || exits_ > 0)) {
    reason_ = look.cause.reason;
    return State::Failed;
  }
  if (counted_exits_ <= kExitsAllowed) return State::Waiting;
  reason_ = lived_ ? fmt::format("the API server ended {} times, the last time after {:.1f} s",
                                 exits_, seconds(*lived_))
                   : fmt::format("the API server ended {} times", exits_);
  if (!look.cause.reason.empty()) reason_ += ": " + look.cause.reason;
  return State::Failed;
}

}  // namespace kaudit::rollout
