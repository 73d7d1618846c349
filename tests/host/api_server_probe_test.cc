// One contract, two implementations: what a test relies on in the twin is true of the real probe.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "host/https_api_server_probe.h"
#include "support/memory_api_server_probe.h"

namespace kaudit::host {
namespace {

using testing::StartsWith;
using text::ErrorKind;

// A server that reacts as the path says (tests/host/tls_server.py), and a probe for it.
class World {
 public:
  virtual ~World() = default;
  virtual ApiServerProbe& probe() = 0;
  virtual Endpoint endpoint() = 0;
  virtual std::string own_certificate() = 0;
  virtual std::string strange_certificate() = 0;
  // From now on nobody listens where the requests go.
  virtual void close() = 0;
};

class MemoryWorld : public World {
 public:
  MemoryWorld() {
    for (const int code : {200, 401, 403, 500, 503})
      probe_.by_path["/status/" + std::to_string(code)] = MemoryApiServerProbe::status(code);
    probe_.by_path["/hang"] = MemoryApiServerProbe::hang();
    probe_.by_path["/garbage"] = MemoryApiServerProbe::garbage();
  }
  ApiServerProbe& probe() override { return probe_; }
  Endpoint endpoint() override { return {}; }
  std::string own_certificate() override { return {}; }
  std::string strange_certificate() override {
    probe_.untrusted = true;
    return "PEM";
  }
  void close() override { probe_.by_path.clear(); }

 private:
  MemoryClock clock_;
  MemoryApiServerProbe probe_{clock_};
};

// One server for all tests: its keys take a moment.
class Server {
 public:
  static Server& get() {
    static Server server;
    return server;
  }
  bool runs() const { return tls_port != 0; }
  std::string file(const char* name) const {
    std::stringstream text;
    text << std::ifstream(directory_ / name).rdbuf();
    return text.str();
  }

  std::uint16_t tls_port = 0, plain_port = 0, closed_port = 0;

 private:
  Server() {
    std::string pattern = std::filesystem::temp_directory_path() / "kaudit-test-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) return;
    process_ = fork();
    if (process_ == 0) {
      dup2(input[0], STDIN_FILENO);
      dup2(output[1], STDOUT_FILENO);
      execlp("python3", "python3", KAUDIT_TLS_SERVER, directory_.c_str(), nullptr);
      _exit(127);
    }
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    // Blocks until the server says where it listens, or ends.
    FILE* ports = fdopen(output[0], "r");
    if (fscanf(ports, "%hu %hu %hu", &tls_port, &plain_port, &closed_port) != 3) tls_port = 0;
    fclose(ports);
  }
  ~Server() {
    close(input_);  // which ends the server
    if (process_ > 0) waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  std::filesystem::path directory_;
  pid_t process_ = -1;
  int input_ = -1;
};

class HttpsWorld : public World {
 public:
  explicit HttpsWorld(bool tls) : tls_(tls) {
    port_ = tls ? Server::get().tls_port : Server::get().plain_port;
  }
  ApiServerProbe& probe() override { return probe_; }
  Endpoint endpoint() override { return {"127.0.0.1", port_, tls_}; }
  std::string own_certificate() override { return Server::get().file("server.crt"); }
  std::string strange_certificate() override { return Server::get().file("stranger.crt"); }
  void close() override { port_ = Server::get().closed_port; }

 private:
  bool tls_;
  std::uint16_t port_ = 0;
  HttpsApiServerProbe probe_;
};

struct Implementation {
  const char* name;
  std::unique_ptr<World> (*make)();
};

const Implementation kImplementations[] = {
    {"Memory", [] { return std::unique_ptr<World>(std::make_unique<MemoryWorld>()); }},
    {"Tls", [] { return std::unique_ptr<World>(std::make_unique<HttpsWorld>(true)); }},
    {"Plain", [] { return std::unique_ptr<World>(std::make_unique<HttpsWorld>(false)); }},
};

class ApiServerProbeContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (GetParam().name != std::string("Memory") && !Server::get().runs())
      GTEST_FAIL() << "tests/host/tls_server.py did not start: it needs python3 and openssl";
    world_ = GetParam().make();
  }
  bool is(const char* name) const { return GetParam().name == std::string(name); }
  text::Result<int> get(const std::string& path, const std::string& trusted = "") {
    return world_->probe().get(
        {world_->endpoint(), path, trusted, std::chrono::milliseconds(timeout_)});
  }
  std::string message_of(const std::string& path, const std::string& trusted = "") {
    const auto answer = get(path, trusted);
    if (answer) return "(no error)";
    EXPECT_EQ(answer.error().kind, ErrorKind::Io);
    return answer.error().message;
  }

