// A slice of a batch on its way through the network: samples gathered, dropout masks drawn, inputs of
// each layer prepared, and derivatives passed from layer to layer.
#pragma once
#include "dropout.h"
#include "layer.h"

namespace calloff::CALLOFF_ISA {

static inline Index sample_of(const Slice& s, int n) {
  return s.samples ? s.samples[s.first + n] : s.first + n;
}

// Masks of shape (groups, batch, width), of which this slice needs its rows: rng.dropout_mask.
static inline void draw_masks(const Slice& s, Words counter, int groups, int width, double rate,
                              float* dropout_rows, float* mask) {
  const Index step = static_cast<Index>(s.rows) * V;
  const int panels = (width + V - 1) / V;
  const auto threshold = static_cast<std::uint32_t>(std::ceil(rate * 16777216.0));
  const float scale = rate < 1 ? static_cast<float>(1.0 / (1.0 - rate)) : 0.0f;
  for (int g = 0; g < groups; ++g, mask += panels * step) {
    const float* row = dropout_elements(
        s.key, counter, (static_cast<Index>(g) * s.batch_rows + s.first) * width,
        static_cast<Index>(s.rows) * width, threshold, scale, dropout_rows);
    for (int n = 0; n < s.rows; ++n, row += width)
      for (int panel = 0; panel < panels; ++panel)
        store(mask + panel * step + n * V, load_columns(row, panel * V, width));
  }
}

static inline void draw_dropout_masks(const Layer<LanesAreColumns>& layer, const Slice& s, int number, float* dropout_rows) {
  const std::uint32_t index = static_cast<std::uint32_t>(number);
  const LayerShape& shape = layer.shape;
  if (layer.drops_inputs())
    draw_masks(s, {{0, s.batch_number, index, input_stream}}, shape.input_groups, shape.inputs,
               shape.dropout, dropout_rows, layer.work.input_dropout_mask);
  if (layer.drops_recurrent())
    draw_masks(s, {{0, s.batch_number, index, recurrent_stream}}, 4, shape.units,
               shape.recurrent_dropout, dropout_rows, layer.work.recurrent_dropout_mask);
}

// Which steps count, in the order of processing.
template <class Lanes>
static inline void fill_step_mask(const Layer<Lanes>& layer, const Slice& s) {
  for (int t = 0; t < layer.steps; ++t)
    for (int n = 0; n < s.rows; ++n)
      layer.work.step_mask[static_cast<Index>(t) * s.rows + n] =
          s.data->mask[sample_of(s, n) * layer.steps + layer.time_of(t)] ? 1.0f : 0.0f;
}

// The samples of the slice, times the dropout masks of each group. A masked step's inputs count as 0:
// whatever pads them, even NaN, is never looked at.
static inline void gather_samples(const Layer<LanesAreColumns>& layer, const Slice& s) {
  const LayerShape& shape = layer.shape;
  // In variables: for all that the compiler knows each store could change them.
  const int groups = layer.input_groups(), changing = shape.changing_inputs(), panels = shape.input_panels;
  const bool drops = layer.drops_inputs();
  for (int n = 0; n < s.rows; ++n) {
    const float* sample = s.data->x + sample_of(s, n) * layer.steps * changing;
    const float* same = s.data->static_x + sample_of(s, n) * shape.static_inputs;
    for (int panel = 0; panel < shape.static_panels; ++panel)
      store(layer.work.static_x + panel * layer.step_panel() + n * V,
            load_columns(same, panel * V, shape.static_inputs));
    for (int t = 0; t < layer.steps; ++t) {
      const Index row = static_cast<Index>(t) * s.rows + n;
      const float* from = sample + static_cast<Index>(layer.time_of(t)) * changing;
      const bool masked = layer.masked && layer.work.step_mask[row] == 0.0f;
      for (int panel = 0; panel < panels; ++panel) {
        const vf x = masked ? vf{} : load_columns(from, panel * V, changing);
        for (int g = 0; g < groups; ++g) {
          const Index to = g * panels + panel;
          const float* dropout = layer.work.input_dropout_mask + to * layer.step_panel() + n * V;
          store(layer.work.x + to * layer.sequence_panel() + row * V,
                drops ? x * load(dropout) : x);
        }
      }
    }
  }
}

// The outputs of the layer below in this layer's order of processing, times its dropout masks.
template <class Lanes>
static inline void copy_inputs(const Layer<Lanes>& layer, ConstPanels below) {
  const Index step = layer.step_panel();
  const int groups = layer.input_groups(), panels = layer.shape.input_panels;
  for (int g = 0; g < groups; ++g)
    for (int panel = 0; panel < panels; ++panel)
      for (int t = 0; t < layer.steps; ++t) {
        const float* from = below.p + panel * below.stride + layer.time_of(t) * step;
        float* to = layer.work.x + (g * panels + panel) * layer.sequence_panel() + t * step;
        if (layer.drops_inputs()) {
          multiply(to, from, layer.work.input_dropout_mask + (g * panels + panel) * step, step);
          continue;
        }
        for (Index k = 0; k < step; k += V) store(to + k, load(from + k));
      }
}

// Where the products of layer `number` read its inputs: in a copy of its own, or from the layer below.
template <class Lanes>
static inline ConstPanels inputs_of(const Layer<Lanes>& layer, const Workspace& work, int number) {
  if (number == 0 || layer.drops_inputs() || layer.shape.go_backwards)
    return {layer.work.x, layer.sequence_panel()};
  return {work.layers[number - 1].h + layer.step_panel(), layer.state_panel()};
}

// Fills the copy, where there is one.
template <class Lanes, class AnySlice>
static inline void prepare_inputs(const Layer<Lanes>& layer, const AnySlice& s, const Workspace& work, int number) {
  if (number == 0)
    gather_samples(layer, s);
  else if (layer.drops_inputs() || layer.shape.go_backwards)
    copy_inputs(layer, {work.layers[number - 1].h + layer.step_panel(), layer.state_panel()});
}

// Mask group g's part of d_x, from scratch to d_output of the layer below, in that layer's order.
template <class Lanes>
static inline void add_to_lower_layer(const Layer<Lanes>& layer, int g, float* d_output) {
  const Index step = layer.step_panel(), sequence = layer.sequence_panel();
  const int panels = layer.shape.input_panels;
  for (int panel = 0; panel < panels; ++panel)
    for (int t = 0; t < layer.steps; ++t) {
      float* to = d_output + panel * sequence + layer.time_of(t) * step;
      const float* d_x = layer.work.scratch + panel * sequence + t * step;
      const float* mask = layer.work.input_dropout_mask + (g * panels + panel) * step;
      for (Index k = 0; k < step; k += V) {
        const vf part = layer.drops_inputs() ? load(d_x + k) * load(mask + k) : load(d_x + k);
        store(to + k, g == 0 ? part : load(to + k) + part);
      }
    }
}

// The derivative by the outputs of the layer below: d_z W^T of all steps, times the dropout masks.
template <class Lanes>
static inline void backprop_to_lower_layer(const Layer<Lanes>& layer, const float* weights, float* d_output) {
  const LayerShape& shape = layer.shape;
  const Index sequence = layer.sequence_panel();
  const int groups = layer.input_groups(), panels = group_panels(shape, groups);
  const bool direct = !layer.drops_inputs() && !shape.go_backwards;
  for (int g = 0; g < groups; ++g) {
    for_ranges(layer.team, shape.input_panels, [&](int first, int count) {
      layer.lanes.transposed_weights_product(
          {layer.rows * layer.steps, count, panels * Lanes::columns},
          {layer.work.gates.d_z() + g * panels * sequence, sequence},
          {weights, shape.kernel, first, g * panels * Lanes::columns},
          {(direct ? d_output : layer.work.scratch) + first * sequence, sequence}, from_zero());
    });
    if (!direct) add_to_lower_layer(layer, g, d_output);
  }
}

}  // namespace calloff::CALLOFF_ISA
