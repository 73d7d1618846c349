#include "cli/explain_requests.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <vector>

#include "audit/policy_load.h"
#include "cli/asked_request.h"
#include "cli/policy_table.h"
#include "kube/kubernetes_version.h"

namespace kaudit::cli {
namespace {

using audit::RequestAttributes;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr kube::KubernetesVersion kVersion{1, 36, {}};

// A policy with the text that it stands in.
struct Read {
  std::shared_ptr<const text::SourceText> source;
  audit::AuditPolicy policy;
};

Read read(std::string text) {
  Read out{std::make_shared<const text::SourceText>("policy.yaml", std::move(text)), {}};
  audit::LoadedPolicy loaded = audit::load_policy(out.source, kVersion);
  EXPECT_TRUE(loaded.is_loaded()) << out.source->bytes();
  if (loaded.policy) out.policy = *std::move(loaded.policy);
  return out;
}

// Answers tell who was understood: each rule is of one kind of request.
constexpr std::string_view kPolicy = R"(apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: Metadata, users: [alice]}
- {level: Request, userGroups: [ops]}
- level: RequestResponse
  verbs: [create, update]
  resources: [{group: apps, resources: [deployments/scale], resourceNames: [web]}]
- {level: None, namespaces: [kube-system]}
- {level: Metadata, omitStages: [RequestReceived, Panic], nonResourceURLs: [/healthz]}
- {level: Request, userGroups: [system:nodes]}
- {level: None, userGroups: [system:authenticated], resources: [{group: '', resources: [pods]}]}
)";

const Read& policy() {
  static const Read policy = read(std::string(kPolicy));
  return policy;
}

constexpr std::string_view kAlice =
    "{\"level\":\"Metadata\",\"omitStages\":[],\"rule\":0,\"ruleLine\":4}\n";
constexpr std::string_view kOps =
    "{\"level\":\"Request\",\"omitStages\":[],\"rule\":1,\"ruleLine\":5}\n";
constexpr std::string_view kScale =
    "{\"level\":\"RequestResponse\",\"omitStages\":[],\"rule\":2,\"ruleLine\":6}\n";
constexpr std::string_view kSystem =
    "{\"level\":\"None\",\"omitStages\":[],\"rule\":3,\"ruleLine\":9}\n";
constexpr std::string_view kHealth =
    "{\"level\":\"Metadata\",\"omitStages\":[\"RequestReceived\",\"Panic\"],\"rule\":4,"
    "\"ruleLine\":10}\n";
constexpr std::string_view kNode =
    "{\"level\":\"Request\",\"omitStages\":[],\"rule\":5,\"ruleLine\":11}\n";
constexpr std::string_view kPods =
    "{\"level\":\"None\",\"omitStages\":[],\"rule\":6,\"ruleLine\":12}\n";
constexpr std::string_view kNoRule =
    "{\"level\":\"None\",\"omitStages\":[],\"rule\":null,\"ruleLine\":null}\n";

// The answers, and behind them what is said of a bad line.
std::string answers_in(std::string_view input, std::size_t piece) {
  RequestExplainer explainer(policy().policy, *policy().source, "requests.jsonl");
  std::string out;
  for (std::size_t at = 0; at < input.size(); at += piece) {
    const auto fed = explainer.feed(input.substr(at, piece), out);
    if (!fed) return out + bad_line_text(fed.error(), false);
  }
  const auto finished = explainer.finish(out);
  return finished ? out : out + bad_line_text(finished.error(), false);
}
std::string answers(std::string_view input) {
  return answers_in(input, std::max<std::size_t>(input.size(), 1));
}

std::string joined(std::initializer_list<std::string_view> lines) {
  std::string out;
  for (const std::string_view line : lines) out += line;
  return out;
}

// ---- requests -----------------------------------------------------------------------------------

TEST(ExplainRequests, AnswersInOrder) {
  EXPECT_EQ(answers(R"({"user":"alice","verb":"get","resource":"nodes"}
{"user":"bob","groups":["dev","ops"],"verb":"get","resource":"nodes"}
{"user":"bob","groups":[],"verb":"update","apiGroup":"apps","resource":"deployments","subresource":"scale","namespace":"d","name":"web"}
{"user":"bob","verb":"delete","resource":"nodes","namespace":"kube-system"}
{"user":"bob","verb":"get","path":"/healthz"}
{"user":"bob","verb":"list","resource":"pods"}
{"user":"bob","groups":[],"verb":"list","resource":"pods"}
)"),
            joined({kAlice, kOps, kScale, kSystem, kHealth, kPods, kNoRule}));
}

TEST(ExplainRequests, TakesKeysInAnyOrderAndLayout) {
  EXPECT_EQ(answers("  { \"name\" : \"web\" ,\t\"subresource\":\"scale\", \"verb\":\"create\", "
                    "\"resource\":\"deployments\", \"apiGroup\":\"apps\" }  \n"),
            kScale);
  EXPECT_EQ(answers(R"({"\u0075ser":"al\u0069ce","verb":"get","resource":"nodes"})"), kAlice);
}

TEST(ExplainRequests, TakesNullForNothing) {
  EXPECT_EQ(answers(R"({"user":"bob","groups":null,"verb":"list","apiGroup":null,)"
                    R"("resource":"pods","subresource":null,"namespace":null,"name":null,)"
                    R"("path":null})"),
            kPods);
  EXPECT_EQ(answers(R"({"user":"bob","verb":null,"resource":null,"path":"/healthz"})"), kHealth);
  // As whoever writes every key says that there is none.
  EXPECT_EQ(answers(R"({"user":"bob","verb":"get","apiGroup":"","resource":"","subresource":"",)"
                    R"("namespace":"","name":"","path":"/healthz"})"),
            kHealth);
}

TEST(ExplainRequests, AddsGroupsOnlyWhereNoneAreGiven) {
  EXPECT_EQ(answers(R"({"user":"system:node:n","verb":"get","resource":"nodes"})"), kNode);
  EXPECT_EQ(answers(R"({"user":"system:node:n","groups":[],"verb":"get","resource":"nodes"})"),
            kNoRule);
  EXPECT_EQ(answers(R"({"verb":"list","resource":"pods"})"), kPods);
  EXPECT_EQ(answers(R"({"user":"","verb":"list","resource":"pods"})"), kPods);
  EXPECT_EQ(answers(R"({"user":"system:anonymous","verb":"list","resource":"pods"})"), kNoRule);
  EXPECT_EQ(answers(R"({"groups":["ops"],"verb":"list","resource":"pods"})"), kOps);
}

// Nobody is in no group, whatever is said.
TEST(ExplainRequests, TakesAUserThatIsNullForNobody) {
  EXPECT_EQ(answers(R"({"user":null,"verb":"list","resource":"pods"})"), kNoRule);
  EXPECT_EQ(answers(R"({"user":null,"groups":["ops"],"verb":"list","resource":"pods"})"), kNoRule);
  EXPECT_EQ(answers(R"({"user":null,"verb":"get","path":"/healthz"})"), kHealth);
}

TEST(ExplainRequests, ReadsPathsOfResources) {
  EXPECT_EQ(answers(R"({"path":"/api/v1/namespaces/kube-system/secrets"})"), kSystem);
  EXPECT_EQ(answers(R"({"verb":"watch","path":"/api/v1/pods?watch=true"})"), kPods);
  EXPECT_EQ(answers(R"({"path":"/healthz?verbose"})"), kHealth);
  EXPECT_EQ(
      answers(R"({"verb":"update","path":"/apis/apps/v1/namespaces/d/deployments/web/scale"})"),
      kScale);
}

TEST(ExplainRequests, SettlesNames) {
  EXPECT_EQ(answers(R"({"verb":"delete","resource":"namespaces","name":"kube-system"})"), kSystem);
  EXPECT_EQ(answers(R"({"verb":"list","resource":"namespaces","name":"kube-system"})"), kNoRule);
}

// What a line says must not be left over for the next one.
TEST(ExplainRequests, ForgetsTheLineBefore) {
  EXPECT_EQ(answers(R"({"user":"alice","verb":"get","resource":"nodes"}
{"groups":["a","b","ops"],"verb":"get","resource":"nodes"}
{"groups":["a"],"verb":"get","resource":"nodes"}
{"verb":"get","resource":"nodes","namespace":"kube-system"}
{"verb":"get","resource":"nodes"}
{"user":null,"verb":"get","resource":"pods"}
{"verb":"get","resource":"pods"}
{"verb":"update","apiGroup":"apps","resource":"deployments","subresource":"scale","name":"web"}
{"verb":"update","apiGroup":"apps","resource":"deployments","name":"web"}
{"verb":"update","resource":"deployments","subresource":"scale","name":"web"}
{"verb":"get","path":"/healthz"}
{"verb":"get","resource":"healthz"}
{"auditID":"1","user":{"username":"alice","groups":["ops"]},"verb":"get","requestURI":"/x"}
{"auditID":"1","user":{},"verb":"get","requestURI":"/x"}
{"user":"alice","groups":["ops"],"verb":"get","resource":"nodes"}
{"auditID":"1","user":{"username":"bob","groups":["a"]},"verb":"get","requestURI":"/x"}
{"auditID":"1","user":{"groups":["a"]},"verb":"get","requestURI":"/x"}
{"groups":["ops"],"verb":"get","resource":"nodes"}
{"auditID":"1","user":{"username":"bob","groups":["a"]},"verb":"get","requestURI":"/x"}
{"auditID":"1","user":{"username":"bob"},"verb":"get","requestURI":"/x"}
)"),
            joined({kAlice, kOps,    kNoRule, kSystem, kNoRule, kNoRule, kPods,
                    kScale, kNoRule, kNoRule, kHealth, kNoRule, kAlice,  kNoRule,
                    kAlice, kNoRule, kNoRule, kOps,    kNoRule, kNoRule}));
}

// ---- events of an audit log ---------------------------------------------------------------------

TEST(ExplainRequests, ReadsEvents) {
  EXPECT_EQ(
      answers(
          R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"1","stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/d/deployments/web/scale","verb":"update","user":{"username":"bob","uid":"5","groups":["dev"],"extra":{"groups":["ops"],"username":["alice"]}},"impersonatedUser":{"username":"alice","groups":["ops"]},"sourceIPs":["10.0.0.1"],"objectRef":{"resource":"x"},"responseObject":{"user":"alice","items":[[{"verb":1}]],"n":-1.5e3},"annotations":{}}
)"),
      kScale);
  // The order is the API server's business.
  EXPECT_EQ(answers(R"({"verb":"get","requestURI":"/x","user":{"groups":["ops"],"username":"b"},)"
                    R"("auditID":"1"})"),
            kOps);
}

