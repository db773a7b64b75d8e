/* random_layers.c -- recipes of random programs: layers, images, control flow; and what
 * has no recipe, with the reason. */
#include <string.h>

#include "tests/random_recipes.h"

static bool accepts_rows(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank >= 1 && !s->type.dims[s->type.rank - 1].batch;
}

static bool accepts_image(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank == 4 && s->type.dims[0].batch &&
           type_batch_axis(&s->type) == 0;
}

static bool accepts_features(const Statement *s)
{
    return s->type.dtype == DT_F32 && s->type.rank == 2 && s->type.dims[0].batch;
}

/* ---- layers of rows ---- */

/* A layer with its own weights: the last axis becomes 3. */
static bool make_linear(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_rows);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const double size = operand_size(p, x) * 2.5 * (double)type.dims[type.rank - 1].size + 2.5;
    type.dims[type.rank - 1] = dim_fixed(3);
    return random_add(p, &type, size, "%s", recipe_text(p, r, x, x));
}

static bool keep_shape(RandomProgram *p, const Recipe *r, Accepts *accepts)
{
    const int x = random_value(p, accepts);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    return random_add(p, &type, r->size > 0 ? r->size : operand_size(p, x), "%s",
                      recipe_text(p, r, x, x));
}

static bool make_rows(RandomProgram *p, const Recipe *r)
{
    return keep_shape(p, r, accepts_rows);
}

static bool make_features(RandomProgram *p, const Recipe *r)
{
    return keep_shape(p, r, accepts_features);
}

static bool make_images(RandomProgram *p, const Recipe *r)
{
    return keep_shape(p, r, accepts_image);
}

static bool make_drawn_images(RandomProgram *p, const Recipe *r)
{
    p->uses_rand = true;
    return make_images(p, r);
}

/* ---- images ---- */

typedef struct Slide { /* of a kernel or a pool: the same in both directions */
    int kernel, stride, padding, dilation;
} Slide;

static Slide random_slide(RandomProgram *p)
{
    const Slide s = {1 + random_below(p, 3), 1 + random_below(p, 2), random_below(p, 2),
                     1 + random_below(p, 2)};
    return s;
}

/* Places of the kernel on the last two axes; false if it does not fit. */
static bool slide(Type *type, const Slide *s)
{
    for (int k = 2; k < 4; k++) {
        const int left =
            (int)type->dims[k].size + 2 * s->padding - s->dilation * (s->kernel - 1) - 1;
        if (left < 0)
            return false;
        type->dims[k] = dim_fixed(left / s->stride + 1);
    }
    return true;
}

static bool make_conv(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int channels = (int)type.dims[1].size;
    const Slide s = random_slide(p);
    if (!slide(&type, &s))
        return false;
    const int groups = channels % 2 == 0 && random_chance(p, 40) ? 2 : 1;
    const double size = operand_size(p, x) * 2.5 * channels * s.kernel * s.kernel + 2.5;
    type.dims[1] = dim_fixed(2);
    return random_add(p, &type, size,
                      "%s |> %s(2, %d, stride = %d, padding = %d, dilation = %d, groups = %d)",
                      random_use(p, x), r->name, s.kernel, s.stride, s.padding, s.dilation, groups);
}

static bool make_conv_transpose(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int channels = (int)type.dims[1].size;
    const Slide s = random_slide(p);
    for (int k = 2; k < 4; k++) {
        type.dims[k].size =
            (type.dims[k].size - 1) * s.stride - 2 * s.padding + s.dilation * (s.kernel - 1) + 1;
        if (type.dims[k].size < 1)
            return false;
    }
    type.dims[1] = dim_fixed(2);
    const double size = operand_size(p, x) * 2.5 * channels * s.kernel * s.kernel + 2.5;
    return random_add(p, &type, size, "%s |> %s(2, %d, stride = %d, padding = %d, dilation = %d)",
                      random_use(p, x), r->name, s.kernel, s.stride, s.padding, s.dilation);
}

static bool make_pool(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    Slide s = random_slide(p);
    s.dilation = 1;
    s.padding = s.kernel > 1 ? s.padding : 0;
    if (!slide(&type, &s))
        return false;
    return random_add(p, &type, operand_size(p, x), "%s(%s, %d, stride = %d, padding = %d)",
                      r->name, random_use(p, x), s.kernel, s.stride, s.padding);
}

