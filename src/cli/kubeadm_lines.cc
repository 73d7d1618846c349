#include "cli/kubeadm_lines.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "cli/report.h"
#include "cli/report_parts.h"
#include "text/shell_word.h"
#include "yaml/scalar.h"

namespace kaudit::cli {
namespace {

using nlohmann::ordered_json;

std::vector<std::vector<std::string>> commands_of(const KubeadmLines& lines) {
  const std::string flag = fmt::format("{}={}", lines.option.flag, lines.directory);
  return {{"kubeadm", "init", flag},
          {"kubeadm", "join", "--control-plane", flag},
          {"kubeadm", "upgrade", "apply", lines.target, flag},
          {"kubeadm", "upgrade", "node", flag}};
}

// As a block mapping, with a comment's sign in front of each line.
std::string commented(const ordered_json& mapping, int indent = 0) {
  std::string out;
  for (const auto& [key, value] : mapping.items()) {
    out += fmt::format("# {:{}}{}:", "", indent, key);
    if (value.is_object())
      out += "\n" + commented(value, indent + 2);
    else
      out += fmt::format(" {}\n", yaml::written_string(value.get<std::string>(), false));
  }
  return out;
}

std::vector<ordered_json> configuration_of(const KubeadmLines& lines) {
  if (lines.option.api_version.empty()) return {};
  const ordered_json patches{{"patches", {{"directory", lines.directory}}}};
  const auto document = [&](std::string_view kind) {
    return ordered_json{{"apiVersion", fmt::format("kubeadm.k8s.io/{}", lines.option.api_version)},
                        {"kind", kind}};
  };
  std::vector<ordered_json> all;
  for (const char* kind : {"InitConfiguration", "JoinConfiguration"}) {
    all.push_back(document(kind));
    all.back().update(patches);
  }
  if (!lines.option.of_upgrade) return all;
  all.push_back(document("UpgradeConfiguration"));
  all.back()["apply"] = patches;
  all.back()["node"] = patches;
  return all;
}

}  // namespace

std::string to_text(const KubeadmLines& lines) {
  std::string out;
  for (const std::vector<std::string>& words : commands_of(lines)) {
    std::string line;
    for (const std::string& word : words)
      line += (line.empty() ? "" : " ") + text::shell_word(word);
    out += line + "\n";
  }
  const std::vector<ordered_json> documents = configuration_of(lines);
  if (documents.empty()) return out;
  out += lines.option.not_with_config
             ? fmt::format(
                   "\n# Beside --config kubeadm refuses {}. The folder then goes into the "
                   "file:\n",
                   lines.option.flag)
             : "\n# With --config, the folder may go into the file instead:\n";
  for (const ordered_json& document : documents) out += "# ---\n" + commented(document);
  return out;
}

std::string to_json(const KubeadmLines& lines) {
  return dump({{"schemaVersion", kSchemaVersion},
               {"command", "kubeadm patch"},
               {"directory", lines.directory},
               {"commands", commands_of(lines)},
               {"flagWithConfig", !lines.option.not_with_config},
               {"configuration", configuration_of(lines)}});
}

}  // namespace kaudit::cli
