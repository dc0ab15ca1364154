// Penalties on the weights of V networks side by side, and their projections: what of weight_rules_kernels.h and
// orthogonal.h is not the same code in the layout of interleaved.h, with each sum in the order in which a network
// alone has it. There a gate's columns are one vector of `alone` lanes, and so are as many rows of the cosines.
#pragma once
#include "interleaved.h"
#include "orthogonal.h"
#include "weight_rules_kernels.h"

namespace calloff::CALLOFF_ISA {

// What sum_of_lanes gives for a vector of `alone` lanes, of which the first `count` are not 0. Overwrites s.
static inline vf sum_in_order(vf* s, int count, int alone) {
  for (int half = alone / 2; half > 0; half /= 2)
    for (int k = 0; k < half && k + half < count; ++k) s[k] += s[k + half];
  return s[0];
}

// Adds the sizes of a column's weights in some of the vectors [first, end) that a network alone has: row r of gate
// q is in number q * rows + r.
static inline void add_column(const WeightRule& rule, const Variable& v, int column, int first, int end, const float* w,
                              float* g, WeightSizes& sizes) {
  for (int next; first < end; first = next) {
    const int gate = first / v.rows, row = first % v.rows;
    next = std::min(end, (gate + 1) * v.rows);
    const Index from = ((static_cast<Index>(gate) * v.width + column) * v.rows + row) * V, count = next - first;
    sizes.add(rule, w + from, g ? g + from : nullptr, count * V);
  }
}

static inline void weight_penalties(const WeightRule& rule, const Variable& v, const float* w, float* g, int alone,
                                    double* penalties) {
  const int vectors = v.gates * v.rows;
  std::fill_n(penalties, V, 0.0);
  for (int first = 0; first < vectors; first += added_vectors) {
    vf sizes[V]{}, squares[V]{};
    for (int column = 0; column < v.width; ++column) {
      WeightSizes of_column;
      add_column(rule, v, column, first, std::min(vectors, first + added_vectors), w, g, of_column);
      sizes[column] = of_column.sizes, squares[column] = of_column.squares;
    }
    const vf size = sum_in_order(sizes, v.width, alone), square = sum_in_order(squares, v.width, alone);
    for (int lane = 0; lane < V; ++lane) add_penalty(rule, size[lane], square[lane], penalties[lane]);
  }
}

// n rows, or columns, of a matrix: element k of number r is at p + r * step + k * stride.
struct Lines { const float* p; int n, length; Index step, stride; };

// The struct of that name in orthogonal.h, for V networks.
struct InterleavedCosines {
  int n;
  float *products, *inverses, *sizes;  // (n, n), column by column; (n): s_r; (n): q_r

  Index stride() const { return static_cast<Index>(n) * V; }
  float* at(int r, int t) const { return products + t * stride() + static_cast<Index>(r) * V; }
  static std::size_t floats(int n) { return static_cast<std::size_t>(n) * (n + 2) * V; }
  InterleavedCosines(int lines, float* scratch)
      : n(lines), products(scratch), inverses(products + n * stride()), sizes(inverses + stride()) {}

  template <int MR, int NV, bool EvenOdd>
  void multiply_tile(const Lines& m, int r, int t) const {
    Accumulators<MR, NV> sums{}, odd{};
    const float *pr = m.p + r * m.step, *pt = m.p + t * m.step;
    for (int k = 0; k < m.length; k += EvenOdd ? 2 : 1, pr += m.stride, pt += m.stride) {
      sums.add_vectors(pr, m.step, pt, m.step);
      if constexpr (EvenOdd) {
        pr += m.stride, pt += m.stride;
        odd.add_vectors(pr, m.step, pt, m.step);
      }
    }
    for (int i = 0; i < MR; ++i)
      for (int j = 0; j < NV; ++j) {
        const vf c = EvenOdd ? sums.s[i][j] + odd.s[i][j] : sums.s[i][j];
        store(at(r + i, t + j), c), store(at(t + j, r + i), c);
      }
  }
  // The products of all pairs, each computed once but near the diagonal. With EvenOdd as interleaved_tile.
  template <bool EvenOdd>
  void multiply(const Lines& m) const {
    for_panels<max_nv / 2>(n, [&]<int NV>(int t) {
      for_rows(t + NV, [&]<int MR>(int r) { multiply_tile<MR, NV, EvenOdd>(m, r, t); });
    });
  }

