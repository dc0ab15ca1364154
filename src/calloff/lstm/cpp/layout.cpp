#include "layout.h"

#include <algorithm>

namespace calloff {

NetworkLayout::NetworkLayout(const NetworkPlan& plan, const Loss& loss, int steps, int lanes, int columns)
    : columns_(columns), quantiles_(loss.quantiles) {
  net_.lanes = lanes, net_.max_steps = steps, net_.features = plan.features;
  net_.depth = static_cast<int>(plan.layers.size());
  int inputs = plan.features, static_inputs = plan.static_features;
  for (const LayerPlan& layer : plan.layers)
    add_layer(layer, inputs, static_inputs), inputs = layer.units, static_inputs = 0;
  add_head(plan.head, inputs);
  net_.layers = layers_.data();
  net_.loss = {loss.kind, static_cast<float>(loss.delta), quantiles_.data()};
}

void NetworkLayout::add_layer(const LayerPlan& plan, int inputs, int static_inputs) {
  LayerShape shape{};
  shape.inputs = inputs, shape.units = plan.units;
  shape.static_inputs = static_inputs;
  shape.input_panels = panels(inputs - static_inputs), shape.static_panels = panels(static_inputs);
  shape.unit_panels = panels(plan.units);
  shape.activation = plan.activation, shape.recurrent_activation = plan.recurrent_activation;
  shape.use_bias = plan.use_bias, shape.go_backwards = plan.go_backwards;
  shape.save_z = derivative_needs_z(plan.activation) || derivative_needs_z(plan.recurrent_activation);
  shape.dropout = plan.dropout, shape.recurrent_dropout = plan.recurrent_dropout;
  shape.input_groups = plan.input_groups, shape.recurrent_groups = 4;
  shape.kernel = add_matrix(inputs, 4, plan.units);
  shape.recurrent_kernel = add_matrix(plan.units, 4, plan.units);
  if (plan.use_bias) shape.bias = add_variable(1, 4, plan.units);
  layers_.push_back(shape);
}

void NetworkLayout::add_head(const HeadPlan& plan, int units) {
  HeadShape& head = net_.head;
  head.units = units, head.outputs = plan.outputs;
  head.unit_panels = panels(units), head.output_panels = panels(plan.outputs);
  head.activation = plan.activation, head.use_bias = plan.use_bias;
  head.kernel = add_matrix(units, 1, plan.outputs);
  if (head.use_bias) head.bias = add_variable(1, 1, plan.outputs);
}

Variable NetworkLayout::add_variable(int rows, int gates, int width) {
  Variable v{net_.parameters, rows, gates, width, panels(width)};
  net_.parameters += size_of(v);
  variables_.push_back(v);
  return v;
}

Variable NetworkLayout::add_matrix(int rows, int gates, int width) {
  add_variable(rows, gates, width);
  Variable& v = variables_.back();
  v.transposed = net_.transposed;
  net_.transposed += static_cast<std::size_t>(panels(v.rows)) * v.panels() * columns_ * net_.lanes;
  return v;
}

// Calls f(index in Keras's layout, index in panels, count) for each run of elements side by side in both.
template <class F>
static void each_run(const Variable& v, int lanes, int columns, F f) {
  std::size_t k = 0;
  for (int r = 0; r < v.rows; ++r)
    for (int g = 0; g < v.gates; ++g)
      for (int j = 0; j < v.width; j += columns) {
        const int count = std::min(columns, v.width - j);
        const std::size_t panel = static_cast<std::size_t>(g) * v.gate_panels + j / columns;
        f(k, v.offset + (panel * v.rows + r) * lanes, count);
        k += count;
      }
}

void NetworkLayout::pack(const Weights& weights, float* params) const {
  for (std::size_t n = 0; n < variables_.size(); ++n)
    each_run(variables_[n], net_.lanes, columns_, [&](std::size_t k, std::size_t at, int count) {
      std::copy_n(weights[n] + k, count, params + at);
    });
}

void NetworkLayout::unpack_one(const Variable& v, const float* params, float* out) const {
  each_run(v, net_.lanes, columns_,
           [&](std::size_t k, std::size_t at, int count) { std::copy_n(params + at, count, out + k); });
}

std::vector<std::vector<float>> NetworkLayout::unpack(const float* params) const {
  std::vector<std::vector<float>> out;
  for (const Variable& v : variables_) {
    out.emplace_back(static_cast<std::size_t>(v.rows) * v.gates * v.width);
    unpack_one(v, params, out.back().data());
  }
  return out;
}

}  // namespace calloff
