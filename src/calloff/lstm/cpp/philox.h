// Philox4x32-10 (Salmon et al. 2011): the numbers of rng.py. Static: each instruction set its own.
#pragma once
#include <cstdint>
#include "network.h"

namespace calloff {

enum Stream : std::uint32_t { shuffle_stream = 1, input_stream = 2, recurrent_stream = 3 };

struct Words { std::uint32_t w[4]; };

struct PhiloxRounds {  // the constants of the paper's table 2 and section 3.3
  static constexpr std::uint32_t m0 = 0xD2511F53u, m1 = 0xCD9E8D57u;
  static constexpr std::uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;
};

static inline Words philox(Philox key, Words counter) {
  std::uint32_t w0 = counter.w[0], w1 = counter.w[1], w2 = counter.w[2], w3 = counter.w[3];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{PhiloxRounds::m0} * w0;
    const std::uint64_t p1 = std::uint64_t{PhiloxRounds::m1} * w2;
    w0 = static_cast<std::uint32_t>(p1 >> 32) ^ w1 ^ key.k0;
    w1 = static_cast<std::uint32_t>(p1);
    w2 = static_cast<std::uint32_t>(p0 >> 32) ^ w3 ^ key.k1;
    w3 = static_cast<std::uint32_t>(p0);
    key.k0 += PhiloxRounds::weyl_0;
    key.k1 += PhiloxRounds::weyl_1;
  }
  return {{w0, w1, w2, w3}};
}

constexpr int mask_padding = 3 + 4 * 16;  // floats that dropout_elements may write beyond those asked for

}  // namespace calloff
