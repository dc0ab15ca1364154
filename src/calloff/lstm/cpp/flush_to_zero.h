// Subnormal numbers count as zero while a FlushToZero lives: a dead unit's moments in Adam sink through
// them for thousands of steps, and some processors take a hundred times as long for each.
#pragma once
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace calloff {

class FlushToZero {
 public:
  FlushToZero(const FlushToZero&) = delete;
#if defined(__SSE2__)
  FlushToZero() : before_(_mm_getcsr()) { _mm_setcsr(static_cast<unsigned>(before_) | 0x8040); }
  ~FlushToZero() { _mm_setcsr(static_cast<unsigned>(before_)); }
#elif defined(__aarch64__) && defined(__GNUC__)
  FlushToZero() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" ::"r"(before_ | (1ul << 24)));
  }
  ~FlushToZero() { asm volatile("msr fpcr, %0" ::"r"(before_)); }
#else
  FlushToZero() = default;
  ~FlushToZero() {}  // of our own, so that no compiler calls the variable unused
#endif

 private:
  unsigned long before_ = 0;
};

}  // namespace calloff
