#include "rollout/first_event.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/memory_api_server_probe.h"
#include "support/memory_file_system.h"

namespace kaudit::rollout {
namespace {

using host::MemoryApiServerProbe;

const std::string kLog = "/var/log/kubernetes/audit/audit.log";
const std::string kUri = "/kaudit-probe-1f";
const std::string kEvent = R"({"level":"Metadata","requestURI":"/kaudit-probe-1f"})"
                           "\n";

std::chrono::milliseconds ms(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

class OwnRequest : public testing::Test {
 protected:
  OwnRequest() {
    files.put_file(kLog, "{}\n");
    api_server.otherwise = MemoryApiServerProbe::status(403);
  }

  std::optional<bool> is_recorded() {
    host::ProbeRequest probe;
    probe.endpoint.port = 7443;
    return is_request_recorded(files, clock, api_server, event, probe);
  }

  // The API server writes the event that long after the request.
  void records_after(std::chrono::milliseconds delay) {
    clock.on_sleep = [this, delay] {
      if (api_server.requests.empty() || clock.slept < delay || is_written) return;
      files.append_to_file(kLog, kEvent);
      is_written = true;
    };
  }
  void on_request(std::function<void()> then) {
    api_server.on_get = [then = std::move(then)](const host::ProbeRequest&) { then(); };
  }

  host::MemoryFileSystem files;
  host::MemoryClock clock;
  MemoryApiServerProbe api_server{clock};
  FirstEvent event{.log = kLog, .uri = kUri, .level = "Metadata"};
  bool is_written = false;
};

TEST_F(OwnRequest, IsFoundAtOnce) {
  on_request([this] { files.append_to_file(kLog, kEvent); });
  EXPECT_EQ(is_recorded(), true);
  EXPECT_EQ(ms(clock.slept).count(), 0);
  ASSERT_EQ(api_server.requests.size(), 1u);
  EXPECT_EQ(api_server.requests[0].path, kUri);
  EXPECT_EQ(api_server.requests[0].endpoint.port, 7443);
  EXPECT_EQ(api_server.requests[0].timeout, std::chrono::seconds(2));
}

TEST_F(OwnRequest, IsFoundSoonAfterItsEventIsThere) {
  records_after(std::chrono::milliseconds(70));
  EXPECT_EQ(is_recorded(), true);
  EXPECT_EQ(ms(clock.slept).count(), 80);
}

TEST_F(OwnRequest, UnseenItIsNotRecorded) {
  files.append_to_file(kLog, kEvent);  // of an earlier request
  EXPECT_EQ(is_recorded(), false);
  EXPECT_EQ(ms(clock.slept).count(), 2000);
}

TEST_F(OwnRequest, IsLookedForInALogThatIsYetToBeMade) {
  files.take_away(kLog);
  EXPECT_EQ(is_recorded(), false);
  on_request([this] { files.put_file(kLog, kEvent); });
  EXPECT_EQ(is_recorded(), true);
}

TEST_F(OwnRequest, IsFoundAmongOtherEventsHoweverTheyAreCut) {
  // The first piece ends amid the URI.
  const std::string lines = "{\"a\":1}\n" + kEvent + "{\"b\":2}\n";
  std::size_t at = 0;
  clock.on_sleep = [&] {
    if (at < lines.size()) files.append_to_file(kLog, lines.substr(at, 50));
    at += 50;
  };
  on_request([this] { files.append_to_file(kLog, "{\"requestURI\":\"/other\"}\n{"); });
  EXPECT_EQ(is_recorded(), true);
}

TEST_F(OwnRequest, NobodyIsAskedWhereThePolicyMayLeaveItOut) {
  event.level = "";
  event.why_unsure = "the policy may leave it out";
  EXPECT_EQ(is_recorded(), std::nullopt);
  event = {.log = "", .uri = kUri, .level = "Metadata"};
  EXPECT_EQ(is_recorded(), std::nullopt);
  EXPECT_TRUE(api_server.requests.empty());
}

TEST_F(OwnRequest, InBatchesItsAbsenceTellsNothing) {
  event.why_unsure = "events are written in batches";
  EXPECT_EQ(is_recorded(), std::nullopt);
  EXPECT_EQ(ms(clock.slept).count(), 200);
  on_request([this] { files.append_to_file(kLog, kEvent); });
  EXPECT_EQ(is_recorded(), true);
}

TEST_F(OwnRequest, WithoutAnAnswerItsAbsenceTellsNothing) {
  for (const auto& reaction : {MemoryApiServerProbe::refuse(), MemoryApiServerProbe::garbage()}) {
    api_server.otherwise = reaction;
    EXPECT_EQ(is_recorded(), std::nullopt);
  }
  EXPECT_EQ(ms(clock.slept).count(), 0);
  api_server.otherwise = MemoryApiServerProbe::hang();
  EXPECT_EQ(is_recorded(), std::nullopt);
  EXPECT_EQ(ms(clock.slept).count(), 2000);
  on_request([this] { files.append_to_file(kLog, kEvent); });
  EXPECT_EQ(is_recorded(), true);
}

TEST_F(OwnRequest, OnlyAnAnswerFromBehindTheAuditFilterTells) {
  for (const int status : {200, 401, 403, 404, 500}) {
    api_server.otherwise = MemoryApiServerProbe::status(status);
    EXPECT_EQ(is_recorded(), false) << status;
  }
  clock.slept = {};
  for (const int status : {302, 400, 429, 502, 503, 504}) {
    api_server.otherwise = MemoryApiServerProbe::status(status);
    EXPECT_EQ(is_recorded(), std::nullopt) << status;
  }
  EXPECT_EQ(ms(clock.slept).count(), 0);
}

TEST_F(OwnRequest, MayHaveGoneWithALogThatIsPutAside) {
  const std::string longer = std::string(50, 'x') + "\n";
  on_request([&] { files.put_file(kLog, longer); });
  EXPECT_EQ(is_recorded(), std::nullopt);
  on_request([&] { files.put_file(kLog, longer + kEvent); });
  EXPECT_EQ(is_recorded(), true);
}

TEST_F(OwnRequest, TellsNothingWhereTheLogCannotBeRead) {
  on_request([this] { files.append_to_file(kLog, "{}\n"); });
  files.fail_always(host::Step::Read, EACCES);
  EXPECT_EQ(is_recorded(), std::nullopt);
  files.recover();
  files.fail_always(host::Step::Status, EACCES);
  EXPECT_EQ(is_recorded(), std::nullopt);
}

}  // namespace
}  // namespace kaudit::rollout
