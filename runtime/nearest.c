/* nearest.c -- "did you mean": of some names, the one nearest in spelling.
 *
 *     "trian"    train test    ->    train */
#include <string.h>

#include "grt_trainer.h"

enum { NEAREST_NAME = 128 };

static int nearest_min(int a, int b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours between two short words. */
static int nearest_distance(const char *a, const char *b)
{
    int rows[3][NEAREST_NAME + 1] = {{0}};
    const int n = (int)strlen(a), m = (int)strlen(b);
    for (int j = 0; j <= m; j++)
        rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = rows[i % 3];
        const int *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            const int replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = nearest_min(replaced, nearest_min(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = nearest_min(row[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *grt_nearest(const char *name, const char *const *candidates, int count)
{
    const char *nearest = NULL;
    const int length = (int)strlen(name);
    int best = length / 3 > 1 ? length / 3 + 1 : 2; /* it must be nearer than this */
    if (length > NEAREST_NAME)
        return NULL;
    for (int i = 0; i < count; i++) {
        if (strlen(candidates[i]) > NEAREST_NAME)
            continue;
        const int distance = nearest_distance(name, candidates[i]);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
