#include "rollout/restart_watch.h"

#include <gtest/gtest.h>

namespace kaudit::rollout {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = RestartWatch::State;
using Processes = std::vector<ApiServerProcess>;

// Moments count in seconds; the manifest was written at 100.
constexpr seconds kWritten{100};
const ApiServerProcess kOld{7, seconds(50), false};

ApiServerProcess started(int pid, int at) {
  return {pid, seconds(at), true};
}

// Looks once a second and says what came of it.
class Watched {
 public:
  explicit Watched(WatchSettings settings = {}) : watch(with_defaults(std::move(settings))) {}

  State look(Processes processes, std::optional<int> status = {}, ExitCause cause = {},
             int starts = 0, bool is_new_pod = true) {
    Look look;
    look.now = seconds(++now);
    look.processes = std::move(processes);
    if (status == 0)
      look.answer = text::fail(text::ErrorKind::Io, "refused the connection");
    else if (status)
      look.answer = *status;
    look.cause = std::move(cause);
    look.starts = starts;
    look.is_new_pod = is_new_pod;
    return watch.look(look);
  }

  // The same look until it is decided, at most `count` times; gives how many there were.
  int looks(int count, const Processes& processes, std::optional<int> status) {
    for (int i = 1; i <= count; ++i) {
      if (look(processes, status) != State::Waiting) return i;
    }
    return count + 1;
  }

  static WatchSettings with_defaults(WatchSettings settings) {
    if (settings.since == seconds(0)) settings.since = kWritten;
    if (settings.before.empty()) settings.before = {kOld};
    return settings;
  }

