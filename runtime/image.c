/* image.c -- tensors as pictures: values become bytes, several images a grid.
 *
 *     f32[10, 1, 8, 8]   ->   22 by 82 pixels: two rows, of eight and of two images, with 2 pixels
 *                             around each
 *
 * As torchvision.utils.save_image: 0 is black, 1 is white, what lies beyond is taken for these;
 * grids are make_grid's.  How pixels become a file is png.c's. */
#include <stdlib.h>
#include <string.h>

#include "grt_image.h"

enum { GRID_COLUMNS = 8, GRID_PADDING = 2 };

/* At this place in each file that is written here: behind the signature, the header and the name
 * "Software" of the text's chunk. */
static const char image_mark[] = "gradc";
enum { IMAGE_MARK_OFFSET = 50 };

bool grt_image_is(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".png") == 0;
}

int grt_image_guard(const char *path, GrtError *error)
{
    if (grt_file_is_ours(path, IMAGE_MARK_OFFSET, image_mark))
        return 0;
    return grt_fail(error, 2,
                    "'%s' exists and was not written by a gradc program; write to another file, or "
                    "remove it",
                    path);
}

/* ---- values ---- */

static unsigned char image_byte(GrtDType dtype, const void *data, int64_t index)
{
    const double value = grt_element(dtype, data, index);
    const double byte = dtype == GRT_U8     ? value
                        : dtype == GRT_BOOL ? 255 * value
                        : dtype == GRT_F64  ? value * 255 + 0.5
                                            : (double)((float)value * 255.0F + 0.5F);
    return !(byte > 0) ? 0 : byte >= 255 ? 255 : (unsigned char)byte; /* a NaN is black */
}

/* ---- the grid ---- */

typedef struct ImageStack { /* [count, channels, height, width] */
    GrtDType dtype;
    int64_t count, channels, height, width;
    const void *data;
} ImageStack;

static bool image_stack(const GrtArray *array, bool samples, ImageStack *out)
{
    const int64_t *dims = array->dims;
    const int rank = array->rank;
    const bool dtype =
        grt_dtype_is_float(array->dtype) || array->dtype == GRT_U8 || array->dtype == GRT_BOOL;
    if (!dtype || rank < 2 + samples || rank > 4)
        return false;
    *out = (ImageStack){array->dtype, 1, 1, dims[rank - 2], dims[rank - 1], array->data};
    if (rank == 4) {
        out->count = dims[0];
        out->channels = dims[1];
    } else if (rank == 3 && (samples || (dims[0] != 1 && dims[0] != 3))) {
        out->count = dims[0];
    } else if (rank == 3) {
        out->channels = dims[0];
    }
    return (out->channels == 1 || out->channels == 3) && out->count > 0 && out->height > 0 &&
           out->width > 0;
}

/* The size along an axis of so many images side by side. */
static bool image_extent(int64_t count, int64_t size, int64_t padding, int64_t *out)
{
    return grt_checked_add(size, padding, out) && grt_checked_mul(*out, count, out) &&
           grt_checked_add(*out, padding, out) && *out <= INT32_MAX;
}

static int image_allocate(const ImageStack *stack, int64_t columns, int64_t padding, GrtImage *out)
{
    const int64_t rows = (stack->count - 1) / columns + 1;
    int64_t bytes;
    *out = (GrtImage){.channels = (int)stack->channels};
    if (!image_extent(columns, stack->width, padding, &out->width) ||
        !image_extent(rows, stack->height, padding, &out->height) ||
        !grt_checked_mul(out->width, out->height, &bytes) ||
        !grt_checked_mul(bytes, stack->channels, &bytes))
        return 3;
    out->pixels = calloc((size_t)bytes, 1);
    return out->pixels ? 0 : 3;
}

static void image_place(const ImageStack *stack, int64_t index, int64_t top, int64_t left,
                        const GrtImage *out)
{
    const int64_t area = stack->height * stack->width;
    for (int64_t channel = 0; channel < stack->channels; channel++)
        for (int64_t y = 0; y < stack->height; y++)
            for (int64_t x = 0; x < stack->width; x++) {
                const int64_t from =
                    (index * stack->channels + channel) * area + y * stack->width + x;
                const int64_t to = (top + y) * out->width + left + x;
                out->pixels[to * stack->channels + channel] =
                    image_byte(stack->dtype, stack->data, from);
            }
}

int grt_image_make(const GrtArray *array, bool samples, const char *path, GrtImage *out,
                   GrtError *error)
{
    ImageStack stack;
    if (!image_stack(array, samples, &stack)) {
        char shape[160];
        grt_shape_text(shape, sizeof shape, array->dtype, array->dims, array->rank);
        return grt_fail(error, 1,
                        "'%s': %s is no image: [h, w], [1 or 3, h, w], [n, h, w] and [n, 1 or 3, "
                        "h, w] of floats, u8 or bool are",
                        path, shape);
    }
    const int64_t padding = stack.count > 1 ? GRID_PADDING : 0;
    const int64_t columns = stack.count < GRID_COLUMNS ? stack.count : GRID_COLUMNS;
    if (image_allocate(&stack, columns, padding, out) != 0)
        return grt_fail(error, 3, "not enough memory for the image '%s'", path);
    for (int64_t i = 0; i < stack.count; i++)
        image_place(&stack, i, padding + i / columns * (stack.height + padding),
                    padding + i % columns * (stack.width + padding), out);
    return 0;
}

int grt_image_save(const GrtModel *model, const GrtArray *array, bool samples, const char *path,
                   GrtError *error)
{
    GrtImage image;
    GrtAtomic file;
    const char *why = NULL;
    if (!model->png)
        return grt_fail(error, 2,
                        "'%s': this program was built without libpng: it has no output of images, "
                        "[batch, 1 or 3, height, width]",
                        path);
    if (grt_image_guard(path, error) != 0 ||
        grt_image_make(array, samples, path, &image, error) != 0)
        return error->status;
    int failed = grt_atomic_open(&file, path, error);
    if (!failed && model->png->write(file.out, &image, model->made_by, &why)) {
        failed = grt_atomic_commit(&file, error);
    } else if (!failed) {
        grt_atomic_abort(&file);
        failed = grt_fail(error, 3, "cannot write '%s': %s", path, why);
    }
    free(image.pixels);
    return failed;
}