// It is the body that names a new object, and the policy decides before it is read.
TEST(ExplainRequests, BelievesTheUriOfAnEvent) {
  EXPECT_EQ(answers(R"({"auditID":"1","verb":"create","user":{"username":"bob"},)"
                    R"("requestURI":"/apis/apps/v1/namespaces/d/deployments",)"
                    R"("objectRef":{"resource":"deployments","namespace":"kube-system",)"
                    R"("subresource":"scale","name":"web","apiGroup":"apps"}})"),
            kNoRule);
}

TEST(ExplainRequests, KnowsFailedAuthentications) {
  for (const std::string_view user :
       {R"({})", R"({"username":""})", R"({"username":null})", R"({"groups":["ops"]})", "null"}) {
    EXPECT_EQ(answers(fmt::format(
                  R"({{"auditID":"1","user":{},"verb":"get","requestURI":"/healthz"}})", user)),
              kHealth)
        << user;
  }
  EXPECT_EQ(answers(R"({"auditID":"1","verb":"get","requestURI":"/healthz"})"), kHealth);
}

// A log's collector may add keys of its own, which are those of a request by chance.
TEST(ExplainRequests, LeavesOtherKeysOfEventsFree) {
  EXPECT_EQ(answers(R"({"auditID":"1","user":{"username":"alice"},"verb":"get","requestURI":"/x",)"
                    R"("path":5,"name":["a"],"groups":"x","resource":{},"host":"n"})"),
            kAlice);
  EXPECT_EQ(answers(R"({"tags":["a",["b"],{"auditID":[1]}],"n":{"verb":{"user":1}},"auditID":"1",)"
                    R"("user":{"extra":{"groups":["ops"]},"groups":[],"username":"alice"},)"
                    R"("verb":"get","requestURI":"/x"})"),
            kAlice);
}

