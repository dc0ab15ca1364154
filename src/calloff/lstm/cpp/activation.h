// Activations in float32, by vectors, and their derivatives, from the value (and the argument z where
// the value alone does not determine it). Not-a-number passes through all of them.
#pragma once
#include "network.h"
#include "simd.h"

namespace calloff::CALLOFF_ISA {

struct ExpParts { vf scale, fraction; };  // exp(x) = scale * (1 + fraction), scale a power of two

// |x| <= 87. fraction: r + r^2 q(r) on |r| <= ln(2) / 2, q minimax (Lawson's iteration) with its
// coefficients rounded to float32: relative error 2.3e-9, below a tenth of a unit in the last place.
static inline ExpParts split_exp(vf x) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, in the low bits
  const vf rounded = x * 1.44269504f + magic;
  const vf n = rounded - magic;
  const vf r = (x - n * 0.693359375f) - n * -2.12194440e-4f;  // ln(2) in two parts
  vf q = r * 1.984588598e-4f + 1.394071966e-3f;
  q = q * r + 8.333389647e-3f;
  q = q * r + 4.166635871e-2f;
  q = q * r + 1.666666567e-1f;
  q = q * r + 0.5f;
  return {as_float((as_int(rounded) << 23) + (127 << 23)), r + r * r * q};
}

static inline vf exp_(vf x) {
  const ExpParts e = split_exp(vmax(broadcast(-87.0f), vmin(broadcast(87.0f), x)));
  return e.scale + e.scale * e.fraction;
}

static inline vf expm1_(vf x) {  // for x <= 0
  const ExpParts e = split_exp(vmax(broadcast(-20.0f), x));
  return e.scale * e.fraction + (e.scale - 1.0f);
}

static inline vf sigmoid(vf x) { return 1.0f / (1.0f + exp_(-x)); }

// tanh|x| = (1 - e) / (1 + e) with e = exp(-2|x|) = scale + scale * fraction: above and below one rounding
// each, as scale - 1 and scale + 1 are exact. 1 beyond 9.02.
static inline vf tanh_(vf x) {
  const ExpParts e = split_exp(-2.0f * vmin(broadcast(9.02f), vabs(x)));
  const vf numerator = e.scale * e.fraction + (e.scale - 1.0f);
  const vf denominator = e.scale * e.fraction + (e.scale + 1.0f);
  return copy_sign(vabs(numerator / denominator), x);
}

constexpr float leak = 0.2f, selu_scale = 1.05070098f, selu_alpha = 1.67326324f;

static inline vf negative_part(vf x) { return vmin(vf{}, x); }

// By vectors but for the function itself: which of two products is fused with their sum must not depend on what the
// compiler makes of single floats, as networks alone and side by side have the same bits.
static inline vf normal_cdf(vf x) {
  return 0.5f * (1.0f + map_lanes(x * 0.707106781f, [](float v) { return std::erf(v); }));
}
static inline vf normal_pdf(vf x) {
  return 0.398942280f * map_lanes(-0.5f * x * x, [](float v) { return std::exp(v); });
}

template <Activation A>
static inline vf value_of(vf x) {
  if constexpr (A == Activation::tanh) return tanh_(x);
  if constexpr (A == Activation::sigmoid) return sigmoid(x);
  if constexpr (A == Activation::hard_sigmoid)
    return vmax(vf{}, vmin(broadcast(1.0f), x / 6.0f + 0.5f));
  if constexpr (A == Activation::relu) return vmax(vf{}, x);
  if constexpr (A == Activation::leaky_relu) return select(x > 0.0f, x, x * leak);
  if constexpr (A == Activation::elu) return select(x > 0.0f, x, expm1_(negative_part(x)));
  if constexpr (A == Activation::selu)
    return selu_scale * select(x > 0.0f, x, selu_alpha * expm1_(negative_part(x)));
  if constexpr (A == Activation::softplus)
    return vmax(vf{}, x) + map_lanes(exp_(-vabs(x)), [](float e) { return std::log1p(e); });
  if constexpr (A == Activation::softsign) return x / (1.0f + vabs(x));
  if constexpr (A == Activation::swish) return x * sigmoid(x);
  if constexpr (A == Activation::gelu) return x * normal_cdf(x);
  return x;
}

template <Activation A>
static inline vf derivative_of(vf z, vf value) {
  const vf zero{}, one = broadcast(1.0f);
  if constexpr (A == Activation::tanh) return 1.0f - value * value;
  if constexpr (A == Activation::sigmoid) return value * (1.0f - value);
  if constexpr (A == Activation::hard_sigmoid)
    return select((value > 0.0f) & (value < 1.0f), broadcast(1.0f / 6.0f), zero);
  if constexpr (A == Activation::relu) return select(value > 0.0f, one, zero);
  if constexpr (A == Activation::leaky_relu) return select(value > 0.0f, one, broadcast(leak));
  if constexpr (A == Activation::elu) return select(value > 0.0f, one, value + 1.0f);
  if constexpr (A == Activation::selu)
    return select(value > 0.0f, broadcast(selu_scale), value + selu_scale * selu_alpha);
  if constexpr (A == Activation::softplus) return sigmoid(z);
  if constexpr (A == Activation::softsign) {
    const vf s = 1.0f / (1.0f + vabs(z));
    return s * s;
  }
  if constexpr (A == Activation::swish) {
    const vf s = sigmoid(z);
    return s + value * (1.0f - s);
  }
  if constexpr (A == Activation::gelu) return normal_cdf(z) + z * normal_pdf(z);
  return one;
}

// An activation known when compiling, and one known when running.
template <Activation A>
struct StaticActivation {
  static vf value(vf z) { return value_of<A>(z); }
  static vf derivative(vf z, vf value) { return derivative_of<A>(z, value); }
};

struct DynamicActivation {
  Activation act;
  template <template <Activation> class Use>
  static vf choose(Activation a, vf z, vf value) {
    switch (a) {
      case Activation::tanh: return Use<Activation::tanh>::of(z, value);
      case Activation::sigmoid: return Use<Activation::sigmoid>::of(z, value);
      case Activation::hard_sigmoid: return Use<Activation::hard_sigmoid>::of(z, value);
      case Activation::relu: return Use<Activation::relu>::of(z, value);
      case Activation::leaky_relu: return Use<Activation::leaky_relu>::of(z, value);
      case Activation::elu: return Use<Activation::elu>::of(z, value);
      case Activation::selu: return Use<Activation::selu>::of(z, value);
      case Activation::softplus: return Use<Activation::softplus>::of(z, value);
      case Activation::softsign: return Use<Activation::softsign>::of(z, value);
      case Activation::swish: return Use<Activation::swish>::of(z, value);
      case Activation::gelu: return Use<Activation::gelu>::of(z, value);
      case Activation::linear: break;
    }
    return Use<Activation::linear>::of(z, value);
  }
  template <Activation A> struct Value { static vf of(vf z, vf) { return value_of<A>(z); } };
  template <Activation A> struct Derivative {
    static vf of(vf z, vf value) { return derivative_of<A>(z, value); }
  };
  CALLOFF_NOINLINE vf value(vf z) const { return choose<Value>(act, z, z); }
  CALLOFF_NOINLINE vf derivative(vf z, vf value) const { return choose<Derivative>(act, z, value); }
};

}  // namespace calloff::CALLOFF_ISA
