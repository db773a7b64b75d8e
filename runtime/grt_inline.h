/* grt_inline.h -- GRT_INLINE: functions that generated loops call.
 *
 * A loop with a call in it stays scalar, whatever the compiler thinks that the call saves. */
#ifndef GRT_INLINE_H
#define GRT_INLINE_H

#ifdef __CUDACC__
#define GRT_INLINE static __host__ __device__ __forceinline__
#elif defined __GNUC__
#define GRT_INLINE static inline __attribute__((always_inline))
#else
#define GRT_INLINE static inline
#endif

#endif