// ---- lines --------------------------------------------------------------------------------------

constexpr std::string_view kAliceLine = R"({"user":"alice","verb":"get","resource":"nodes"})";
constexpr std::string_view kOpsLine = R"({"groups":["ops"],"verb":"get","resource":"nodes"})";

TEST(ExplainRequests, TakesLinesAsTheyEnd) {
  const std::string alice(kAliceLine);
  const std::string ops(kOpsLine);
  const std::string both = joined({kAlice, kOps});
  EXPECT_EQ(answers(""), "");
  EXPECT_EQ(answers(alice), kAlice);
  EXPECT_EQ(answers(alice + "\n" + ops), both);
  EXPECT_EQ(answers(alice + "\r\n" + ops + "\r\n"), both);
  EXPECT_EQ(answers(alice + "\r\n" + ops + "\r"), both);
  EXPECT_EQ(answers("\n" + alice + "\n\n \t\r\n" + ops + "\n\n"), both);
  EXPECT_EQ(answers("\n\r\n  "), "");
  EXPECT_EQ(answers("\xEF\xBB\xBF" + alice + "\n"), kAlice);
  EXPECT_THAT(answers("{\r\n"), StartsWith("requests.jsonl:1:2: error: the line ends before"));
}

TEST(ExplainRequests, TakesPiecesCutAnywhere) {
  const std::string input = std::string(kAliceLine) + "\r\n\n" + std::string(kOpsLine) + "\n" +
                            R"({"user":"älice","verb":"get","resource":"nodes"})" + "\n" +
                            R"({"username":"x"})";
  const std::string expected = answers(input);
  EXPECT_THAT(expected, StartsWith(joined({kAlice, kOps, kNoRule})));
  EXPECT_THAT(expected, HasSubstr("requests.jsonl:5:2: error: "));
  for (std::size_t piece = 1; piece < input.size(); ++piece)
    EXPECT_EQ(answers_in(input, piece), expected) << piece;
}

TEST(ExplainRequests, AnswersALineAsSoonAsItEnds) {
  RequestExplainer explainer(policy().policy, *policy().source, "x");
  std::string out;
  ASSERT_TRUE(explainer.feed(kAliceLine, out));
  EXPECT_EQ(out, "");
  ASSERT_TRUE(explainer.feed("\n{", out));
  EXPECT_EQ(out, kAlice);
}

