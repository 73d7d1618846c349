#include "kube/command_line.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace kaudit::kube {
namespace {

FlagArity arity(std::string_view name) {
  if (name == "bool") return FlagArity::Bool;
  return name == "value" || name == "two-words" ? FlagArity::Value : FlagArity::Unknown;
}

// "0:name=value" with the element of the name, "0+1:" with that of the value, too; "0:name" for a
// bare one; "2?word" for what is no flag.
std::string read(std::vector<std::string_view> words) {
  const CommandLine line = parse_command_line(words, 0, arity);
  std::string out;
  for (const Flag& f : line.flags) {
    const std::string place = f.argument == f.value_argument
                                  ? fmt::format("{}", f.argument)
                                  : fmt::format("{}+{}", f.argument, f.value_argument);
    out += fmt::format("{}{}:{}{}", out.empty() ? "" : " ", place, f.name,
                       f.form == FlagForm::Bare ? "" : fmt::format("={}", f.value));
    EXPECT_EQ(f.form == FlagForm::Separate, f.argument != f.value_argument);
  }
  static constexpr std::string_view kKinds[] = {"word", "empty", "single-dash", "bad",
                                                "terminator"};
  for (const Stray& s : line.strays)
    out += fmt::format("{}{}?{}", out.empty() ? "" : " ", s.argument,
                       kKinds[static_cast<int>(s.kind)]);
  return out;
}

TEST(CommandLine, IsReadAsPflagDoes) {
  struct Row {
    std::vector<std::string_view> words;
    std::string_view read;
  };
  for (const Row& row : std::initializer_list<Row>{
           {{}, ""},
           {{"--value=x"}, "0:value=x"},
           {{"--value="}, "0:value="},
           {{"--value=a=b"}, "0:value=a=b"},
           {{"--value", "x"}, "0+1:value=x"},
           {{"--value", "--bool"}, "0+1:value=--bool"},  // whatever it is
           {{"--value", "-"}, "0+1:value=-"},
           {{"--value", "--"}, "0+1:value=--"},
           {{"--value", ""}, "0+1:value="},
           {{"--value"}, "0:value"},
           {{"--bool"}, "0:bool"},
           {{"--bool", "--value=x"}, "0:bool 1:value=x"},
           {{"--bool", "false"}, "0:bool 1?word"},
           {{"--bool=false"}, "0:bool=false"},
           {{"--two_words=x"}, "0:two-words=x"},
           {{"--two_words", "x"}, "0+1:two-words=x"},
           {{"--Value=x"}, "0:Value=x"},
           {{"--other=x"}, "0:other=x"},
           {{"--other", "x"}, "0+1:other=x"},  // not in the table: the next element tells
           {{"--other", "--value=x"}, "0:other 1:value=x"},
           {{"--other", ""}, "0:other 1?empty"},
           {{"--value=1", "--value=2"}, "0:value=1 1:value=2"},
           {{"--value=\"x\""}, "0:value=\"x\""},  // no shell takes the quotes away
           {{"word"}, "0?word"},
           {{""}, "0?empty"},
           {{"-"}, "0?word"},
           {{"-v"}, "0:v="},
           {{"-v=2", "--x"}, "0:v=2 1:x"},
           {{"-v2"}, "0:v=2"},
           {{"-v", "2"}, "0+1:v=2"},
           {{"-x"}, "0?single-dash"},
           {{"-value=x"}, "0?single-dash"},
           {{"--=x"}, "0?bad"},
           {{"---value=x"}, "0?bad"},
           {{"--", "--value=x", ""}, "0?terminator 1?word 2?empty"},
           {{"--value=x", "--"}, "0:value=x 1?terminator"},
       }) {
    EXPECT_EQ(read(row.words), row.read) << testing::PrintToString(row.words);
  }
}

TEST(CommandLine, KeepsTheSpelling) {
  const std::vector<std::string_view> words = {"kube-apiserver", "--two_words=x"};
  const CommandLine line = parse_command_line(words, 1, arity);
  EXPECT_EQ(line.first_flag, 1U);
  ASSERT_EQ(line.flags.size(), 1U);
  EXPECT_EQ(line.flags[0].spelling, "two_words");
  EXPECT_EQ(line.flags[0].argument, 1U);
}

TEST(CommandLine, LetsTheLastOneCount) {
  const std::vector<std::string_view> words = {"--value=1", "--bool", "--value", "2"};
  const CommandLine line = parse_command_line(words, 0, arity);
  ASSERT_NE(line.effective("value"), nullptr);
  EXPECT_EQ(line.effective("value")->value, "2");
  EXPECT_EQ(line.effective("other"), nullptr);
}

TEST(ApiServerWords, AreThoseThatNameTheProgram) {
  struct Row {
    std::vector<std::string_view> words;
    std::optional<std::size_t> count;
  };
  for (const Row& row : std::initializer_list<Row>{
           {{}, {}},
           {{"kube-apiserver"}, 1},
           {{"/usr/local/bin/kube-apiserver", "--x"}, 1},
           {{"./kube-apiserver"}, 1},
           {{"kube-apiserver2"}, {}},
           {{"my-kube-apiserver"}, {}},
           {{"kube-controller-manager", "kube-apiserver"}, {}},
           {{"apiserver"}, {}},
           {{"hyperkube", "apiserver"}, 2},
           {{"/hyperkube", "kube-apiserver", "--x"}, 2},
           {{"hyperkube", "kubelet"}, {}},
           {{"hyperkube"}, {}},
           {{"go-runner", "kube-apiserver"}, 2},
           {{"/go-runner", "--log-file=/x", "--also-stdout=false", "/usr/local/bin/kube-apiserver",
             "--x"},
            4},
           {{"go-runner", "--", "hyperkube", "apiserver"}, 4},
           {{"go-runner", "--log-file=/x/kube-apiserver", "etcd"}, {}},
           {{"go-runner"}, {}},
           {{"sh", "-c", "kube-apiserver"}, {}},
       }) {
    EXPECT_EQ(api_server_words(row.words), row.count) << testing::PrintToString(row.words);
  }
}

TEST(ShellScript, IsTheElementThatRunsTheApiServer) {
  struct Row {
    std::vector<std::string_view> words;
    std::optional<std::size_t> script;
  };
  for (const Row& row : std::initializer_list<Row>{
           {{"sh", "-c", "exec kube-apiserver --x 1>>/log 2>&1"}, 2},
           {{"/bin/bash", "-ec", "kube-apiserver"}, 2},
           {{"/bin/busybox", "sh", "-c", "/hyperkube apiserver"}, 3},
           {{"ash", "/kube-apiserver.sh"}, 1},
           {{"sh", "-c", "etcd"}, {}},
           {{"kube-apiserver", "-c", "kube-apiserver"}, {}},
           {{"fish-sh", "kube-apiserver"}, {}},
           {{}, {}},
       }) {
    EXPECT_EQ(shell_script(row.words), row.script) << testing::PrintToString(row.words);
  }
}

}  // namespace
}  // namespace kaudit::kube
