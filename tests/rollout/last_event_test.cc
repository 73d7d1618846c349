#include "rollout/last_event.h"

#include <gtest/gtest.h>

#include "support/memory_file_system.h"

namespace kaudit::rollout {
namespace {

using host::UtcTime;

constexpr std::int64_t kSeven = 1'795'417'200;  // 2026-11-23T07:00:00Z
const std::string kLog = "/var/log/kubernetes/audit/audit.log";

const std::string kEvent =
    R"({"kind":"Event","level":"Metadata","stage":"ResponseComplete","requestURI":"/x",)"
    R"("requestReceivedTimestamp":"2026-11-23T07:00:00.000000Z",)"
    R"("stageTimestamp":"2026-11-23T07:00:05.250000Z","annotations":{"a":"\"stageTimestamp\""}})";

TEST(TimeOfEvent, IsThatOfItsStage) {
  EXPECT_EQ(time_of_event(kEvent), (UtcTime{kSeven + 5, 250'000'000}));
  // Its beginning lies further back than one reads.
  EXPECT_EQ(time_of_event(kEvent.substr(60)), (UtcTime{kSeven + 5, 250'000'000}));
}

TEST(TimeOfEvent, IsThatOfTheRequestWhereTheStageHasNone) {
  EXPECT_EQ(time_of_event(R"({"kind":"Event","requestReceivedTimestamp":"2026-11-23T07:00:00Z"})"),
            (UtcTime{kSeven, 0}));
  EXPECT_EQ(time_of_event(R"({"requestReceivedTimestamp":"2026-11-23T07:00:00.5Z",)"
                          R"("stageTimestamp":null})"),
            (UtcTime{kSeven, 500'000'000}));
}

TEST(TimeOfEvent, IsNotThatOfAnObjectInTheEvent) {
  EXPECT_EQ(time_of_event(R"({"requestObject":{"stageTimestamp":"2001-01-01T00:00:00Z"},)"
                          R"("stageTimestamp":"2026-11-23T07:00:00.000000Z"})"),
            (UtcTime{kSeven, 0}));
}

TEST(TimeOfEvent, BeginsALineOfTheLegacyFormat) {
  const std::string rest =
      R"( AUDIT: id="c1" stage="ResponseComplete" ip="::1" method="get" uri="/x" response="200")";
  EXPECT_EQ(time_of_event("2026-11-23T07:00:00.25Z" + rest), (UtcTime{kSeven, 250'000'000}));
  EXPECT_EQ(time_of_event("2026-11-23T08:00:00.25+01:00" + rest), (UtcTime{kSeven, 250'000'000}));
  EXPECT_EQ(time_of_event("yesterday" + rest), std::nullopt);
}

TEST(TimeOfEvent, IsNothingOfOtherLines) {
  for (const char* line :
       {"", "2026-11-23T07:00:00.25Z started", R"({"kind":"Event","requestURI":"/x"})",
        R"({"stageTimestamp":"soon"})", R"("stageTimestamp":"2026-11-23T07:00:00Z" is a time)"}) {
    EXPECT_EQ(time_of_event(line), std::nullopt) << line;
  }
}

std::optional<UtcTime> last_in(const std::string& bytes) {
  host::MemoryFileSystem files;
  files.put_file(kLog, bytes);
  return last_event_time(files, kLog, bytes.size());
}

const std::string kOld = R"({"stageTimestamp":"2020-01-01T00:00:00Z"})";

TEST(LastEventTime, IsThatOfTheLastWholeLine) {
  const UtcTime last{kSeven + 5, 250'000'000};
  EXPECT_EQ(last_in(kEvent + "\n"), last);
  EXPECT_EQ(last_in(kOld + "\n" + kEvent + "\n"), last);
  EXPECT_EQ(last_in(kOld + "\n" + kEvent + "\n" + kOld.substr(0, 20)), last);
  EXPECT_EQ(last_in(kEvent + "\n" + kOld), last);
  EXPECT_EQ(last_in(kEvent), std::nullopt);
  EXPECT_EQ(last_in(""), std::nullopt);
  EXPECT_EQ(last_in(kEvent + "\n" + std::string(40, '\0') + "\n"), std::nullopt);
}

TEST(LastEventTime, ReadsNoMoreThanTheEnd) {
  const std::string big(std::size_t{3} << 20, 'x');
  EXPECT_EQ(last_in(big + "\n" + kEvent + "\n"), (UtcTime{kSeven + 5, 250'000'000}));
  EXPECT_EQ(last_in(R"({"responseObject":")" + big + "\"," + kEvent.substr(1) + "\n"),
            (UtcTime{kSeven + 5, 250'000'000}));
  EXPECT_EQ(last_in(kEvent + "\n" + big), std::nullopt);
}

TEST(LastEventTime, NeedsALogThatCanBeRead) {
  host::MemoryFileSystem files;
  EXPECT_EQ(last_event_time(files, kLog, 10), std::nullopt);
}

}  // namespace
}  // namespace kaudit::rollout
