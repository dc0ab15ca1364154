// Products of matrices in panels (network.h): C = A B and C = A^T B, by tiles of MR x NV vectors whose
// sums stay in registers. Each sum runs over k in order; where one panel is left over, over even and odd k
// apart. So how a result is rounded depends on the shape alone, not on which rows are computed together.
#pragma once
#include "network.h"
#include "simd.h"

namespace calloff::CALLOFF_ISA {

struct ConstPanels { const float* p; Index stride; };  // stride: floats from one panel to the next
struct Panels { float* p; Index stride; };

// What the sums start from: the vector at p + stride * j + row * i. One way for all three cases below
// spares the short products a branch.
struct Initial { const float* p; Index stride, row; };

alignas(64) static const float zeros[V] = {};
static inline Initial from_zero() { return {zeros, 0, 0}; }
static inline Initial from_bias(const float* b) { return {b, V, 0}; }  // one row for all rows
static inline Initial from_sums(Panels c) { return {c.p, c.stride, V}; }  // those of C itself: C += A B

struct ProductShape { int m, panels, k; };  // rows of C, panels of C, length of the sums

template <int MR, int NV>
struct Accumulators {
  vf s[MR][NV];

  void start(const Initial& from) {
    for (int j = 0; j < NV; ++j)
      for (int i = 0; i < MR; ++i) s[i][j] = load(from.p + j * from.stride + i * from.row);
  }
  void finish(const Panels& c) const {
// Else GCC holds the sums in memory too: it chooses before it unrolls loops by itself.
#pragma GCC unroll 8
    for (int j = 0; j < NV; ++j)
#pragma GCC unroll 8
      for (int i = 0; i < MR; ++i) store(c.p + j * c.stride + i * V, s[i][j]);
  }
  void finish_even_odd(ConstPanels a, ConstPanels b, const Panels& c, int k) {
    Accumulators<MR, NV> odd{};
    const float* pa = a.p;
    const float* pb = b.p;
    int left = k;
    for (; left >= V; left -= V, pa += a.stride, pb += V * V)
#pragma GCC unroll 16
      for (int kk = 0; kk < V; kk += 2) {
        add(pa + kk, V, pb + kk * V, b.stride);
        odd.add(pa + kk + 1, V, pb + kk * V + V, b.stride);
      }
    for (int kk = 0; kk < left; ++kk) add(pa + kk, V, pb + kk * V, b.stride);
    for (int i = 0; i < MR; ++i) s[i][0] += odd.s[i][0];
    finish(c);
  }
  // row k of B times MR elements of A, a_stride floats apart
  CALLOFF_INLINE void add(const float* a, Index a_stride, const float* b, Index b_stride) {
    vf row[NV];
    for (int j = 0; j < NV; ++j) row[j] = load(b + j * b_stride);
    for (int i = 0; i < MR; ++i) {
      const vf x = broadcast(a[i * a_stride]);
      for (int j = 0; j < NV; ++j) s[i][j] += x * row[j];
    }
  }
  // the same where A has vectors, a_stride floats apart: of several networks (interleaved.h)
  CALLOFF_INLINE void add_vectors(const float* a, Index a_stride, const float* b, Index b_stride) {
    vf row[NV];
    for (int j = 0; j < NV; ++j) row[j] = load(b + j * b_stride);
    for (int i = 0; i < MR; ++i) {
      const vf x = load(a + i * a_stride);
      for (int j = 0; j < NV; ++j) s[i][j] += x * row[j];
    }
  }
};

template <int MR, int NV>
static CALLOFF_INLINE void tile(ConstPanels a, ConstPanels b, Panels c, int k, Initial from) {
  Accumulators<MR, NV> sums;
  sums.start(from);
  if constexpr (NV == 1) {  // few sums wait for their own last addition: interleave odd and even k
    if (k >= V) return sums.finish_even_odd(a, b, c, k);
  }
  const float* pa = a.p;
  const float* pb = b.p;
  int left = k;
  for (; left >= V; left -= V, pa += a.stride, pb += V * V)
#pragma GCC unroll 16
    for (int kk = 0; kk < V; ++kk) sums.add(pa + kk, V, pb + kk * V, b.stride);
  for (int kk = 0; kk < left; ++kk) sums.add(pa + kk, V, pb + kk * V, b.stride);
  sums.finish(c);
}

template <int MR, int NV>
static CALLOFF_INLINE void transposed_tile(ConstPanels a, ConstPanels b, Panels c, int k) {
  Accumulators<MR, NV> sums;
  sums.start(from_zero());
  for (int r = 0; r < k; ++r) {
    __builtin_prefetch(a.p + a.stride + r * V);  // the next panel of A, which is long out of the caches in large layers
    sums.add(a.p + r * V, 1, b.p + r * V, b.stride);
  }
  sums.finish(c);
}

template <int NV>
static CALLOFF_INLINE void tile_of_rows(int mr, ConstPanels a, ConstPanels b, Panels c, int k, Initial from) {
  switch (mr) {
    case 6: return tile<6, NV>(a, b, c, k, from);
    case 5: return tile<5, NV>(a, b, c, k, from);
    case 4: return tile<4, NV>(a, b, c, k, from);
    case 3: return tile<3, NV>(a, b, c, k, from);
    case 2: return tile<2, NV>(a, b, c, k, from);
    default: return tile<1, NV>(a, b, c, k, from);
  }
}

template <int NV>
static CALLOFF_INLINE void row_tiles(int m, ConstPanels a, ConstPanels b, Panels c, int k, Initial from) {
  int blocks = (m + max_mr - 1) / max_mr;
  for (int i = 0; i < m; --blocks) {  // even shares: 32 rows go as 6 6 5 5 5 5, not 6 6 6 6 6 2
    const int mr = (m - i + blocks - 1) / blocks;
    tile_of_rows<NV>(mr, {a.p + i * V, a.stride}, b, {c.p + i * V, c.stride}, k,
                     {from.p + i * from.row, from.stride, from.row});
    i += mr;
  }
}

// Calls f.operator()<NV>(first panel) for all panels, as many at a time as registers allow.
template <int most = max_nv, class F>
static inline void for_panels(int np, F f) {
  int j = 0;
  for (; j + most <= np; j += most) f.template operator()<most>(j);
  if constexpr (most > 2)
    for (; j + 2 <= np; j += 2) f.template operator()<2>(j);
  if constexpr (most > 1)
    for (; j < np; ++j) f.template operator()<1>(j);
}

// C (m, np panels) = start + A (m, k) B (k, np panels)
static CALLOFF_NOINLINE void product(ProductShape s, ConstPanels a, ConstPanels b, Panels c, Initial from) {
  for_panels(s.panels, [&]<int NV>(int j) {
    row_tiles<NV>(s.m, a, {b.p + j * b.stride, b.stride}, {c.p + j * c.stride, c.stride}, s.k,
                  {from.p + j * from.stride, from.stride, from.row});
  });
}

template <int NV>
static CALLOFF_INLINE void transposed_rows(int m, ConstPanels a, ConstPanels b, Panels c, int k) {
  for (int i = 0; i < m;) {  // 4 rows of C are 4 columns of A, side by side in one panel
    const ConstPanels from{a.p + (i / V) * a.stride + i % V, a.stride};
    const Panels to{c.p + i * V, c.stride};
    if (m - i >= 4) transposed_tile<4, NV>(from, b, to, k), i += 4;
    else if (m - i >= 2) transposed_tile<2, NV>(from, b, to, k), i += 2;
    else transposed_tile<1, NV>(from, b, to, k), i += 1;
  }
}

// C (m, np panels) = A^T B, A (k, m), B (k, np panels)
static CALLOFF_NOINLINE void transposed_product(ProductShape s, ConstPanels a, ConstPanels b, Panels c) {
  for_panels(s.panels, [&]<int NV>(int j) {
    transposed_rows<NV>(s.m, a, {b.p + j * b.stride, b.stride}, {c.p + j * c.stride, c.stride}, s.k);
  });
}

// B (k, np panels) of a product, the transpose of a weight matrix: from its row first_k and its panel first_panel on.
struct TransposedWeights { const float* p; const Variable& v; int first_panel = 0, first_k = 0; };

// What layer.h asks for its products: the lanes of a vector are columns of one network here, and networks in
// interleaved.h.
struct LanesAreColumns {
  static constexpr int columns = V;  // of one network in a panel
  // `b.p`: the transposed kernels.
  void transposed_weights_product(ProductShape s, ConstPanels a, TransposedWeights b, Panels c, Initial from) const {
    const Index stride = static_cast<Index>(b.v.panels()) * V * V;
    product(s, a, {b.p + b.v.transposed + b.first_panel * stride + static_cast<Index>(b.first_k) * V, stride}, c, from);
  }
  void product(ProductShape s, ConstPanels a, ConstPanels b, Panels c, Initial from) const {
    CALLOFF_ISA::product(s, a, b, c, from);
  }
  void transposed_product(ProductShape s, ConstPanels a, ConstPanels b, Panels c) const {
    CALLOFF_ISA::transposed_product(s, a, b, c);
  }
};

struct PanelMatrix { const float* p; int rows, panels; };

// The transpose: panels * V rows in (rows + V - 1) / V panels, zero beyond `rows`; part of it by the
// panels [first, end) of a.
static inline void transpose_panels(PanelMatrix a, float* out, int first, int end) {
  const int whole = a.rows / V;
  for (int j = first; j < end; ++j) {
    const float* from = a.p + static_cast<Index>(j) * a.rows * V;
    for (int r = 0; r < whole; ++r)
      transpose_block(from + r * V * V, out + (static_cast<Index>(r) * a.panels + j) * V * V);
    if (whole * V == a.rows) continue;
    alignas(4 * V) float block[V * V];
    for (int k = 0; k < V; ++k) store(block + k * V, whole * V + k < a.rows ? load(from + (whole * V + k) * V) : vf{});
    transpose_block(block, out + (static_cast<Index>(whole) * a.panels + j) * V * V);
  }
}

// The sum of k rows of each panel, of several panels at once: each addition waits for the one before.
static inline void column_sums(int np, int k, ConstPanels b, float* out) {
  for_panels<4>(np, [&]<int NV>(int j) {
    vf s[NV]{};
    for (int r = 0; r < k; ++r)
      for (int i = 0; i < NV; ++i) s[i] += load(b.p + (j + i) * b.stride + r * V);
    for (int i = 0; i < NV; ++i) store(out + (j + i) * V, s[i]);
  });
}

}  // namespace calloff::CALLOFF_ISA