TEST(ExplainRequests, TakesLongLines) {
  const std::string line = R"({"auditID":"1","user":{"username":"alice"},"verb":"get",)"
                           R"("requestURI":"/x","responseObject":")" +
                           std::string(3'000'000, 'x') + "\"}\n";
  EXPECT_EQ(answers(line), kAlice);
  EXPECT_EQ(answers_in(line, 65'536), kAlice);
}

// A line without an end must not fill the memory.
TEST(ExplainRequests, RefusesLinesWithoutEnd) {
  RequestExplainer explainer(policy().policy, *policy().source, "x");
  const std::string piece(std::size_t{1} << 20, 'y');
  std::string out;
  ASSERT_TRUE(explainer.feed(std::string(kAliceLine) + "\n", out));
  for (std::size_t fed = 0; fed < RequestExplainer::kLongestLine; fed += piece.size())
    ASSERT_TRUE(explainer.feed(piece, out)) << fed;
  const auto refused = explainer.feed("y", out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(out, kAlice);
  EXPECT_EQ(bad_line_text(refused.error(), false),
            "x:2:1: error: the line is longer than 64 MiB\n    " + std::string(72, 'y') +
                "...\n    ^\n"
                "  hint: a request is an object on one line, and the next line is another one\n");
}

// ---- refusals -----------------------------------------------------------------------------------

struct Refusal {
  std::string line;
  std::string column;
  std::string message;
  std::string caret;  // below the line
  std::string hint;
};

void expect_refused(const std::vector<Refusal>& rows) {
  for (const Refusal& row : rows) {
    EXPECT_EQ(answers(std::string(kAliceLine) + "\n" + row.line + "\n" + std::string(kAliceLine)),
              fmt::format("{}requests.jsonl:2:{}: error: {}\n    {}\n    {}\n  hint: {}\n", kAlice,
                          row.column, row.message, row.line, row.caret, row.hint))
        << row.line;
  }
}

constexpr const char* kKeys =
    "the keys are user, groups, verb, apiGroup, resource, subresource, namespace, name, path";
constexpr const char* kOneLine = "a request is an object on one line, as 'jq -c .' writes it";
constexpr const char* kExample = R"(write a request as {"verb": "get", "path": "/healthz"})";
constexpr const char* kQuotes = "put it into quotes";
constexpr const char* kList = R"(write it as ["system:masters"])";
constexpr const char* kUser = R"(write it as {"username": "NAME", "groups": []})";

TEST(ExplainRequests, RefusesWhatIsNoJson) {
  expect_refused({
      {"{", "2", "the line ends before its JSON does", " ^", kOneLine},
      {R"({"verb":"get)", "13", "the line ends before its JSON does", "            ^", kOneLine},
      {R"({"verb":"get" "path":"/x"})", "15",
       "the line is not JSON: unexpected string literal; expected '}'", "              ^~~~~~",
       kOneLine},
      {R"({'verb':'get'})", "2", "the line is not JSON: invalid literal; expected string literal",
       " ^", kOneLine},
      {R"({"verb":"get",})", "15", "the line is not JSON: unexpected '}'; expected string literal",
       "              ^", kOneLine},
      {R"({"verb":"get"}})", "15", "the line is not JSON: unexpected '}'; expected end of input",
       "              ^", kOneLine},
      {R"({"verb":"get"} {"verb":"get"})", "16",
       "the line is not JSON: unexpected '{'; expected end of input", "               ^", kOneLine},
      {"# a comment", "1", "the line is not JSON: invalid literal", "^", kOneLine},
      {R"({"verb":"\x"})", "11",
       "the line is not JSON: invalid string: forbidden character after backslash", "          ^",
       kOneLine},
      {R"({"verb":"get","n":[1e999]})", "20", "the number is too large", "                   ^~~~~",
       "leave it out"},
  });
}

// A terminal must not see the bytes.
TEST(ExplainRequests, RefusesOtherEncodings) {
  EXPECT_EQ(answers("{\"verb\":\"g\xFFt\"}\n"),
            "requests.jsonl:1:11: error: the line is not UTF-8 from here on\n"
            "    {\"verb\":\"g?t\"}\n"
            "              ^\n"
            "  hint: 'iconv -t UTF-8' converts text\n");
  EXPECT_EQ(answers(std::string_view("\xFF\xFE{\0\"\0", 6)),
            "requests.jsonl:1:1: error: the line is UTF-16, not UTF-8\n"
            "    ??{ \" \n"
            "    ^\n"
            "  hint: 'iconv -f UTF-16 -t UTF-8' converts it\n");
}

TEST(ExplainRequests, RefusesWhatIsNoObject) {
  expect_refused({
      {R"([{"verb":"get"}])", "1", "the line is a list, not an object", "^",
       "'jq -c .[]' writes what is in it on lines of their own"},
      {R"("get")", "1", "the line is a string, not an object", "^~~~~", kExample},
      {"-12.5e3", "1", "the line is a number, not an object", "^~~~~~~", kExample},
      {"null", "1", "the line is null, not an object", "^~~~", kExample},
      {" true", "2", "the line is a boolean, not an object", " ^~~~", kExample},
  });
}

// Without it the answer would be wrong, and nobody would know.
TEST(ExplainRequests, RefusesKeysThatItDoesNotKnow) {
  expect_refused({
      {R"({"username":"a","verb":"get","path":"/x"})", "2", "'username' is no key of a request",
       " ^~~~~~~~~~", kKeys},
      {R"({"user":"a","group":["b"],"verb":"get","path":"/x"})", "13",
       "'group' is no key of a request; did you mean 'groups'?", "            ^~~~~~~", kKeys},
      {R"({"Verb":"get","path":"/x"})", "2", "'Verb' is no key of a request; did you mean 'verb'?",
       " ^~~~~~", kKeys},
      {R"({"verb":"get","a\\\"b":{"verb":1},"path":"/x"})", "15",
       R"('a\"b' is no key of a request)", "              ^~~~~~~~", kKeys},
      {R"({"verb":"get","requestURI":"/x"})", "15", "'requestURI' is no key of a request",
       "              ^~~~~~~~~~~~", kKeys},
      {R"({"objectRef":{"resource":"pods"},"verb":"get"})", "2",
       "'objectRef' is no key of a request", " ^~~~~~~~~~~", kKeys},
  });
}

