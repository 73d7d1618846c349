// The whole wait against a node that lives in memory and in no time.
#include "rollout/supervise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "rollout/first_event.h"
#include "rollout/replace_manifest.h"
#include "rollout/settle_change.h"
#include "support/memory_api_server_probe.h"
#include "support/memory_node.h"
#include "support/memory_process_table.h"

namespace kaudit::rollout {
namespace {

using host::MemoryApiServerProbe;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Outcome::Kind;

const std::string kPods = "/var/log/pods/";
const std::string kNewLog = kPods + "kube-system_kube-apiserver-node1_new/kube-apiserver/";
const std::string kAuditLog = "/var/log/kubernetes/audit/audit.log";

class Stops : public host::StopRequests {
 public:
  int count() const override { return value; }
  int value = 0;
};

// A node on which a manifest is changed from kOld to kNew at second 0. The kubelet is what the test
// says happens at which second.
class Supervised : public testing::Test {
 protected:
  Supervised() {
    node.files.put_directory("/var/log/pods");
    processes.list = {{1, {"init"}}, {300, {"/usr/bin/kubelet", "--config=x"}}};
    start(7, "old", -1000);
    probe.otherwise = MemoryApiServerProbe::status(200);
    node.clock.on_sleep = [this] { let_happen(); };
  }

  // ---- the world ------------------------------------------------------------------------------

  void start(int pid, const std::string& settings, double at) {
    host::Process process{pid, {"kube-apiserver", settings}};
    process.started_since_boot = written_at + nanos(at);
    processes.list.push_back(std::move(process));
  }
  static std::chrono::nanoseconds nanos(double s) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(s));
  }

  // At so many seconds after the write.
  void at(double second, std::function<void()> event) {
    events.emplace_back(nanos(second), std::move(event));
  }
  void let_happen() {
    const auto now = node.clock.since_boot() - written_at;
    for (auto& [when, event] : events) {
      if (!event || when > now) continue;
      const auto happens = std::exchange(event, nullptr);
      happens();
    }
  }

  // The kubelet ends the old process and starts the new one.
  void restarts(double ends = 1, double starts = 2, int pid = 9) {
    at(ends, [this] {
      processes.end(7);
      probe.otherwise = MemoryApiServerProbe::refuse();
    });
    at(starts, [this, pid, starts] { start(pid, "new", starts); });
    at(starts + 2, [this] { probe.otherwise = MemoryApiServerProbe::status(200); });
  }
  // After the old bytes are back, at that second after the write of the new ones.
  void restarts_old(double starts, int pid = 70) {
    at(starts, [this, pid, starts] {
      EXPECT_EQ(node.manifest(), kOld) << "the kubelet would start something else";
      start(pid, "old", starts);
      probe.otherwise = MemoryApiServerProbe::status(200);
    });
  }

  // ---- the wait -------------------------------------------------------------------------------

  RunningForm form(const std::string& settings) {
    return {[settings](const std::vector<std::string>& argv) { return argv.at(1) == settings; },
            {}};
  }

  Supervision supervision() {
    Supervision s;
    s.manifest = kManifest;
    s.written = kNew;
    s.replaced = kOld;
    s.now = form("new");
    s.old = form("old");
    s.limit = seconds(240);
    s.rollback_limit = seconds(240);
    s.cause_of = [](std::string_view log) -> ExitCause {
      if (log.find("policy") != log.npos) return {ExitCause::Kind::Fatal, "the policy was refused"};
      if (log.find("in use") != log.npos)
        return {ExitCause::Kind::AddressInUse, "the port was in use"};
      return {};
    };
    s.explain = [this] { return explanation; };
    s.tell = [this](const Progress& progress) { tell(progress); };
    return s;
  }

  Outcome run() { return run(supervision()); }

