#include "workloads/fit_constants.h"

#include <algorithm>
#include <cmath>
#include <nlopt.hpp>
#include <utility>

#include "sim/error.h"
#include "workloads/accuracy.h"

namespace orrery::workloads {

std::vector<double> fit_constants(const std::vector<double>& start, const std::function<double(const std::vector<double>&)>& loss,
                                  const FitOptions& options) {
  const auto scaled = [&](const std::vector<double>& logs) {
    std::vector<double> values(start);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= std::exp(logs[i]);
    return values;
  };
  std::function<double(const std::vector<double>&)> objective = [&](const std::vector<double>& logs) { return loss(scaled(logs)); };
  using Objective = decltype(objective);
  nlopt::opt search(nlopt::LN_SBPLX, static_cast<unsigned>(start.size()));
  search.set_min_objective([](const std::vector<double>& x, std::vector<double>&, void* f) { return (*static_cast<Objective*>(f))(x); },
                           &objective);
  search.set_initial_step(std::vector<double>(start.size(), 0.1));
  search.set_maxeval(options.evaluations);
  search.set_ftol_rel(options.tolerance);
  search.set_xtol_abs(options.tolerance);
  std::vector<double> logs(start.size(), 0.0);
  double least = 0;
  search.optimize(logs, least);
  return scaled(logs);
}

Residual residual_of(std::string rows_of, const std::vector<double>& ratios) {
  sim::check(!ratios.empty(), "a class of rows has a row");
  std::vector<double> errors;
  std::vector<double> sizes;
  for (const double ratio : ratios) {
    errors.push_back(ratio - 1);
    sizes.push_back(std::abs(ratio - 1));
  }
  return {std::move(rows_of), static_cast<int>(ratios.size()), quantile(sizes, 0.5), quantile(sizes, 0.9), quantile(errors, 0.5)};
}

double mean_log_error(const std::vector<double>& ratios) {
  double sum = 0;
  for (const double ratio : ratios) sum += std::abs(std::log(ratio));
  return sum / static_cast<double>(ratios.size());
}

}  // namespace orrery::workloads