  int now = 100;
  RestartWatch watch;
};

TEST(RestartWatch, IsReadyAfterFiveGoodPollsAndTenSeconds) {
  Watched w;
  EXPECT_EQ(w.look({kOld}, 200), State::Waiting);
  // Started at 102; five polls are good at 106, ten seconds are over at 112.
  EXPECT_EQ(w.looks(20, {started(9, 102)}, 200), 11);
  EXPECT_EQ(w.now, 112);
  EXPECT_EQ(w.watch.current()->pid, 9);
}

TEST(RestartWatch, ASlowStartCountsFromItsFirstGoodPoll) {
  Watched w;
  const Processes now = {started(9, 101)};
  EXPECT_EQ(w.looks(30, now, 0), 31);
  EXPECT_EQ(w.watch.trouble(), "refused the connection");
  EXPECT_EQ(w.looks(30, now, 500), 31);
  EXPECT_EQ(w.watch.trouble(), "answered 500");
  EXPECT_EQ(w.looks(30, now, 200), 5);
}

TEST(RestartWatch, TheOldProcessNeverCountsHoweverWellItAnswers) {
  Watched w;
  EXPECT_EQ(w.looks(300, {kOld}, 200), 301);
  EXPECT_FALSE(w.watch.current());
  EXPECT_EQ(w.watch.good_polls(), 0);
}

TEST(RestartWatch, TheOldProcessDoesNotCountWithTheSameArgumentsEither) {
  // A change of a mount or an annotation leaves the arguments as they are.
  const ApiServerProcess old{7, seconds(50), true};
  Watched w({.before = {old}});
  EXPECT_EQ(w.looks(300, {old}, 200), 301);
}

TEST(RestartWatch, AProcessThatWasStartedBeforeTheWriteIsNotNew) {
  Watched w;
  EXPECT_EQ(w.looks(30, {{9, milliseconds(99'990), true}}, 200), 31);
  EXPECT_EQ(w.looks(30, {started(9, 99)}, 200), 31);
}

TEST(RestartWatch, AProcessThatStartedInTheSameTickAsTheWriteIsNew) {
  // Written at 100.004; the kernel calls a start at 100.008 one at 100.00.
  Watched w({.since = milliseconds(100'004)});
  EXPECT_EQ(w.looks(30, {started(9, 100)}, 200), 10);
}

TEST(RestartWatch, APidThatCameBackIsANewProcess) {
  Watched w;
  EXPECT_EQ(w.looks(30, {started(7, 101)}, 200), 11);
}

TEST(RestartWatch, AProcessWithOtherSettingsIsNotTheNewOne) {
  Watched w;
  EXPECT_EQ(w.looks(30, {{9, seconds(101), false}}, 200), 31);
}

TEST(RestartWatch, GoodAnswersMustComeInARow) {
  Watched w;
  const Processes now = {started(9, 90 + 11)};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(w.looks(4, now, 200), 5);
    EXPECT_EQ(w.look(now, 500), State::Waiting);
  }
  EXPECT_EQ(w.looks(10, now, 200), 5);
}

TEST(RestartWatch, LooksWithoutAPollNeitherHelpNorHarm) {
  Watched w;
  const Processes now = {started(9, 101)};
  EXPECT_EQ(w.looks(4, now, 200), 5);
  EXPECT_EQ(w.looks(20, now, {}), 21);
  EXPECT_EQ(w.look(now, 200), State::Ready);
}

TEST(RestartWatch, ForbiddenBeforeRbacIsLoadedDoesNotCount) {
  Watched w;
  const Processes now = {started(9, 90 + 11)};
  EXPECT_EQ(w.looks(10, now, 403), 11);  // 102 to 111: not yet ten seconds without a break
  EXPECT_EQ(w.watch.good_polls(), 0);
  EXPECT_EQ(w.look(now, 500), State::Waiting);
  EXPECT_EQ(w.looks(10, now, 200), 5);
}

TEST(RestartWatch, UnauthorizedForEverIsAnAnswer) {
  for (const int status : {401, 403}) {
    Watched w;
    // From 101 on; ten seconds without a break are over at 111.
    EXPECT_EQ(w.looks(60, {started(9, 101)}, status), 11) << status;
    EXPECT_EQ(w.now, 111);
  }
}

TEST(RestartWatch, ABreakBeginsTheTenSecondsAnew) {
  Watched w;
  const Processes now = {started(9, 101)};
  EXPECT_EQ(w.looks(9, now, 401), 10);
  EXPECT_EQ(w.look(now, 0), State::Waiting);
  EXPECT_EQ(w.looks(60, now, 401), 11);
}

TEST(RestartWatch, ReadyAndThenDeadWithinTheSettleTimeIsNoSuccess) {
  Watched w;
  EXPECT_EQ(w.looks(9, {started(9, 101)}, 200), 10);
  EXPECT_EQ(w.watch.good_polls(), 9);
  EXPECT_EQ(w.look({}, 0), State::Waiting);
  EXPECT_EQ(w.watch.exits(), 1);
  EXPECT_EQ(w.watch.good_polls(), 0);
  // The next one has to begin from nothing.
  EXPECT_EQ(w.looks(30, {started(10, 111)}, 200), 11);
}

TEST(RestartWatch, TheThirdExitIsAFailure) {
  Watched w;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(w.look({started(10 + i, w.now + 1)}, 0), State::Waiting);
    EXPECT_EQ(w.look({started(10 + i, w.now)}, 0), State::Waiting);
    EXPECT_EQ(w.look({}, 0), i < 2 ? State::Waiting : State::Failed) << i;
  }
  EXPECT_EQ(w.watch.reason(), "the API server ended 3 times, the last time after 1.0 s");
}

TEST(RestartWatch, TheReasonHoldsWhatTheLogSaid) {
  Watched w;
  const ExitCause cause{ExitCause::Kind::Unknown, "it said: etcd is away"};
  State state = State::Waiting;
  for (int i = 0; i < 3; ++i) {
    w.look({started(10 + i, w.now + 1)}, 0);
    state = w.look({}, 0, cause);
  }
  EXPECT_EQ(state, State::Failed);
  EXPECT_EQ(w.watch.reason(),
            "the API server ended 3 times, the last time after 0.0 s: it said: etcd is away");
}

TEST(RestartWatch, AnExitOnTheOccupiedPortDoesNotCount) {
  Watched w;
  const ExitCause in_use{ExitCause::Kind::AddressInUse, "the port is in use"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(w.look({started(10 + i, w.now + 1)}, 200), State::Waiting);
    EXPECT_EQ(w.look({}, 0, in_use), State::Waiting);
  }
  EXPECT_EQ(w.watch.exits(), 5);
  EXPECT_EQ(w.looks(30, {started(20, w.now + 1)}, 200), 11);
}

TEST(RestartWatch, AnExitBesideTheOldProcessDoesNotCount) {
  Watched w;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(w.look({kOld, started(10 + i, w.now + 1)}, 200), State::Waiting);
    EXPECT_EQ(w.look({kOld}, 200), State::Waiting);
  }
  // Without it they do.
  for (int i = 0; i < 3; ++i) {
    w.look({started(20 + i, w.now + 1)}, 200);
    EXPECT_EQ(w.look({}, 0), i < 2 ? State::Waiting : State::Failed);
  }
}

TEST(RestartWatch, AKnownCauseDecidesAtTheFirstExit) {
  Watched w;
  const ExitCause fatal{ExitCause::Kind::Fatal, "the policy was refused: no rules"};
  // While the process lives it may speak for itself.
  EXPECT_EQ(w.look({started(9, 101)}, 0, fatal, 1), State::Waiting);
  EXPECT_EQ(w.look({}, 0, fatal, 1), State::Failed);
  EXPECT_EQ(w.watch.reason(), "the policy was refused: no rules");
}

TEST(RestartWatch, AKnownCauseDecidesAlsoIfTheProcessWasNeverSeen) {
  Watched w;
  const ExitCause fatal{ExitCause::Kind::Fatal, "the policy was refused: no rules"};
  EXPECT_EQ(w.look({kOld}, 200, fatal, 1), State::Failed);
}

TEST(RestartWatch, TheLastWordsOfTheOldPodDecideNothing) {
  Watched w;
  const ExitCause fatal{ExitCause::Kind::Fatal, "the policy was refused: no rules"};
  EXPECT_EQ(w.look({}, 0, fatal, 1, false), State::Waiting);
  w.look({started(9, 102)}, 0, {}, 1, false);
  EXPECT_EQ(w.look({}, 0, fatal, 2, false), State::Failed);
}

TEST(RestartWatch, ExitsThatWereTooFastToBeSeenAreKnownByTheNextStart) {
  Watched w;
  EXPECT_EQ(w.look({}, 0, {}, 1), State::Waiting);
  EXPECT_EQ(w.watch.exits(), 0);  // the first may be about to begin
  EXPECT_EQ(w.look({}, 0, {}, 2), State::Waiting);
  EXPECT_EQ(w.look({}, 0, {}, 3), State::Waiting);
  EXPECT_EQ(w.watch.exits(), 2);
  EXPECT_EQ(w.look({}, 0, {}, 4), State::Failed);
  EXPECT_EQ(w.watch.reason(), "the API server ended 3 times");
}

TEST(RestartWatch, AnExitThatWasSeenIsNotCountedAgainByTheNextStart) {
  Watched w;
  w.look({started(9, 101)}, 0, {}, 1);
  w.look({}, 0, {}, 1);
  EXPECT_EQ(w.watch.exits(), 1);
  w.look({started(10, 103)}, 0, {}, 2);
  EXPECT_EQ(w.watch.exits(), 1);
}

TEST(RestartWatch, AReplacementBetweenTwoLooksIsAnExit) {
  Watched w;
  w.look({started(9, 101)}, 200);
  w.look({started(10, 102)}, 200);
  EXPECT_EQ(w.watch.exits(), 1);
  EXPECT_EQ(w.watch.current()->pid, 10);
  EXPECT_EQ(w.watch.good_polls(), 1);
}

TEST(RestartWatch, WhereOldBytesArePutBackExitsDecideNothing) {
  Watched w({.exits_matter = false});
  for (int i = 0; i < 9; ++i) {
    w.look({started(10 + i, w.now + 1)}, 0);
    EXPECT_EQ(w.look({}, 0), State::Waiting);
  }
}

TEST(RestartWatch, WithoutARestartTheOldProcessWillDo) {
  const ApiServerProcess old{7, seconds(50), true};
  Watched w({.before = {old}, .takes_old = true});
  EXPECT_EQ(w.looks(30, {old}, 200), 5);
}

TEST(RestartWatch, AProcessThatWasNeverTouchedWillDoAfterAWhile) {
  const ApiServerProcess old{7, seconds(50), true};
  Watched w({.before = {old}, .untouched = {old}});
  EXPECT_EQ(w.looks(300, {old}, 200), 60);
}

TEST(RestartWatch, AProcessThatIsEndedMeanwhileWillNotDo) {
  const ApiServerProcess old{7, seconds(50), true};
  Watched w({.before = {old}, .untouched = {old}});
  EXPECT_EQ(w.looks(50, {old}, 200), 51);
  EXPECT_EQ(w.look({}, 0), State::Waiting);
  EXPECT_EQ(w.watch.exits(), 0);  // it was not the one that is waited for
  EXPECT_EQ(w.looks(30, {started(9, 152)}, 200), 11);
}

TEST(RestartWatch, AStartedContainerTellsThatTheOldProcessIsOnItsWayOut) {
  const ApiServerProcess old{7, seconds(50), true};
  Watched w({.before = {old}, .untouched = {old}});
  EXPECT_EQ(w.looks(50, {old}, 200), 51);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(w.look({old}, 200, {}, 1), State::Waiting);
}

}  // namespace
}  // namespace kaudit::rollout
