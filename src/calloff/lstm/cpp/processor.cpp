#include "processor.h"

// GCC's and Clang's header, Clang's also where it stands in for Microsoft's compiler.
#if defined(CALLOFF_X86)
#include <cpuid.h>
#endif

namespace calloff {

#if defined(CALLOFF_X86)

namespace {

bool bit(unsigned word, int k) { return (word >> k & 1) != 0; }

// XCR0: the registers that the operating system saves when it switches between programs. An
// instruction, not the intrinsic _xgetbv, which compiles with -mxsave only.
unsigned saved_registers() {
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

// Intel's manual, volume 1, sections 14.3, 14.7.1 and 15.2 to 15.4; volume 2, CPUID.
Processor detect_processor() {
  Processor found;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
  const bool xsave = bit(c, 27), avx = bit(c, 28), fma = bit(c, 12);
  if (!xsave || !avx || !fma || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
  const unsigned saved = saved_registers();
  const bool ymm = (saved & 0x06) == 0x06;  // bits 1 and 2: xmm, the upper halves of ymm
  const bool zmm = (saved & 0xE6) == 0xE6;  // and 5 to 7: masks, the upper halves of zmm, zmm16 to 31
  found.avx2 = ymm && bit(b, 5);
  found.avx512 = zmm && found.avx2 && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
  return found;
}

#else

Processor detect_processor() { return {}; }

#endif

}  // namespace calloff
