// testdata: the exact bytes that were written by hand, and the refusals with their places.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "edit/patch.h"
#include "property/watchdog.h"
#include "support/corpus.h"
#include "support/text_files.h"

namespace kaudit {
namespace {

namespace fs = std::filesystem;
using edit::PatchRequest;
using support::read_text_file;

struct Lesson {
  std::string name;  // enable/crlf
  fs::path directory;

  bool has(const char* file) const { return fs::exists(directory / file); }
  std::string read(const char* file) const { return read_text_file(directory / file); }
  std::string read_either(const char* yaml, const char* json) const {
    return read(has(yaml) ? yaml : json);
  }
};

void PrintTo(const Lesson& lesson, std::ostream* out) {
  *out << lesson.name;
}

std::vector<Lesson> lessons_of(const char* kind) {
  std::vector<Lesson> lessons;
  for (const fs::path& file : support::files_below(support::testdata_directory() / kind)) {
    if (file.filename() != "lesson") continue;
    lessons.push_back(
        {(fs::path(kind) / file.parent_path().filename()).string(), file.parent_path()});
  }
  return lessons;
}

// The lesson's options, as the command line would set them. An option without a value is a bare
// bool.
void take_option(const std::string& option, PatchRequest& request) {
  const std::size_t equals = option.find('=');
  const std::string name = option.substr(2, equals == std::string::npos ? equals : equals - 2);
  const std::string value = equals == std::string::npos ? "true" : option.substr(equals + 1);
  if (name == "host-path") {
    const std::size_t between = value.find('=');
    request.plan.host_paths.push_back({value.substr(0, between), value.substr(between + 1)});
  } else if (name == "kubernetes-version") {
    request.plan.version = kube::parse_kubernetes_version(value);
  } else {
    const audit::FlagInfo* flag = audit::find_flag(name);
    ASSERT_NE(flag, nullptr) << option;
    request.plan.given.set(flag->flag, value);
  }
}

PatchRequest request_of(const Lesson& lesson, PatchRequest::Kind kind) {
  PatchRequest request;
  request.kind = kind;
  if (!lesson.has("args")) return request;
  for (const std::string& option : support::lines_of(lesson.read("args")))
    take_option(option, request);
  return request;
}

text::Result<edit::Patch> run(const std::string& name, const std::string& bytes,
                              const PatchRequest& request) {
  const support::Watched watched(name, bytes);
  return edit::patch(std::make_shared<const text::SourceText>(name, bytes), request);
}

// "LINE:COLUMN" of a refusal, counted as the lessons do: in bytes.
std::string place_in_bytes(const text::Error& error, const std::string& bytes) {
  if (!error.place) return "nowhere";
  const text::SourceText source("in", bytes);
  const std::size_t at = error.place->begin;
  const std::size_t mark = bytes.starts_with("\xEF\xBB\xBF") && source.line_of(at) == 0 ? 3 : 0;
  return fmt::format("{}:{}", source.line_of(at) + 1,
                     at - source.line_start(at) + 1 - std::min(mark, at));
}

class Lessons : public testing::TestWithParam<Lesson> {
 protected:
  void check(PatchRequest::Kind kind) {
    const Lesson& lesson = GetParam();
    const std::string in = lesson.read_either("in.yaml", "in.json");
    const auto patch = run(lesson.name, in, request_of(lesson, kind));
    if (lesson.has("refused")) return check_refusal(lesson, in, patch);
    ASSERT_TRUE(patch) << lesson.read("lesson") << patch.error().message;
    const std::string out = lesson.has("noop") ? in : lesson.read_either("out.yaml", "out.json");
    EXPECT_EQ(patch->result->bytes(), out) << lesson.read("lesson");
    EXPECT_EQ(patch->changed(), in != out);
    if (lesson.has("undo")) check_undo(lesson, in, out);
  }

 private:
  static void check_refusal(const Lesson& lesson, const std::string& in,
                            const text::Result<edit::Patch>& patch) {
    const auto wanted = support::lines_of(lesson.read("refused"));
    ASSERT_FALSE(patch) << lesson.read("lesson");
    EXPECT_NE(patch.error().message.find(wanted.at(0)), std::string::npos)
        << lesson.read("lesson") << "wanted: " << wanted[0] << "\ngot: " << patch.error().message;
    EXPECT_NE(patch.error().kind, text::ErrorKind::Proof) << patch.error().message;
    if (wanted.size() > 1) {
      EXPECT_EQ(place_in_bytes(patch.error(), in), wanted[1])
          << lesson.read("lesson") << patch.error().message;
    }
  }

  // From the bytes that were written by hand, so that it says something even where enable differs.
  static void check_undo(const Lesson& lesson, const std::string& in, const std::string& out) {
    PatchRequest request = request_of(lesson, PatchRequest::Kind::Disable);
    request.plan.given = {};
    request.plan.host_paths.clear();
    const auto undone = run(lesson.name, out, request);
    ASSERT_TRUE(undone) << undone.error().message;
    const bool exact = lesson.read("undo").starts_with("exact");
    if (exact) {
      EXPECT_EQ(undone->result->bytes(), in) << lesson.read("undo");
    } else {
      EXPECT_NE(undone->result->bytes(), in) << lesson.read("undo");
    }
  }
};

class EnableLessons : public Lessons {};
class DisableLessons : public Lessons {};

TEST_P(EnableLessons, GiveTheBytesWrittenByHand) {
  check(PatchRequest::Kind::Enable);
}
TEST_P(DisableLessons, GiveTheBytesWrittenByHand) {
  check(PatchRequest::Kind::Disable);
}

std::string test_name(const testing::TestParamInfo<Lesson>& info) {
  std::string name = info.param.directory.filename().string();
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Testdata, EnableLessons, testing::ValuesIn(lessons_of("enable")),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Testdata, DisableLessons, testing::ValuesIn(lessons_of("disable")),
                         test_name);

TEST(KubeadmLessons, EnableWritesWhatKubeadmWritesAndDisableTakesItBack) {
  std::size_t releases = 0;
  for (const auto& release : fs::directory_iterator(support::testdata_directory() / "kubeadm")) {
    const std::string plain = read_text_file(release.path() / "plain.yaml");
    const std::string enabled = read_text_file(release.path() / "enabled.yaml");
    const auto patch = run(release.path().string(), plain, {});
    ASSERT_TRUE(patch) << release.path() << ": " << patch.error().message;
    EXPECT_EQ(patch->result->bytes(), enabled) << release.path();
    PatchRequest disable;
    disable.kind = PatchRequest::Kind::Disable;
    const auto back = run(release.path().string(), enabled, disable);
    ASSERT_TRUE(back) << release.path() << ": " << back.error().message;
    EXPECT_EQ(back->result->bytes(), plain) << release.path();
    ++releases;
  }
  EXPECT_GE(releases, 6U);
}

}  // namespace
}  // namespace kaudit
