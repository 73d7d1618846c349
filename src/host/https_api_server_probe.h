#pragma once

#include "host/api_server_probe.h"

namespace kaudit::host {

// The ApiServerProbe that uses the network. Every get() is a connection of its own; before the
// first one nothing of OpenSSL exists.
class HttpsApiServerProbe : public ApiServerProbe {
 public:
  text::Result<int> get(const ProbeRequest& request) override;
};

}  // namespace kaudit::host