/* Series: an image whose channels and rows are merged. */
static bool make_series(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    const int channels = (int)(type.dims[1].size * type.dims[2].size),
              length = (int)type.dims[3].size;
    const bool is_pool = strstr(r->name, "pool") != NULL;
    if (length < 3)
        return false;
    const bool grows = strstr(r->name, "transpose") != NULL;
    type.rank = 3;
    type.dims[1] = dim_fixed(is_pool ? channels : 2);
    type.dims[2] = dim_fixed(is_pool ? (length - 2) / 2 + 1 : grows ? length + 2 : length - 2);
    const char *series = arena_printf(p->arena, "flatten(%s, 1, 2)", random_use(p, x));
    if (is_pool)
        return random_add(p, &type, operand_size(p, x), "%s(%s, 2)", r->name, series);
    return random_add(p, &type, operand_size(p, x) * 7.5 * channels + 2.5, "%s |> %s(2, 3)", series,
                      r->name);
}

static bool make_global(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.rank = 2;
    return random_add(p, &type, operand_size(p, x), "%s", recipe_text(p, r, x, x));
}

static bool make_adaptive(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.dims[2] = dim_fixed(2);
    type.dims[3] = dim_fixed(2);
    return random_add(p, &type, operand_size(p, x), "%s", recipe_text(p, r, x, x));
}

static bool make_upsample(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_image);
    if (x < 0)
        return false;
    Type type = p->statements[x].type;
    type.dims[2].size *= 2;
    type.dims[3].size *= 2;
    return random_add(p, &type, operand_size(p, x), "%s", recipe_text(p, r, x, x));
}

/* ---- control flow: a def, a loop, a module around what there is ---- */

static bool around(RandomProgram *p, const Recipe *r, bool rows)
{
    const int x = random_value(p, rows ? accepts_rows : accepts_float);
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const int number = p->count;
    if (!random_add(p, &type, r->size, "%s", recipe_text(p, r, x, x)))
        return false;
    Statement *s = &p->statements[number];
    if (strcmp(r->name, "def") == 0)
        s->text =
            arena_printf(p->arena,
                         "def fun%d(x, by = 0.5) {\n    y = tanh(x * by)\n    y += sigmoid(x) * y\n"
                         "    return y\n}\n%s",
                         number, s->text);
    else if (strcmp(r->name, "module") == 0)
        s->text = arena_printf(p->arena,
                               "module m%d()(x: f32[.., n]) {\n    param scale: f32[n] = 1\n"
                               "    return tanh(x * scale) + 0.25 * scale\n}\n%s",
                               number, s->text);
    return true;
}

static bool make_def(RandomProgram *p, const Recipe *r)
{
    return around(p, r, false);
}

static bool make_module(RandomProgram *p, const Recipe *r)
{
    return around(p, r, true);
}

/* Unrolled: a second name, for the value itself may not change in a statement. */
static bool make_for(RandomProgram *p, const Recipe *r)
{
    const int x = random_value(p, accepts_float), number = p->count;
    (void)r;
    if (x < 0)
        return false;
    const Type type = p->statements[x].type;
    const char *name = random_use(p, x);
    if (!random_add(p, &type, 3, "t%d", number))
        return false;
    Statement *s = &p->statements[number];
    s->text = arena_printf(
        p->arena, "t%d = %s\nfor i in 0..3 {\n    t%d = tanh(t%d + 0.25 * i) * 1.25\n}\n%s", number,
        name, number, number, s->text);
    return true;
}

/* clang-format off */
const Recipe random_layers[] = {
    {"linear", make_linear, "$0 |> linear(3)", 0, 3},
    {"linear", make_linear, "$0 |> linear(3, bias = false)", 0, 1},
    {"layernorm", make_rows, "$0 |> layernorm(eps = 0.1)", 12, 2},
    {"rmsnorm", make_rows, "$0 |> rmsnorm(eps = 0.1)", 12, 1},
    {"batchnorm1d", make_features, "$0 |> batchnorm1d()", 40, 1},
    {"batchnorm2d", make_images, "$0 |> batchnorm2d()", 40, 1},
    {"batchnorm2d", make_images, "$0 |> batchnorm2d(eps = 0.1, track_running_stats = false)", 12, 1},
    {"groupnorm", make_images, "$0 |> groupnorm(1, eps = 0.1)", 12, 1},
    {"instancenorm2d", make_images, "$0 |> instancenorm2d(eps = 0.1)", 12, 1},
    {"dropout", make_rows, "dropout($0, 0.25)", 0, 1},
    {"dropout2d", make_images, "dropout2d($0, 0.25)", 0, 1},
    {"random_horizontal_flip", make_drawn_images, "random_horizontal_flip($0)", 0, 1},
    {"random_vertical_flip", make_drawn_images, "random_vertical_flip($0, p = 0.25)", 0, 1},
    {"random_shift", make_drawn_images, "random_shift($0, 1)", 0, 1},
    {"normalize", make_images, "normalize($0, 0.25, 2)", 0, 1},
    {"conv2d", make_conv, "", 0, 4},
    {"conv_transpose2d", make_conv_transpose, "", 0, 2},
    {"conv1d", make_series, "", 0, 1}, {"conv_transpose1d", make_series, "", 0, 1},
    {"maxpool1d", make_series, "", 0, 1}, {"avgpool1d", make_series, "", 0, 1},
    {"max_pool1d", make_series, "", 0, 1}, {"avg_pool1d", make_series, "", 0, 1},
    {"maxpool2d", make_pool, "", 0, 2}, {"max_pool2d", make_pool, "", 0, 1},
    {"avgpool2d", make_pool, "", 0, 1}, {"avg_pool2d", make_pool, "", 0, 1},
    {"global_avgpool2d", make_global, "global_avgpool2d($0)", 0, 1},
    {"global_maxpool2d", make_global, "global_maxpool2d($0)", 0, 1},
    {"adaptive_avgpool2d", make_adaptive, "adaptive_avgpool2d($0, 2)", 0, 1},
    {"adaptive_avg_pool2d", make_adaptive, "adaptive_avg_pool2d($0, [2, 2])", 0, 1},
    {"upsample", make_upsample, "upsample($0)", 0, 1},
    {"def", make_def, "fun#($0) + fun#($0, by = 0.25)", 4.5, 2},
    {"module", make_module, "$0 |> m#()", 1.8, 2},
    {"for", make_for, "", 3, 1},
    {NULL, NULL, NULL, 0, 0},
};
/* clang-format on */

