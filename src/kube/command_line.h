// A container's command line as kube-apiserver reads it.
//
// No shell is involved: every element is taken as it is. Flags follow spf13/pflag (flag.go,
// parseArgs, parseLongArg) and component-base/cli/flag (WordSepNormalizeFunc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kaudit::kube {

// How a flag takes its value. Unknown: kaudit has no table of all of kube-apiserver's flags.
enum class FlagArity : std::uint8_t { Unknown, Bool, Value };
using FlagArityOf = FlagArity (*)(std::string_view normalized_name);

enum class FlagForm : std::uint8_t {
  Equals,    // --name=value
  Separate,  // --name value, two elements
  Bare,      // --name: a bool that is true, or a flag whose value is missing
};

// The views point into the words that were parsed, or into CommandLine::names.
struct Flag {
  std::string_view name;      // without dashes, "_" as "-"
  std::string_view spelling;  // without dashes, as written
  std::string_view value;     // "" for Bare
  FlagForm form = FlagForm::Equals;
  std::size_t argument = 0;        // index of the element that holds the name
  std::size_t value_argument = 0;  // index of the element that holds the value

  bool operator==(const Flag&) const = default;
};

// An element that is neither a flag nor a flag's value.
struct Stray {
  std::size_t argument = 0;
  // "--" ends flag parsing; a single dash begins short flags, of which kube-apiserver has only -h
  // and -v; any other word is a positional argument. All but "" make it exit.
  enum class Kind : std::uint8_t { Word, Empty, SingleDash, BadFlag, Terminator } kind = Kind::Word;

  bool operator==(const Stray&) const = default;
};

struct CommandLine {
  std::size_t first_flag = 0;  // index of the first element behind the program and its subcommand
  std::vector<Flag> flags;     // in order
  std::vector<Stray> strays;
  std::shared_ptr<const std::deque<std::string>> names;  // that had to be normalised

  // The flag of that normalised name that counts: the last one. Null if there is none.
  const Flag* effective(std::string_view name) const;
};

// How many elements name the program: kube-apiserver with any path; hyperkube with its subcommand;
// either of them behind `go-runner …` (k8s.io/release, images/build/go-runner), whose own flags do
// not count. Nothing if the command runs something else.
std::optional<std::size_t> api_server_words(std::span<const std::string_view> arguments);

// The element that holds a shell script which runs kube-apiserver, if the program is a shell.
std::optional<std::size_t> shell_script(std::span<const std::string_view> arguments);

// The result points into `arguments`' characters.
CommandLine parse_command_line(std::span<const std::string_view> arguments, std::size_t first_flag,
                               FlagArityOf arity_of);

}  // namespace kaudit::kube
