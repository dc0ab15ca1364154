// What this processor and its operating system can run, asked of them directly. The compilers' own
// __builtin_cpu_supports needs their runtime library, and answers "nothing" where that is missing: an
// engine built so would run its slowest kernels, and say nothing.
#pragma once

namespace calloff {

struct Processor {
  bool avx2 = false;    // with FMA
  bool avx512 = false;  // F, DQ, BW and VL
};

Processor detect_processor();

}  // namespace calloff
