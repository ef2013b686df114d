// The rows that NCCL 2.28.9's own tuner printed for eight platforms, from the folder of measured data.
#pragma once

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "workloads/nccl_tuner.h"

namespace orrery::workloads::golden {

struct Row {
  std::string platform;
  int nodes = 0;
  int local_ranks = 0;
  sim::CollectiveKind kind{};
  sim::Bytes bytes{};
  NcclWay way;
  double microseconds = 0;
  double gigabytes_per_second = 0;
  double latency = 0;  // us
  int channels = 0;
  bool chosen = false;
  std::string line{};
};

inline Row row_of(const std::string& line) {
  using sim::CollectiveKind;
  static const std::map<std::string, CollectiveKind> kinds = {{"AllReduce", CollectiveKind::all_reduce},
                                                              {"AllGather", CollectiveKind::all_gather},
                                                              {"ReduceScatter", CollectiveKind::reduce_scatter},
                                                              {"Broadcast", CollectiveKind::broadcast},
                                                              {"Reduce", CollectiveKind::reduce}};
  static const std::map<std::string, NcclAlgorithm> algorithms = {{"Tree", NcclAlgorithm::tree},
                                                                  {"Ring", NcclAlgorithm::ring},
                                                                  {"CollNetDirect", NcclAlgorithm::collnet_direct},
                                                                  {"CollNetChain", NcclAlgorithm::collnet_chain},
                                                                  {"NVLS", NcclAlgorithm::nvls},
                                                                  {"NVLSTree", NcclAlgorithm::nvls_tree},
                                                                  {"PAT", NcclAlgorithm::pat}};
  static const std::map<std::string, Protocol> protocols = {{"LL", Protocol::ll}, {"LL128", Protocol::ll128}, {"Simple", Protocol::simple}};
  std::vector<std::string> field;
  std::istringstream fields(line);
  for (std::string f; std::getline(fields, f, ',');) field.push_back(f);
  return {field.at(0),
          std::stoi(field.at(1)),
          std::stoi(field.at(2)),
          kinds.at(field.at(3)),
          {std::stoll(field.at(4))},
          {algorithms.at(field.at(5)), protocols.at(field.at(6))},
          std::stod(field.at(7)),
          std::stod(field.at(8)),
          std::stod(field.at(9)),
          std::stoi(field.at(10)),
          field.at(11) == "1",
          line};
}

/// Empty where the file is not there.
inline std::vector<Row> rows(const std::string& data) {
  std::ifstream file(data + "/collectives/golden/nccl2289_tuner_golden.csv.gz", std::ios::binary);
  if (!file) return {};
  boost::iostreams::filtering_istream input;
  input.push(boost::iostreams::gzip_decompressor());
  input.push(file);
  std::vector<Row> found;
  std::string line;
  std::getline(input, line);
  while (std::getline(input, line)) found.push_back(row_of(line));
  return found;
}

}  // namespace orrery::workloads::golden
