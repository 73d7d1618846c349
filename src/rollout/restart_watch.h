// Is the new API server there, and is it well? Decided look by look, from values alone: who looks,
// how often and how long, is rollout/supervise.h's business.
//
// What is hard about it was measured on a real node. The old process may live on, and answer well,
// for 30 s and more beside the new one, whose arguments may be the same; the new one may die on the
// port that the old one still holds; RBAC answers 403 before it is loaded; and a process that is
// ready may still die within seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/result.h"

namespace kaudit::rollout {

// A process that runs kube-apiserver. Pids come back; pid and start together do not.
struct ApiServerProcess {
  int pid = 0;
  std::chrono::nanoseconds started{0};  // on the clock of Clock::since_boot
  bool is_expected = false;             // it runs with the settings that are waited for

  bool is(const ApiServerProcess& other) const {
    return pid == other.pid && started == other.started;
  }
};

// What the log of a container that ended says.
struct ExitCause {
  enum class Kind : std::uint8_t {
    Unknown,
    Fatal,         // it will end in the same way every time
    AddressInUse,  // the old process still holds the port
  };
  Kind kind = Kind::Unknown;
  std::string reason;  // a clause for people; "" where the log says nothing

  bool operator==(const ExitCause&) const = default;
};

// What there is to see at one moment.
struct Look {
  std::chrono::nanoseconds now{0};  // Clock::since_boot
  std::vector<ApiServerProcess> processes;
  // The API server's answer, where it was asked at this look.
  std::optional<text::Result<int>> answer;
  // From the logs of containers: how many were started since the manifest was written, whether they
  // are a new Pod's, and what the newest log says.
  int starts = 0;
  bool is_new_pod = false;
  bool is_old_pod_again = false;  // those were containers of the Pod of before, and of no other
  ExitCause cause;
};

struct WatchSettings {
  std::chrono::nanoseconds since{0};          // when the manifest was written
  std::vector<ApiServerProcess> before = {};  // what ran just before
  // Whether only another Pod's process is the new one: a change of a mount or an annotation leaves
  // the arguments as they are, and the old Pod's container may be started once more before the
  // kubelet sees the change.
  bool wants_new_pod = false;
  // No restart is expected: any process with the settings will do.
  bool takes_old = false;
  // Where bytes are put back: what ran with them before they were replaced. The kubelet may not
  // have seen the other ones, or have left it alone, though it started a new one, too
  // (pkg/kubelet/kubelet.go, deletePod, before all sources are ready). It will do if it is well for
  // so long: longer than one that the kubelet is ending lives.
  std::vector<ApiServerProcess> untouched = {};
  std::chrono::nanoseconds untouched_for = std::chrono::seconds(60);
  // Longer than the kubelet takes to list its directory (20 s) and to end a Pod (30 s). As long as
  // that, nobody knows whose answers they are while a process of before lives beside the new one.
  std::chrono::nanoseconds old_lives_at_most = std::chrono::seconds(60);
  // Old bytes that are put back are the last resort: a crash loop may still end well.
  bool exits_matter = true;
  int polls = 5;                                               // good ones in a row
  std::chrono::nanoseconds settle = std::chrono::seconds(10);  // after its start
  std::chrono::nanoseconds until_denied =
      std::chrono::seconds(10);  // 401 and 403 before they count
};

inline constexpr int kExitsAllowed = 2;  // one more is a failure

class RestartWatch {
 public:
  enum class State : std::uint8_t { Waiting, Ready, Failed };

  explicit RestartWatch(WatchSettings settings) : settings_(std::move(settings)) {}

  State look(const Look& look);

  // The process whose health counts, while it lives.
  const std::optional<ApiServerProcess>& current() const { return current_; }
  int good_polls() const { return good_; }
  // Ends of new processes that were seen, those that count for nothing too.
  int exits() const { return exits_; }
  // After Failed: why, as a clause.
  const std::string& reason() const { return reason_; }
  // The last bad answer in words ("answered 500"); "" while all is well or nothing was asked.
  const std::string& trouble() const { return trouble_; }

 private:
  bool ran_before(const ApiServerProcess& process) const;
  std::optional<ApiServerProcess> candidate(const Look& look) const;
  void follow(const Look& look);
  void note_exits(const Look& look);
  void note_exit(const Look& look);
  void note_answer(const Look& look);
  bool old_may_answer(const Look& look) const;
  void reset_health();
  bool is_settled(const Look& look) const;

  WatchSettings settings_;
  std::optional<ApiServerProcess> current_;
  bool current_is_old_ = false;
  std::chrono::nanoseconds last_seen_{0};
  std::optional<std::chrono::nanoseconds> lived_;  // of the last one that ended
  int good_ = 0;
  std::optional<std::chrono::nanoseconds> denied_since_;
  int denied_ = 0;
  int exits_ = 0;
  int counted_exits_ = 0;
  std::string reason_;
  std::string trouble_;
};

}  // namespace kaudit::rollout