  Outcome run(Supervision s) {
    LiveHost live{node.files, node.clock, processes, probe, stops};
    s.before = look_before(live, s.old).value();
    const auto lock = lock_manifest(node.files, node.clock, kManifest).value();
    ReplaceRequest request;
    request.change = [](std::string_view) { return std::optional(kNew); };
    request.backup_directory = kBackups;
    request.settle_later = true;
    ContainerLogs logs(node.files, s.logs);
    change = replace_manifest(node.files, node.clock, lock, request).value();
    written_at = s.since = node.clock.since_boot();
    // Started a thousand seconds before, wherever the clock stands.
    EXPECT_EQ(node.states(), "pending");
    s.put_back = [&] {
      const auto done = take_back_change(node.files, node.clock, lock, request, change);
      node.clock.sleep_for(slow_disk);
      return done;
    };
    s.keep = [this](std::string_view log) {
      return BackupStore(node.files, kBackups)
          .keep_failed(*change.record, kNew, log)
          .value_or(std::vector<std::string>());
    };
    Outcome outcome = supervise(live, s, logs);
    if (outcome.kind == Kind::Kept) settle_change(node.files, lock, request, change);
    if (outcome.old_is_back) close_taken_back(node.files, lock, request, change);
    return outcome;
  }

  void tell(const Progress& p) {
    switch (p.kind) {
      case StepKind::Waiting:
      case StepKind::Written:
        return;
      case StepKind::ProcessFound:
        return say("process " + std::to_string(p.pid));
      case StepKind::ProcessEnded:
        return say("ended " + std::to_string(p.count));
      case StepKind::GoodAnswer:
        return say("good " + std::to_string(p.count) + "/" + std::to_string(p.of));
      case StepKind::Ready:
        return say("ready");
      case StepKind::FirstEvent:
        return say("event " + p.text);
      case StepKind::NoEvent:
        return say("no event: " + p.text);
      case StepKind::TakingBack:
        return say("taking back: " + p.text);
      case StepKind::PutBack:
        return say("put back");
      case StepKind::StopsLater:
        return say("stops later");
      case StepKind::HealthyAgain:
        return say("healthy again");
    }
  }
  void say(std::string line) { said.push_back(std::move(line)); }

  double now() const {
    return std::chrono::duration<double>(node.clock.since_boot() - written_at).count();
  }

  MemoryNode node;
  host::MemoryProcessTable processes;
  MemoryApiServerProbe probe{node.clock};
  Stops stops;
  std::chrono::nanoseconds written_at = node.clock.since_boot();
  std::vector<std::pair<std::chrono::nanoseconds, std::function<void()>>> events;
  std::vector<std::string> said;
  std::string explanation;
  milliseconds slow_disk{0};
  ReplaceOutcome change;
};

TEST_F(Supervised, AGoodChangeIsKept) {
  restarts();
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Kept);
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_EQ(node.states(), "done");
  EXPECT_THAT(said, ElementsAre("process 9", "good 1/5", "good 2/5", "good 3/5", "good 4/5",
                                "good 5/5", "ready"));
  EXPECT_GE(now(), 12);  // ten seconds after its start
  EXPECT_LT(now(), 13);
}

TEST_F(Supervised, ASlowStartIsWaitedFor) {
  at(30, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(60, [this] { start(9, "new", 60); });
  at(180, [this] { probe.otherwise = MemoryApiServerProbe::status(200); });
  EXPECT_EQ(run().kind, Kind::Kept);
  EXPECT_GE(now(), 184);
}

TEST_F(Supervised, TheOldProcessMayLingerBesideTheNewOne) {
  at(2, [this] { start(9, "new", 2); });
  at(32, [this] { processes.end(7); });
  EXPECT_EQ(run().kind, Kind::Kept);
  EXPECT_EQ(node.manifest(), kNew);
}

TEST_F(Supervised, IfNoNewOneComesTheChangeIsTakenBackThoughTheOldOneAnswersWell) {
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, "the kubelet did not start a new API server within 240 s");
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.states(), "rolled-back");
  EXPECT_THAT(said,
              ElementsAre("taking back: " + outcome.reason, "put back", "process 7", "good 1/5",
                          "good 2/5", "good 3/5", "good 4/5", "good 5/5", "healthy again"));
  EXPECT_GE(now(), 240 + 60);  // longer than a process lives that the kubelet is ending
}

