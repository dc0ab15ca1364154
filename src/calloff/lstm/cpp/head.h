// The dense head on the last step of the last layer, and the losses (losses.py).
#pragma once
#include "slice.h"

namespace calloff::CALLOFF_ISA {

struct LossPoints { vf value, derivative; };  // of the losses of some outputs, by the predictions

// quantile: of each lane, for the pinball loss only.
static inline LossPoints losses_at(const LossShape& loss, vf quantile, vf target, vf prediction) {
  const vf e = target - prediction, size = vabs(e), zero{}, one = broadcast(1.0f);
  switch (loss.kind) {
    case LossKind::mse: return {e * e, -2.0f * e};
    case LossKind::mae: return {size, select(e > 0.0f, -one, select(e < 0.0f, one, zero))};
    case LossKind::huber: {
      const vf delta = broadcast(loss.delta);
      const vi near = size <= delta;
      return {select(near, 0.5f * e * e, delta * (size - 0.5f * delta)), select(near, -e, select(e > 0.0f, -delta, delta))};
    }
    case LossKind::pinball: break;
  }
  const vi above = e > 0.0f;
  return {select(above, quantile, quantile - 1.0f) * e,
          select(above, -quantile, select(e < 0.0f, 1.0f - quantile, zero))};
}

static inline ConstPanels last_state(const Network& net, const Workspace& work, const Slice& s) {
  const Index step = static_cast<Index>(s.rows) * V;
  return {work.layers[net.depth - 1].h + s.data->steps * step, (s.data->steps + 1) * step};
}

template <class Lanes>
static inline void head_forward(const Network& net, const float* params, Workspace& work, const Slice& s,
                                Lanes lanes) {
  const HeadShape& head = net.head;
  const Index step = static_cast<Index>(s.rows) * V;
  lanes.product({s.rows, head.output_panels, head.units}, last_state(net, work, s),
                {params + head.kernel.offset, static_cast<Index>(head.units) * V}, {work.predictions, step},
                head.use_bias ? from_bias(params + head.bias.offset) : from_zero());
  if (head.activation == Activation::linear) return;
  const DynamicActivation activation{head.activation};
  for (Index k = 0; k < head.output_panels * step; k += V) {
    const vf z = load(work.predictions + k);
    store(work.head_z + k, z), store(work.predictions + k, activation.value(z));
  }
}

// The loss of the slice's rows, and its derivative by the predictions (with the batch's 1 / N).
static inline void head_loss(const Network& net, Workspace& work, const Slice& s) {
  const int outputs = net.head.outputs;
  const Index step = static_cast<Index>(s.rows) * V;
  const float share = 1.0f / (static_cast<float>(s.batch_rows) * static_cast<float>(outputs));
  double loss = 0;
  for (int n = 0; n < s.rows; ++n) {
    const Index sample = sample_of(s, n);
    const float weight = s.data->sample_weight ? s.data->sample_weight[sample] : 1.0f;
    double sum = 0;
    for (int first = 0; first < outputs; first += V) {
      const Index row = first / V * step + static_cast<Index>(n) * V;
      const vf quantiles = net.loss.kind == LossKind::pinball ? load_columns(net.loss.quantiles, first, outputs) : vf{};
      const vf targets = load_columns(s.data->y + sample * outputs, first, outputs);
      const LossPoints points = losses_at(net.loss, quantiles, targets, load(work.predictions + row));
      for (int o = first; o < std::min(outputs, first + V); ++o) sum += static_cast<double>(points.value[o - first]);
      store(work.d_predictions + row,
            select(lane_numbers() < outputs - first, points.derivative * weight * share, vf{}));
    }
    loss += sum / outputs * static_cast<double>(weight);
  }
  work.loss = loss;
}

// Through the head's activation: d_z in the place of the derivative by the predictions.
static inline float* head_d_z(const HeadShape& head, Workspace& work, Index step) {
  float* d = work.d_predictions;
  if (head.activation == Activation::linear) return d;
  const DynamicActivation activation{head.activation};
  for (Index k = 0; k < head.output_panels * step; k += V)
    store(d + k, load(d + k) * activation.derivative(load(work.head_z + k), load(work.predictions + k)));
  return d;
}

template <class Lanes>
static inline void head_backward(const Network& net, const float* weights, Workspace& work, const Slice& s,
                                 float* grads, Lanes lanes) {
  const HeadShape& head = net.head;
  const Index step = static_cast<Index>(s.rows) * V;
  const ConstPanels d_z{head_d_z(head, work, step), step};
  lanes.transposed_product({head.units, head.output_panels, s.rows}, last_state(net, work, s), d_z,
                           {grads + head.kernel.offset, static_cast<Index>(head.units) * V});
  if (head.use_bias) column_sums(head.output_panels, s.rows, d_z, grads + head.bias.offset);
  lanes.transposed_weights_product({s.rows, head.unit_panels, head.outputs}, d_z, {weights, head.kernel},
                                   {work.layers[net.depth - 1].d_output, step}, from_zero());
}

}  // namespace calloff::CALLOFF_ISA
