// V networks of one plan at once, each in a lane of its own: what of a pass over a slice is not the same code as
// for one network (layer.h, head.h). A panel is one column of V networks, so small networks leave no lane empty,
// and nothing waits for the sums within a vector.
//
// Every sum runs in the order in which a network alone has it, so that the result is the same to the bit whether a
// network is trained alone or beside others, whichever these are.
#pragma once
#include "head.h"

namespace calloff::CALLOFF_ISA {

// Element k of panel j at p + k * row + j * stride.
struct Factor { const float* p; Index row, stride; };

// With EvenOdd as Accumulators::finish_even_odd; k is even then.
template <int MR, int NV, bool EvenOdd>
static inline void interleaved_tile(ConstPanels a, Factor b, Panels c, int k, Initial from) {
  Accumulators<MR, NV> sums;
  sums.start(from);
  const float* pa = a.p;
  const float* pb = b.p;
  if constexpr (EvenOdd) {
    Accumulators<MR, NV> odd{};
    for (int kk = 0; kk < k; kk += 2, pa += 2 * a.stride, pb += 2 * b.row) {
      sums.add_vectors(pa, V, pb, b.stride);
      odd.add_vectors(pa + a.stride, V, pb + b.row, b.stride);
    }
    for (int i = 0; i < MR; ++i)
      for (int j = 0; j < NV; ++j) sums.s[i][j] += odd.s[i][j];
  } else {
    for (int kk = 0; kk < k; ++kk, pa += a.stride, pb += b.row) sums.add_vectors(pa, V, pb, b.stride);
  }
  sums.finish(c);
}

template <int MR, int NV>
static inline void interleaved_transposed_tile(ConstPanels a, ConstPanels b, Panels c, int k) {
  Accumulators<MR, NV> sums;
  sums.start(from_zero());
  for (int r = 0; r < k; ++r) sums.add_vectors(a.p + r * V, a.stride, b.p + r * V, b.stride);
  sums.finish(c);
}

// Calls tile.operator()<MR>(first row) for all rows.
template <class Tile>
static inline void for_rows(int m, Tile tile) {
  int i = 0;
  for (; i + 4 <= m; i += 4) tile.template operator()<4>(i);
  if (i + 2 <= m) tile.template operator()<2>(i), i += 2;
  if (i < m) tile.template operator()<1>(i);
}

// The lanes of a vector are networks. `alone`: how many columns of a network a vector holds where it is alone,
// which decides on the order of its sums (product.h): by even and odd k where one panel is all there is.
struct LanesAreNetworks {
  static constexpr int columns = 1;
  int alone;

