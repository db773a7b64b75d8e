#include <stdio.h>
#include <string.h>
#include "mid.h"
int main(void)
{
    const float x[8] = {1, 2, 0, -1, 0.5f, 0.25f, -2, 1}, y[4] = {1, -1, 0.5f, 0};
    float early[4], a_out[4], b_out[4], c_out[4];
    double a_loss = 0, b_loss = 0;
    mid *a = mid_create(1), *b = mid_create(1), *c = mid_create(2);
    for (int step = 0; step < 20; step++) {
        if (mid_train_step(a, 4, x, y, &a_loss) || mid_train_step(b, 4, x, y, &b_loss))
            return 1;
        if (a_loss != b_loss || mid_predict(a, 4, x, step ? a_out : early))
            return 2;
    }
    if (mid_predict(b, 4, x, b_out) || memcmp(a_out, b_out, sizeof a_out))
        return 3;
    if (mid_save(a, "mid.safetensors") || mid_load(c, "mid.safetensors") ||
        mid_predict(c, 4, x, c_out) || memcmp(a_out, c_out, sizeof a_out))
        return 4;
    if (mid_train_step(b, 4, x, y, &b_loss) || mid_train_step(c, 4, x, y, &a_loss) || a_loss != b_loss)
        return 5;
    /* Behind the first step they are its parameters; later they lag behind. */
    double lag = 0;
    for (int i = 0; i < 4; i++)
        lag += (a_out[i] - early[i]) * (a_out[i] - early[i]);
    mid_destroy(a);
    mid_destroy(b);
    mid_destroy(c);
    return lag > 1e-4 ? 0 : 6;
}
