// What kaudit costs, as ratios to something that anybody can measure on the same machine.
//
// All programs are started from this one small parent with fork and exec, in turns, so that what
// else the machine does meets all of them alike. Every figure is a median. The parent stays small
// on purpose: ru_maxrss of a child is never less than what its parent had at exec.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

using Words = std::vector<std::string>;

struct Cost {
  double seconds = 0;
  double peak_bytes = 0;
};

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Runs the program once, by fork and exec as a shell does; its three standard streams are
// /dev/null.
Cost run(const Words& words) {
  static const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  const double begin = now();
  const pid_t pid = fork();
  if (pid < 0) fail("cannot start " + words.front());
  if (pid == 0) {
    for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  const double end = now();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(fmt::format("'{}' failed", words[0]));
  return {end - begin, static_cast<double>(usage.ru_maxrss) * 1024};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// The median cost of each program, run in turns; the first turn warms the caches and is not
// counted.
std::vector<Cost> measure(const std::vector<Words>& programs, int turns) {
  std::vector<std::vector<double>> seconds(programs.size());
  std::vector<std::vector<double>> bytes(programs.size());
  for (int turn = 0; turn <= turns; ++turn) {
    for (std::size_t i = 0; i < programs.size(); ++i) {
      const Cost cost = run(programs[i]);
      if (turn == 0) continue;
      seconds[i].push_back(cost.seconds);
      bytes[i].push_back(cost.peak_bytes);
    }
  }
  std::vector<Cost> medians;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    medians.push_back({median(seconds[i]), median(bytes[i])});
  }
  return medians;
}

void print(const std::string& what, double value, double goal) {
  fmt::print("{:<62} {:>8.3f}  goal <= {:.3g}: {}\n", what, value, goal,
             value <= goal ? "met" : "MISSED");
}

bool exists(const Words& words) {
  return std::system((words.front() + " " + words.back() + " >/dev/null 2>&1").c_str()) == 0;
}

// Something else that edits the manifest, and its name.
std::pair<std::string, Words> rival(const std::string& manifest) {
  if (exists({"kubectl", "version --client"})) {
    return {"kubectl patch --local",
            {"kubectl", "patch", "--local", "--filename=" + manifest, "--type=json",
             R"(--patch=[{"op":"add","path":"/spec/containers/0/command/-","value":"--v=2"}])",
             "--output=yaml"}};
  }
  return {"PyYAML round trip",
          {"/usr/bin/python3", "-c",
           "import sys, yaml; yaml.safe_dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)",
           manifest}};
}

void bench_start(const std::string& kaudit, const std::string& nothing,
                 const std::string& manifest) {
  const auto [name, command] = rival(manifest);
  const Words dry_run = {kaudit, "enable", "--dry-run", "--manifest", manifest};
  const auto small = measure({dry_run, {nothing}}, 401);
  const auto large = measure({dry_run, command}, 21);
  fmt::print("dry run {:.2f} ms, a static program that does nothing {:.2f} ms, {} {:.1f} ms\n",
             small[0].seconds * 1e3, small[1].seconds * 1e3, name, large[1].seconds * 1e3);
  print("dry run / static program that does nothing", small[0].seconds / small[1].seconds, 3);
  print(fmt::format("dry run / {}", name), large[0].seconds / large[1].seconds, 0.1);
}

std::string item(int number) {
  return fmt::format("--feature-{:07}=value-{:07}", number, number);
}

void write_block(std::ofstream& out, int items) {
  out << "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n"
         "  - command:\n    - kube-apiserver\n";
  for (int i = 1; i <= items; ++i) out << "    - " << item(i) << '\n';
  out << "    image: registry.k8s.io/kube-apiserver:v1.31.0\n    name: kube-apiserver\n";
}

void write_json(std::ofstream& out, int items) {
  out << R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"kube-apiserver"},)"
      << R"("spec":{"containers":[{"command":["kube-apiserver")";
  for (int i = 1; i <= items; ++i) out << ",\"" << item(i) << '"';
  out << R"(],"image":"registry.k8s.io/kube-apiserver:v1.31.0","name":"kube-apiserver"}]}})";
}

// Time for each item, with what one item costs (start of the program included) taken off; and the
// peak of memory for each byte of the largest file.
void bench_growth(const std::string& kaudit, const std::string& directory, const std::string& style,
                  const std::function<void(std::ofstream&, int)>& write, double memory_goal,
                  double allowance) {
  const std::vector<int> sizes = {1, 1'000, 10'000, 100'000};
  std::vector<Words> programs;
  double largest = 0;
  for (const int size : sizes) {
    const std::string path = fmt::format("{}/{}.yaml", directory, size);
    {
      std::ofstream out(path, std::ios::binary);
      write(out, size);
    }
    largest = static_cast<double>(std::filesystem::file_size(path));
    programs.push_back({kaudit, "enable", "--dry-run", "--manifest", path});
  }
  const auto costs = measure(programs, 11);
  std::vector<double> per_item;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    per_item.push_back((costs[i].seconds - costs[0].seconds) / (sizes[i] - sizes[0]));
  }
  constexpr double kMiB = 1024 * 1024;
  fmt::print(
      "{}: {:.2f} us, {:.2f} us, {:.2f} us an item of 1,000, 10,000, 100,000 (less the {:.2f} ms "
      "of one item); {:.1f} MiB peak for {:.1f} MiB\n",
      style, per_item[0] * 1e6, per_item[1] * 1e6, per_item[2] * 1e6, costs[0].seconds * 1e3,
      costs.back().peak_bytes / kMiB, largest / kMiB);
  print(style + ": time an item, 100,000 / 1,000", per_item.back() / per_item.front(), 1.5);
  print(fmt::format("{}: peak memory{} / file size", style,
                    allowance > 0 ? fmt::format(" less {:.0f} MiB", allowance / kMiB) : ""),
        (costs.back().peak_bytes - allowance) / largest, memory_goal);
}

// A fleet in one call.
void bench_check(const std::string& kaudit, const std::string& directory,
                 const std::string& manifest) {
  constexpr int kFiles = 1'000;
  constexpr double kWanted = 200;  // files a second
  const std::string fleet = directory + "/fleet";
  std::filesystem::create_directory(fleet);
  for (int i = 0; i < kFiles; ++i)
    std::filesystem::copy_file(manifest, fmt::format("{}/{}.yaml", fleet, i));
  const Cost cost = measure({{kaudit, "check", "--summary", fleet}}, 11)[0];
  fmt::print("check: {:.0f} files a second, {:.1f} MiB peak for {} files\n", kFiles / cost.seconds,
             cost.peak_bytes / (1024 * 1024), kFiles);
  print("check: time taken / time at 200 files a second", cost.seconds / (kFiles / kWanted), 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) fail("usage: kaudit_bench KAUDIT NOTHING MANIFEST");
  const std::string kaudit = argv[1];
  std::string directory = std::filesystem::temp_directory_path() / "kaudit-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) fail("cannot make a temporary directory");

  bench_start(kaudit, argv[2], argv[3]);
  bench_growth(kaudit, directory, "block YAML", write_block, 12, 10.0 * 1024 * 1024);
  bench_growth(kaudit, directory, "JSON on one line", write_json, 30, 0);
  bench_check(kaudit, directory, argv[3]);
  std::filesystem::remove_all(directory);
  return 0;
}