TEST(ExplainRequests, RefusesKeysThatAreThereTwice) {
  expect_refused({
      {R"({"verb":"get","path":"/x","verb":"get"})", "27", "'verb' is there twice",
       "                          ^~~~~~", "leave one out"},
      {R"({"groups":[],"verb":"get","path":"/x","groups":null})", "39", "'groups' is there twice",
       "                                      ^~~~~~~~", "leave one out"},
      {R"({"auditID":"1","verb":"get","verb":"get","requestURI":"/x"})", "29",
       "'verb' is there twice", "                            ^~~~~~", "leave one out"},
  });
}

TEST(ExplainRequests, RefusesOtherTypes) {
  expect_refused({
      {R"({"verb":5,"path":"/x"})", "9", "'verb' is a number, not a string", "        ^", kQuotes},
      {R"({"verb":"get","resource":["pods"]})", "26", "'resource' is a list, not a string",
       "                         ^", kQuotes},
      {R"({"verb":"get","path":{"verb":"x"}})", "22", "'path' is an object, not a string",
       "                     ^", kQuotes},
      {R"({"name":false,"verb":"get","path":"/x"})", "9", "'name' is a boolean, not a string",
       "        ^~~~~", kQuotes},
      {R"({"groups":"a","verb":"get","path":"/x"})", "11",
       "'groups' is a string, not a list of strings", "          ^~~", kList},
      {R"({"groups":{},"verb":"get","path":"/x"})", "11",
       "'groups' is an object, not a list of strings", "          ^", kList},
      {R"({"groups":["a",1.5],"verb":"get","path":"/x"})", "16", "'groups' has a number in it",
       "               ^~~", "it is a list of strings"},
      {R"({"groups":["a",["b",{}]],"verb":"get","path":"/x"})", "16", "'groups' has a list in it",
       "               ^", "it is a list of strings"},
      {R"({"groups":[null],"verb":"get","path":"/x"})", "12", "'groups' has null in it",
       "           ^~~~", "it is a list of strings"},
      {R"({"user":{"username":"a"},"verb":"get","path":"/x"})", "9",
       "'user' is an object, not a string", "        ^",
       "only an event of an audit log has one, which is known by its 'auditID'"},
  });
}

TEST(ExplainRequests, RefusesHalfARequest) {
  expect_refused({
      {"{}", "1", "the request has neither 'resource' nor 'path'", "^~", kKeys},
      {R"({"verb":"get","resource":""})", "1", "the request has neither 'resource' nor 'path'",
       "^~~~~~~~~~~~~~~~~~~~~~~~~~~~", kKeys},
      {R"({"resource":"pods"})", "1", "the request has no 'verb'", "^~~~~~~~~~~~~~~~~~~", kKeys},
      {R"({"verb":null,"resource":"pods"})", "1", "the request has no 'verb'",
       "^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", kKeys},
      {R"({"path":"/x","resource":"pods"})", "25", "'path' and 'resource' are both there",
       "                        ^~~~~~", "a path says all of it by itself"},
      {R"({"path":"/x","name":"p"})", "21", "'path' and 'name' are both there",
       "                    ^~~", "a path says all of it by itself"},
  });
}

TEST(ExplainRequests, RefusesWhatNoRequestIs) {
  expect_refused({
      {R"({"verb":"GET","resource":"pods"})", "9", "no request for a resource has the verb 'GET'",
       "        ^~~~~", "did you mean get?"},
      {R"({"verb":"","resource":"pods"})", "9", "no request for a resource has the verb ''",
       "        ^~",
       "the verbs are get, list, watch, create, update, patch, delete, deletecollection or proxy"},
      {R"({"verb":"get","resource":"pods/log"})", "26",
       "'resource' has more than the resource in it", "                         ^~~~~~~~~~",
       "'apiGroup' and 'subresource' are keys of their own"},
      {R"({"verb":"get","resource":"deployments.apps"})", "26",
       "'resource' has more than the resource in it", "                         ^~~~~~~~~~~~~~~~~~",
       "'apiGroup' and 'subresource' are keys of their own"},
      {R"({"verb":"get","apiGroup":"apps/v1","resource":"deployments"})", "26",
       "'apiGroup' has a version in it", "                         ^~~~~~~~~",
       "leave it out: rules do not see it"},
      {R"({"verb":"get","path":"healthz"})", "22", "'healthz' is not the path of a URL",
       "                     ^~~~~~~~~",
       "write a path such as /healthz or /api/v1/pods?watch=true"},
      {R"({"verb":"get","path":"/api/v1/pods"})", "22",
       "no request for '/api/v1/pods' has the verb 'get'", "                     ^~~~~~~~~~~~~~",
       "this URL with the method GET is the verb list"},
  });
}

