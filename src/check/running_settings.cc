#include "check/running_settings.h"

#include <algorithm>

#include "audit/flag_table.h"
#include "check/check_api_server.h"
#include "kube/variable.h"

namespace kaudit::check {

ExpectedSettings expected_settings(const kube::ApiServer& server) {
  ExpectedSettings expected;
  expected.settings = effective_settings(server);
  for (const audit::AuditFlag flag : expected.settings.flags()) {
    const kube::Expanded value = kube::expand(*expected.settings.value(flag), server.env);
    if (!value.is_certain) expected.uncertain.push_back(flag);
    expected.settings.set(flag, value.text);
  }
  return expected;
}

kube::CommandLine running_command_line(std::span<const std::string> argv) {
  const std::vector<std::string_view> words(argv.begin(), argv.end());
  const auto program = kube::api_server_words(words);
  return program ? kube::parse_command_line(words, *program, audit::arity_of) : kube::CommandLine{};
}

audit::AuditSettings running_settings(std::span<const std::string> argv) {
  return settings_of(running_command_line(argv));
}

std::vector<audit::AuditFlag> differing_flags(const ExpectedSettings& expected,
                                              const audit::AuditSettings& running) {
  std::vector<audit::AuditFlag> differing;
  for (const audit::FlagInfo& info : audit::all_flags()) {
    const auto wanted = expected.settings.value(info.flag);
    const auto has = running.value(info.flag);
    const bool is_uncertain =
        std::ranges::find(expected.uncertain, info.flag) != expected.uncertain.end();
    const bool same = wanted && has ? audit::same_value(info.flag, *wanted, *has) : !wanted && !has;
    if (!same && !is_uncertain) differing.push_back(info.flag);
  }
  return differing;
}

}  // namespace kaudit::check
