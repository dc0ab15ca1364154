#include "memory.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include "philox.h"

namespace calloff {

constexpr std::align_val_t alignment{64};

void Free::operator()(float* p) const { ::operator delete[](p, alignment); }

Floats::Floats(std::size_t count, bool poison)
    : p_(static_cast<float*>(::operator new[](std::max<std::size_t>(count, 1) * sizeof(float), alignment))),
      count_(count) {
  std::fill_n(p_.get(), count, poison ? std::numeric_limits<float>::quiet_NaN() : 0.0f);
}

Layout::Layout(const NetPlan& plan, const LossPlan& loss, int steps, int lanes)
    : quantiles_(loss.quantiles) {
  net_.lanes = lanes, net_.most_steps = steps, net_.features = plan.features;
  net_.depth = static_cast<int>(plan.layers.size());
  const auto panels = [lanes](int width) { return (width + lanes - 1) / lanes; };
  const auto transposed = [&](const Var& v) {
    const std::size_t at = net_.turned;
    net_.turned += static_cast<std::size_t>(panels(v.rows)) * v.panels() * lanes * lanes;
    return at;
  };
  int inputs = plan.features;
  for (const LayerPlan& p : plan.layers) {
    LayerShape l{};
    l.inputs = inputs, l.units = p.units, l.iq = panels(inputs), l.q = panels(p.units);
    l.activation = p.activation, l.recurrent = p.recurrent;
    l.bias = p.bias, l.backwards = p.backwards;
    l.keep_z = slope_needs_input(p.activation) || slope_needs_input(p.recurrent);
    l.dropout = p.dropout, l.recurrent_dropout = p.recurrent_dropout;
    l.in_groups = p.groups, l.rec_groups = 4;
    l.w = add(inputs, 4, p.units);
    l.u = add(p.units, 4, p.units);
    if (p.bias) l.b = add(1, 4, p.units);
    l.wt = transposed(l.w), l.ut = transposed(l.u);
    layers_.push_back(l);
    inputs = p.units;
  }
  HeadShape& head = net_.head;
  head.units = inputs, head.outputs = plan.head.outputs;
  head.q = panels(inputs), head.oq = panels(plan.head.outputs);
  head.activation = plan.head.activation, head.bias = plan.head.bias;
  head.k = add(inputs, 1, head.outputs);
  if (head.bias) head.b = add(1, 1, head.outputs);
  head.kt = transposed(head.k);
  net_.layers = layers_.data();
  net_.loss = {loss.kind, static_cast<float>(loss.delta), quantiles_.data()};
}

Var Layout::add(int rows, int gates, int width) {
  Var v{net_.params, rows, gates, width, (width + net_.lanes - 1) / net_.lanes};
  net_.params += size_of(v);
  variables_.push_back(v);
  return v;
}

// Calls f(index in Keras's layout, index in panels) for each element.
template <class F>
static void each_element(const Var& v, int lanes, F f) {
  std::size_t k = 0;
  for (int r = 0; r < v.rows; ++r)
    for (int g = 0; g < v.gates; ++g)
      for (int j = 0; j < v.width; ++j, ++k) {
        const std::size_t panel = static_cast<std::size_t>(g) * v.q + j / lanes;
        f(k, v.at + (panel * v.rows + r) * lanes + j % lanes);
      }
}

void Layout::bring_in(const Weights& weights, float* params) const {
  for (std::size_t n = 0; n < variables_.size(); ++n)
    each_element(variables_[n], net_.lanes,
                 [&](std::size_t k, std::size_t at) { params[at] = weights[n][k]; });
}

void Layout::take_out_one(const Var& v, const float* params, float* out) const {
  each_element(v, net_.lanes, [&](std::size_t k, std::size_t at) { out[k] = params[at]; });
}

std::vector<std::vector<float>> Layout::take_out(const float* params) const {
  std::vector<std::vector<float>> out;
  for (const Var& v : variables_) {
    out.emplace_back(static_cast<std::size_t>(v.rows) * v.gates * v.width);
    take_out_one(v, params, out.back().data());
  }
  return out;
}

// Hands out parts of one stretch of memory; a first round without memory finds the size.
struct Cutter {
  float* base;
  std::size_t used = 0;
  float* operator()(std::size_t count) {
    float* p = base ? base + used : nullptr;
    used += (count + 15) / 16 * 16;
    return p;
  }
};

static void cut_layer(Cutter& cut, const Net& net, int number, std::size_t rows, LayerWork& w) {
  const LayerShape& l = net.layers[number];
  const std::size_t block = rows * net.lanes, all = net.most_steps * block, iq = l.iq, q = l.q;
  const std::size_t in_groups = l.dropout > 0 ? l.in_groups : 1, rec = l.recurrent_dropout > 0 ? 4 : 0;
  const bool top = number + 1 == net.depth;
  w.x = cut(number == 0 || l.dropout > 0 || l.backwards ? in_groups * iq * all : 0);
  w.x_mask = cut(l.dropout > 0 ? in_groups * iq * block : 0);
  w.z = cut(4 * q * all);
  w.z_kept = cut(l.keep_z ? 4 * q * all : 0);
  w.h = cut(q * (all + block));
  w.c = cut(q * (all + block));
  w.a = cut(q * all);
  w.h_in = cut(rec * q * all);
  w.h_mask = cut(rec * q * block);
  w.d_out = cut(q * (top ? block : all));
  w.d_h = cut(q * block);
  w.d_c = cut(q * block);
  w.scratch = cut(std::max(iq * all, q * block));
  w.alive = cut(net.most_steps * rows);
}

Buffers::Buffers(const Net& net, int rows, bool poison) : layers_(net.depth) {
  const auto cut_all = [&](float* base) {
    Cutter cut{base};
    int widest = 0;
    for (int n = 0; n < net.depth; ++n) {
      cut_layer(cut, net, n, rows, layers_[n]);
      widest = std::max({widest, net.layers[n].inputs, net.layers[n].units});
    }
    const std::size_t outputs = static_cast<std::size_t>(net.head.oq) * rows * net.lanes;
    work_.out = cut(outputs), work_.out_z = cut(outputs), work_.d_out = cut(outputs);
    work_.linear = cut(static_cast<std::size_t>(rows) * widest + mask_slack);
    return cut.used;
  };
  floats_ = Floats(cut_all(nullptr), poison);
  cut_all(floats_.get());
  work_.layers = layers_.data();
}

}  // namespace calloff
