/* grt_denormals.h -- numbers too small for a full mantissa (below 1.2e-38 in f32), taken for 0.
 *
 *     const GrtFloatMode before = grt_float_flush();     operands and results that small are 0
 *     ... a training step ...
 *     grt_float_restore(before);
 *
 * Processors that compute with them take a hundred times as long for it, and the moments of an
 * optimizer decay to just there.  The mode is each thread's own.  Where a processor is not known
 * here, nothing happens. */
#ifndef GRT_DENORMALS_H
#define GRT_DENORMALS_H

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

typedef uint64_t GrtFloatMode; /* the control register */

#if defined(__SSE2__)
enum { GRT_FLOAT_FLUSH = 0x8040 }; /* results (FTZ) and operands (DAZ) */

static inline GrtFloatMode grt_float_mode(void)
{
    return _mm_getcsr();
}

static inline void grt_float_set(GrtFloatMode mode)
{
    _mm_setcsr((unsigned)mode);
}
#elif defined(__aarch64__)
enum { GRT_FLOAT_FLUSH = 1 << 24 }; /* FZ: both */

static inline GrtFloatMode grt_float_mode(void)
{
#ifdef __clang__
    return __builtin_arm_rsr64("FPCR");
#else
    return __builtin_aarch64_get_fpcr();
#endif
}

static inline void grt_float_set(GrtFloatMode mode)
{
#ifdef __clang__
    __builtin_arm_wsr64("FPCR", mode);
#else
    __builtin_aarch64_set_fpcr((unsigned)mode);
#endif
}
#else
enum { GRT_FLOAT_FLUSH = 0 };

static inline GrtFloatMode grt_float_mode(void)
{
    return 0;
}

static inline void grt_float_set(GrtFloatMode mode)
{
    (void)mode;
}
#endif

static inline GrtFloatMode grt_float_flush(void)
{
    const GrtFloatMode before = grt_float_mode();
    grt_float_set(before | GRT_FLOAT_FLUSH);
    return before;
}

static inline void grt_float_restore(GrtFloatMode before)
{
    const GrtFloatMode flush = GRT_FLOAT_FLUSH;
    grt_float_set((grt_float_mode() & ~flush) | (before & flush)); /* what was raised stays so */
}

#endif
