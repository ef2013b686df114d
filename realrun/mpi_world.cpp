#include "realrun/mpi_world.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "sim/error.h"

namespace orrery::realrun {
namespace {

constexpr int unavailable_exit = 6;

int ranks_on_this_machine() {
  MPI_Comm machine = MPI_COMM_NULL;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
  int ranks = 0;
  MPI_Comm_size(machine, &ranks);
  MPI_Comm_free(&machine);
  return ranks;
}

}  // namespace

MpiWorld::MpiWorld(sim::Duration patience) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
  const char* fault = "";
  if (provided < MPI_THREAD_MULTIPLE) fault = "this MPI does not let several threads speak at once";
  int here = ranks_on_this_machine();
  MPI_Allreduce(MPI_IN_PLACE, &here, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (here < ranks_) fault = "the ranks are on more than one machine, and the host device plays on one";
  if (*fault != '\0') {
    MPI_Finalize();
    throw sim::Error(
        {.place = "mpirun", .what = fault, .remedy = "start all ranks on one machine, with an MPI that has MPI_THREAD_MULTIPLE"},
        sim::ErrorKind::unavailable);
  }
  watchdog_ = std::make_unique<HostWatchdog>(patience, [this](const std::string& message) { abort(message); });
}

MpiWorld::~MpiWorld() {
  watchdog_->begin_play([this] { return "the end of rank " + std::to_string(rank_) + " together with the others"; });
  MPI_Barrier(MPI_COMM_WORLD);
  watchdog_->end_play();
  watchdog_.reset();
  MPI_Finalize();
}

std::vector<std::string> MpiWorld::gather(const std::string& text) {
  const auto ranks = static_cast<std::size_t>(ranks_);
  sim::check(text.size() < (std::size_t{1} << 30U) / ranks, "what ranks tell each other is short");
  const auto size = static_cast<int>(text.size());
  std::vector<int> sizes(ranks);
  watchdog_->begin_play([this] { return "what rank " + std::to_string(rank_) + " has to hear from the others"; });
  MPI_Allgather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, MPI_COMM_WORLD);
  std::vector<int> offsets(ranks);
  for (std::size_t i = 1; i < ranks; ++i) offsets[i] = offsets[i - 1] + sizes[i - 1];
  std::string all(static_cast<std::size_t>(offsets.back() + sizes.back()), ' ');
  MPI_Allgatherv(text.data(), size, MPI_CHAR, all.data(), sizes.data(), offsets.data(), MPI_CHAR, MPI_COMM_WORLD);
  watchdog_->end_play();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ranks; ++i)
    texts.push_back(all.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(sizes[i])));
  return texts;
}

void MpiWorld::abort(const std::string& message) {
  const std::string line = "orrery: " + message + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  MPI_Abort(MPI_COMM_WORLD, unavailable_exit);
  std::_Exit(unavailable_exit);
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int size = 0;
  MPI_Get_library_version(text, &size);  // "Open MPI v4.1.4, package: ..."
  std::string version(text, static_cast<std::size_t>(size));
  version.resize(std::min(version.find(','), version.size()));
  std::erase(version, 'v');
  return version;
}

}  // namespace orrery::realrun
