// Activations in float32, by vectors, and their slopes from the value y (and the argument z where
// the value does not tell). Not-a-number passes through all of them.
#pragma once
#include "net.h"
#include "simd.h"

namespace calloff::CALLOFF_ISA {

struct Split { vf scale, part; };  // exp(x) = scale * (1 + part), scale a power of two

// |x| <= 87. part: r + r^2 q(r) on |r| <= ln(2) / 2, q minimax (Lawson's iteration) with its
// coefficients rounded to float32: relative error 2.3e-9, below a tenth of a unit in the last place.
static inline Split split_exp(vf x) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, in the low bits
  const vf rounded = x * 1.44269504f + magic;
  const vf n = rounded - magic;
  const vf r = (x - n * 0.693359375f) - n * -2.12194440e-4f;  // ln(2) in two parts
  vf q = r * 1.984588598e-4f + 1.394071966e-3f;
  q = q * r + 8.333389647e-3f;
  q = q * r + 4.166635871e-2f;
  q = q * r + 1.666666567e-1f;
  q = q * r + 0.5f;
  return {floats((bits(rounded) << 23) + (127 << 23)), r + r * r * q};
}

static inline vf exp_(vf x) {
  const Split e = split_exp(larger(all(-87.0f), smaller(all(87.0f), x)));
  return e.scale + e.scale * e.part;
}

static inline vf expm1_(vf x) {  // for x <= 0
  const Split e = split_exp(larger(all(-20.0f), x));
  return e.scale * e.part + (e.scale - 1.0f);
}

static inline vf sigmoid(vf x) { return 1.0f / (1.0f + exp_(-x)); }

// tanh|x| = (1 - e) / (1 + e) with e = exp(-2|x|) = scale + scale * part: above and below one rounding
// each, as scale - 1 and scale + 1 are exact. 1 beyond 9.02.
static inline vf tanh_(vf x) {
  const Split e = split_exp(-2.0f * smaller(all(9.02f), absolute(x)));
  const vf less = e.scale * e.part + (e.scale - 1.0f), more = e.scale * e.part + (e.scale + 1.0f);
  return with_sign(absolute(less / more), x);
}

constexpr float leak = 0.2f, selu_scale = 1.05070098f, selu_alpha = 1.67326324f;

static inline vf negative_part(vf x) { return smaller(vf{}, x); }

static inline float normal_cdf(float x) { return 0.5f * (1.0f + std::erf(x * 0.707106781f)); }
static inline float normal_pdf(float x) { return 0.398942280f * std::exp(-0.5f * x * x); }

template <Act A>
static inline vf value_of(vf x) {
  if constexpr (A == Act::tanh) return tanh_(x);
  if constexpr (A == Act::sigmoid) return sigmoid(x);
  if constexpr (A == Act::hard_sigmoid)
    return larger(vf{}, smaller(all(1.0f), x / 6.0f + 0.5f));
  if constexpr (A == Act::relu) return larger(vf{}, x);
  if constexpr (A == Act::leaky_relu) return pick(x > 0.0f, x, x * leak);
  if constexpr (A == Act::elu) return pick(x > 0.0f, x, expm1_(negative_part(x)));
  if constexpr (A == Act::selu)
    return selu_scale * pick(x > 0.0f, x, selu_alpha * expm1_(negative_part(x)));
  if constexpr (A == Act::softplus)
    return larger(vf{}, x) + each(exp_(-absolute(x)), [](float e) { return std::log1p(e); });
  if constexpr (A == Act::softsign) return x / (1.0f + absolute(x));
  if constexpr (A == Act::swish) return x * sigmoid(x);
  if constexpr (A == Act::gelu) return x * each(x, normal_cdf);
  return x;
}

template <Act A>
static inline vf slope_of(vf z, vf y) {
  const vf zero{}, one = all(1.0f);
  if constexpr (A == Act::tanh) return 1.0f - y * y;
  if constexpr (A == Act::sigmoid) return y * (1.0f - y);
  if constexpr (A == Act::hard_sigmoid)
    return pick((y > 0.0f) & (y < 1.0f), all(1.0f / 6.0f), zero);
  if constexpr (A == Act::relu) return pick(y > 0.0f, one, zero);
  if constexpr (A == Act::leaky_relu) return pick(y > 0.0f, one, all(leak));
  if constexpr (A == Act::elu) return pick(y > 0.0f, one, y + 1.0f);
  if constexpr (A == Act::selu)
    return pick(y > 0.0f, all(selu_scale), y + selu_scale * selu_alpha);
  if constexpr (A == Act::softplus) return sigmoid(z);
  if constexpr (A == Act::softsign) {
    const vf s = 1.0f / (1.0f + absolute(z));
    return s * s;
  }
  if constexpr (A == Act::swish) {
    const vf s = sigmoid(z);
    return s + y * (1.0f - s);
  }
  if constexpr (A == Act::gelu) return each(z, normal_cdf) + z * each(z, normal_pdf);
  return one;
}

// An activation known when compiling, and one known when running.
template <Act A>
struct Known {
  static vf value(vf z) { return value_of<A>(z); }
  static vf slope(vf z, vf y) { return slope_of<A>(z, y); }
};

struct Any {
  Act act;
  template <template <Act> class Use>
  static vf choose(Act a, vf z, vf y) {
    switch (a) {
      case Act::tanh: return Use<Act::tanh>::of(z, y);
      case Act::sigmoid: return Use<Act::sigmoid>::of(z, y);
      case Act::hard_sigmoid: return Use<Act::hard_sigmoid>::of(z, y);
      case Act::relu: return Use<Act::relu>::of(z, y);
      case Act::leaky_relu: return Use<Act::leaky_relu>::of(z, y);
      case Act::elu: return Use<Act::elu>::of(z, y);
      case Act::selu: return Use<Act::selu>::of(z, y);
      case Act::softplus: return Use<Act::softplus>::of(z, y);
      case Act::softsign: return Use<Act::softsign>::of(z, y);
      case Act::swish: return Use<Act::swish>::of(z, y);
      case Act::gelu: return Use<Act::gelu>::of(z, y);
      case Act::linear: break;
    }
    return Use<Act::linear>::of(z, y);
  }
  template <Act A> struct Value { static vf of(vf z, vf) { return value_of<A>(z); } };
  template <Act A> struct Slope { static vf of(vf z, vf y) { return slope_of<A>(z, y); } };
  CALLOFF_APART vf value(vf z) const { return choose<Value>(act, z, z); }
  CALLOFF_APART vf slope(vf z, vf y) const { return choose<Slope>(act, z, y); }
};

}  // namespace calloff::CALLOFF_ISA
