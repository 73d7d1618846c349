#include "audit/recorded_event.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kaudit::audit {
namespace {

// "get pods/log", "create deployments of apps", "get /healthz".
RequestAttributes request_of(std::string words) {
  const auto take = [&](std::string_view mark) {
    const std::size_t at = words.find(mark);
    if (at == std::string::npos) return std::string();
    std::string rest = words.substr(at + mark.size());
    words.resize(at);
    return rest;
  };
  RequestAttributes request;
  request.api_group = take(" of ");
  std::string object = take(" ");
  request.verb = words;
  request.is_resource = !object.starts_with('/');
  if (!request.is_resource) {
    request.path = object;
    return request;
  }
  const std::size_t slash = object.find('/');
  request.resource = object.substr(0, slash);
  if (slash != std::string::npos) request.subresource = object.substr(slash + 1);
  return request;
}

Decision at(Level level, std::initializer_list<Stage> omitted = {}) {
  Decision decision;
  decision.level = level;
  for (const Stage stage : omitted) decision.omit_stages.insert(stage);
  return decision;
}

// The first letters of the stages: "RSCP".
std::string letters(StageSet stages) {
  constexpr std::string_view kLetters = "RSCP";
  std::string out;
  for (const Stage stage : kStages)
    if (stages.contains(stage)) out += kLetters[static_cast<std::size_t>(stage)];
  return out;
}

TEST(RecordedEvent, HasTheStagesOfTheRequest) {
  struct Row {
    std::string request;
    std::string_view stages;
  };
  const std::vector<Row> rows{
      {"get pods", "RCP"},
      {"list pods", "RCP"},
      {"watch pods", "RSCP"},
      {"create pods", "RCP"},
      {"get pods/log", "RSCP"},
      {"create pods/exec", "RSCP"},
      {"get pods/attach", "RSCP"},
      {"create pods/portforward", "RSCP"},
      {"get services/proxy", "RSCP"},
      {"proxy nodes", "RSCP"},
      {"get pods/status", "RCP"},
      {"get /healthz", "RCP"},
      {"get /debug/pprof/profile", "RSCP"},
      {"get /debug/flags", "RCP"},
  };
  for (const Row& row : rows) {
    const RecordedEvent event = recorded_event(request_of(row.request), at(Level::Metadata));
    EXPECT_EQ(letters(event.stages), row.stages) << row.request;
    EXPECT_TRUE(event.is_written()) << row.request;
  }
}

TEST(RecordedEvent, LeavesOutWhatIsOmitted) {
  const RequestAttributes get = request_of("get pods");
  const RequestAttributes watch = request_of("watch pods");
  const auto stages = [](const RequestAttributes& request, const Decision& decision) {
    return letters(recorded_event(request, decision).stages);
  };
  EXPECT_EQ(stages(get, at(Level::Metadata, {Stage::RequestReceived})), "CP");
  EXPECT_EQ(stages(watch, at(Level::Metadata, {Stage::RequestReceived, Stage::ResponseComplete})),
            "SP");
  EXPECT_EQ(stages(get, at(Level::Metadata, {Stage::RequestReceived, Stage::ResponseComplete})),
            "P");
  EXPECT_EQ(stages(get, at(Level::None)), "");
}

TEST(RecordedEvent, IsWrittenAtAnyStageButPanic) {
  const RequestAttributes get = request_of("get pods");
  EXPECT_FALSE(recorded_event(get, at(Level::None)).is_written());
  EXPECT_FALSE(
      recorded_event(get, at(Level::Request, {Stage::RequestReceived, Stage::ResponseComplete}))
          .is_written());
  EXPECT_TRUE(recorded_event(get, at(Level::Request, {Stage::ResponseComplete})).is_written());
  EXPECT_TRUE(recorded_event(request_of("watch pods"),
                             at(Level::Request, {Stage::RequestReceived, Stage::ResponseComplete}))
                  .is_written());
}

// Without anybody authenticated there is one event, at one stage.
TEST(RecordedEvent, KnowsFailedAuthentications) {
  RequestAttributes request = request_of("create pods");
  request.has_user = false;
  const RecordedEvent event = recorded_event(request, at(Level::RequestResponse));
  EXPECT_EQ(letters(event.stages), "S");
  EXPECT_EQ(event.request, (RecordedBody{false, "the event of a failed authentication has none"}));
  EXPECT_EQ(event.response, (RecordedBody{false, "the event of a failed authentication has none"}));
  EXPECT_FALSE(recorded_event(request, at(Level::Metadata, {Stage::ResponseStarted})).is_written());
}

TEST(RecordedEvent, SaysWhichBodiesAreIn) {
  constexpr std::string_view kConnection = "no: a connection has none";
  constexpr std::string_view kUrl = "no: only bodies of resources are ever recorded";
  constexpr std::string_view kReading = "no: reading sends none";
  constexpr std::string_view kAggregated = "no: an aggregated API server answers, and it passes by";
  struct Row {
    std::string request;
    std::string_view sent;
    std::string_view answered;
    std::string_view managed_fields;
  };
  const std::vector<Row> rows{
      {"get pods", kReading, "the object", "kept"},
      {"list pods", kReading, "the whole list", "kept"},
      {"watch pods", kReading, "no: what a watch tells is never recorded", ""},
      {"create pods", "the object as it was sent", "the object as it is afterwards", "kept"},
      {"update pods", "the object as it was sent", "the object as it is afterwards", "kept"},
      {"patch pods", "the patch as it was sent", "the object as it is afterwards", "kept"},
      {"delete pods", "the DeleteOptions, if any are sent", "what was deleted, or a Status",
       "kept"},
      {"deletecollection pods", "the DeleteOptions, if any are sent",
       "what was deleted, or a Status", "kept"},
      {"create serviceaccounts/token", "the object as it was sent",
       "the object as it is afterwards", "kept"},
      {"get pods/log", kReading, "no: a stream is never recorded", ""},
      {"create pods/exec", kConnection, kConnection, ""},
      {"get pods/attach", kConnection, kConnection, ""},
      {"update services/proxy", kConnection, kConnection, ""},
      {"proxy nodes", kConnection, kConnection, ""},
      {"get /healthz", kUrl, kUrl, ""},
      {"post /logs/", kUrl, kUrl, ""},
      {"list pods of metrics.k8s.io", kAggregated, kAggregated, ""},
      {"get x of custom.metrics.k8s.io", kAggregated, kAggregated, ""},
      {"get widgets of example.com", kReading, "the object", "kept"},
      {" pods", kReading, "no: no object answers it", ""},  // OPTIONS
  };
  const auto said = [](const RecordedBody& body) {
    return (body.is_recorded ? "" : "no: ") + std::string(body.what);
  };
  for (const Row& row : rows) {
    const RecordedEvent event = recorded_event(request_of(row.request), at(Level::RequestResponse));
    EXPECT_EQ(said(event.request), row.sent) << row.request;
    EXPECT_EQ(said(event.response), row.answered) << row.request;
    EXPECT_EQ(event.managed_fields ? "kept" : "", row.managed_fields) << row.request;
  }
}

TEST(RecordedEvent, LeavesOutBodiesAboveTheLevel) {
  const RequestAttributes create = request_of("create pods");
  const RecordedBody no_request{false, "the level is below Request"};
  const RecordedBody no_response{false, "the level is below RequestResponse"};
  EXPECT_EQ(recorded_event(create, at(Level::Metadata)).request, no_request);
  EXPECT_EQ(recorded_event(create, at(Level::Metadata)).response, no_response);
  EXPECT_TRUE(recorded_event(create, at(Level::Request)).request.is_recorded);
  EXPECT_EQ(recorded_event(create, at(Level::Request)).response, no_response);
  // That there is none is the better reason: no level would change it.
  EXPECT_EQ(recorded_event(request_of("get pods"), at(Level::Metadata)).request.what,
            "reading sends none");
}

// The event at RequestReceived is written before a body has been read.
TEST(RecordedEvent, HasBodiesOnlyWhereTheResponseIsComplete) {
  const RecordedEvent event = recorded_event(request_of("create pods"),
                                             at(Level::RequestResponse, {Stage::ResponseComplete}));
  EXPECT_TRUE(event.is_written());
  EXPECT_EQ(event.request, (RecordedBody{false, "only the event at ResponseComplete has one"}));
  EXPECT_EQ(event.response, (RecordedBody{false, "only the event at ResponseComplete has one"}));
  EXPECT_EQ(event.managed_fields, std::nullopt);
}

TEST(RecordedEvent, SaysWhetherManagedFieldsStay) {
  const auto fields = [](std::string request, Level level, bool omit) {
    Decision decision = at(level);
    decision.omit_managed_fields = omit;
    return recorded_event(request_of(std::move(request)), decision).managed_fields;
  };
  EXPECT_EQ(fields("create pods", Level::Request, false), true);
  EXPECT_EQ(fields("create pods", Level::Request, true), false);
  EXPECT_EQ(fields("create pods", Level::Metadata, true), std::nullopt);
  EXPECT_EQ(fields("get pods", Level::RequestResponse, true), false);
  EXPECT_EQ(fields("get pods", Level::Request, true), std::nullopt);
  // A patch is recorded as it was sent, and DeleteOptions have none.
  EXPECT_EQ(fields("patch pods", Level::Request, true), std::nullopt);
  EXPECT_EQ(fields("delete pods", Level::Request, true), std::nullopt);
  EXPECT_EQ(fields("patch pods", Level::RequestResponse, true), false);
}

}  // namespace
}  // namespace kaudit::audit