TEST_F(Supervised, TheOccupiedPortIsNoFailure) {
  // Measured with shutdown-delay-duration=15s: twice, with back-off, healthy after 36.7 s.
  at(1, [this] { node.files.put_file(kNewLog + "0.log", "bind: address already in use\n"); });
  at(1.1, [this] { start(9, "new", 1.1); });
  at(2, [this] { processes.end(9); });
  at(12, [this] {
    node.files.put_file(kNewLog + "1.log", "bind: address already in use\n");
    start(10, "new", 12);
  });
  at(13, [this] { processes.end(10); });
  at(15, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(33, [this] {
    node.files.put_file(kNewLog + "2.log", "fine\n");
    start(11, "new", 33);
    probe.otherwise = MemoryApiServerProbe::status(200);
  });
  EXPECT_EQ(run().kind, Kind::Kept);
  EXPECT_GE(now(), 43);
}

TEST_F(Supervised, ARefusedPolicyIsDecidedAtItsFirstExit) {
  // Longer than what is looked through, and kept as a whole.
  const std::string words = std::string(100'000, 'x') + "\nError: loading audit policy file\n";
  at(1, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(2, [this] { start(9, "new", 2); });
  at(3, [this, words] {
    node.files.put_file(kNewLog + "0.log", words);
    processes.end(9);
  });
  restarts_old(10);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, "the policy was refused");
  EXPECT_THAT(said, ElementsAre("process 9", "ended 1", "taking back: the policy was refused",
                                "put back", "process 70", "good 1/5", "good 2/5", "good 3/5",
                                "good 4/5", "good 5/5", "healthy again"));
  EXPECT_LT(now(), 30);
  ASSERT_EQ(outcome.kept.size(), 2u);
  EXPECT_EQ(node.files.bytes(outcome.kept[0]), kNew);
  EXPECT_EQ(node.files.bytes(outcome.kept[1]), words);
  EXPECT_TRUE(outcome.kept[0].ends_with(".failed")) << outcome.kept[0];
  EXPECT_TRUE(outcome.kept[1].ends_with(".failed-log")) << outcome.kept[1];
}

TEST_F(Supervised, ACrashLoopWithoutAKnownCauseIsDecidedAtTheThirdExit) {
  at(1, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  for (int i = 0; i < 5; ++i) {
    at(5 + 20 * i, [this, i] { start(9 + i, "new", 5 + 20 * i); });
    at(8 + 20 * i, [this, i] { processes.end(9 + i); });
  }
  restarts_old(60);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, "the API server ended 3 times, the last time after 2.8 s");
  EXPECT_EQ(node.manifest(), kOld);
}

TEST_F(Supervised, AFailedMountLeavesNoTraceButAnExplanation) {
  at(1, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  explanation = "the kubelet cannot mount /x: it is a directory";
  restarts_old(270);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, explanation);
  EXPECT_EQ(outcome.kept.size(), 1u) << "there is no log";
}

TEST_F(Supervised, ReadyAndThenDyingIsNotKept) {
  restarts();
  at(9, [this] {
    processes.end(9);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  restarts_old(250);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, "the API server did not stay up within 240 s");
}

TEST_F(Supervised, AProbeThatHangsIsNotReady) {
  restarts();
  at(4.1, [this] { probe.otherwise = MemoryApiServerProbe::hang(); });
  restarts_old(250);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason,
            "the API server was not ready within 240 s: it did not answer within 3000 ms");
}

TEST_F(Supervised, ForbiddenBeforeRbacIsPassedOver) {
  restarts();
  at(4.0, [this] { probe.otherwise = MemoryApiServerProbe::status(403); });
  at(5.5, [this] { probe.otherwise = MemoryApiServerProbe::status(500); });
  at(6.5, [this] { probe.otherwise = MemoryApiServerProbe::status(200); });
  EXPECT_EQ(run().kind, Kind::Kept);
}

TEST_F(Supervised, UnauthorizedForEverIsKept) {
  probe.otherwise = MemoryApiServerProbe::status(401);
  at(1, [this] { processes.end(7); });
  at(2, [this] { start(9, "new", 2); });
  EXPECT_EQ(run().kind, Kind::Kept);
}

TEST_F(Supervised, AManifestThatSomebodyElseChangedIsLeftAlone) {
  restarts();
  at(6, [this] { node.files.put_file(kManifest, "kind: Pod # theirs\n"); });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Foreign);
  EXPECT_EQ(outcome.reason, kManifest + " was changed by somebody else during the wait");
  EXPECT_EQ(node.manifest(), "kind: Pod # theirs\n");
  EXPECT_EQ(node.states(), "pending");
}

TEST_F(Supervised, AManifestThatSomebodyElseChangesLaterIsNotCalledHealthy) {
  at(1, [this] { processes.end(7); });
  explanation = "a mount fails";
  at(250, [this] { node.files.put_file(kManifest, "kind: Pod # theirs\n"); });
  at(252, [this] { start(70, "old", 252); });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Foreign);
  EXPECT_TRUE(outcome.old_is_back);
  EXPECT_EQ(outcome.reason, "a mount fails; the old manifest was put back, and then " + kManifest +
                                " was changed by somebody else during the wait");
  EXPECT_EQ(node.manifest(), "kind: Pod # theirs\n");
}

