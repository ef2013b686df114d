// orrery_player: the player that travels. Reads a saved Program, plays it on this machine and writes what it measured; calibrating and
// comparing happen where the rest of Orrery is.
//
//     mpirun -n 4 orrery_player gpt.program --samples gpt.samples --timeline gpt.csv
//
// Built by cmake -DORRERY_ONLY=realrun with a compiler, OpenMPI and OpenBLAS, and nothing else.

#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "realrun/host.h"
#include "realrun/host_memory.h"
#include "realrun/host_program.h"
#include "realrun/player.h"
#include "realrun/timeline_csv.h"
#include "sim/error.h"
#include "sim/program_text.h"
#include "sim/units_text.h"

namespace {

using namespace orrery;

constexpr const char* usage =
    "usage: [mpirun -n RANKS] orrery_player PROGRAM [--samples OUT] [--timeline OUT] [--warm-ups N] [--repeats N] [--patience 60s]\n"
    "       [mpirun -n RANKS] orrery_player --self-test\n";

struct Arguments {
  std::string program;
  std::string samples;
  std::string timeline;
  realrun::PlayOptions play;
  realrun::HostOptions host;
  bool self_test = false;
  bool help = false;
};

std::int32_t count_from(const std::string& option, const std::string& text, std::int32_t least) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= 1'000'000) return value;
  throw sim::Error({.place = option,
                    .what = "\"" + text + "\" is no number of plays",
                    .remedy = "write an integer from " + std::to_string(least) + " to 1000000"});
}

/// Ranks show a pulse ten times a second, and a busy machine may hold one up for some of them.
sim::Duration patience_from(const std::string& text) {
  const sim::Duration patience = sim::duration_from(text);
  if (patience >= sim::Duration::from_seconds(1)) return patience;
  throw sim::Error(
      {.place = "--patience", .what = text + " is too short", .remedy = "write at least 1s, and more than the longest step takes"});
}

Arguments arguments_from(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 < words.size()) return words[++i];
      throw sim::Error({.place = word, .what = "has no value", .remedy = "see orrery_player --help"});
    };
    if (word == "--help") {
      arguments.help = true;
    } else if (word == "--self-test") {
      arguments.self_test = true;
    } else if (word == "--samples") {
      arguments.samples = value();
    } else if (word == "--timeline") {
      arguments.timeline = value();
    } else if (word == "--warm-ups") {
      arguments.play.warm_ups = count_from(word, value(), 0);
    } else if (word == "--repeats") {
      arguments.play.repeats = count_from(word, value(), 1);
    } else if (word == "--patience") {
      arguments.host.patience = patience_from(value());
    } else if (word.starts_with('-') || !arguments.program.empty()) {
      throw sim::Error({.place = "orrery_player", .what = "\"" + word + "\" is not expected", .remedy = "see orrery_player --help"});
    } else {
      arguments.program = word;
    }
  }
  if (arguments.program.empty() && !arguments.self_test && !arguments.help) {
    throw sim::Error(
        {.place = "orrery_player", .what = "no Program is given", .remedy = "save one with: orrery program FILE -o X.program"});
  }
  return arguments;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw sim::Error({.place = path, .what = "cannot be read", .remedy = "give a Program that was saved"});
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw sim::Error({.place = path, .what = "cannot be written", .remedy = "name a file in a folder that exists"});
}

void test_device(realrun::World& world) {
  const std::vector<std::string> own = realrun::self_test_of_host(world);
  std::vector<sim::Fault> faults;
  for (const std::string& fault : own) faults.push_back({.what = fault});
  realrun::together(world, [&] {
    if (!faults.empty()) throw sim::Error(faults, sim::ErrorKind::unavailable);
  });
  if (world.rank() == 0) std::cout << "self-test of " << world.ranks() << " ranks: all collectives and matrix products are right\n";
}

void play(const Arguments& arguments, realrun::World& world) {
  sim::Program program;
  std::vector<realrun::RankWork> works;
  realrun::together(world, [&] {
    program = realrun::in_fp32(sim::program_from(file_text(arguments.program), arguments.program));
    works = realrun::works_of(program);
  });
  const sim::Bytes available = realrun::available_to_all(world);
  realrun::together(world, [&] { realrun::check_host_memory(program, works, available); });
  const std::unique_ptr<realrun::Device> device = realrun::host_device(world);
  const realrun::Measured measured = realrun::play_for_real(program, *device, world, arguments.play);
  if (world.rank() != 0) return;
  write_text(arguments.samples, sim::text_of(measured.samples));
  write_text(arguments.timeline, realrun::timeline_csv(program, measured.timeline));
  std::cout << program.name << ": " << sim::to_text(measured.timeline.end - sim::Time{}) << ", the median of " << measured.ends.size()
            << (measured.ends.size() == 1 ? " play on " : " plays on ") << measured.samples.device << "\n";
}

int exit_code(sim::ErrorKind kind) {
  switch (kind) {
    case sim::ErrorKind::bad_input:
      return 2;
    case sim::ErrorKind::infeasible:
      return 4;
    case sim::ErrorKind::unavailable:
      return 6;
    case sim::ErrorKind::threshold:
      return 3;
  }
  return 1;
}

/// All ranks fail alike, and the first speaks for them.
int guarded(const std::int32_t& rank, const std::function<void()>& action) {
  try {
    action();
    return 0;
  } catch (const sim::Error& error) {
    if (rank != 0) return 0;
    for (const sim::Fault& fault : error.faults()) std::cerr << "orrery_player: " << sim::to_text(fault) << "\n";
    return exit_code(error.kind());
  } catch (const std::exception& error) {
    std::cerr << "orrery_player: a fault of Orrery itself: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::unique_ptr<realrun::World> world;  // ends when everything is said
  std::int32_t rank = 0;
  return guarded(rank, [&] {
    const Arguments arguments = arguments_from({argv + 1, argv + argc});
    if (arguments.help) {
      std::cout << usage;
      return;
    }
    world = realrun::start_host_world(arguments.host);
    rank = world->rank();
    arguments.self_test ? test_device(*world) : play(arguments, *world);
  });
}
