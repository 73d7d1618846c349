#include "support/corpus.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include <fmt/core.h>

#include "support/mutate.h"
#include "support/text_files.h"

namespace kaudit::support {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> directory_of(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0' || !fs::is_directory(value)) return {};
  return fs::path(value);
}

std::optional<fs::path> beside_corpus(const char* variable, const char* name) {
  if (auto named = directory_of(variable)) return named;
  const auto corpus = corpus_directory();
  if (!corpus || !fs::is_directory(*corpus / ".." / name)) return {};
  return *corpus / ".." / name;
}

std::vector<Input> inputs_below(const fs::path& directory,
                                std::initializer_list<std::string_view> names,
                                std::initializer_list<std::string_view> extensions) {
  std::vector<Input> inputs;
  for (const fs::path& file : files_below(directory)) {
    const std::string name = file.filename().string();
    const std::string extension = file.extension().string();
    const bool named = std::find(names.begin(), names.end(), name) != names.end();
    const bool fits =
        std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
    if (named || fits)
      inputs.push_back({fs::relative(file, directory).string(), read_text_file(file)});
  }
  return inputs;
}

}  // namespace

fs::path testdata_directory() {
  return KAUDIT_TESTDATA;
}
std::optional<fs::path> corpus_directory() {
  return directory_of("KAUDIT_CORPUS");
}
std::optional<fs::path> torture_directory() {
  return beside_corpus("KAUDIT_TORTURE", "torture");
}
std::optional<fs::path> reference_directory() {
  return beside_corpus("KAUDIT_REFERENCE", "reference");
}

std::vector<Input> testdata_inputs() {
  return inputs_below(testdata_directory(),
                      {"in.yaml", "in.json", "out.yaml", "out.json", "plain.yaml", "enabled.yaml",
                       "failing.yaml", "failing.json", "passing.yaml", "passing.json"},
                      {});
}

std::vector<Input> corpus_inputs(const std::string& folder) {
  const auto corpus = corpus_directory();
  if (!corpus) return {};
  return inputs_below(*corpus / "manifests" / folder, {}, {".yaml", ".yml", ".json", ".manifest"});
}

std::vector<Input> torture_inputs() {
  const auto torture = torture_directory();
  if (!torture) return {};
  return inputs_below(*torture, {}, {".yaml", ".json"});
}

std::vector<Input> all_inputs() {
  std::vector<Input> all = testdata_inputs();
  for (const char* folder : {"pods", "other", "broken", "kubeadm"}) {
    std::vector<Input> more = corpus_inputs(folder);
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  std::vector<Input> torture = torture_inputs();
  std::move(torture.begin(), torture.end(), std::back_inserter(all));
  return all;
}

namespace {

std::size_t number(const char* variable, std::size_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 0);
}

}  // namespace

std::size_t mutant_count() {
  return number("KAUDIT_MUTANTS", 20000);
}

namespace {

void mutate_each(const std::vector<Input>& inputs, std::size_t count,
                 const std::function<bool(const Input&)>& take) {
  Mutator mutator(number("KAUDIT_SEED", 0x6B617564));
  for (std::size_t i = 0; i < count; ++i) {
    const Input& from = inputs[i % inputs.size()];
    if (!take({fmt::format("mutant {} of {}", i, from.name), mutator.mutate(from.bytes)})) return;
  }
}

}  // namespace

void for_each_mutant(const std::function<bool(const Input&)>& take) {
  constexpr std::size_t kHuge = 20000;  // bytes
  std::vector<Input> inputs = all_inputs();
  std::erase_if(inputs, [](const Input& input) { return input.bytes.size() > kHuge; });
  mutate_each(inputs, mutant_count(), take);
}

std::vector<Input> configuration_inputs() {
  std::vector<Input> inputs = all_inputs();
  std::erase_if(inputs, [](const Input& input) {
    return input.bytes.find("ClusterConfiguration") == std::string::npos ||
           input.bytes.find("kubeadm.k8s.io/") == std::string::npos;
  });
  return inputs;
}

std::size_t configuration_mutant_count() {
  return mutant_count() / 2;
}

void for_each_configuration_mutant(const std::function<bool(const Input&)>& take) {
  mutate_each(configuration_inputs(), configuration_mutant_count(), take);
}

}  // namespace kaudit::support