// Both within one look: what is said must be true of the manifest that is there.
TEST_F(Supervised, AManifestThatSomebodyElseMendsIsNotCalledStillBroken) {
  at(1, [this] { processes.end(7); });
  at(2, [this] {
    node.files.put_file(kNewLog + "0.log", "the policy is bad");
    node.files.put_file(kManifest, "kind: Pod # theirs\n");
  });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Foreign);
  EXPECT_EQ(outcome.reason, kManifest + " was changed by somebody else during the wait");
}

// The kubelet has not seen the change that is taken back: what runs is what should run.
TEST_F(Supervised, WhatTheKubeletNeverEndedWillDo) {
  Supervision s = supervision();
  s.now = form("old");
  s.old = form("other");
  s.untouched = {{7, processes.list.back().started_since_boot.value(), true}};
  const Outcome outcome = run(s);
  EXPECT_EQ(outcome.kind, Kind::Kept) << outcome.reason;
  EXPECT_GE(now(), 60.0) << "as long as the kubelet may take to end it";
  EXPECT_LT(now(), 62.0);
}

TEST_F(Supervised, WhatTheKubeletNeverEndedWillDoNearAShortLimit) {
  Supervision s = supervision();
  s.now = form("old");
  s.old = form("other");
  s.untouched = {{7, processes.list.back().started_since_boot.value(), true}};
  s.limit = seconds(25);
  const Outcome outcome = run(s);
  EXPECT_EQ(outcome.kind, Kind::Kept) << outcome.reason;
  EXPECT_GE(now(), 23.0);
}

TEST_F(Supervised, WhatTheKubeletEndsAfterAllWillNotDo) {
  Supervision s = supervision();
  s.now = form("old");
  s.old = form("other");
  s.untouched = {{7, processes.list.back().started_since_boot.value(), true}};
  at(30, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(32, [this] { start(9, "old", 32); });
  at(34, [this] { probe.otherwise = MemoryApiServerProbe::status(200); });
  const Outcome outcome = run(s);
  EXPECT_EQ(outcome.kind, Kind::Kept) << outcome.reason;
  EXPECT_THAT(said, testing::Contains("process 9"));
}

TEST_F(Supervised, WhatWasSeenIsSaidBeforeWhatIsSupposed) {
  at(1, [this] { processes.end(7); });
  at(2, [this] {
    start(9, "new", 2);
    probe.otherwise = MemoryApiServerProbe::status(500);
  });
  explanation = "a mount fails";
  EXPECT_EQ(run().reason,
            "the API server was not ready within 240 s: it answered 500; a mount fails");
}

TEST_F(Supervised, ADiskThatIsFullKeepsNoOldBytesAway) {
  at(1, [this] { processes.end(7); });
  at(200, [this] { node.files.fail_always(host::Step::Create, ENOSPC); });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Unhealthy);
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_EQ(node.states(), "pending") << "there is no room to write it down";
}

