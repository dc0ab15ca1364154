// Compiled several times, each with the flags of one instruction set and its name in CALLOFF_ISA
// (CMakeLists.txt). All code here lies in a namespace of that name or is static, so that the linker
// can never hand a function made for a newer processor to an older one.
#include "kernels.h"
#include "interleaved_rules.h"

namespace calloff::CALLOFF_ISA {

template <class Lanes>
static Layer<Lanes> layer_at(const Network& net, Workspace& work, const Slice& s, int number, Lanes lanes) {
  return {net.layers[number], work.layers[number], s.rows, s.data->steps, s.training, work.masked, s.team, lanes};
}

template <class Lanes, class AnySlice>
static void pass_forward(const Network& net, const float* params, Workspace& work, const AnySlice& s, Lanes lanes) {
  work.masked = s.data->mask != nullptr;
  for (int number = 0; number < net.depth; ++number) {
    const Layer layer = layer_at(net, work, s, number, lanes);
    if (work.masked) fill_step_mask(layer, s);
    draw_dropout_masks(layer, s, number, work.dropout_rows);
    prepare_inputs(layer, s, work, number);
    const Index group = layer.shape.input_panels * layer.sequence_panel();
    layer_forward(layer, params, inputs_of(layer, work, number), group);
  }
  head_forward(net, params, work, s, lanes);
  if (s.data->y) head_loss(net, work, s);
}

template <class Lanes>
static void pass_backward(const Network& net, const float* weights, Workspace& work, const Slice& s, float* grads,
                          Lanes lanes) {
  head_backward(net, weights, work, s, grads, lanes);
  for (int number = net.depth - 1; number >= 0; --number) {
    const Layer layer = layer_at(net, work, s, number, lanes);
    layer_backward(layer, weights, number == net.depth - 1);
    const Index group = layer.shape.input_panels * layer.sequence_panel();
    for_ranges(s.team, layer.shape.unit_panels, [&](int first, int count) {
      weight_gradients(layer, {first, count}, grads, inputs_of(layer, work, number), group);
    });
    if (number > 0) backprop_to_lower_layer(layer, weights, work.layers[number - 1].d_output);
  }
}

static void forward(const Network& net, const float* params, Workspace& work, const Slice& s) {
  pass_forward(net, params, work, s, LanesAreColumns{});
}

static void backward(const Network& net, const float* transposed, Workspace& work, const Slice& s, float* grads) {
  pass_backward(net, transposed, work, s, grads, LanesAreColumns{});
}

static void forward_group(const Network& net, const float* params, Workspace& work, const Slice* each, double* losses,
                          int alone) {
  pass_forward(net, params, work, GroupSlice{each[0], each, losses}, LanesAreNetworks{alone});
}

static void backward_group(const Network& net, const float* params, Workspace& work, const Slice* each, float* grads,
                           int alone) {
  pass_backward(net, params, work, each[0], grads, LanesAreNetworks{alone});
}

static void transpose(const Network& net, const float* params, float* transposed, int number, Part part) {
  const auto transpose_variable = [&](const Variable& v) {
    const int first = v.panels() * part.number / part.count, end = v.panels() * (part.number + 1) / part.count;
    transpose_panels({params + v.offset, v.rows, v.panels()}, transposed + v.transposed, first, end);
  };
  if (number == net.depth) return transpose_variable(net.head.kernel);
  const LayerShape& shape = net.layers[number];
  transpose_variable(shape.recurrent_kernel);
  if (number > 0) transpose_variable(shape.kernel);
}

static void keep_lanes(unsigned lanes, const float* w, float* kept, std::size_t n) {
  vi which;
  for (int k = 0; k < V; ++k) which[k] = lanes >> k & 1 ? -1 : 0;
  for (std::size_t k = 0; k < n; k += V) store(kept + k, select(which, load(w + k), load(kept + k)));
}

static unsigned finite_lanes(const float* w, std::size_t n) {
  const vi exponent = vi{} + 0x7f800000;  // all set in NaN and infinity only
  vi bad{};
  for (std::size_t k = 0; k < n; k += V) bad |= (as_int(load(w + k)) & exponent) == exponent;
  unsigned lanes = 0;
  for (int k = 0; k < V; ++k) lanes |= static_cast<unsigned>(bad[k] == 0) << k;
  return lanes;
}

static void add_gradients(float* const* arrays, int count, std::size_t from, std::size_t n) {
  for (std::size_t k = from; k < from + n; k += V) {
    vf s = load(arrays[0] + k);
    for (int p = 1; p < count; ++p) s += load(arrays[p] + k);
    store(arrays[0] + k, s);
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

static void clip_values(float* g, std::size_t n, float limit) {
  for (std::size_t k = 0; k < n; k += V)
    store(g + k, vmax(broadcast(-limit), vmin(broadcast(limit), load(g + k))));
}

// Kingma & Ba (2015), algorithm 1 in the order of the end of section 2; decoupled weight decay.
template <vf root(vf)>
static inline void adam_vector(const AdamStep& a, float* w, float* m, float* v, const float* g) {
  const vf gradient = load(g);
  const vf first = load(m) + (gradient - load(m)) * a.one_minus_beta_1;
  const vf second = load(v) + (gradient * gradient - load(v)) * a.one_minus_beta_2;
  store(m, first), store(v, second);
  const vf size = root(second) + a.epsilon;  // by itself: across its branch no product would be fused
  store(w, load(w) * a.decay - a.alpha * first / size);
}

// Divisions and roots wait for the same unit: every second root goes around it.
static void adam(const AdamStep& a, float* w, float* m, float* v, const float* g, std::size_t n) {
  std::size_t k = 0;
  for (; k + 2 * V <= n; k += 2 * V) {
    adam_vector<vsqrt>(a, w + k, m + k, v + k, g + k);
    adam_vector<sqrt_by_products>(a, w + k + V, m + k + V, v + k + V, g + k + V);
  }
  if (k < n) adam_vector<vsqrt>(a, w + k, m + k, v + k, g + k);
}

static void square_root(const float* x, float* out, std::size_t n) {
  for (std::size_t k = 0; k < n; k += V) {
    const int count = static_cast<int>(std::min<std::size_t>(V, n - k));
    const vf root = sqrt_by_products(load_partial(x + k, count));
    float of_lanes[V];
    __builtin_memcpy(of_lanes, &root, sizeof of_lanes);
    std::copy_n(of_lanes, count, out + k);
  }
}

static float multiply_add(Index rounds, float factor, float summand) {
  vf a = broadcast(1.0f), b = a + a, c = a + b, d = a + c, e = a + d, f = a + e, g = a + f, h = a + g;
  vf i = a + h, j = a + i;
  const vf x = broadcast(factor), y = broadcast(summand);
  for (Index k = 0; k < rounds; ++k) {
    a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y;
    f = f * x + y, g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y;
  }
  return (a + b + c + d + e + f + g + h + i + j)[0];
}

static void activation(Activation name, const float* z, float* value, float* derivative, std::size_t n) {
  const DynamicActivation f{name};
  for (std::size_t k = 0; k < n; ++k) {
    const vf x = broadcast(z[k]), y = f.value(x);
    value[k] = y[0], derivative[k] = f.derivative(x, y)[0];
  }
}

extern const Kernels table;
const Kernels table = {CALLOFF_ISA_NAME, V, forward, backward, transpose, add_gradients, sum_of_squares,
                       scale, clip_values, adam, penalty, orthogonal_penalty, orthogonal_scratch, project,
                       multiply_add, activation, square_root, forward_group, backward_group, keep_lanes,
                       finite_lanes, weight_penalties, orthogonal_penalties, orthogonal_scratch_group, project_group};

}  // namespace calloff::CALLOFF_ISA
