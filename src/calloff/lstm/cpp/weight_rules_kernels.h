// Penalties on weights and projections of weights, on the panels that weights lie in: regularizers.py
// and constraints.py. Padding is zero, has no penalty and stays zero.
#pragma once
#include <algorithm>
#include "product.h"

namespace calloff::CALLOFF_ISA {

static double penalty(float l1, float l2, const float* w, float* g, std::size_t n) {
  double total = 0;
  constexpr std::size_t block = 64 * V;  // so many are added up in float
  for (std::size_t from = 0; from < n; from += block) {
    vf sizes{}, squares{};
    const std::size_t end = std::min(n, from + block);
    for (std::size_t k = from; k < end; k += V) {
      const vf x = load(w + k);
      sizes += vabs(x), squares += x * x;
      const vf slope = select(x != 0.0f, copy_sign(broadcast(l1), x), vf{});
      if (g) store(g + k, load(g + k) + (slope + 2.0f * l2 * x));
    }
    total += static_cast<double>(l1) * static_cast<double>(sum_of_lanes(sizes)) +
             static_cast<double>(l2) * static_cast<double>(sum_of_lanes(squares));
  }
  return total;
}

// A matrix whose rows are compared with each other: n rows in p panels, and what is made of it.
struct Cosines {
  int n, p;
  float *unit, *unit_transposed, *products, *d_unit, *norms;

  Index row_panel() const { return static_cast<Index>(n) * V; }
  int product_panels() const { return (n + V - 1) / V; }
  static std::size_t floats(int n, int p) {
    const std::size_t rows = static_cast<std::size_t>(n + V);
    return rows * V * (3 * static_cast<std::size_t>(p) + rows / V + 1) + rows * V;
  }
  Cosines(int rows, int panels, float* scratch) : n(rows), p(panels) {
    const std::size_t whole = static_cast<std::size_t>(product_panels()) * V;  // rows, padded
    unit = scratch, d_unit = unit + p * row_panel();
    unit_transposed = d_unit + p * row_panel();
    products = unit_transposed + whole * static_cast<std::size_t>(p) * V;
    norms = products + product_panels() * row_panel();
  }

  // Each row divided by its norm. Below 1e-7 a norm counts as that, as in Keras.
  void normalize(const float* m) {
    for (int r = 0; r < n; ++r) {
      vf square{};
      for (int j = 0; j < p; ++j) square += load(m + j * row_panel() + r * V) * load(m + j * row_panel() + r * V);
      const float sum = sum_of_lanes(square);
      norms[r] = sum > 1e-14f ? std::sqrt(sum) : 1e-7f;
      const vf factor = broadcast(1.0f / norms[r]);
      for (int j = 0; j < p; ++j) store(unit + j * row_panel() + r * V, load(m + j * row_panel() + r * V) * factor);
    }
  }

  // The sum of |cosine| over all pairs of different rows; products become the signs.
  double sum_and_signs() {
    transpose_panels({unit, n, p}, unit_transposed);
    product({n, product_panels(), p * V}, {unit, row_panel()},
            {unit_transposed, static_cast<Index>(p) * V * V}, {products, row_panel()}, from_zero());
    for (int r = 0; r < n; ++r) products[(r / V) * row_panel() + r * V + r % V] = 0.0f;
    double total = 0;
    for (int panel = 0; panel < product_panels(); ++panel) {
      for (int r = 0; r < n; ++r) {
        float* at = products + panel * row_panel() + r * V;
        const vf cosines = load(at);
        total += static_cast<double>(sum_of_lanes(vabs(cosines)));
        store(at, select(cosines != 0.0f, copy_sign(broadcast(1.0f), cosines), vf{}));
      }
    }
    return total;
  }

