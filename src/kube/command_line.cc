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

// The name as kube-apiserver compares it; a new one is kept in `names`.
std::string_view normalized(std::string_view spelling, std::deque<std::string>& names) {
  if (spelling.find('_') == std::string_view::npos) return spelling;
  std::string& name = names.emplace_back(spelling);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// The one short flag that is in use: -v, klog's verbosity, as -v=2, -v2, or -v 2.
std::optional<Flag> short_verbosity(std::span<const std::string_view> arguments, std::size_t i) {
  const std::string_view word = arguments[i];
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!word.starts_with("-v") || (word.size() > 2 && word[2] != '=' && !is_digit(word[2])))
    return {};
  Flag flag{word.substr(1, 1), word.substr(1, 1), word.substr(2), FlagForm::Equals, i, i};
  if (flag.value.starts_with('=')) flag.value.remove_prefix(1);
  if (word.size() == 2 && i + 1 < arguments.size()) {
    flag.form = FlagForm::Separate;
    flag.value_argument = i + 1;
    flag.value = arguments[i + 1];
  }
  return flag;
}

}  // namespace

const Flag* CommandLine::effective(std::string_view name) const {
  const auto found =
      std::find_if(flags.rbegin(), flags.rend(), [&](const Flag& f) { return f.name == name; });
  return found == flags.rend() ? nullptr : &*found;
}

std::optional<std::size_t> api_server_words(std::span<const std::string_view> arguments) {
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

std::optional<std::size_t> shell_script(std::span<const std::string_view> arguments) {
  if (arguments.empty() || !is_shell(arguments[0])) return {};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto has = [&](std::string_view word) {
      return arguments[i].find(word) != std::string_view::npos;
    };
    if (has("kube-apiserver") || (has("hyperkube") && has("apiserver"))) return i;
  }
  return {};
}

CommandLine parse_command_line(std::span<const std::string_view> arguments, std::size_t first_flag,
                               FlagArityOf arity_of) {
  CommandLine line;
  line.first_flag = first_flag;
  const auto names = std::make_shared<std::deque<std::string>>();
  line.names = names;
  for (std::size_t i = first_flag; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--") {
      line.strays.push_back({i, Stray::Kind::Terminator});
      while (++i < arguments.size())
        line.strays.push_back({i, arguments[i].empty() ? Stray::Kind::Empty : Stray::Kind::Word});
      break;
    }
    if (const auto verbosity = short_verbosity(arguments, i)) {
      i = verbosity->value_argument;
      line.flags.push_back(*verbosity);
      continue;
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
    flag.name = normalized(flag.spelling, *names);
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
    line.flags.push_back(flag);
  }
  return line;
}

}  // namespace kaudit::kube