TEST(ExplainRequests, RefusesEventsThatAreNone) {
  expect_refused({
      {R"({"auditID":"1","user":"a","verb":"get","requestURI":"/x"})", "23",
       "'user' of an event is a string, not an object", "                      ^~~", kUser},
      {R"({"auditID":"1","user":[],"verb":"get","requestURI":"/x"})", "23",
       "'user' of an event is a list, not an object", "                      ^", kUser},
      {R"({"auditID":1,"user":{},"verb":"get","requestURI":"/x"})", "12",
       "'auditID' is a number, not a string", "           ^", kQuotes},
      {R"({"auditID":"1","user":{"username":1},"verb":"get","requestURI":"/x"})", "35",
       "'user.username' is a number, not a string", "                                  ^", kQuotes},
      {R"({"auditID":"1","user":{"groups":{}},"verb":"get","requestURI":"/x"})", "33",
       "'user.groups' is an object, not a list of strings", "                                ^",
       kList},
      {R"({"auditID":"1","user":{"groups":["a",true]},"verb":"get"})", "38",
       "'user.groups' has a boolean in it", "                                     ^~~~",
       "it is a list of strings"},
      {R"({"auditID":"1","verb":"get"})", "1", "the event has no 'requestURI'",
       "^~~~~~~~~~~~~~~~~~~~~~~~~~~~", "every event of an API server has one"},
      {R"({"auditID":"1","requestURI":"/x"})", "1", "the event has no 'verb'",
       "^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", "every event of an API server has one"},
      {R"({"auditID":"1","verb":"get","requestURI":"/%zz"})", "42",
       "'/%zz' is not the path of a URL", "                                         ^~~~~~",
       "write a path such as /healthz or /api/v1/pods?watch=true"},
  });
}

TEST(ExplainRequests, ShowsTheEndOfALongLine) {
  const std::string text =
      answers(R"({"user":")" + std::string(200, 'x') + R"(","verb":"get","pat":"/x"})");
  EXPECT_EQ(text,
            "requests.jsonl:1:225: error: 'pat' is no key of a request; did you mean 'path'?\n"
            "    ..." +
                std::string(33, 'x') +
                R"(","verb":"get","pat":"/x"})"
                "\n" +
                std::string(55, ' ') + "^~~~~\n  hint: " + kKeys + "\n");
}

// Columns count characters, and names may come from anybody.
TEST(ExplainRequests, CannotSteerATerminal) {
  RequestExplainer explainer(policy().policy, *policy().source, "\033[2J.jsonl");
  std::string out;
  const auto fed = explainer.feed("{\"user\":\"älice\",\"\\u001b[2J\":1}\n", out);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().line, 1);
  EXPECT_EQ(bad_line_text(fed.error(), false),
            std::string("\\x1b[2J.jsonl:1:17: error: '…' is no key of a request\n"
                        "    {\"user\":\"älice\",\"\\u001b[2J\":1}\n"
                        "                    ^~~~~~~~~~~\n  hint: ") +
                kKeys + "\n");
  EXPECT_THAT(bad_line_text(fed.error(), true),
              StartsWith("\033[1m\\x1b[2J.jsonl:1:17: \033[0m\033[1;31merror:\033[0m '"));
}

// ---- against the evaluator ----------------------------------------------------------------------

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::string of(const std::vector<std::string>& words) { return words[below(words.size())]; }
  std::vector<std::string> some(const std::vector<std::string>& words) {
    std::vector<std::string> out;
    for (std::size_t i = below(4); i > 0; --i) out.push_back(of(words));
    return out;
  }

 private:
  // The standard fixes this engine's numbers, but not those of its distributions.
  std::mt19937_64 engine_;
};

const std::vector<std::string> kUsers{"alice", "bob", "system:node:n", "ünï\"\\\n\t", "x"};
const std::vector<std::string> kGroups{"system:nodes", "ops", "system:authenticated", "ü"};
const std::vector<std::string> kVerbs{"get",    "list",  "watch",  "create",
                                      "update", "patch", "delete", "deletecollection"};
const std::vector<std::string> kUrlVerbs{"get", "post", "put", "head"};
const std::vector<std::string> kApiGroups{"", "apps", "example.com"};
const std::vector<std::string> kResources{"pods", "secrets", "deployments"};
const std::vector<std::string> kSubresources{"", "", "status", "log"};
const std::vector<std::string> kNamespaces{"", "d", "kube-system"};
const std::vector<std::string> kNames{"", "a", "b"};
const std::vector<std::string> kPaths{"/healthz", "/healthz/etcd", "/metrics",
                                      "/api",     "/apis/apps",    "/ü"};

