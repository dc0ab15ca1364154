// A slice of a batch through the whole network: gather the samples, draw the masks, forward, loss,
// and back.
#pragma once
#include "dropout.h"
#include "layer.h"

namespace calloff::CALLOFF_ISA {

static inline Index sample_of(const Slice& s, int n) {
  return s.index ? s.index[s.first + n] : s.first + n;
}

// Masks of shape (groups, batch, width), of which this slice needs its rows: rng.dropout_mask.
static inline void draw_masks(const Slice& s, Words at, int groups, int width, double rate,
                              float* linear, float* mask) {
  const Index block = static_cast<Index>(s.rows) * V;
  const int panels = (width + V - 1) / V;
  const auto threshold = static_cast<std::uint32_t>(std::ceil(rate * 16777216.0));
  const float scale = rate < 1 ? static_cast<float>(1.0 / (1.0 - rate)) : 0.0f;
  for (int g = 0; g < groups; ++g, mask += panels * block) {
    const float* row = dropout_run(s.key, at, (static_cast<Index>(g) * s.batch + s.first) * width,
                                   static_cast<Index>(s.rows) * width, threshold, scale, linear);
    for (int n = 0; n < s.rows; ++n, row += width)
      for (int q = 0; q < panels; ++q) store(mask + q * block + n * V, load_columns(row, q * V, width));
  }
}

static inline void draw_layer_masks(const Layer& y, const Slice& s, int number, float* linear) {
  const std::uint32_t layer = static_cast<std::uint32_t>(number);
  if (y.in_dropped())
    draw_masks(s, {{0, s.batch_number, layer, input_stream}}, y.l.in_groups, y.l.inputs, y.l.dropout,
               linear, y.w.x_mask);
  if (y.rec_dropped())
    draw_masks(s, {{0, s.batch_number, layer, recurrent_stream}}, 4, y.l.units,
               y.l.recurrent_dropout, linear, y.w.h_mask);
}

// Which steps count, in the order of processing.
static inline void note_alive(const Layer& y, const Slice& s) {
  for (int t = 0; t < y.steps(); ++t)
    for (int n = 0; n < s.rows; ++n) {
      const int now = y.l.backwards ? y.steps() - 1 - t : t;
      y.w.alive[static_cast<Index>(t) * s.rows + n] =
          s.data->mask[sample_of(s, n) * y.steps() + now] ? 1.0f : 0.0f;
    }
}

// The samples of the slice, behind the masks of each group. A masked step's inputs count as 0:
// whatever pads them, even NaN, is never looked at.
static inline void gather(const Layer& y, const Slice& s) {
  const int groups = y.in_dropped() ? y.l.in_groups : 1;
  for (int n = 0; n < s.rows; ++n) {
    const float* sample = s.data->x + sample_of(s, n) * y.steps() * y.l.inputs;
    for (int t = 0; t < y.steps(); ++t) {
      const Index row = static_cast<Index>(t) * s.rows + n;
      const float* from = sample + static_cast<Index>(y.l.backwards ? y.steps() - 1 - t : t) * y.l.inputs;
      const bool dead = y.masked && y.w.alive[row] == 0.0f;
      for (int q = 0; q < y.l.iq; ++q) {
        const vf x = dead ? vf{} : load_columns(from, q * V, y.l.inputs);
        for (int g = 0; g < groups; ++g) {
          const Index panel = g * y.l.iq + q;
          store(y.w.x + panel * y.sequence() + row * V,
                y.in_dropped() ? x * load(y.w.x_mask + panel * y.block() + n * V) : x);
        }
      }
    }
  }
}

// x of the layer, times the masks of each group; the steps of `from` lie in the order of the layer
// below.
static inline void drop_inputs(const Layer& y, In from, bool reverse) {
  const int groups = y.in_dropped() ? y.l.in_groups : 1;
  for (int g = 0; g < groups; ++g)
    for (int q = 0; q < y.l.iq; ++q)
      for (int t = 0; t < y.steps(); ++t) {
        const float* x = from.p + q * from.panel + (reverse ? y.steps() - 1 - t : t) * y.block();
        float* out = y.w.x + (g * y.l.iq + q) * y.sequence() + t * y.block();
        if (y.in_dropped()) multiply(out, x, y.w.x_mask + (g * y.l.iq + q) * y.block(), y.block());
        else
          for (Index k = 0; k < y.block(); k += V) store(out + k, load(x + k));
      }
}

// The inputs of layer `number` as its products read them.
static inline In inputs_of(const Layer& y, const Slice& s, const Work& work, int number) {
  if (number == 0) {
    gather(y, s);
    return {y.w.x, y.sequence()};
  }
  const In below{work.layers[number - 1].h + y.block(), y.states()};
  if (!y.in_dropped() && !y.l.backwards) return below;
  drop_inputs(y, below, y.l.backwards);
  return {y.w.x, y.sequence()};
}

// Where layer_gradients finds them again.
static inline In inputs_again(const Layer& y, const Work& work, int number) {
  if (number == 0 || y.in_dropped() || y.l.backwards) return {y.w.x, y.sequence()};
  return {work.layers[number - 1].h + y.block(), y.states()};
}

// The derivative by the outputs of the layer below: d_z W^T of all steps, behind the masks.
static inline void hand_down(const Layer& y, const float* turned, float* d_out) {
  const LayerShape& l = y.l;
  const int groups = y.in_dropped() ? l.in_groups : 1, np = group_panels(l, groups);
  const bool direct = !y.in_dropped() && !l.backwards;
  const In w{turned + l.wt, Index{4} * l.q * V * V};
  for (int g = 0; g < groups; ++g) {
    product({y.rows * y.steps(), l.iq, np * V}, {y.w.z + g * np * y.sequence(), y.sequence()},
            {w.p + static_cast<Index>(g) * np * V * V, w.panel},
            {direct ? d_out : y.w.scratch, y.sequence()}, from_zero());
    if (direct) return;
    for (int q = 0; q < l.iq; ++q)
      for (int t = 0; t < y.steps(); ++t) {
        float* out = d_out + q * y.sequence() + (l.backwards ? y.steps() - 1 - t : t) * y.block();
        const float* d = y.w.scratch + q * y.sequence() + t * y.block();
        const float* mask = y.w.x_mask + (g * l.iq + q) * y.block();
        for (Index k = 0; k < y.block(); k += V) {
          const vf now = y.in_dropped() ? load(d + k) * load(mask + k) : load(d + k);
          store(out + k, g == 0 ? now : load(out + k) + now);
        }
      }
  }
}

}  // namespace calloff::CALLOFF_ISA