TEST_F(Supervised, ADiskThatIsReadOnlyKeepsTheOldBytesAway) {
  at(1, [this] { processes.end(7); });
  at(200, [this] {
    node.files.fail_always(host::Step::Create, EROFS);
    node.files.fail_always(host::Step::Rename, EROFS);
  });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::NotRestored);
  EXPECT_THAT(outcome.trouble, testing::EndsWith("Read-only file system"));
  EXPECT_EQ(node.manifest(), kNew);
  EXPECT_EQ(node.states(), "pending") << "kaudit rollback can mend it";
}

TEST_F(Supervised, AClockThatJumpsChangesNothing) {
  restarts();
  at(3, [this] { node.clock.utc = {}; });
  at(5, [this] { node.clock.utc = {4'000'000'000, 0}; });
  EXPECT_EQ(run().kind, Kind::Kept);
}

TEST_F(Supervised, AskedToStopItTakesTheChangeBack) {
  restarts();
  at(5, [this] { stops.value = 1; });
  at(6, [this] { processes.end(9); });
  restarts_old(8);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, "you asked to stop");
  EXPECT_EQ(node.manifest(), kOld);
}

TEST_F(Supervised, AskedBeforeTheKubeletDidAnythingItTakesTheChangeBackToo) {
  at(0.5, [this] { stops.value = 1; });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(node.manifest(), kOld);
}

TEST_F(Supervised, AskedTwiceItGivesUp) {
  restarts();
  at(5, [this] { stops.value = 1; });
  at(8, [this] { stops.value = 2; });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::GivenUp);
  EXPECT_EQ(outcome.trouble,
            "the old manifest is back, and nobody waited until the API server is ready");
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_LT(now(), 9);
}

TEST_F(Supervised, AskedTwiceAtOnceItStillPutsTheOldBytesBack) {
  at(0.5, [this] { stops.value = 2; });
  EXPECT_EQ(run().kind, Kind::GivenUp);
  EXPECT_EQ(node.manifest(), kOld);
}

TEST_F(Supervised, AskedOnceWhileTakingBackItGoesOn) {
  at(1, [this] { processes.end(7); });
  at(245, [this] { stops.value = 1; });
  restarts_old(250);
  EXPECT_EQ(run().kind, Kind::TakenBack);
  EXPECT_EQ(std::ranges::count(said, "stops later"), 1);
}

TEST_F(Supervised, WhatWasUnhealthyBeforeIsNotWaitedFor) {
  processes.end(7);
  probe.otherwise = MemoryApiServerProbe::refuse();
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Unhealthy);
  EXPECT_EQ(outcome.trouble, "it was not healthy before the change either: no process of it runs");
  EXPECT_EQ(node.manifest(), kOld);
  EXPECT_LT(now(), 241);
}

TEST_F(Supervised, AChangeMayRepairWhatWasUnhealthy) {
  processes.end(7);
  probe.otherwise = MemoryApiServerProbe::refuse();
  at(2, [this] {
    start(9, "new", 2);
    probe.otherwise = MemoryApiServerProbe::status(200);
  });
  EXPECT_EQ(run().kind, Kind::Kept);
}

TEST_F(Supervised, ItMayNotBecomeHealthyAgain) {
  at(1, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::Unhealthy);
  EXPECT_EQ(outcome.trouble,
            "it did not become healthy again within 240 s: it refused the connection");
  EXPECT_EQ(node.manifest(), kOld);
}

