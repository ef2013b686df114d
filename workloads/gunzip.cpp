#include "workloads/gunzip.h"

#include <array>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <string_view>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

std::string inflated(const std::string& bytes, const std::string& name, std::size_t most_bytes) {
  boost::iostreams::filtering_istream input;
  input.push(boost::iostreams::gzip_decompressor());
  input.push(boost::iostreams::array_source(bytes.data(), bytes.size()));
  input.exceptions(std::ios::badbit);
  std::string plain;
  std::array<char, 1U << 16U> part{};
  try {
    for (;;) {
      input.read(part.data(), part.size());
      plain.append(part.data(), static_cast<std::size_t>(input.gcount()));
      if (plain.size() > most_bytes) break;
      if (!input) return plain;
    }
  } catch (const std::exception&) {
    throw sim::Error({.place = name, .what = "is no whole gzip file", .remedy = "fetch it again"});
  }
  throw sim::Error(
      {.place = name, .what = "is unpacked larger than " + std::to_string(most_bytes >> 20U) + " MiB", .remedy = "cut the trace"});
}

}  // namespace

std::string gunzipped(std::string bytes, const std::string& name, std::size_t most_bytes) {
  if (bytes.starts_with("\x1f\x8b")) bytes = inflated(bytes, name, most_bytes);
  constexpr std::size_t tar_magic = 257;
  if (bytes.size() > tar_magic && std::string_view(bytes).substr(tar_magic).starts_with("ustar")) {
    throw sim::Error({.place = name, .what = "is an archive of files", .remedy = "unpack it (tar xf) and give the files"});
  }
  return bytes;
}

}  // namespace orrery::workloads
