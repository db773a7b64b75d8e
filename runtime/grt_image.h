/* grt_image.h -- pictures of tensors: image.c makes the pixels, png.c the file. */
#ifndef GRT_IMAGE_H
#define GRT_IMAGE_H

#include "grt_trainer.h"

typedef struct GrtImage {
    int64_t height, width;
    int channels;          /* 1: grey, 3: red, green, blue */
    unsigned char *pixels; /* row by row; malloc's */
} GrtImage;

/* Writes; png.c has the one there is.  A program that saves no image does without. */
struct GrtPng {
    /* false with *why, which stays valid; made_by stands in the file as its software. */
    bool (*write)(FILE *out, const GrtImage *image, const char *made_by, const char **why);
};

/* The pixels of a tensor; samples: its first axis is that of samples, whatever its size. */
int grt_image_make(const GrtArray *array, bool samples, const char *path, GrtImage *out,
                   GrtError *error);

#endif
