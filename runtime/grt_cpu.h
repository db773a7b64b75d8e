/* grt_cpu.h -- what a processor must have to run code that was compiled as this file is.
 *
 *     .needs = GRT_CPU_NEEDS      in a generated file's GrtModel, by that file's -march
 *
 * The runtime itself is compiled for every processor, and asks before it runs any generated code
 * (cpu.c): a program on the wrong machine then says so, instead of dying of an illegal
 * instruction. */
#ifndef GRT_CPU_H
#define GRT_CPU_H

/* X(name, how __builtin_cpu_supports calls it, the bit): instructions that compilers use by
 * themselves, and that some x86 processors lack. */
#define GRT_CPU_FEATURES(X)                         \
    X(SSE4_2, "sse4.2", 1u << 0)                    \
    X(AVX, "avx", 1u << 1)                          \
    X(FMA, "fma", 1u << 2)                          \
    X(BMI2, "bmi2", 1u << 3)                        \
    X(AVX2, "avx2", 1u << 4)                        \
    X(AVX512F, "avx512f", 1u << 5)                  \
    X(AVX512BW, "avx512bw", 1u << 6)                \
    X(AVX512DQ, "avx512dq", 1u << 7)                \
    X(AVX512VL, "avx512vl", 1u << 8)                \
    X(AVX512VBMI, "avx512vbmi", 1u << 9)            \
    X(AVX512VBMI2, "avx512vbmi2", 1u << 10)         \
    X(AVX512VNNI, "avx512vnni", 1u << 11)           \
    X(AVX512BITALG, "avx512bitalg", 1u << 12)       \
    X(AVX512VPOPCNTDQ, "avx512vpopcntdq", 1u << 13) \
    X(FMA4, "fma4", 1u << 14)                       \
    X(XOP, "xop", 1u << 15)

#define GRT_CPU_BIT(name, word, bit) GRT_CPU_##name = (int)(bit),
enum GrtCpu { GRT_CPU_FEATURES(GRT_CPU_BIT) GRT_CPU_NOTHING = 0 };
#undef GRT_CPU_BIT

#ifdef __SSE4_2__
#define GRT_NEEDS_SSE4_2 GRT_CPU_SSE4_2
#else
#define GRT_NEEDS_SSE4_2 0
#endif
#ifdef __AVX__
#define GRT_NEEDS_AVX GRT_CPU_AVX
#else
#define GRT_NEEDS_AVX 0
#endif
#ifdef __FMA__
#define GRT_NEEDS_FMA GRT_CPU_FMA
#else
#define GRT_NEEDS_FMA 0
#endif
#ifdef __BMI2__
#define GRT_NEEDS_BMI2 GRT_CPU_BMI2
#else
#define GRT_NEEDS_BMI2 0
#endif
#ifdef __AVX2__
#define GRT_NEEDS_AVX2 GRT_CPU_AVX2
#else
#define GRT_NEEDS_AVX2 0
#endif
#ifdef __AVX512F__
#define GRT_NEEDS_AVX512F GRT_CPU_AVX512F
#else
#define GRT_NEEDS_AVX512F 0
#endif
#ifdef __AVX512BW__
#define GRT_NEEDS_AVX512BW GRT_CPU_AVX512BW
#else
#define GRT_NEEDS_AVX512BW 0
#endif
#ifdef __AVX512DQ__
#define GRT_NEEDS_AVX512DQ GRT_CPU_AVX512DQ
#else
#define GRT_NEEDS_AVX512DQ 0
#endif
#ifdef __AVX512VL__
#define GRT_NEEDS_AVX512VL GRT_CPU_AVX512VL
#else
#define GRT_NEEDS_AVX512VL 0
#endif
#ifdef __AVX512VBMI__
#define GRT_NEEDS_AVX512VBMI GRT_CPU_AVX512VBMI
#else
#define GRT_NEEDS_AVX512VBMI 0
#endif
#ifdef __AVX512VBMI2__
#define GRT_NEEDS_AVX512VBMI2 GRT_CPU_AVX512VBMI2
#else
#define GRT_NEEDS_AVX512VBMI2 0
#endif
#ifdef __AVX512VNNI__
#define GRT_NEEDS_AVX512VNNI GRT_CPU_AVX512VNNI
#else
#define GRT_NEEDS_AVX512VNNI 0
#endif
#ifdef __AVX512BITALG__
#define GRT_NEEDS_AVX512BITALG GRT_CPU_AVX512BITALG
#else
#define GRT_NEEDS_AVX512BITALG 0
#endif
#ifdef __AVX512VPOPCNTDQ__
#define GRT_NEEDS_AVX512VPOPCNTDQ GRT_CPU_AVX512VPOPCNTDQ
#else
#define GRT_NEEDS_AVX512VPOPCNTDQ 0
#endif
#ifdef __FMA4__
#define GRT_NEEDS_FMA4 GRT_CPU_FMA4
#else
#define GRT_NEEDS_FMA4 0
#endif
#ifdef __XOP__
#define GRT_NEEDS_XOP GRT_CPU_XOP
#else
#define GRT_NEEDS_XOP 0
#endif

#define GRT_CPU_NEEDS                                                                     \
    (GRT_NEEDS_SSE4_2 | GRT_NEEDS_AVX | GRT_NEEDS_FMA | GRT_NEEDS_BMI2 | GRT_NEEDS_AVX2 | \
     GRT_NEEDS_AVX512F | GRT_NEEDS_AVX512BW | GRT_NEEDS_AVX512DQ | GRT_NEEDS_AVX512VL |   \
     GRT_NEEDS_AVX512VBMI | GRT_NEEDS_AVX512VBMI2 | GRT_NEEDS_AVX512VNNI |                \
     GRT_NEEDS_AVX512BITALG | GRT_NEEDS_AVX512VPOPCNTDQ | GRT_NEEDS_FMA4 | GRT_NEEDS_XOP)

#endif
