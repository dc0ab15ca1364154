// The dense head on the last step of the last layer, and the losses (losses.py).
#pragma once
#include "slice.h"

namespace calloff::CALLOFF_ISA {

struct Point { float value, slope; };  // of the loss of one output, by the prediction

static inline Point loss_at(const LossShape& l, int output, float y, float p) {
  const float e = y - p;
  switch (l.kind) {
    case LossKind::mse: return {e * e, -2.0f * e};
    case LossKind::mae: return {std::fabs(e), e > 0 ? -1.0f : e < 0 ? 1.0f : 0.0f};
    case LossKind::huber:
      if (std::fabs(e) <= l.delta) return {0.5f * e * e, -e};
      return {l.delta * std::fabs(e) - 0.5f * l.delta * l.delta, e > 0 ? -l.delta : l.delta};
    case LossKind::pinball: break;
  }
  const float q = l.quantiles[output];
  if (e > 0) return {q * e, -q};
  return {(q - 1) * e, e < 0 ? 1 - q : 0.0f};
}

static inline In last_state(const Net& net, const Work& work, const Slice& s) {
  const Index block = static_cast<Index>(s.rows) * V;
  return {work.layers[net.depth - 1].h + s.data->steps * block, (s.data->steps + 1) * block};
}

static inline void head_forward(const Net& net, const float* params, Work& work, const Slice& s) {
  const HeadShape& head = net.head;
  const int rows = s.rows;
  const Index block = static_cast<Index>(rows) * V;
  product({rows, head.oq, head.units}, last_state(net, work, s),
          {params + head.k.at, static_cast<Index>(head.units) * V}, {work.out, block},
          head.bias ? from_bias(params + head.b.at) : from_zero());
  const Any act{head.activation};
  for (Index k = 0; k < head.oq * block && head.activation != Act::linear; k += V) {
    const vf z = load(work.out + k);
    store(work.out_z + k, z), store(work.out + k, act.value(z));
  }
}

// The loss of the slice's rows, and its derivative by the predictions (with the batch's 1 / N).
static inline void head_loss(const Net& net, Work& work, const Slice& s) {
  const int outputs = net.head.outputs;
  const Index block = static_cast<Index>(s.rows) * V;
  const float share = 1.0f / (static_cast<float>(s.batch) * static_cast<float>(outputs));
  double loss = 0;
  for (int n = 0; n < s.rows; ++n) {
    const Index sample = sample_of(s, n);
    const float weight = s.data->weight ? s.data->weight[sample] : 1.0f;
    double sum = 0;
    for (int o = 0; o < net.head.oq * V; ++o) {
      const Index at = o / V * block + static_cast<Index>(n) * V + o % V;
      if (o >= outputs) {
        work.d_out[at] = 0;
        continue;
      }
      const Point point = loss_at(net.loss, o, s.data->y[sample * outputs + o], work.out[at]);
      sum += static_cast<double>(point.value);
      work.d_out[at] = point.slope * weight * share;
    }
    loss += sum / outputs * static_cast<double>(weight);
  }
  work.loss = loss;
}

static inline void head_backward(const Net& net, const float* turned, Work& work, const Slice& s,
                                 float* grads) {
  const HeadShape& head = net.head;
  const int rows = s.rows;
  const Index block = static_cast<Index>(rows) * V;
  const Any act{head.activation};
  for (Index k = 0; k < head.oq * block && head.activation != Act::linear; k += V)
    store(work.d_out + k, load(work.d_out + k) * act.slope(load(work.out_z + k), load(work.out + k)));
  turned_product({head.units, head.oq, rows}, last_state(net, work, s), {work.d_out, block},
                 {grads + head.k.at, static_cast<Index>(head.units) * V});
  if (head.bias) column_sums(head.oq, rows, {work.d_out, block}, grads + head.b.at);
  product({rows, head.q, head.outputs}, {work.d_out, block},
          {turned + head.kt, static_cast<Index>(head.oq) * V * V},
          {work.layers[net.depth - 1].d_out, block}, from_zero());
}

}  // namespace calloff::CALLOFF_ISA
