#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "host/api_server_probe.h"
#include "support/memory_clock.h"

namespace kaudit::host {

// The in-memory twin of HttpsApiServerProbe: a server whose answers the test sets.
class MemoryApiServerProbe : public ApiServerProbe {
 public:
  explicit MemoryApiServerProbe(MemoryClock& clock) : clock_(clock) {}

  // What the server does with a path.
  struct Reaction {
    enum class Kind { Status, Refuse, Hang, Garbage } kind = Kind::Refuse;
    int status = 0;
  };
  static Reaction status(int code) { return {Reaction::Kind::Status, code}; }
  static Reaction refuse() { return {}; }
  static Reaction hang() { return {Reaction::Kind::Hang, 0}; }
  static Reaction garbage() { return {Reaction::Kind::Garbage, 0}; }

  text::Result<int> get(const ProbeRequest& request) override {
    requests.push_back(request);
    if (on_get) on_get(request);
    if (request.endpoint.host.find_first_not_of("0123456789.:abcdef") != std::string::npos &&
        request.endpoint.host != "localhost") {
      return text::fail(text::ErrorKind::Usage, request.endpoint.host + " is no numeric address");
    }
    if (untrusted && !request.trusted.empty()) {
      return text::fail(text::ErrorKind::Io,
                        "has a certificate that is not trusted: self-signed certificate");
    }
    const auto found = by_path.find(request.path);
    const Reaction reaction = found == by_path.end() ? otherwise : found->second;
    switch (reaction.kind) {
      case Reaction::Kind::Status:
        return reaction.status;
      case Reaction::Kind::Refuse:
        break;
      case Reaction::Kind::Hang:
        clock_.sleep_for(request.timeout);
        return text::fail(text::ErrorKind::Io, "did not answer within " +
                                                   std::to_string(request.timeout.count()) + " ms");
      case Reaction::Kind::Garbage:
        return text::fail(text::ErrorKind::Io, "did not answer in HTTP: bad version");
    }
    return text::fail(text::ErrorKind::Io, "refused the connection");
  }

  std::map<std::string, Reaction> by_path;
  Reaction otherwise;
  bool untrusted = false;  // its certificate is signed by somebody else
  std::vector<ProbeRequest> requests;
  std::function<void(const ProbeRequest&)> on_get;

 private:
  MemoryClock& clock_;
};

}  // namespace kaudit::host