/* ---- all of them ---- */

const Recipe *const random_recipe_lists[] = {random_math,      random_views, random_index,
                                             random_layers,    random_scan,  random_functions,
                                             random_sequences, NULL};

bool random_make(RandomProgram *p)
{
    int total = 0;
    for (int i = 0; random_recipe_lists[i]; i++)
        for (const Recipe *r = random_recipe_lists[i]; r->name; r++)
            total += r->weight;
    int turn = random_below(p, total);
    for (int i = 0; random_recipe_lists[i]; i++)
        for (const Recipe *r = random_recipe_lists[i]; r->name; r++) {
            turn -= r->weight;
            if (turn >= 0)
                continue;
            p->operand_count = 0;
            return r->make(p, r);
        }
    return false;
}

bool random_has_recipe(const char *name)
{
    for (int i = 0; random_recipe_lists[i]; i++)
        for (const Recipe *r = random_recipe_lists[i]; r->name; r++)
            if (strcmp(r->name, name) == 0)
                return true;
    return false;
}

static const struct Excuse {
    const char *names, *why;
} excuses[] = {
    {" shape len ndim dtype size numel weight_dtype is_zero has_batch require per_axis init_shape "
     "fan_in fan_out ",
     "known when compiling: nothing runs"},
    {" uniform normal ", "first values of parameters: tests/library/initial.dsl"},
    {" load ", "from files: tests/numpy.sh"},
    {" categorical keep_top causal_attention ",
     "draws, topk and attention; beside whole windows: tests/generate.sh"},
    {" rnn_step lstm_step gru_step recurrent_check recurrent_memory recurrent_first recurrent_turn "
     "recurrent_way recurrent_add "
     "recurrent_dropout ",
     "by the recurrent layers"},
    {" grad ", "at the end of every program"},
    {" conv1d_with conv2d_with conv_transpose1d_with conv_transpose2d_with ", "by the layers"},
    {" random_crop ", "by random_shift"},
    {" gaussian_noise make_grid ", "what they are made of; tests/images.sh"},
    {" instancenorm1d dropout1d unfold repeat_interleave r2 ",
     "as their neighbours; tests/library"},
    {" xavier_uniform xavier_normal kaiming_uniform kaiming_normal trunc_normal orthogonal dirac "
     "calculate_gain ",
     "first values of parameters: tests/library/initial.dsl"},
    {" sgd adam adamw nadam radam adamax adadelta rmsprop adagrad lion ",
     "optimizers: tests/library/descent.dsl"},
    {" constant cosine cosine_restarts linear_decay linear_ramp constant_start polynomial "
     "exponential "
     "step_decay multistep warmup inverse_sqrt noam one_cycle one_cycle_momentum ",
     "schedules, on the host: tests/library/schedules.dsl"},
};

const char *random_excuse(const char *name)
{
    char word[80];
    if (strlen(name) + 3 > sizeof word)
        return NULL;
    word[0] = ' ';
    memcpy(word + 1, name, strlen(name));
    memcpy(word + 1 + strlen(name), " ", 2);
    for (size_t i = 0; i < sizeof excuses / sizeof *excuses; i++)
        if (strstr(excuses[i].names, word))
            return excuses[i].why;
    return NULL;
}
