// Philox4x32-10 (Salmon et al. 2011): the numbers of rng.py. Static: each instruction set its own.
#pragma once
#include <cstdint>
#include "net.h"

namespace calloff {

enum Stream : std::uint32_t { shuffle_stream = 1, input_stream = 2, recurrent_stream = 3 };

struct Words { std::uint32_t w[4]; };

static inline Words philox(Philox key, std::uint32_t index, std::uint32_t a, std::uint32_t b,
                           std::uint32_t stream) {
  std::uint32_t w0 = index, w1 = a, w2 = b, w3 = stream;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * w0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * w2;
    w0 = static_cast<std::uint32_t>(p1 >> 32) ^ w1 ^ key.k0;
    w1 = static_cast<std::uint32_t>(p1);
    w2 = static_cast<std::uint32_t>(p0 >> 32) ^ w3 ^ key.k1;
    w3 = static_cast<std::uint32_t>(p0);
    key.k0 += 0x9E3779B9u;
    key.k1 += 0xBB67AE85u;
  }
  return {{w0, w1, w2, w3}};
}

// Elements [from, from + count) of a dropout mask: 0, or scale where the uniform number >= rate.
// The numbers are multiples of 2^-24, so comparing words with ceil(rate * 2^24) is the same, exactly.
static inline void dropout_run(Philox key, Words at, std::int64_t from, int count,
                               std::uint32_t threshold, float scale, float* out) {
  std::int64_t e = from;
  for (int done = 0; done < count;) {
    const Words r = philox(key, static_cast<std::uint32_t>(e >> 2), at.w[1], at.w[2], at.w[3]);
    for (int k = static_cast<int>(e & 3); k < 4 && done < count; ++k, ++done, ++e)
      out[done] = (r.w[k] >> 8) >= threshold ? scale : 0.0f;
  }
}

}  // namespace calloff
