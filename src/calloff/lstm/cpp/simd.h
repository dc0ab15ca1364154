// One vector of V floats. CALLOFF_ISA names the namespace; the compiler's flags choose the width.
// GCC and Clang bring vectors with operators; only what has no operator is an intrinsic below.
#pragma once
#include <cmath>
#include <cstdint>
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

// For functions not worth a copy at each place of use: compiling takes half as long.
#define CALLOFF_NOINLINE __attribute__((noinline))
#define CALLOFF_INLINE inline __attribute__((always_inline))

namespace calloff::CALLOFF_ISA {

#if defined(__AVX512F__)
constexpr int V = 16;
#elif defined(__AVX__)
constexpr int V = 8;
#else
constexpr int V = 4;
#endif

#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr int max_nv = 4;  // 32 registers: 6 x 4 sums
#else
constexpr int max_nv = 2;  // 16 registers: 6 x 2 sums
#endif
constexpr int max_mr = 6;

typedef float vf __attribute__((vector_size(4 * V)));
typedef std::int32_t vi __attribute__((vector_size(4 * V)));
typedef float vf_memory __attribute__((vector_size(4 * V), may_alias));

static inline vf load(const float* p) { return *reinterpret_cast<const vf_memory*>(p); }
static inline void store(float* p, vf x) { *reinterpret_cast<vf_memory*>(p) = x; }
static inline vf broadcast(float x) { return x - vf{}; }
static inline vi as_int(vf x) { return reinterpret_cast<vi>(x); }
static inline vf as_float(vi x) { return reinterpret_cast<vf>(x); }
static inline vf select(vi where, vf yes, vf no) {
  return as_float((where & as_int(yes)) | (~where & as_int(no)));
}

// vmax(a, b) and vmin(a, b) give b where either is not a number: keep what may be NaN second.
#if defined(__AVX512F__)
static inline vf vmax(vf a, vf b) { return _mm512_max_ps(a, b); }
static inline vf vmin(vf a, vf b) { return _mm512_min_ps(a, b); }
static inline vf vsqrt(vf a) { return _mm512_sqrt_ps(a); }
#elif defined(__AVX__)
static inline vf vmax(vf a, vf b) { return _mm256_max_ps(a, b); }
static inline vf vmin(vf a, vf b) { return _mm256_min_ps(a, b); }
static inline vf vsqrt(vf a) { return _mm256_sqrt_ps(a); }
#elif defined(__SSE2__)
static inline vf vmax(vf a, vf b) { return _mm_max_ps(a, b); }
static inline vf vmin(vf a, vf b) { return _mm_min_ps(a, b); }
static inline vf vsqrt(vf a) { return _mm_sqrt_ps(a); }
#else
static inline vf vmax(vf a, vf b) { return select(a > b, a, b); }
static inline vf vmin(vf a, vf b) { return select(a < b, a, b); }
#if defined(__ARM_NEON) && defined(__aarch64__)
static inline vf vsqrt(vf a) { return vsqrtq_f32(a); }
#else
static inline vf vsqrt(vf a) {
  for (int k = 0; k < V; ++k) a[k] = std::sqrt(a[k]);
  return a;
}
#endif
#endif

// The bits of vsqrt without the unit that divides and takes roots: an iteration of Goldschmidt from an estimate of 14
// bits, and a correction (Markstein 2004, "Software division and square root using Goldschmidt's algorithms"). Right
// for every significand, and for 24 estimates of each within 2^-14: other processors may estimate otherwise.
// Fused by name, as it is wrong where the compiler does not fuse.
#if defined(__AVX512F__)
static inline vf sqrt_by_products(vf x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i from = _mm512_set1_epi32(0x0f800000), count = _mm512_set1_epi32(0x60000000);  // 2^-96 to 2^96
  const __mmask16 usual = _mm512_cmplt_epu32_mask(_mm512_sub_epi32(bits, from), count);
  if (__builtin_expect(_mm512_mask_test_epi32_mask(~usual, bits, bits), 0)) return vsqrt(x);
  const vf estimate = _mm512_maskz_rsqrt14_ps(usual, x);  // of 1 / sqrt(x); 0 where x is 0
  vf root = x * estimate, half = 0.5f * estimate;
  const vf error = _mm512_fnmadd_ps(root, half, broadcast(0.5f));
  root = _mm512_fmadd_ps(root, error, root), half = _mm512_fmadd_ps(half, error, half);
  return _mm512_fmadd_ps(_mm512_fnmadd_ps(root, root, x), half, root);
}
#else
static inline vf sqrt_by_products(vf x) { return vsqrt(x); }
#endif

static inline vf vabs(vf x) { return as_float(as_int(x) & 0x7fffffff); }
static inline vf copy_sign(vf size, vf sign) {
  return as_float(as_int(size) | (as_int(sign) & INT32_MIN));
}

// Bit k: lane k is negative.
static inline unsigned sign_bits(vf x) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask(_mm512_castps_si512(x));
#elif defined(__AVX__)
  return static_cast<unsigned>(_mm256_movemask_ps(x));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_ps(x));
