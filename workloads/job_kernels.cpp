#include "workloads/job_kernels.h"

#include "workloads/labels.h"

namespace orrery::workloads {

void JobKernels::kernel(Operations& to, sim::KernelKind kind, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) const {
  to.push_back({number(Label::compute), sim::Compute{{kind, job_.precision, {a, b, c, d}}}});
}

void JobKernels::product(Operations& to, std::int64_t rows, std::int64_t columns, std::int64_t inner, std::int64_t batch) const {
  to.push_back({number(Label::compute), sim::Compute{{sim::KernelKind::gemm, job_.product_type(), {rows, columns, inner, batch}}}});
}

void JobKernels::product_backward(Operations& to, std::int64_t rows, std::int64_t inputs, std::int64_t outputs, std::int64_t batch) const {
  product(to, rows, inputs, outputs, batch);
  if (backward_part_ == BackwardPart::whole) product(to, outputs, inputs, rows, batch);
}

}  // namespace orrery::workloads
