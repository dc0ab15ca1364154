// Sums of a matrix's n rows with signs, for n choices of signs: of every four rows their sixteen sums are made
// once, and each choice takes one of them ("four Russians", Arlazarov et al. 1970). That is a quarter of the
// additions of a product with a matrix of signs.
#pragma once
#include <algorithm>
#include <cstdint>
#include "product.h"

namespace calloff::CALLOFF_ISA {

constexpr int table_groups = 16, table_floats = table_groups * 16 * V;  // groups of four rows: 4 to 16 KB

static inline std::size_t signed_sums_floats(int n) {
  const std::size_t padded = static_cast<std::size_t>((n + V - 1) / V * V);
  return table_floats + 2 * padded + (static_cast<std::size_t>(n) * padded / 4 + 3) / 4;
}

struct SignedSums {
  int n, groups;
  float *table, *factors, *own;  // of a part of the groups; (n), what sum r counts; (n), row r besides
  std::uint8_t* signs;           // (n, groups): bit k of group q is 1 where sum r has row 4 q + k with a minus

  SignedSums(int rows, float* scratch) : n(rows), groups((rows + V - 1) / V * V / 4), table(scratch) {
    factors = table + table_floats;
    own = factors + 4 * groups;
    signs = reinterpret_cast<std::uint8_t*>(own + 4 * groups);
  }

  void keep_signs(int r, int panel, vf values) const {
    const unsigned bits = sign_bits(values);
    std::uint8_t* to = signs + static_cast<Index>(r) * groups + panel * V / 4;
    for (int k = 0; k < V / 4; ++k) to[k] = static_cast<std::uint8_t>(bits >> 4 * k & 15);
  }

  // The sixteen sums of four rows of a panel, each times its scale; rows from n on are zero.
  void fill_table(const float* panel, const float* scales, int q, float* sums) const {
    vf m[4], low[4], high[4];
    for (int k = 0; k < 4; ++k)
      m[k] = 4 * q + k < n ? load(panel + (Index{4} * q + k) * V) * broadcast(scales[4 * q + k]) : vf{};
    low[0] = m[0] + m[1], low[1] = m[1] - m[0], low[2] = -low[1], low[3] = -low[0];
    high[0] = m[2] + m[3], high[1] = m[3] - m[2], high[2] = -high[1], high[3] = -high[0];
    for (int k = 0; k < 16; ++k) store(sums + k * V, low[k & 3] + high[k >> 2]);
  }

  // The part of `count` groups from q on, for the sums r to r + R - 1.
  template <int R>
  void take(int r, int q, int count, float* to) const {
    const std::uint8_t* chosen = signs + static_cast<Index>(r) * groups + q;
    vf sum[R]{};
    for (int k = 0; k < count; ++k)
      for (int i = 0; i < R; ++i) sum[i] += load(table + (k * 16 + chosen[i * groups + k]) * V);
    for (int i = 0; i < R; ++i, to += V) store(to, load(to) + sum[i] * broadcast(factors[r + i]));
  }

  // to_r += factors_r (sum over t of +-scales_t rows_t) + own_r rows_r
  void add(int panels, ConstPanels rows, const float* scales, Panels to) const {
    for (int panel = 0; panel < panels; ++panel, rows.p += rows.stride, to.p += to.stride) {
      for (int r = 0; r < n; ++r)
        store(to.p + r * V, load(to.p + r * V) + load(rows.p + r * V) * broadcast(own[r]));
      for (int q = 0; q < (n + 3) / 4; q += table_groups) {
        const int count = std::min(table_groups, (n + 3) / 4 - q);
        for (int k = 0; k < count; ++k) fill_table(rows.p, scales, q + k, table + k * 16 * V);
        int r = 0;
        for (; r + 4 <= n; r += 4) take<4>(r, q, count, to.p + r * V);
        for (; r < n; ++r) take<1>(r, q, count, to.p + r * V);
      }
    }
  }
};

}  // namespace calloff::CALLOFF_ISA
