// Runs the orrery binary as a user does, and returns what it printed and how it ended.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/temporary_folder.h"

namespace orrery::cli::test {

struct Outcome {
  int exit = -1;
  std::string out;
  std::string error;
};

/// `arguments` as a shell takes them; `run_in` is the folder where it runs.
inline Outcome orrery(const std::string& arguments, const std::string& run_in = ".") {
  const orrery::test::TemporaryFolder folder;
  const std::string error_file = folder.path() / "stderr";
  const std::string command =
      "(cd '" + run_in + "' && ORRERY_HOME='" ORRERY_SOURCE_DIR "' '" ORRERY_BINARY "' " + arguments + "\n) 2>'" + error_file + "'";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), [](std::FILE*) { return 0; });
  if (!pipe) throw std::runtime_error("no shell");
  Outcome outcome;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) outcome.out.append(buffer.data(), n);
  const int status = pclose(pipe.release());
  outcome.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::ifstream error(error_file);
  outcome.error.assign(std::istreambuf_iterator<char>(error), {});
  return outcome;
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline std::string example(const std::string& name) { return std::string(ORRERY_SOURCE_DIR) + "/scenarios/examples/" + name + ".json"; }

/// The MT-NLG example cut down to 16 GPUs and a small model: milliseconds to play.
inline std::string small_run() {
  return example("mt-nlg-530b") +
         " --set cluster.nodes=2 --set workload.model=gpt-1.7b --set workload.parallelism.tensor=2 --set workload.parallelism.pipeline=4"
         " --set workload.parallelism.data=2 --set workload.global_batch=16";
}

}  // namespace orrery::cli::test