  template <bool EvenOdd>
  static void product_in_order(ProductShape s, ConstPanels a, Factor b, Panels c, Initial from) {
    for_panels<EvenOdd ? max_nv / 2 : max_nv>(s.panels, [&]<int NV>(int j) {
      for_rows(s.m, [&]<int MR>(int i) {
        interleaved_tile<MR, NV, EvenOdd>({a.p + i * V, a.stride}, {b.p + j * b.stride, b.row, b.stride},
                                          {c.p + j * c.stride + i * V, c.stride}, s.k,
                                          {from.p + j * from.stride + i * from.row, from.stride, from.row});
      });
    });
  }
  void product(ProductShape s, ConstPanels a, ConstPanels b, Panels c, Initial from) const {
    multiply(s, a, {b.p, V, b.stride}, c, from);
  }
  // `b.p`: the weights, of which each column is a vector: nothing is to be transposed.
  void transposed_weights_product(ProductShape s, ConstPanels a, TransposedWeights b, Panels c, Initial from) const {
    const Index row = static_cast<Index>(b.v.rows) * V;
    multiply(s, a, {b.p + b.v.offset + b.first_k * row + b.first_panel * V, row, V}, c, from);
  }
  CALLOFF_NOINLINE void multiply(ProductShape s, ConstPanels a, Factor b, Panels c, Initial from) const {
    if (s.panels <= alone && s.k >= alone) return product_in_order<true>(s, a, b, c, from);
    product_in_order<false>(s, a, b, c, from);
  }
  CALLOFF_NOINLINE void transposed_product(ProductShape s, ConstPanels a, ConstPanels b, Panels c) const {
    for_panels(s.panels, [&]<int NV>(int j) {
      for_rows(s.m, [&]<int MR>(int i) {
        interleaved_transposed_tile<MR, NV>({a.p + i * a.stride, a.stride}, {b.p + j * b.stride, b.stride},
                                            {c.p + j * c.stride + i * V, c.stride}, s.k);
      });
    });
  }
};

// A slice of V networks: the same rows of a batch of each.
struct GroupSlice : Slice {  // what is the same for all, and as it is in the first
  const Slice* each;         // of V
  double* losses;            // of V, added to
};

static inline void draw_dropout_masks(const Layer<LanesAreNetworks>& layer, const GroupSlice& s, int number, float*) {
  if (!layer.drops_inputs()) return;
  const double rate = layer.shape.dropout;
  const auto threshold = static_cast<std::uint32_t>(std::ceil(rate * 16777216.0));
  const float scale = rate < 1 ? static_cast<float>(1.0 / (1.0 - rate)) : 0.0f;
  vu k0, k1;
  for (int lane = 0; lane < V; ++lane) k0[lane] = s.each[lane].key.k0, k1[lane] = s.each[lane].key.k1;
  const int width = layer.shape.inputs, count = s.rows * width;
  for (int first = 0; first < count; first += 4) {
    vu w[4];
    philox_lanes(k0, k1, vu{} + (static_cast<std::uint32_t>(first) >> 2),
                 {{0, s.batch_number, static_cast<std::uint32_t>(number), input_stream}}, w);
    for (int e = first; e < std::min(first + 4, count); ++e)
      store(layer.work.input_dropout_mask + e % width * layer.step_panel() + e / width * V,
            select(reinterpret_cast<vi>(w[e - first] >> 8 >= threshold), broadcast(scale), vf{}));
  }
}

// Some V of the numbers of a sample, of which there are `count`, to where the products read them as row n.
static inline void store_inputs(const Layer<LanesAreNetworks>& layer, int n, int first, int count, const float* numbers) {
  const int inputs = layer.shape.changing_inputs();
  for (int k = first; k < std::min(count, first + V); ++k, numbers += V) {
    const int time = k / inputs, f = k % inputs;
    vf x = load(numbers);
    if (layer.drops_inputs()) x *= load(layer.work.input_dropout_mask + f * layer.step_panel() + n * V);
    store(layer.work.x + f * layer.sequence_panel() + layer.time_of(time) * layer.step_panel() + n * V, x);
  }
}

// Calls use(first, numbers) for every V of the `count` numbers that each network has at `array` for row n. By blocks:
// vectors put together number by number in memory are slow to load.
template <class Use>
static inline void for_numbers(const GroupSlice& s, const float* Data::*array, int n, int count, Use use) {
  alignas(4 * V) float of_lanes[V * V], numbers[V * V];
  for (int first = 0; first < count; first += V) {
    for (int lane = 0; lane < V; ++lane) {
      const float* sample = s.each[lane].data->*array + sample_of(s.each[lane], n) * count;
      store(of_lanes + lane * V, load_columns(sample, first, count));
    }
    transpose_block(of_lanes, numbers);
    use(first, numbers);
  }
}

static inline void gather_samples(const Layer<LanesAreNetworks>& layer, const GroupSlice& s) {
  const int same = layer.shape.static_inputs, count = layer.steps * layer.shape.changing_inputs();
  for (int n = 0; n < s.rows; ++n) {
    for_numbers(s, &Data::x, n, count,
                [&](int first, const float* numbers) { store_inputs(layer, n, first, count, numbers); });
    for_numbers(s, &Data::static_x, n, same, [&](int first, const float* numbers) {
      for (int k = first; k < std::min(same, first + V); ++k, numbers += V)
        store(layer.work.static_x + k * layer.step_panel() + n * V, load(numbers));
    });
  }
}

// Number `at` of an array of each network, or 1 where there is none.
static inline vf gather_lanes(const float* const* arrays, const Index* at) {
  vf x;
  for (int lane = 0; lane < V; ++lane) x[lane] = arrays[lane] ? arrays[lane][at[lane]] : 1.0f;
  return x;
}

static inline void head_loss(const Network& net, Workspace& work, const GroupSlice& s) {
  const int outputs = net.head.outputs;
  const float share = 1.0f / (static_cast<float>(s.batch_rows) * static_cast<float>(outputs));
  const float *targets[V], *weights[V];
  for (int lane = 0; lane < V; ++lane)
    targets[lane] = s.each[lane].data->y, weights[lane] = s.each[lane].data->sample_weight;
  for (int n = 0; n < s.rows; ++n) {
    Index at[V];
    for (int lane = 0; lane < V; ++lane) at[lane] = sample_of(s.each[lane], n);
    const vf weight = gather_lanes(weights, at);
    for (int lane = 0; lane < V; ++lane) at[lane] *= outputs;
    double sums[V]{};
    for (int o = 0; o < outputs; ++o) {
      const Index row = (static_cast<Index>(o) * s.rows + n) * V;
      const vf quantile = broadcast(net.loss.kind == LossKind::pinball ? net.loss.quantiles[o] : 0.0f);
      const LossPoints points = losses_at(net.loss, quantile, gather_lanes(targets, at), load(work.predictions + row));
      store(work.d_predictions + row, points.derivative * weight * share);
      for (int lane = 0; lane < V; ++lane) sums[lane] += static_cast<double>(points.value[lane]), ++at[lane];
    }
    for (int lane = 0; lane < V; ++lane) s.losses[lane] += sums[lane] / outputs * static_cast<double>(weight[lane]);
  }
}

}  // namespace calloff::CALLOFF_ISA
