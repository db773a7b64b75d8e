/* png.c -- images through libpng; left out of programs that save none. */
#include <png.h>
#include <setjmp.h>

#include "grt_image.h"

typedef struct PngJob {
    png_structp png;
    png_infop info;
    const char *why;
    jmp_buf failed;
} PngJob;

/* libpng does not want its errors to come back. */
static void png_job_fail(png_structp png, png_const_charp why)
{
    PngJob *job = png_get_error_ptr(png);
    job->why = why;
    longjmp(job->failed, 1);
}

static void png_job_warn(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

static void png_put(PngJob *job, FILE *out, const GrtImage *image, const char *made_by)
{
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE,
                     .key = (char *)"Software",
                     .text = (char *)made_by};
    png_init_io(job->png, out);
    png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(job->png, job->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_text(job->png, job->info, &text, 1);
    png_write_info(job->png, job->info);
    for (int64_t y = 0; y < image->height; y++)
        png_write_row(job->png, image->pixels + y * image->width * image->channels);
    png_write_end(job->png, NULL);
}

static bool png_write(FILE *out, const GrtImage *image, const char *made_by, const char **why)
{
    PngJob job = {.why = "not enough memory"};
    job.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, png_job_fail, png_job_warn);
    if (job.png && setjmp(job.failed) == 0) {
        job.info = png_create_info_struct(job.png);
        if (job.info) {
            png_put(&job, out, image, made_by);
            job.why = NULL;
        }
    }
    png_destroy_write_struct(&job.png, &job.info);
    *why = job.why;
    return !job.why;
}

const GrtPng grt_png = {png_write};
