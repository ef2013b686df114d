// Runs the player of realrun under mpirun as a user does. Tests are skipped where the host device was not built or mpirun is not there.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/temporary_folder.h"

namespace orrery::realrun::test {

struct Ended {
  int exit = -1;
  std::string text;  // of stdout and stderr together
};

inline Ended shell(const std::string& command) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(("( " + command + " ) 2>&1").c_str(), "r"), [](std::FILE*) { return 0; });
  if (!pipe) throw std::runtime_error("no shell");
  Ended ended;
  std::array<char, 4096> part{};
  for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe.get())) > 0;) ended.text.append(part.data(), n);
  const int status = pclose(pipe.release());
  ended.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

inline std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Two roles of two ranks, with collectives of pairs and of all in two streams, events and a message.
inline constexpr const char* four_ranks =
    "orrery-program 1\nname \"four\"\nranks 4\nlabels compute data pipe\n"
    "communicator world groups 0 members 4*1\ncommunicator pairs groups 0+2*2 members 2*1\n"
    "block layer\n  compute: gemm fp16 m=64 n=64 k=64 batch=1\n  compute: layer_norm fp16 rows=64 columns=64\n"
    "  data: all_reduce fp16 512 pairs\n"
    "role first ranks 0+2*1 events 2\n  stream main\n    call layer 2\n    record 0\n    pipe: send 4096 to +2 tag 1\n    wait 1\n"
    "    compute: adam fp16 parameters=1000\n  stream side\n    wait 0\n    data: all_gather fp16 100 world\n    record 1\n"
    "role last ranks 2+2*1 events 1\n  stream main\n    call layer 2\n    pipe: receive 4096 from -2 tag 1\n    compute: busy 1000000ps\n"
    "    wait 0\n    compute: pause 1000000ps\n  stream side\n    data: all_gather fp16 100 world\n    record 0\n";

class UnderMpirun : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string(ORRERY_HOST_PLAYER).empty()) GTEST_SKIP() << "the host device was not built: OpenMPI or OpenBLAS are not there";
    if (shell("command -v mpirun").exit != 0) GTEST_SKIP() << "there is no mpirun";
  }
  std::filesystem::path file(const std::string& name, const std::string& text = "") const {
    const std::filesystem::path path = folder_.path() / name;
    if (!text.empty()) std::ofstream(path) << text;
    return path;
  }
  static std::string mpirun(int ranks, const std::string& arguments) {
    return "timeout 120 mpirun --allow-run-as-root --oversubscribe --bind-to none -n " + std::to_string(ranks) +
           " " ORRERY_HOST_PLAYER " " + arguments;
  }

  orrery::test::TemporaryFolder folder_;
};

}  // namespace orrery::realrun::test
