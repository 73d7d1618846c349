// The inputs of the property tests.
//
// `testdata` is in the repository. The corpus of real manifests, the torture set and the kubelet's
// decoding vectors are not: KAUDIT_CORPUS names the corpus; KAUDIT_TORTURE and KAUDIT_REFERENCE
// name the others, else they are looked for beside the corpus. Who needs one that is not there
// skips.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kaudit::support {

struct Input {
  std::string name;  // the path below its collection's directory
  std::string bytes;
};

std::filesystem::path testdata_directory();
std::optional<std::filesystem::path> corpus_directory();
std::optional<std::filesystem::path> torture_directory();
std::optional<std::filesystem::path> reference_directory();

// Every in.yaml, in.json, plain.yaml, enabled.yaml, and the results beside them; and what breaks or
// keeps the rules of `check`.
std::vector<Input> testdata_inputs();
// corpus/manifests/FOLDER: pods, kubeadm, templated, broken, other. Empty without a corpus.
std::vector<Input> corpus_inputs(const std::string& folder);
std::vector<Input> torture_inputs();
// Everything there is, the repository's first.
std::vector<Input> all_inputs();

// KAUDIT_MUTANTS, or 20,000.
std::size_t mutant_count();
// That many seeded mutants of all inputs that are not huge, until `take` gives false. The seed is
// KAUDIT_SEED, or always the same.
void for_each_mutant(const std::function<bool(const Input&)>& take);
// The inputs with a ClusterConfiguration of kubeadm's: the corpus and the lessons about it.
std::vector<Input> configuration_inputs();
// Half as many seeded mutants of those.
std::size_t configuration_mutant_count();
void for_each_configuration_mutant(const std::function<bool(const Input&)>& take);

}  // namespace kaudit::support