TEST_F(Supervised, ARecoveryOutOfACrashLoopTakesItsTime) {
  at(1, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(2, [this] { node.files.put_file(kNewLog + "0.log", "policy\n"); });
  // The back-off sticks to the Pod's UID: 43.5 s were measured. Exits on the way do not matter.
  for (int i = 0; i < 6; ++i) {
    at(5 + 5 * i, [this, i] { start(20 + i, "old", 5 + 5 * i); });
    at(6 + 5 * i, [this, i] { processes.end(20 + i); });
  }
  restarts_old(46);
  EXPECT_EQ(run().kind, Kind::TakenBack);
}

TEST_F(Supervised, TheKubeletMayBeQuickerThanTheDisk) {
  slow_disk = seconds(5);
  at(1, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(2, [this] { node.files.put_file(kNewLog + "0.log", "policy\n"); });
  restarts_old(4);  // the old bytes are back at 2, and nobody knows until 7
  EXPECT_EQ(run().kind, Kind::TakenBack);
  EXPECT_LT(now(), 20);
}

// A kubelet that was just started deletes no Pod yet: the old process keeps its port, the new one
// ends on it, and nothing is restarted for the old bytes.
TEST_F(Supervised, TheOldProcessThatWasNeverEndedIsWellAgain) {
  at(1, [this] { start(9, "new", 1); });
  at(1.6, [this] {
    processes.end(9);
    node.files.put_file(kNewLog + "0.log", "in use\n");
  });
  at(2, [this] { stops.value = 1; });
  EXPECT_EQ(run().kind, Kind::TakenBack);
  EXPECT_GT(now(), 61);
  EXPECT_LT(now(), 70);
}

TEST_F(Supervised, TheOldProcessThatIsBeingEndedIsNotWell) {
  at(1, [this] { start(9, "new", 1); });
  at(2, [this] { stops.value = 1; });
  at(32, [this] { processes.end(7); });
  at(33, [this] { processes.end(9); });
  restarts_old(40);
  EXPECT_EQ(run().kind, Kind::TakenBack);
  EXPECT_GT(now(), 49);
  EXPECT_LT(now(), 60);
}

// An annotation-only change, of which the kubelet hears late: both have the same arguments.
TEST_F(Supervised, TheOldPodsContainerStartedOnceMoreIsNotTheNewOne) {
  const std::string old_log = "/var/log/pods/kube-system_kube-apiserver-node1_old/kube-apiserver/";
  node.files.put_file(old_log + "0.log", "old\n");
  at(2, [this, old_log] {
    processes.end(7);
    start(8, "new", 2);
    node.files.put_file(old_log + "1.log", "old\n");
  });
  at(20, [this] {
    processes.end(8);
    probe.otherwise = MemoryApiServerProbe::refuse();
    node.files.put_file(kNewLog + "0.log", "policy\n");
  });
  restarts_old(30);
  const Outcome outcome = run();
  EXPECT_EQ(outcome.kind, Kind::TakenBack);
  EXPECT_EQ(outcome.reason, "the policy was refused");
}

// Whose answers they are nobody knows while the old one lives.
TEST_F(Supervised, WhatTheOldProcessAnswersBesideTheNewOneDoesNotCount) {
  at(1, [this] { start(9, "new", 1); });
  at(30, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  at(35, [this] { probe.otherwise = MemoryApiServerProbe::status(200); });
  EXPECT_EQ(run().kind, Kind::Kept);
  EXPECT_GE(now(), 39);
  EXPECT_LT(now(), 45);
}

TEST_F(Supervised, TheProcessTableMayBeUnreadableForAWhile) {
  restarts();
  at(5, [this] { processes.failure = text::Error{text::ErrorKind::Io, "no", "", {}}; });
  at(8, [this] { processes.failure.reset(); });
  EXPECT_EQ(run().kind, Kind::Kept);
  EXPECT_THAT(said, testing::Not(testing::Contains("ended 1")));
}

// ---- the first event
// -----------------------------------------------------------------------------

class FirstEventTest : public Supervised {
 protected:
  Supervision with_event() {
    Supervision s = supervision();
    s.first_event = {.log = kAuditLog, .uri = "/kaudit-probe-1f", .level = "Metadata"};
    return s;
  }
  void records(const std::string& line) {
    probe.on_get = [this, line](const host::ProbeRequest& request) {
      if (request.path == "/kaudit-probe-1f") node.files.append_to_file(kAuditLog, line);
    };
  }
};

TEST_F(FirstEventTest, IsFoundInWhatWasAppended) {
  restarts();
  node.files.put_file(kAuditLog, R"({"level":"None","requestURI":"/kaudit-probe-1f"})"
                                 "\n");
  records(R"({"level":"Metadata","auditID":"x","requestURI":"/kaudit-probe-1f","verb":"get"})"
          "\n");
  const Outcome outcome = run(with_event());
  EXPECT_EQ(outcome.kind, Kind::Kept);
  EXPECT_EQ(outcome.event_seen, true);
  EXPECT_EQ(said.back(), "event Metadata");
}

TEST_F(FirstEventTest, AProcessThatEndsOverItIsNotWell) {
  restarts();
  probe.on_get = [this](const host::ProbeRequest& request) {
    if (request.path != "/kaudit-probe-1f") return;
    processes.end(9);
    probe.otherwise = MemoryApiServerProbe::refuse();
    node.files.put_file(kNewLog + "0.log", "policy\n");
  };
  restarts_old(40);
  EXPECT_EQ(run(with_event()).kind, Kind::TakenBack);
}

TEST_F(FirstEventTest, AnotherLevelThanThePolicySaysIsAWarning) {
  restarts();
  records(R"({"level":"Request","auditID":"x","requestURI":"/kaudit-probe-1f","verb":"get"})"
          "\n");
  const Outcome outcome = run(with_event());
  EXPECT_EQ(outcome.kind, Kind::Kept);
  EXPECT_EQ(outcome.event_seen, true);
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_EQ(outcome.warnings[0].message,
            "the event of kaudit's request has the level Request, and by the policy it would be "
            "Metadata");
}

TEST_F(FirstEventTest, UnseenItIsAWarning) {
  restarts();
  node.files.put_file(kAuditLog, R"({"level":"Metadata","requestURI":"/kaudit-probe-1f"})"
                                 "\n");
  const Outcome outcome = run(with_event());
  EXPECT_EQ(outcome.kind, Kind::Kept);
  EXPECT_EQ(outcome.event_seen, false);
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_EQ(outcome.warnings[0].message,
            "no event of the request for /kaudit-probe-1f came into " + kAuditLog + " within 10 s");
}

TEST_F(FirstEventTest, WhereThePolicyMayLeaveItOutItIsNone) {
  restarts();
  Supervision s = with_event();
  s.first_event.why_unsure = "the policy may leave it out";
  const Outcome outcome = run(s);
  EXPECT_EQ(outcome.event_seen, false);
  EXPECT_THAT(outcome.warnings, IsEmpty());
  EXPECT_EQ(said.back(), "no event: no event of a request was seen; the policy may leave it out");
}

TEST_F(FirstEventTest, ARotationMeanwhileHidesNothing) {
  restarts();
  node.files.put_file(kAuditLog, std::string(5000, 'x') + "\n");
  probe.on_get = [this](const host::ProbeRequest& request) {
    if (request.path == "/kaudit-probe-1f")
      node.files.put_file(kAuditLog, R"({"level":"Request","requestURI":"/kaudit-probe-1f"})"
                                     "\n");
  };
  EXPECT_EQ(run(with_event()).event_seen, true);
}

TEST_F(FirstEventTest, AskedToStopMeanwhileTheChangeIsTakenBack) {
  restarts();
  probe.on_get = [this](const host::ProbeRequest& request) {
    if (request.path == "/kaudit-probe-1f") stops.value = 1;
  };
  at(20, [this] { processes.end(9); });
  restarts_old(25);
  EXPECT_EQ(run(with_event()).kind, Kind::TakenBack);
}

TEST(LevelOfEvent, IsReadFromBothFormats) {
  const std::string json = R"({"level":"Metadata","requestURI":"/kaudit-probe-1f"})";
  EXPECT_EQ(level_of_event("x\n" + json + "\ny\n", "/kaudit-probe-1f"), "Metadata");
  EXPECT_EQ(level_of_event(json, "/kaudit-probe-1"), std::nullopt);
  EXPECT_EQ(level_of_event(R"(2026 AUDIT: id="1" uri="/kaudit-probe-1f" response="403")",
                           "/kaudit-probe-1f"),
            "unknown");
  EXPECT_EQ(level_of_event("", "/kaudit-probe-1f"), std::nullopt);
}

// ---- before and without a write
// --------------------------------------------------------------------

TEST_F(Supervised, WithoutAKubeletNothingIsBegun) {
  processes.end(300);
  LiveHost live{node.files, node.clock, processes, probe, stops};
  const auto before = look_before(live, form("old"));
  ASSERT_FALSE(before);
  EXPECT_EQ(
      before.error().message,
      "no kubelet can be seen among the processes here, and without one nothing would restart "
      "the API server");
}

TEST_F(Supervised, BeforeTheWriteABadAnswerGetsTwoMoreChances) {
  LiveHost live{node.files, node.clock, processes, probe, stops};
  probe.otherwise = MemoryApiServerProbe::status(500);
  at(1.5, [this] { probe.otherwise = MemoryApiServerProbe::status(200); });
  EXPECT_TRUE(look_before(live, form("old"))->healthy);
  probe.otherwise = MemoryApiServerProbe::status(500);
  const auto before = look_before(live, form("old"));
  EXPECT_FALSE(before->healthy);
  EXPECT_EQ(before->trouble, "it answered 500");
}

// The manifest was written a minute before the process that runs was started.
constexpr std::chrono::nanoseconds kLongAgo{1};

TEST_F(Supervised, WithoutAChangeTheRunningProcessIsLookedAt) {
  LiveHost live{node.files, node.clock, processes, probe, stops};
  EXPECT_EQ(check_running(live, form("old"), kLongAgo, seconds(5), {}), std::nullopt);
  EXPECT_EQ(check_running(live, form("new"), kLongAgo, seconds(5), {}),
            "the API server that runs has other audit settings than the manifest");
  probe.otherwise = MemoryApiServerProbe::refuse();
  EXPECT_EQ(check_running(live, form("old"), kLongAgo, seconds(5), {}),
            "the API server was not ready within 5 s: it refused the connection");
  processes.end(7);
  EXPECT_EQ(check_running(live, form("old"), kLongAgo, seconds(5), {}), "no API server runs");
}

TEST_F(Supervised, AProcessOlderThanTheManifestMayBeAboutToBeRestarted) {
  LiveHost live{node.files, node.clock, processes, probe, stops};
  const auto changed = node.clock.since_boot() - seconds(5);
  written_at = node.clock.since_boot();
  EXPECT_EQ(check_running(live, form("old"), changed, seconds(240), {}), std::nullopt);
  EXPECT_NEAR(now(), 55, 1) << "a minute after the change the kubelet would have done it";
}

TEST_F(Supervised, AProcessOlderThanTheManifestIsBelievedWhenTheLimitIsNear) {
  LiveHost live{node.files, node.clock, processes, probe, stops};
  const auto changed = node.clock.since_boot() - seconds(5);
  written_at = node.clock.since_boot();
  EXPECT_EQ(check_running(live, form("old"), changed, seconds(20), {}), std::nullopt);
  EXPECT_NEAR(now(), 18, 1);
  EXPECT_EQ(check_running(live, form("new"), changed, seconds(20), {}),
            "the API server that runs has other audit settings than the manifest");
}

TEST_F(Supervised, AProcessThatIsRestartedMeanwhileIsTheOneThatCounts) {
  LiveHost live{node.files, node.clock, processes, probe, stops};
  const auto changed = node.clock.since_boot() - seconds(5);
  written_at = node.clock.since_boot();
  at(3, [this] {
    processes.end(7);
    probe.otherwise = MemoryApiServerProbe::refuse();
  });
  EXPECT_EQ(check_running(live, form("old"), changed, seconds(20), {}), "no API server runs");
}

TEST_F(Supervised, WhoAsksToStopBeforeTheWriteGetsNoChange) {
  LiveHost live{node.files, node.clock, processes, probe, stops};
  probe.otherwise = MemoryApiServerProbe::status(500);
  at(0.5, [this] { stops.value = 1; });
  const auto before = look_before(live, form("old"));
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().message, "you asked to stop, and nothing was changed yet");
}

}  // namespace
}  // namespace kaudit::rollout