#else
  unsigned bits = 0;
  for (int k = 0; k < V; ++k) bits |= static_cast<unsigned>(as_int(x)[k] < 0) << k;
  return bits;
#endif
}

// `count` < V floats and zeros behind them, from any address; reads nothing beyond.
static inline vf load_partial(const float* p, int count) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1 << count) - 1), p);
#elif defined(__AVX__)
  alignas(32) static const std::int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_maskload_ps(p, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(window + 8 - count)));
#else
  vf r{};
  for (int k = 0; k < count; ++k) r[k] = p[k];
  return r;
#endif
}

// The columns [from, from + V) of a row of `width`, zeros beyond its end.
static inline vf load_columns(const float* row, int from, int width) {
  if (width - from < V) return load_partial(row + from, width - from);
  vf r;
  __builtin_memcpy(&r, row + from, sizeof r);
  return r;
}

static inline vi lane_numbers() {
  vi r;
  for (int k = 0; k < V; ++k) r[k] = k;
  return r;
}

// For the rare functions that have no vector form here.
template <class F>
static inline vf map_lanes(vf x, F f) {
  vf r;
  for (int k = 0; k < V; ++k) r[k] = f(x[k]);
  return r;
}

#if defined(__AVX__)
// A block of 8 x 8 floats of rows V floats apart, transposed.
static inline void transpose_8x8(const float* from, float* to) {
  for (int half = 0; half < 2; ++half) {  // columns 4 * half ... become rows
    __m256 r[4];
    for (int k = 0; k < 4; ++k) {
      const float* p = from + k * V + half * 4;
      r[k] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_load_ps(p)), _mm_load_ps(p + 4 * V), 1);
    }
    const __m256 a = _mm256_unpacklo_ps(r[0], r[1]), b = _mm256_unpackhi_ps(r[0], r[1]);
    const __m256 c = _mm256_unpacklo_ps(r[2], r[3]), d = _mm256_unpackhi_ps(r[2], r[3]);
    float* rows = to + half * 4 * V;
    _mm256_store_ps(rows, _mm256_shuffle_ps(a, c, 0x44));
    _mm256_store_ps(rows + V, _mm256_shuffle_ps(a, c, 0xEE));
    _mm256_store_ps(rows + 2 * V, _mm256_shuffle_ps(b, d, 0x44));
    _mm256_store_ps(rows + 3 * V, _mm256_shuffle_ps(b, d, 0xEE));
  }
}
#endif

// The square block of V x V floats at `from`, transposed to `to`.
static inline void transpose_block(const float* from, float* to) {
#if defined(__AVX__)
  for (int i = 0; i < V; i += 8)
    for (int j = 0; j < V; j += 8) transpose_8x8(from + j * V + i, to + i * V + j);
#else
  for (int i = 0; i < V; ++i)
    for (int j = 0; j < V; ++j) to[i * V + j] = from[j * V + i];
#endif
}

// out[4 * k + j] = x[j][k]: the lanes of four vectors in turn.
static inline void store_interleaved(const vf* x, float* out) {
#if defined(__AVX__) && !defined(__AVX512F__)
  const __m256 a = _mm256_unpacklo_ps(x[0], x[1]), b = _mm256_unpackhi_ps(x[0], x[1]);
  const __m256 c = _mm256_unpacklo_ps(x[2], x[3]), d = _mm256_unpackhi_ps(x[2], x[3]);
  const __m256 lanes_0_4 = _mm256_shuffle_ps(a, c, 0x44), lanes_1_5 = _mm256_shuffle_ps(a, c, 0xEE);
  const __m256 lanes_2_6 = _mm256_shuffle_ps(b, d, 0x44), lanes_3_7 = _mm256_shuffle_ps(b, d, 0xEE);
  _mm256_storeu_ps(out, _mm256_permute2f128_ps(lanes_0_4, lanes_1_5, 0x20));
  _mm256_storeu_ps(out + 8, _mm256_permute2f128_ps(lanes_2_6, lanes_3_7, 0x20));
  _mm256_storeu_ps(out + 16, _mm256_permute2f128_ps(lanes_0_4, lanes_1_5, 0x31));
  _mm256_storeu_ps(out + 24, _mm256_permute2f128_ps(lanes_2_6, lanes_3_7, 0x31));
#else
  for (int k = 0; k < V; ++k)
    for (int j = 0; j < 4; ++j) out[4 * k + j] = x[j][k];
#endif
}

static inline float sum_of_lanes(vf x) {
  float s[V];
  __builtin_memcpy(s, &x, sizeof s);
#pragma GCC unroll 8
  for (int half = V / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int k = 0; k < half; ++k) s[k] += s[k + half];
  return s[0];
}

}  // namespace calloff::CALLOFF_ISA
