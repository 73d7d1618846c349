#include "kube/command_line.h"

#include <algorithm>
#include <array>

#include "kube/node_paths.h"

namespace kaudit::kube {
namespace {

bool is_shell(std::string_view program) {
  static constexpr std::array<std::string_view, 6> kShells{"sh",  "bash", "dash",
                                                           "ash", "zsh",  "busybox"};
  return std::find(kShells.begin(), kShells.end(), base_name(program)) != kShells.end();
}

std::string normalized(std::string_view spelling) {
  std::string name(spelling);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

const Flag* CommandLine::effective(std::string_view name) const {
  const auto found =
      std::find_if(flags.rbegin(), flags.rend(), [&](const Flag& f) { return f.name == name; });
  return found == flags.rend() ? nullptr : &*found;
}

std::optional<std::size_t> api_server_words(std::span<const std::string> arguments) {
  if (arguments.empty()) return {};
  const std::string_view program = base_name(arguments[0]);
  if (program == "kube-apiserver") return 1;
  if (program == "hyperkube" && arguments.size() > 1) {
    const std::string_view server = arguments[1];
    return server == "apiserver" || server == "kube-apiserver" ? std::optional<std::size_t>(2)
                                                               : std::nullopt;
  }
  if (program != "go-runner") return {};
  // Go's flag package: flags end at the first other word. Of go-runner's own only --log-file takes
  // a value, which may be an element of its own.
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--log-file" || word == "-log-file") {
      ++i;
    } else if (!word.starts_with('-')) {
      const auto words = api_server_words(arguments.subspan(i));
      return words ? std::optional(i + *words) : std::nullopt;
    }
  }
  return {};
}

std::optional<std::size_t> shell_script(std::span<const std::string> arguments) {
  if (arguments.empty() || !is_shell(arguments[0])) return {};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i].find("apiserver") != std::string::npos) return i;
  }
  return {};
}

CommandLine parse_command_line(std::span<const std::string> arguments, std::size_t first_flag,
                               FlagArityOf arity_of) {
  CommandLine line;
  line.first_flag = first_flag;
  for (std::size_t i = first_flag; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--") {
      line.strays.push_back({i, Stray::Kind::Terminator});
      while (++i < arguments.size())
        line.strays.push_back({i, arguments[i].empty() ? Stray::Kind::Empty : Stray::Kind::Word});
      break;
    }
    if (!word.starts_with("--")) {
      const bool dashed = word.size() > 1 && word[0] == '-';
      line.strays.push_back({i, word.empty() ? Stray::Kind::Empty
                                : dashed     ? Stray::Kind::SingleDash
                                             : Stray::Kind::Word});
      continue;
    }
    const std::size_t equals = word.find('=');
    Flag flag;
    flag.spelling = word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    flag.name = normalized(flag.spelling);
    flag.argument = flag.value_argument = i;
    if (flag.spelling.empty() || flag.spelling[0] == '-') {
      line.strays.push_back({i, Stray::Kind::BadFlag});
      continue;
    }
    if (equals != std::string_view::npos) {
      flag.value = word.substr(equals + 1);
    } else {
      const FlagArity arity = arity_of(flag.name);
      const bool has_next = i + 1 < arguments.size();
      // pflag takes the next element whatever it is. Of a flag that is not in our table only the
      // next element tells: one with a dash is far likelier a flag behind a bool.
      const bool takes_next =
          has_next && (arity == FlagArity::Value ||
                       (arity == FlagArity::Unknown && !arguments[i + 1].starts_with('-') &&
                        !arguments[i + 1].empty()));
      flag.form = takes_next ? FlagForm::Separate : FlagForm::Bare;
      if (takes_next) {
        flag.value_argument = ++i;
        flag.value = arguments[i];
      }
    }
    line.flags.push_back(std::move(flag));
  }
  return line;
}

}  // namespace kaudit::kube