  void invert_norms() const {
    for (int r = 0; r < n; ++r)
      store(inverses + r * V, 1.0f / vsqrt(vmax(broadcast(1e-14f), load(at(r, r)))));
  }

  vf sum_with_others(int t) const {
    vf sum{};
    for (int r = 0; r < n; ++r)
      if (r != t) sum += vabs(load(at(r, t))) * load(inverses + r * V);
    return sum * load(inverses + t * V);
  }

  // The sums of |cosine| of V networks. `block`: how many lines a network alone has in a vector.
  void sum_sizes(int block, int alone, double* totals) const {
    for (int first = 0; first < n; first += block) {
      const int count = std::min(block, n - first);
      vf of_lines[V]{};
      for (int k = 0; k < count; ++k) {
        of_lines[k] = sum_with_others(first + k);
        store(sizes + (first + k) * V, of_lines[k]);
      }
      const vf sum = sum_in_order(of_lines, count, alone);
      for (int lane = 0; lane < V; ++lane) totals[lane] += static_cast<double>(sum[lane]);
    }
  }

  void differentiate(float factor) const {
    for (int t = 0; t < n; ++t) {
      const vf s = load(inverses + t * V), scaled = s * factor;
      const vf along_itself = select(s < 1e7f, load(sizes + t * V) * s * s, vf{});
      for (int r = 0; r < n; ++r) {
        const vf c = load(at(r, t)), size = scaled * load(inverses + r * V);
        store(at(r, t), select(c != 0.0f, copy_sign(size, c), vf{}));
      }
      store(at(t, t), -factor * along_itself);
    }
  }
};

static std::size_t orthogonal_scratch_group(const Variable& v) {
  return InterleavedCosines::floats(std::max(v.rows, v.panels()));
}

static void orthogonal_penalties(const WeightRule& rule, const Variable& v, const float* w, float* g, float* scratch,
                                 int alone, double* penalties) {
  const Index stride = static_cast<Index>(v.rows) * V;
  const bool columns = rule.orthogonal_columns;
  const Lines lines = columns ? Lines{w, v.panels(), v.rows, stride, V} : Lines{w, v.rows, v.panels(), V, stride};
  const InterleavedCosines c(lines.n, scratch);
  if (!columns && (v.gates > 1 || v.width >= alone)) c.multiply<true>(lines);
  else c.multiply<false>(lines);
  c.invert_norms();
  double totals[V]{};
  c.sum_sizes(columns ? v.width : alone, alone, totals);
  const double factor = orthogonal_factor(rule, v);
  for (int lane = 0; lane < V; ++lane) penalties[lane] = factor * 0.5 * totals[lane];
  if (!g) return;
  c.differentiate(static_cast<float>(factor));
  const Panels sums{g, stride};
  const ConstPanels weights{w, stride}, slopes{c.products, c.stride()};
  const LanesAreNetworks lanes{alone};
  if (columns) lanes.product({v.rows, c.n, c.n}, weights, slopes, sums, from_sums(sums));
  else lanes.product({c.n, v.panels(), c.n}, slopes, weights, sums, from_sums(sums));
}

static void project_rows_group(const WeightRule& rule, const Variable& v, float* w, int alone) {
  const Index stride = static_cast<Index>(v.rows) * V;
  for (int r = 0; r < v.rows; ++r) {
    vf squares[V]{};
    for (int j = 0; j < v.panels(); ++j)
      squares[j % v.width] += load(w + j * stride + r * V) * load(w + j * stride + r * V);
    const vf factor = factor_of(rule, sum_in_order(squares, v.width, alone));
    for (int j = 0; j < v.panels(); ++j) store(w + j * stride + r * V, load(w + j * stride + r * V) * factor);
  }
}

static void project_group(const WeightRule& rule, const Variable& v, float* w, int alone) {
  if (rule.projection == ProjectionKind::norm && rule.norm_of_rows) return project_rows_group(rule, v, w, alone);
  project(rule, v, w);  // of each column apart
}

}  // namespace calloff::CALLOFF_ISA
