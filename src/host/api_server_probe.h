// Asking the API server how it is: one GET, and the status of the answer. Abstract so that tests
// can pretend an API server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "text/result.h"

namespace kaudit::host {

// Where it listens. There is no name service in a static binary, so `host` is a numeric address of
// IPv4 or IPv6, or "localhost".
struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6443;
  bool tls = true;

  bool operator==(const Endpoint&) const = default;
};

struct ProbeRequest {
  Endpoint endpoint;
  std::string path = "/readyz";
  // Certificates in PEM form, of which one must be the server's or have signed it. "": any server
  // is taken for the right one. The name in the certificate never matters: an API server's need not
  // name the loopback address.
  std::string trusted = {};
  // Of everything together. A busy node may need seconds for a handshake; nobody should wait much
  // longer for an answer to Ctrl-C.
  std::chrono::milliseconds timeout{3000};
};

class ApiServerProbe {
 public:
  virtual ~ApiServerProbe() = default;

  // The status code of the answer, whatever it is. Io when there is none: refused, too slow, no
  // HTTP, a certificate that is not trusted; the message is a clause without the address ("refused
  // the connection"). Usage when the host is a name, or `trusted` holds no certificate.
  virtual text::Result<int> get(const ProbeRequest& request) = 0;
};

}  // namespace kaudit::host
