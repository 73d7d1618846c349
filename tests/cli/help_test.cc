#include "cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "audit/flag_table.h"
#include "cli/exit_code.h"

namespace kaudit::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> every_text() {
  std::vector<std::string> texts = {help(), help_all()};
  for (const CommandInfo& command : all_commands()) texts.push_back(command_help(command.command));
  return texts;
}

TEST(Help, FitsEightyColumns) {
  for (const std::string& text : every_text()) {
    EXPECT_TRUE(text.ends_with('\n'));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 80U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(Help, ShowsCommandsTheFiveCommonFlagsAndExitCodes) {
  const std::string text = help();
  for (const CommandInfo& command : all_commands()) {
    EXPECT_THAT(text, HasSubstr("  " + std::string(command.name) + " "));
  }
  for (const audit::FlagInfo& flag : audit::all_flags()) {
    const std::string word = "--" + std::string(flag.name) + "=";
    if (flag.common) {
      EXPECT_THAT(text, HasSubstr("\n  " + word));
      EXPECT_THAT(text, HasSubstr(std::string(flag.kaudit_default)));
    } else {
      EXPECT_THAT(text, Not(HasSubstr("\n  " + word)));
    }
  }
  EXPECT_THAT(text, HasSubstr("\nExamples:\n"));
  EXPECT_THAT(text, HasSubstr("\nExit codes:\n" + exit_code_table()));
}

TEST(Help, ListsEveryExitCode) {
  EXPECT_EQ(exit_code_table(),
            R"(  0  done, or there was nothing to do
  1  check, policy lint: findings at or above --fail-on; with --exit-code: there
     would be a change, or the policies differ; status: no events are being
     recorded
  2  refused: bad usage, unreadable or unsupported input, unsafe request;
     nothing was changed
  3  --wait: the change was taken back, and the API server is healthy as before
  4  --wait: the API server is not healthy, or its state is unknown
)");
}

// Does `text` have `word`, not as the beginning of a longer name?
bool has_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const char next = at + word.size() < text.size() ? text[at + word.size()] : '\n';
    if (next != '-' && std::isalnum(static_cast<unsigned char>(next)) == 0) return true;
  }
  return false;
}

// Whether the command takes an option of that name.
bool takes(Command command, std::string_view name) {
  return std::ranges::any_of(all_options(), [&](const OptionInfo& option) {
    return option.name == name && option.commands.contains(command);
  });
}

TEST(Help, ShowsTheOptionsOfTheCommandAndNoOthers) {
  for (const CommandInfo& command : all_commands()) {
    const std::string text = command_help(command.command);
    for (const OptionInfo& option : all_options()) {
      const std::string row = "--" + std::string(option.name);
      const bool shown = has_word(text, ", " + row) || has_word(text, "\n      " + row);
      EXPECT_EQ(shown, takes(command.command, option.name))
          << option.name << " of " << command.name;
    }
  }
}

TEST(HelpAll, ListsEveryFlagOnceWithItsFacts) {
  const std::string text = help_all();
  for (const audit::FlagInfo& flag : audit::all_flags()) {
    const std::string row = "\n  --" + std::string(flag.name);
    const std::size_t first =
        text.find(row + "=") != std::string::npos ? text.find(row + "=") : text.find(row + "\n");
    ASSERT_NE(first, std::string::npos) << flag.name;
  }
  EXPECT_THAT(text, HasSubstr(R"(
  --audit-log-maxage=N
      Delete rotated files older than this; 0 keeps them
      [int, days; default 366 (0 before 1.36); needs --audit-log-path]
)"));
  EXPECT_THAT(text, HasSubstr(R"(
  --audit-log-mode=WORD
      Whether a request waits until its event is written
      [string: batch, blocking or blocking-strict; default blocking; since 1.10;
      needs --audit-log-path]
)"));
  EXPECT_THAT(text, HasSubstr(R"(
Gone from newer releases
  --audit-dynamic-configuration
      Take backends from AuditSink objects (alpha)
      [bool; default false; since 1.13, last in 1.18; needs
      --feature-gates=DynamicAuditing=true]
)"));
}

TEST(ExitCodes, AreTheDocumentedNumbers) {
  EXPECT_EQ(to_int(ExitCode::Done), 0);
  EXPECT_EQ(to_int(ExitCode::Findings), 1);
  EXPECT_EQ(to_int(ExitCode::Refused), 2);
  EXPECT_EQ(to_int(ExitCode::TakenBack), 3);
  EXPECT_EQ(to_int(ExitCode::Unhealthy), 4);
}

// Files beside the source that repeat the tables.
std::string project_file(const std::string& path) {
  std::ifstream file(std::string(KAUDIT_TESTDATA "/../") + path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The man page writes "-" as "\-".
std::string without_backslashes(std::string text) {
  std::erase(text, '\\');
  return text;
}

TEST(ManPage, HasEveryOptionCommandAndCommonFlag) {
  const std::string page = without_backslashes(project_file("docs/kaudit.1"));
  for (const OptionInfo& option : all_options()) {
    EXPECT_TRUE(has_word(page, "--" + std::string(option.name))) << option.name;
  }
  for (const CommandInfo& command : all_commands()) {
    EXPECT_THAT(page, HasSubstr(".TP\n.B " + std::string(command.name) + "\n"));
  }
  for (const audit::FlagInfo& flag : audit::all_flags()) {
    if (!flag.common) continue;
    EXPECT_TRUE(has_word(page, "--" + std::string(flag.name))) << flag.name;
    EXPECT_THAT(page, HasSubstr("Default: " + std::string(flag.kaudit_default) + ".\n"));
  }
}

TEST(Completions, HaveEveryOptionAndFlag) {
  for (const std::string path :
       {"completions/kaudit.bash", "completions/_kaudit", "completions/kaudit.fish"}) {
    const std::string text = project_file(path);
    const std::string dashes = path.ends_with(".fish") ? "-l " : "--";
    for (const OptionInfo& option : all_options()) {
      EXPECT_TRUE(has_word(text, dashes + std::string(option.name))) << path << " " << option.name;
    }
    for (const audit::FlagInfo& flag : audit::all_flags()) {
      EXPECT_TRUE(has_word(text, dashes + std::string(flag.name))) << path << " " << flag.name;
    }
    for (const CommandInfo& command : all_commands()) {
      std::istringstream words{std::string(command.name)};  // "kubeadm patch"
      for (std::string word; words >> word;)
        EXPECT_TRUE(has_word(text, word)) << path << " " << command.name;
    }
  }
}

TEST(Version, NamesTheProgram) {
  EXPECT_THAT(version_text(), testing::MatchesRegex("kaudit [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace kaudit::cli
