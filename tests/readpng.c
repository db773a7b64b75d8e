/* readpng.c -- an image as text, for tests:
 *
 *     readpng grid.png
 *     34 by 22, 1 channel, software gradc-generated
 *     0 0 255 ...                                       the rows, of three channels with / between
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

static void print_rows(const png_image *image, const unsigned char *pixels, int channels)
{
    for (unsigned y = 0; y < image->height; y++)
        for (unsigned x = 0; x < image->width; x++) {
            const unsigned char *pixel = pixels + ((size_t)y * image->width + x) * (size_t)channels;
            for (int c = 0; c < channels; c++)
                printf("%s%d", c > 0 ? "/" : "", pixel[c]);
            putchar(x + 1 < image->width ? ' ' : '\n');
        }
}

/* The text of the chunk that must be the second. */
static const char *software(const char *path)
{
    static char head[128];
    FILE *in = fopen(path, "rb");
    const size_t size = in ? fread(head, 1, sizeof head - 1, in) : 0;
    if (in)
        fclose(in);
    const unsigned length = size > 41 ? (unsigned char)head[36] : 0;
    if (length < 9 || 41 + length >= sizeof head)
        return "?";
    head[41 + length] = '\0';
    return head + 50;
}

int main(int argc, char **argv)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (argc != 2 || !png_image_begin_read_from_file(&image, argv[1])) {
        fprintf(stderr, "readpng: %s\n", argc == 2 ? image.message : "readpng FILE.png");
        return 1;
    }
    const int channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    if (!pixels || !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
        fprintf(stderr, "readpng: %s\n", image.message);
        return 1;
    }
    printf("%u by %u, %d channel%s, software %s\n", image.width, image.height, channels,
           channels == 1 ? "" : "s", software(argv[1]));
    print_rows(&image, pixels, channels);
    free(pixels);
    return 0;
}
