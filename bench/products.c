/* products.c -- how fast the BLAS multiplies: for bench/products.sh.
 *
 *     products 64 128 784        GFLOP/s of y[m,n] = a[m,k] b[k,n], of y b^T, and of a^T y
 *     61.3 58.0 60.9 OpenBLAS SkylakeX
 *
 * The fastest of many, in processor time, on one thread. */
#define _POSIX_C_SOURCE 200809L
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

char *openblas_get_corename(void);
void openblas_set_num_threads(int);

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct Product {
    CBLAS_TRANSPOSE a, b;
    int m, n, k;
} Product;

static double rate(const Product *p, const float *a, const float *b, float *c)
{
    const int lda = p->a == CblasTrans ? p->m : p->k, ldb = p->b == CblasTrans ? p->k : p->n;
    const double operations = 2.0 * p->m * p->n * p->k;
    const int turns = 1 + (int)(2e6 / operations); /* long enough for the clock */
    double best = 1e9, all = 0;
    while (all < 0.3) {
        const double started = seconds();
        for (int i = 0; i < turns; i++)
            cblas_sgemm(CblasRowMajor, p->a, p->b, p->m, p->n, p->k, 1, a, lda, b, ldb, 0, c, p->n);
        const double spent = seconds() - started;
        best = spent < best ? spent : best;
        all += spent;
    }
    return operations * turns / best * 1e-9;
}

static float *matrix(int rows, int columns)
{
    const size_t count = (size_t)rows * (size_t)columns;
    float *numbers = malloc(count * sizeof *numbers);
    for (size_t i = 0; numbers && i < count; i++)
        numbers[i] = (float)(i % 17) * 0.1f - 0.8f;
    return numbers;
}

int main(int argc, char **argv)
{
    const int m = argc > 3 ? atoi(argv[1]) : 0, n = argc > 3 ? atoi(argv[2]) : 0;
    const int k = argc > 3 ? atoi(argv[3]) : 0;
    if (m <= 0 || n <= 0 || k <= 0) {
        fprintf(stderr, "usage: products M N K\n");
        return 2;
    }
    const Product forward = {CblasNoTrans, CblasNoTrans, m, n, k};
    const Product by_a = {CblasNoTrans, CblasTrans, m, k, n};
    const Product by_b = {CblasTrans, CblasNoTrans, k, n, m};
    float *a = matrix(m, k), *b = matrix(k, n), *y = matrix(m, n);
    float *da = matrix(m, k), *db = matrix(k, n);
    if (!a || !b || !y || !da || !db)
        return 3;
    openblas_set_num_threads(1);
    printf("%.1f %.1f %.1f OpenBLAS %s\n", rate(&forward, a, b, y), rate(&by_a, y, b, da),
           rate(&by_b, a, y, db), openblas_get_corename());
    free(a);
    free(b);
    free(y);
    free(da);
    free(db);
    return 0;
}
