// Compiled several times, each with the flags of one instruction set and its name in CALLOFF_ISA
// (CMakeLists.txt). All code here lies in a namespace of that name or is static, so that the linker
// can never hand a function made for a newer processor to an older one.
#include "kernels.h"
#include "head.h"

namespace calloff::CALLOFF_ISA {

static Layer layer_at(const Net& net, Work& work, const Slice& s, int number) {
  return {net.layers[number], work.layers[number], s.rows, s.data->steps, s.training, work.masked};
}

static void forward(const Net& net, const float* params, Work& work, const Slice& s) {
  work.masked = s.data->mask != nullptr;
  for (int number = 0; number < net.depth; ++number) {
    const Layer y = layer_at(net, work, s, number);
    if (work.masked) note_alive(y, s);
    draw_layer_masks(y, s, number, work.linear);
    const In x = inputs_of(y, s, work, number);
    layer_forward(y, params, x, y.l.iq * y.sequence());
  }
  head_forward(net, params, work, s);
  if (s.data->y) head_loss(net, work, s);
}

static void backward(const Net& net, const float* turned, Work& work, const Slice& s, float* grads) {
  head_backward(net, turned, work, s, grads);
  for (int number = net.depth - 1; number >= 0; --number) {
    const Layer y = layer_at(net, work, s, number);
    layer_backward(y, turned, number == net.depth - 1);
    layer_gradients(y, grads, inputs_again(y, work, number), y.l.iq * y.sequence());
    if (number > 0) hand_down(y, turned, work.layers[number - 1].d_out);
  }
}

static void turn_one(const Var& var, const float* params, float* turned) {
  const int columns = var.panels(), whole = var.rows / V;
  for (int j = 0; j < columns; ++j) {
    const float* from = params + var.at + static_cast<Index>(j) * var.rows * V;
    for (int r = 0; r < whole; ++r) turn(from + r * V * V, turned + (static_cast<Index>(r) * columns + j) * V * V);
    float* last = turned + (static_cast<Index>(whole) * columns + j) * V * V;
    for (int i = 0; whole * V < var.rows && i < V; ++i)
      for (int k = 0; k < V; ++k)
        last[i * V + k] = whole * V + k < var.rows ? from[(whole * V + k) * V + i] : 0.0f;
  }
}

static void turn_task(const Net& net, const float* params, float* turned, int task) {
  if (task == net.depth) return turn_one(net.head.k, params, turned + net.head.kt);
  const LayerShape& l = net.layers[task];
  turn_one(l.u, params, turned + l.ut);
  if (task > 0) turn_one(l.w, params, turned + l.wt);
}

static void add(float* const* parts, int count, std::size_t from, std::size_t n) {
  for (std::size_t k = from; k < from + n; k += V) {
    vf s = load(parts[0] + k);
    for (int p = 1; p < count; ++p) s += load(parts[p] + k);
    store(parts[0] + k, s);
  }
}

static double sum_of_squares(const float* g, std::size_t n) {
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) sum += static_cast<double>(g[k]) * static_cast<double>(g[k]);
  return sum;
}

static void scale(float* g, std::size_t n, float factor) {
  for (std::size_t k = 0; k < n; k += V) store(g + k, load(g + k) * factor);
}

static void limit(float* g, std::size_t n, float most) {
  for (std::size_t k = 0; k < n; k += V)
    store(g + k, larger(all(-most), smaller(all(most), load(g + k))));
}

// Kingma & Ba (2015), algorithm 1 in the order of the end of section 2; decoupled weight decay.
static void adam(const AdamStep& a, float* w, float* m, float* v, const float* g, std::size_t n) {
  for (std::size_t k = 0; k < n; k += V) {
    const vf now = load(g + k);
    const vf first = load(m + k) + (now - load(m + k)) * a.rest_1;
    const vf second = load(v + k) + (now * now - load(v + k)) * a.rest_2;
    store(m + k, first), store(v + k, second);
    store(w + k, load(w + k) * a.decay - a.alpha * first / (root(second) + a.epsilon));
  }
}

static float multiply_add(Index rounds, float factor, float summand) {
  vf a = all(1.0f), b = a + a, c = a + b, d = a + c, e = a + d, f = a + e, g = a + f, h = a + g;
  vf i = a + h, j = a + i;
  const vf x = all(factor), y = all(summand);
  for (Index k = 0; k < rounds; ++k) {
    a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y;
    f = f * x + y, g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y;
  }
  return (a + b + c + d + e + f + g + h + i + j)[0];
}

static void activation(Act act, const float* z, float* value, float* slope, std::size_t n) {
  const Any any{act};
  for (std::size_t k = 0; k < n; ++k) {
    const vf x = all(z[k]), y = any.value(x);
    value[k] = y[0], slope[k] = any.slope(x, y)[0];
  }
}

extern const Kernels table;
const Kernels table = {CALLOFF_ISA_NAME, V, forward, backward, turn_task, add, sum_of_squares,
                       scale, limit, adam, multiply_add, activation};

}  // namespace calloff::CALLOFF_ISA
