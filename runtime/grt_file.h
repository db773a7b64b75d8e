/* grt_file.h -- data files as a stream of bytes: plain, gzipped, or standard input; and what the
 * readers of them share.  Inside the runtime. */
#ifndef GRT_FILE_H
#define GRT_FILE_H

#include "grt_data.h"

/* Inflates; gzip.c has the one there is.  A program that reads no .gz does without. */
struct GrtGzip {
    void *(*open)(int descriptor); /* takes the descriptor over; NULL if memory is short */
    /* At most size bytes (under 2^31); 0 at the end, -1 with *why where the data is damaged. */
    int (*read)(void *stream, void *bytes, unsigned size, const char **why);
    void (*close)(void *stream);
    /* All of a deflated block that inflates to exactly so many bytes. */
    bool (*inflate)(const void *packed, size_t packed_size, void *bytes, size_t size);
};

enum { GRT_FILE_BUFFER = 1 << 16 };

/* Smaller files are read: that is as fast, and nobody can change them afterwards.  A mebibyte;
 * tests make it less. */
extern int64_t grt_mapped_bytes;

typedef struct GrtFile {
    const char *name; /* for messages */
    int descriptor;   /* a plain file, or -1 */
    const GrtGzip *gzip;
    void *stream; /* gzip's */
    FILE *in;     /* a stream that is not ours to close */
    /* No more bytes than this can follow from the start; INT64_MAX for a stream. */
    int64_t most;
    int64_t size;      /* of a plain file; -1 where it isn't known */
    int64_t taken;     /* bytes handed out */
    bool map;          /* an array may stay in the file's pages */
    size_t begin, end; /* of what is left in buffer */
    unsigned char buffer[GRT_FILE_BUFFER];
} GrtFile;

/* Opens a regular file, gzipped if its first bytes say so.  0 or a status. */
int grt_file_open(GrtFile *file, const char *path, const GrtGzip *gzip, GrtError *error);
void grt_file_of_stream(GrtFile *file, FILE *in, const char *name);
void grt_file_close(GrtFile *file);
/* Reads size bytes, fewer at the end of the file; -1 with error set. */
int64_t grt_file_read(GrtFile *file, void *bytes, int64_t size, GrtError *error);
/* The next byte, -1 at the end, -2 with error set. */
int grt_file_byte(GrtFile *file, GrtError *error);

/* Allocates and reads the elements of an array whose dtype and dims are set, from a file that says
 * it holds them; memory is taken only as the bytes prove to be there.  Warns of what follows. */
int grt_file_read_array(GrtFile *file, GrtArray *array, GrtError *error);

/* map.c: whether an array of the file may stay in its pages; lets it, from the byte on that comes
 * next, if its elements lie right; and its end. */
bool grt_file_maps(const GrtFile *file);
bool grt_file_map(GrtFile *file, GrtArray *array);
void grt_unmap(GrtArray *array);

/* What a file is, by its first bytes: .npy, .npz, IDX, else CSV. */
int grt_file_sniff(const char *path, const GrtGzip *gzip, GrtSourceKind *kind, GrtError *error);

/* Reverses the bytes of each element. */
void grt_array_swap_bytes(GrtArray *array);
bool grt_host_is_big_endian(void);
/* Keeps the range of the first axis.  `path` is for messages. */
int grt_array_take_rows(GrtArray *array, GrtRange rows, const char *path, GrtError *error);

/* [*start, *stop) of `count` rows or columns (`axis` says which in messages). */
int grt_range_resolve(GrtRange range, int64_t count, const char *axis, const char *path,
                      int64_t *start, int64_t *stop, GrtError *error);

/* ---- textnum.c ---- */

typedef enum GrtTextNum { GRT_TEXT_NUMBER, GRT_TEXT_NO_NUMBER, GRT_TEXT_TOO_LARGE } GrtTextNum;

/* Decimal numbers, in any locale: "-1", "2.5e-3", ".5"; no blanks, no hex, no nan, no inf. */
GrtTextNum grt_text_double(const char *text, size_t length, double *out);
/* Whole numbers, "3.0" and "1e3" among them (up to 2^53 in such spellings). */
GrtTextNum grt_text_integer(const char *text, size_t length, int64_t *out);

#endif