// JSON is YAML.
std::string random_policy(Random& random) {
  json rules = json::array();
  for (std::size_t i = 3 + random.below(20); i > 0; --i) {
    json rule{{"level", random.of({"None", "Metadata", "Request", "RequestResponse"})},
              {"omitStages", random.some({"RequestReceived", "ResponseStarted", "Panic"})}};
    if (random.one_in(3)) rule["users"] = random.some(kUsers);
    if (random.one_in(3)) rule["userGroups"] = random.some(kGroups);
    if (random.one_in(3)) rule["verbs"] = random.some(kVerbs);
    if (random.one_in(3)) {
      rule["nonResourceURLs"] = random.some({"/healthz", "/healthz*", "*", "/ap*", "/ü"});
    } else {
      if (random.one_in(3)) rule["namespaces"] = random.some(kNamespaces);
      for (std::size_t n = random.below(3); n > 0; --n) {
        json of{{"group", random.of(kApiGroups)},
                {"resources", {random.of({"pods", "pods/log", "secrets", "*/status", "pods/*"})}}};
        if (random.one_in(3)) of["resourceNames"] = random.some(kNames);
        rule["resources"].push_back(of);
      }
    }
    rules.push_back(rule);
  }
  return json{
      {"apiVersion", "audit.k8s.io/v1"}, {"omitStages", random.some({"Panic"})}, {"rules", rules}}
      .dump(1);
}

// One that there is: what settle_names() would change does not come up.
RequestAttributes random_request(Random& random) {
  RequestAttributes request;
  request.has_user = !random.one_in(20);
  if (request.has_user) {
    request.user = random.of(kUsers);
    request.groups = random.some(kGroups);
  }
  request.is_resource = !random.one_in(4);
  if (!request.is_resource) {
    request.verb = random.of(kUrlVerbs);
    request.path = random.of(kPaths);
    return request;
  }
  request.verb = random.of(kVerbs);
  request.api_group = random.of(kApiGroups);
  request.resource = random.of(kResources);
  request.subresource = random.of(kSubresources);
  request.namespace_name = random.of(kNamespaces);
  if (request.verb != "create" || !request.subresource.empty()) request.name = random.of(kNames);
  return request;
}

// Its keys in any order, with or without those that say nothing.
std::string line_of(const RequestAttributes& request, Random& random) {
  std::vector<std::pair<std::string, json>> keys{{"groups", request.groups},
                                                 {"verb", request.verb}};
  keys.emplace_back("user", request.has_user ? json(request.user) : json(nullptr));
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty() || random.one_in(2)) keys.emplace_back(key, value);
  };
  add("path", request.path);
  add("apiGroup", request.api_group);
  add("resource", request.resource);
  add("subresource", request.subresource);
  add("namespace", request.namespace_name);
  add("name", request.name);
  for (std::size_t i = keys.size(); i > 1; --i) std::swap(keys[i - 1], keys[random.below(i)]);
  std::string line = random.one_in(5) ? " {" : "{";
  for (const auto& [key, value] : keys) {
    if (line.back() != '{') line += random.one_in(5) ? " , " : ",";
    line += fmt::format("\"{}\":{}", key, value.dump(-1, ' ', random.one_in(2)));
  }
  return line + "}" + (random.one_in(5) ? "\r\n" : "\n") + (random.one_in(50) ? "\n" : "");
}

// The same as an event of a log has it, but for what else is in one.
std::string event_of(const RequestAttributes& request) {
  json user = json::object();
  if (request.has_user) user = {{"username", request.user}, {"groups", request.groups}};
  return json{{"auditID", "1"},
              {"level", "Metadata"},
              {"verb", request.verb},
              {"requestURI", request.path + "?timeout=1s"},
              {"user", user}}
             .dump() +
         "\n";
}

std::string expected_of(const Read& read, const audit::Decision& decision) {
  std::string stages;
  for (const audit::Stage stage : audit::kStages) {
    if (decision.omit_stages.contains(stage))
      stages += fmt::format("{}\"{}\"", stages.empty() ? "" : ",", audit::to_string(stage));
  }
  const std::string line =
      decision.rule ? std::to_string(
                          read.source->position(read.policy.rules[*decision.rule].place.begin).line)
                    : "null";
  return fmt::format(R"({{"level":"{}","omitStages":[{}],"rule":{},"ruleLine":{}}})",
                     audit::to_string(decision.level), stages,
                     decision.rule ? std::to_string(*decision.rule) : "null", line) +
         "\n";
}