  std::unique_ptr<World> world_;
  int timeout_ = 20'000;  // long: only what is meant to hang may run into it
};

INSTANTIATE_TEST_SUITE_P(All, ApiServerProbeContract, testing::ValuesIn(kImplementations),
                         [](const auto& implementation) { return implementation.param.name; });

TEST_P(ApiServerProbeContract, GivesTheStatusWhateverItIs) {
  for (const int code : {200, 401, 403, 500, 503})
    EXPECT_EQ(get("/status/" + std::to_string(code)).value_or(0), code);
}

TEST_P(ApiServerProbeContract, KnowsARefusal) {
  world_->close();
  EXPECT_EQ(message_of("/status/200"), "refused the connection");
}

TEST_P(ApiServerProbeContract, WaitsNoLongerThanItIsTold) {
  timeout_ = 50;
  EXPECT_EQ(message_of("/hang"), "did not answer within 50 ms");
}

TEST_P(ApiServerProbeContract, KnowsWhatIsNoHttp) {
  EXPECT_EQ(message_of("/garbage"), "did not answer in HTTP: bad version");
}

TEST_P(ApiServerProbeContract, DoesNotLookUpNames) {
  Endpoint endpoint = world_->endpoint();
  endpoint.host = "api.example.org";
  const auto answer = world_->probe().get({endpoint, "/", "", std::chrono::milliseconds(1)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::Usage);
  EXPECT_EQ(answer.error().message, "api.example.org is no numeric address");
  endpoint.host = "localhost";
  EXPECT_EQ(world_->probe()
                .get({endpoint, "/status/200", "", std::chrono::milliseconds(timeout_)})
                .value_or(0),
            200);
}

TEST_P(ApiServerProbeContract, TrustsTheServersOwnCertificate) {
  EXPECT_EQ(get("/status/200", world_->own_certificate()).value_or(0), 200);
}

TEST_P(ApiServerProbeContract, DoesNotTrustAStranger) {
  if (is("Plain")) return;  // without TLS there is no certificate
  EXPECT_THAT(message_of("/status/200", world_->strange_certificate()),
              StartsWith("has a certificate that is not trusted: self-signed certificate"));
}

// What only the real one can meet.

class HttpsApiServerProbeTest : public testing::Test {
 protected:
  text::Result<int> get(Endpoint endpoint, const std::string& path, int timeout,
                        const std::string& trusted = "") {
    return HttpsApiServerProbe().get(
        {std::move(endpoint), path, trusted, std::chrono::milliseconds(timeout)});
  }
  Endpoint tls() const { return {"127.0.0.1", Server::get().tls_port, true}; }
};

TEST_F(HttpsApiServerProbeTest, AServerThatSendsAByteNowAndThenIsTooSlow) {
  EXPECT_EQ(get(tls(), "/slow", 200).error().message, "did not answer within 200 ms");
}

TEST_F(HttpsApiServerProbeTest, AHeaderWithoutEndIsNoAnswer) {
  EXPECT_EQ(get(tls(), "/long", 20'000).error().message,
            "did not answer in HTTP: header limit exceeded");
}

TEST_F(HttpsApiServerProbeTest, AConnectionThatEndsIsNoAnswer) {
  EXPECT_THAT(get(tls(), "/drop", 20'000).error().message, StartsWith("did not answer in HTTP: "));
}

TEST_F(HttpsApiServerProbeTest, PlainHttpIsNoTls) {
  const Endpoint plain{"127.0.0.1", Server::get().plain_port, true};
  EXPECT_EQ(get(plain, "/status/200", 300).error().kind, ErrorKind::Io);
}

TEST_F(HttpsApiServerProbeTest, WhatIsNoCertificateCannotBeTrusted) {
  const auto answer = get(tls(), "/status/200", 20'000, "no PEM");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::Usage);
  EXPECT_EQ(answer.error().message, "the trusted certificates cannot be read");
}

TEST_F(HttpsApiServerProbeTest, OneOfSeveralCertificatesIsEnough) {
  EXPECT_EQ(get(tls(), "/status/200", 20'000,
                Server::get().file("stranger.crt") + Server::get().file("server.crt"))
                .value_or(0),
            200);
}

}  // namespace
}  // namespace kaudit::host
