// The dense head on the last step of the last layer, and the losses (losses.py).
#pragma once
#include "slice.h"

namespace calloff::CALLOFF_ISA {

struct LossPoint { float value, derivative; };  // of the loss of one output, by the prediction

static inline LossPoint loss_at(const LossShape& loss, int output, float target, float prediction) {
  const float e = target - prediction;
  switch (loss.kind) {
    case LossKind::mse: return {e * e, -2.0f * e};
    case LossKind::mae: return {std::fabs(e), e > 0 ? -1.0f : e < 0 ? 1.0f : 0.0f};
    case LossKind::huber:
      if (std::fabs(e) <= loss.delta) return {0.5f * e * e, -e};
      return {loss.delta * std::fabs(e) - 0.5f * loss.delta * loss.delta, e > 0 ? -loss.delta : loss.delta};
    case LossKind::pinball: break;
  }
  const float q = loss.quantiles[output];
  if (e > 0) return {q * e, -q};
  return {(q - 1) * e, e < 0 ? 1 - q : 0.0f};
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
      vf derivatives{};  // put together in a register: a vector of floats just stored is slow to load
      for (int o = first; o < std::min(outputs, first + V); ++o) {
        const LossPoint point =
            loss_at(net.loss, o, s.data->y[sample * outputs + o], work.predictions[row + o - first]);
        sum += static_cast<double>(point.value);
        derivatives = select(lane_numbers() == o - first, broadcast(point.derivative * weight * share), derivatives);
      }
      store(work.d_predictions + row, derivatives);
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
