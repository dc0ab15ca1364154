// Dropout masks by Philox, V counters at a time.
#pragma once
#include "philox.h"
#include "simd.h"

namespace calloff::CALLOFF_ISA {

typedef std::uint32_t vu __attribute__((vector_size(4 * V)));
typedef std::uint64_t vl __attribute__((vector_size(4 * V)));

struct WideProduct { vu high, low; };

// The products of 32-bit numbers, 64 bits wide: those of the even lanes, then of the odd ones. (Left
// to the compiler, a plain loop took eight times as long in some places.)
static inline WideProduct multiply_wide(vu x, std::uint32_t m) {
#if defined(__AVX512F__)
  const __m512i a = reinterpret_cast<__m512i>(x), f = _mm512_set1_epi32(static_cast<int>(m));
  const vl even = reinterpret_cast<vl>(_mm512_mul_epu32(a, f));
  const vl odd = reinterpret_cast<vl>(_mm512_mul_epu32(_mm512_srli_epi64(a, 32), f));
#elif defined(__AVX2__)
  const __m256i a = reinterpret_cast<__m256i>(x), f = _mm256_set1_epi32(static_cast<int>(m));
  const vl even = reinterpret_cast<vl>(_mm256_mul_epu32(a, f));
  const vl odd = reinterpret_cast<vl>(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), f));
#elif defined(__SSE2__)
  const __m128i a = reinterpret_cast<__m128i>(x), f = _mm_set1_epi32(static_cast<int>(m));
  const vl even = reinterpret_cast<vl>(_mm_mul_epu32(a, f));
  const vl odd = reinterpret_cast<vl>(_mm_mul_epu32(_mm_srli_epi64(a, 32), f));
#else
  const vl a = reinterpret_cast<vl>(x);
  const vl even = (a & 0xFFFFFFFFu) * m, odd = (a >> 32) * m;
#endif
  return {reinterpret_cast<vu>(even >> 32 | (odd >> 32 << 32)),
          reinterpret_cast<vu>((even & 0xFFFFFFFFu) | odd << 32)};
}

// Lane k has a key of its own, and counter w0[k] with the last three words of `counter`.
static inline void philox_lanes(vu k0, vu k1, vu w0, Words counter, vu* w) {
  vu w1 = vu{} + counter.w[1], w2 = vu{} + counter.w[2], w3 = vu{} + counter.w[3];
  for (int round = 0; round < 10; ++round) {
    const WideProduct p0 = multiply_wide(w0, PhiloxRounds::m0);
    const WideProduct p1 = multiply_wide(w2, PhiloxRounds::m1);
    w0 = p1.high ^ w1 ^ k0, w1 = p1.low;
    w2 = p0.high ^ w3 ^ k1, w3 = p0.low;
    k0 += PhiloxRounds::weyl_0, k1 += PhiloxRounds::weyl_1;
  }
  w[0] = w0, w[1] = w1, w[2] = w2, w[3] = w3;
}

// Elements [from, from + count) of a mask: 0, or scale where the uniform number >= rate. The numbers
// are multiples of 2^-24, so comparing words with threshold = ceil(rate * 2^24) is the same, exactly.
// Whole counters are drawn, into `buffer` (count + mask_padding floats); returns where `from` lies.
static inline const float* dropout_elements(Philox key, Words counter, Index from, Index count,
                                            std::uint32_t threshold, float scale, float* buffer) {
  const Index skipped = from & 3;
  for (Index done = 0; done < count + skipped; done += 4 * V) {
    vu w[4];
    vf mask[4];
    const auto first = static_cast<std::uint32_t>((from + done) >> 2);
    philox_lanes(vu{} + key.k0, vu{} + key.k1, reinterpret_cast<vu>(lane_numbers()) + first, counter, w);
    for (int j = 0; j < 4; ++j)
      mask[j] = select(reinterpret_cast<vi>(w[j] >> 8 >= threshold), broadcast(scale), vf{});
    store_interleaved(mask, buffer + done);
  }
  return buffer + skipped;
}

}  // namespace calloff::CALLOFF_ISA
