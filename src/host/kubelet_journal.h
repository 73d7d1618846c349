// What the kubelet said lately, where systemd keeps it.
#pragma once

#include <chrono>
#include <string>

namespace kaudit::host {

// The kubelet's last lines of the journal, of at most so long ago: `journalctl -u kubelet`. ""
// where there is no journal, or it does not answer within two seconds. Needs the machine itself, as
// root.
std::string kubelet_journal(std::chrono::seconds since);

}  // namespace kaudit::host