TEST(ExplainRequestsProperty, AnswersAsTheEvaluatorDoes) {
  constexpr int kPolicies = 50;
  constexpr int kRequests = 2'000;
  Random random(20240501);
  std::size_t decided = 0;
  for (int p = 0; p < kPolicies; ++p) {
    const Read read_policy = read(random_policy(random));
    RequestExplainer explainer(read_policy.policy, *read_policy.source, "random");
    std::string input;
    std::string expected;
    for (int r = 0; r < kRequests; ++r) {
      const RequestAttributes request = random_request(random);
      const bool as_event = !request.is_resource && random.one_in(3);
      input += as_event ? event_of(request) : line_of(request, random);
      const audit::Decision decision = audit::evaluate(read_policy.policy, request);
      expected += expected_of(read_policy, decision);
      if (decision.rule) ++decided;
    }
    std::string out;
    for (std::string_view rest = input; !rest.empty();) {
      const std::size_t size = std::min(1 + random.below(5'000), rest.size());
      const auto fed = explainer.feed(rest.substr(0, size), out);
      ASSERT_TRUE(fed) << bad_line_text(fed.error(), false);
      rest.remove_prefix(size);
    }
    ASSERT_TRUE(explainer.finish(out));
    ASSERT_TRUE(out == expected) << read_policy.source->bytes();
  }
  EXPECT_GT(decided, kPolicies * kRequests / 2);
}

// Whatever comes in: an answer for each line, or a refusal with a place that is in the line.
TEST(ExplainRequestsProperty, RefusesWithAPlace) {
  Random random(7);
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string line = line_of(random_request(random), random);
    line.pop_back();
    for (std::size_t n = 1 + random.below(3); n > 0; --n) {
      const std::string bit = random.of({"\"", "{", "}", "[", "]", ",", ":", "\\", "1", "-", "e5",
                                         "null", "\xFF", "\x01", " ", "\"auditID\":1,"});
      const std::size_t at = random.below(line.size() + 1);
      line.replace(at, std::min(random.below(3), line.size() - at), bit);
    }
    if (line.find('\n') != std::string::npos) continue;
    RequestExplainer explainer(policy().policy, *policy().source, "mutant");
    std::string out;
    const auto fed = explainer.feed(line + "\n", out);
    if (fed) {
      EXPECT_LE(std::ranges::count(out, '\n'), 1) << line;
      continue;
    }
    ++refused;
    ASSERT_TRUE(fed.error().error.place) << line;
    EXPECT_LE(fed.error().error.place->begin, fed.error().error.place->end) << line;
    EXPECT_LE(fed.error().error.place->end, line.size()) << line;
    EXPECT_FALSE(fed.error().error.message.empty() || fed.error().error.hint.empty()) << line;
  }
  EXPECT_GT(refused, 10'000);
}

// ---- streams ------------------------------------------------------------------------------------

// Its pieces, then what ends it.
struct Pieces {
  std::vector<std::string> pieces;
  bool breaks = false;
  std::size_t refuses_writes_from = 1'000;

  std::size_t next = 0;
  std::vector<std::string> written = {};

  RequestStream stream() {
    return {.read = [this]() -> text::Result<std::string_view> {
              if (next < pieces.size()) return std::string_view(pieces[next++]);
              if (breaks) return text::fail(text::ErrorKind::Io, "it broke");
              return std::string_view();
            },
            .write =
                [this](std::string_view bytes) {
                  if (written.size() == refuses_writes_from) return false;
                  written.emplace_back(bytes);
                  return true;
                }};
  }
};

StreamEnd run(Pieces& pieces) {
  RequestExplainer explainer(policy().policy, *policy().source, "x");
  return explain_stream(explainer, pieces.stream());
}

const std::string kLine = std::string(kAliceLine) + "\n";

TEST(ExplainStream, WritesAfterEachPiece) {
  Pieces pieces{.pieces = {kLine + "{", "", kLine}};
  // An empty piece is the end, so the last one is not asked for.
  const StreamEnd end = run(pieces);
  EXPECT_TRUE(end.bad_line);
  EXPECT_THAT(pieces.written, testing::ElementsAre(kAlice));

  Pieces whole{.pieces = {kLine, kLine.substr(0, 9), kLine.substr(9) + std::string(kAliceLine)}};
  const StreamEnd good = run(whole);
  EXPECT_FALSE(good.bad_line || good.unread || good.is_unwritten);
  EXPECT_THAT(whole.written, testing::ElementsAre(kAlice, kAlice, kAlice));
}

TEST(ExplainStream, WritesWhatIsBeforeABadLine) {
  Pieces pieces{.pieces = {kLine + kLine + "[]\n" + kLine, kLine}};
  const StreamEnd end = run(pieces);
  ASSERT_TRUE(end.bad_line);
  EXPECT_EQ(end.bad_line->line, 3);
  EXPECT_THAT(pieces.written, testing::ElementsAre(joined({kAlice, kAlice})));
  EXPECT_EQ(pieces.next, 1);
}

TEST(ExplainStream, StopsWhereNobodyListens) {
  Pieces pieces{.pieces = {kLine, kLine, kLine}, .refuses_writes_from = 1};
  EXPECT_TRUE(run(pieces).is_unwritten);
  EXPECT_EQ(pieces.next, 2);
}

TEST(ExplainStream, SaysWhereTheInputBreaks) {
  Pieces pieces{.pieces = {kLine}, .breaks = true};
  const StreamEnd end = run(pieces);
  ASSERT_TRUE(end.unread);
  EXPECT_EQ(end.unread->message, "it broke");
  EXPECT_THAT(pieces.written, testing::ElementsAre(kAlice));
}

}  // namespace
}  // namespace kaudit::cli