  // The derivative by the rows, into d_unit: `factor` times that of half the sum.
  void differentiate(float factor) {
    product({n, p, n}, {products, row_panel()}, {unit, row_panel()}, {d_unit, row_panel()}, from_zero());
    for (int r = 0; r < n; ++r) {
      vf along{};
      for (int j = 0; j < p; ++j) along += load(d_unit + j * row_panel() + r * V) * load(unit + j * row_panel() + r * V);
      const vf radial = broadcast(norms[r] > 1e-7f ? sum_of_lanes(along) : 0.0f), scale = broadcast(factor / norms[r]);
      for (int j = 0; j < p; ++j) {
        float* at = d_unit + j * row_panel() + r * V;
        store(at, scale * (load(at) - load(unit + j * row_panel() + r * V) * radial));
      }
    }
  }
};

static std::size_t orthogonal_scratch(const Variable& v) {
  const int padded_rows = (v.rows + V - 1) / V;  // panels of the transpose
  const std::size_t columns = Cosines::floats(v.panels() * V, padded_rows) +
                              2 * static_cast<std::size_t>(v.panels()) * V * static_cast<std::size_t>(padded_rows) * V;
  return std::max(Cosines::floats(v.rows, v.panels()), columns);
}

static void add(float* to, const float* x, Index n) {
  for (Index k = 0; k < n; k += V) store(to + k, load(to + k) + load(x + k));
}

// Between the columns: those of the transpose, all of them rows, padding too, whose products are 0.
static double penalty_of_columns(double factor, const Variable& v, const float* w, float* g, float* scratch) {
  const int n = v.panels() * V, p = (v.rows + V - 1) / V;
  float* matrix = scratch;
  float* back = matrix + static_cast<Index>(n) * p * V;
  transpose_panels({w, v.rows, v.panels()}, matrix);
  Cosines cosines(n, p, back + static_cast<Index>(n) * p * V);
  cosines.normalize(matrix);
  const double total = cosines.sum_and_signs();
  if (!g) return factor * 0.5 * total;
  cosines.differentiate(static_cast<float>(factor));
  transpose_panels({cosines.d_unit, n, p}, back);  // p * V rows, of which v.rows are the matrix's
  for (int j = 0; j < v.panels(); ++j)
    add(g + static_cast<Index>(j) * v.rows * V, back + static_cast<Index>(j) * p * V * V, static_cast<Index>(v.rows) * V);
  return factor * 0.5 * total;
}

static double penalty_of_rows(double factor, const Variable& v, const float* w, float* g, float* scratch) {
  Cosines cosines(v.rows, v.panels(), scratch);
  cosines.normalize(w);
  const double total = cosines.sum_and_signs();
  if (!g) return factor * 0.5 * total;
  cosines.differentiate(static_cast<float>(factor));
  add(g, cosines.d_unit, v.panels() * cosines.row_panel());
  return factor * 0.5 * total;
}

static double orthogonal_penalty(const WeightRule& rule, const Variable& v, const float* w, float* g, float* scratch) {
  const double count = rule.orthogonal_columns ? v.gates * v.width : v.rows;
  const double factor = rule.orthogonal / std::max(count * (count - 1) / 2, 1.0);
  return (rule.orthogonal_columns ? penalty_of_columns : penalty_of_rows)(factor, v, w, g, scratch);
}

// What a norm is multiplied by: towards min .. max, and by Keras's epsilon too little.
static inline vf factor_of(const WeightRule& rule, vf square) {
  const vf norm = vsqrt(square), rate = broadcast(static_cast<float>(rule.rate));
  const vf inside = vmax(broadcast(static_cast<float>(rule.min_norm)),
                         vmin(broadcast(static_cast<float>(rule.max_norm)), norm));
  return (rate * inside + (1.0f - rate) * norm) / (1e-7f + norm);
}

static void project_columns(const WeightRule& rule, const Variable& v, float* w) {
  for (int j = 0; j < v.panels(); ++j) {
    float* panel = w + static_cast<Index>(j) * v.rows * V;
    vf square{};
    for (int r = 0; r < v.rows; ++r) square += load(panel + r * V) * load(panel + r * V);
    const vf factor = factor_of(rule, square);
    for (int r = 0; r < v.rows; ++r) store(panel + r * V, load(panel + r * V) * factor);
  }
}

static void project_rows(const WeightRule& rule, const Variable& v, float* w) {
  const Index stride = static_cast<Index>(v.rows) * V;
  for (int r = 0; r < v.rows; ++r) {
    vf square{};
    for (int j = 0; j < v.panels(); ++j) square += load(w + j * stride + r * V) * load(w + j * stride + r * V);
    const vf factor = factor_of(rule, broadcast(sum_of_lanes(square)));
    for (int j = 0; j < v.panels(); ++j) store(w + j * stride + r * V, load(w + j * stride + r * V) * factor);
  }
}

static void project(const WeightRule& rule, const Variable& v, float* w) {
  if (rule.projection == ProjectionKind::norm) return (rule.norm_of_rows ? project_rows : project_columns)(rule, v, w);
  const Index count = static_cast<Index>(v.panels()) * v.rows * V;
  for (Index k = 0; k < count; k += V) store(w + k, vmax(vf{}, load(w + k)));
}

}  // namespace calloff::CALLOFF_ISA
