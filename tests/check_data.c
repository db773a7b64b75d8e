/* check_data.c -- data files, good and bad, and the data sets made of them. */
#include <check.h>
#include <fcntl.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "runtime/grt_data.h"

static char folder[64], path[128];
static GrtArray array;
static GrtError error;

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/check_data.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    snprintf(path, sizeof path, "x.dat");
    array = (GrtArray){0};
    error = (GrtError){0};
}

static void teardown(void)
{
    static const char *const names[] = {"x.dat", "y.dat", "pipe", "x.gz"};
    grt_array_free(&array);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(folder);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    FILE *out = fopen(name, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    ck_assert_int_eq(fclose(out), 0);
}

static void write_gzip(const char *name, const void *bytes, unsigned size)
{
    gzFile out = gzopen(name, "wb");
    ck_assert_int_eq(gzwrite(out, bytes, size), (int)size);
    ck_assert_int_eq(gzclose(out), Z_OK);
}

static const GrtRange all = {0};

static GrtRange range(int64_t start, int64_t stop)
{
    return (GrtRange){.has_start = 1, .has_stop = 1, .start = start, .stop = stop};
}

static GrtRange single(int64_t index)
{
    return (GrtRange){.single = 1, .start = index};
}

static void ck_fails(int status, const char *text)
{
    ck_assert_int_eq(status, 1);
    ck_assert_int_eq(error.status, 1);
    ck_assert_ptr_null(array.data);
    if (!strstr(error.text, text))
        ck_abort_msg("expected: %s\nsaid: %s", text, error.text);
}

/* The array as text: "f32[2, 2]: 1 2 3 4". */
static const char *shown(void)
{
    static char text[512];
    grt_shape_text(text, sizeof text, array.dtype, array.dims, array.rank);
    size_t length = strlen(text);
    length += (size_t)snprintf(text + length, sizeof text - length, ":");
    for (int64_t i = 0; i < array.count && length < sizeof text; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, " %.9g",
                                   grt_array_get(&array, i));
    return text;
}

static void ck_array(int status, const char *expected)
{
    if (status != 0)
        ck_abort_msg("failed: %s", error.text);
    ck_assert_str_eq(shown(), expected);
    ck_assert_uint_eq((uintptr_t)array.data % 64, 0);
}

/* ---- CSV ---- */

static int read_csv(const char *text, GrtRange rows, GrtRange columns, GrtDType want)
{
    write_file(path, text, strlen(text));
    return grt_read_csv(path, NULL, rows, columns, want, &array, &error);
}

static const struct {
    const char *text, *shown;
} csv_good[] = {
    {"1,2\n3,4\n", "f32[2, 2]: 1 2 3 4"},
    {"1,2\n3,4", "f32[2, 2]: 1 2 3 4"},
    {"a,b\n1,2\n", "f32[1, 2]: 1 2"},
    {"\n\na b\n\n1 2\n", "f32[1, 2]: 1 2"},
    {"petal width\n1\n2\n", "f32[2]: 1 2"},
    {"\"a\nb\",\"c,d\"\n1,2\n", "f32[1, 2]: 1 2"},
    {"\xef\xbb\xbf"
     "1;2\r\n3;4\r\n",
     "f32[2, 2]: 1 2 3 4"},
    {"1\t2\r3\t4\r", "f32[2, 2]: 1 2 3 4"},
    {"  1   2 \n 3 4\t\n", "f32[2, 2]: 1 2 3 4"},
    {"\n\n1,2\n\n  \n3,4\n\n", "f32[2, 2]: 1 2 3 4"},
    {"\"1\",\" 2\" \n 3 ,4\n", "f32[2, 2]: 1 2 3 4"},
    {"1\n2\n3\n", "f32[3]: 1 2 3"},
    {"-1.5,+2,.5,1.,2e-3,1E3\n", "f32[1, 6]: -1.5 2 0.5 1 0.00200000009 1000"},
    {"0.1,123456789012345678901234567890,1e-30\n", "f32[1, 3]: 0.100000001 1.23456789e+29 1e-30"},
};

START_TEST(csv_reads)
{
    ck_array(read_csv(csv_good[_i].text, all, all, GRT_F32), csv_good[_i].shown);
}
END_TEST

static const struct {
    const char *text, *said;
} csv_bad[] = {
    {"", "'x.dat' is empty"},
    {"\n\n", "'x.dat' has no rows of data"},
    {"a,b\n", "'x.dat' has no rows of data, only a header"},
    {"1,2\n3\n", "x.dat:2: 1 columns, but the first line has 2"},
    {"1,2\n3,4,5\n", "x.dat:2: 3 columns, but the first line has 2"},
    {"1,2\n3,4,5,6\n", "x.dat:2: more than 2 columns, but the first line has 2"},
    {"a,b\n1,2\n3,abc\n", "x.dat:3: column 2: 'abc' is not a number"},
    {"1,2\n3,\n", "x.dat:2: column 2 is empty"},
    {"1,2\nnan,4\n", "x.dat:2: column 1: 'nan' is not a finite number"},
    {"1,NaN\n", "x.dat:1: column 2: 'NaN' is not a finite number"},
    {"1,2\n3,-inf\n", "x.dat:2: column 2: '-inf' is not a finite number"},
    {"1,NA\n", "x.dat:1: column 2: 'NA' is not a number"},
    {"1,1e400\n", "x.dat:1: column 2: '1e400' is too large"},
    {"1,1e39\n", "x.dat:1: column 2: '1e39' is too large"},
    {"1;2,5\n", "x.dat:1: column 2: '2,5' is not a number (decimals are written with a point)"},
    {"1,0x1p3\n", "'0x1p3' is not a number"},
    {"1,\xd9\xa1\n", "is not a number"},
    {"1,2\n3,\"4\n", "x.dat:2: column 2: the quote is never closed"},
    {"1,2\n3,\"4\"5\n", "x.dat:2: column 2: text behind a closing quote"},
    {"1,2\n3,\033[31m\n", "x.dat:2: column 2: '?[31m' is not a number"},
};

START_TEST(csv_refuses)
{
    ck_fails(read_csv(csv_bad[_i].text, all, all, GRT_F32), csv_bad[_i].said);
}
END_TEST

START_TEST(csv_takes_rows_and_columns)
{
    const char *text = "1,2,3\n4,5,6\n7,8,9\n";
    const GrtRange start = {.has_start = 1, .start = 1}, stop = {.has_stop = 1, .stop = -1};
    const struct {
        GrtRange rows, columns;
        const char *shown;
    } cases[] = {
        {start, stop, "f32[2, 2]: 4 5 7 8"},        {stop, start, "f32[2, 2]: 2 3 5 6"},
        {all, single(2), "f32[3]: 3 6 9"},          {all, single(-1), "f32[3]: 3 6 9"},
        {range(1, 2), range(1, 2), "f32[1, 1]: 5"}, {range(-2, 3), range(-3, -2), "f32[2, 1]: 4 7"},
        {single(1), all, "f32[1, 3]: 4 5 6"},       {single(-1), single(0), "f32[1]: 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_array(read_csv(text, cases[i].rows, cases[i].columns, GRT_F32), cases[i].shown);
        grt_array_free(&array);
    }
    ck_fails(read_csv(text, range(0, 4), all, GRT_F32),
             "rows = 0:4 goes beyond the end, but 'x.dat' has 3 rows");
    ck_fails(read_csv(text, all, single(3), GRT_F32),
             "columns = 3 goes beyond the end, but 'x.dat' has 3 columns");
    ck_fails(read_csv(text, range(2, 2), all, GRT_F32), "takes nothing");
    ck_fails(read_csv(text, (GrtRange){.has_start = 1, .start = -4}, all, GRT_F32), "rows = -4:");
}
END_TEST

START_TEST(csv_reads_only_what_is_asked_for)
{
    const char *text = "1,red\n2,green\nnan,blue\n";
    ck_array(read_csv(text, range(0, 2), single(0), GRT_F32), "f32[2]: 1 2");
    grt_array_free(&array);
    ck_fails(read_csv(text, all, single(0), GRT_F32), "x.dat:3: column 1: 'nan'");
}
END_TEST

START_TEST(csv_gives_whole_numbers_where_they_are_wanted)
{
    ck_array(read_csv("1\n-2\n3.0\n1e3\n9223372036854775807\n", all, all, GRT_I32),
             "i64[5]: 1 -2 3 1000 9.22337204e+18");
    ck_assert_int_eq(((int64_t *)array.data)[4], INT64_MAX);
    grt_array_free(&array);
    ck_fails(read_csv("1\n1.5\n", all, all, GRT_I64),
             "x.dat:2: column 1: '1.5' is not a whole number");
    ck_fails(read_csv("9223372036854775808\n", all, all, GRT_I64), "is too large");
    ck_array(read_csv("1e300\n0.1\n", all, all, GRT_F64), "f64[2]: 1e+300 0.1");
}
END_TEST

START_TEST(csv_ignores_the_locale)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "de_DE"))
        setlocale(LC_NUMERIC, ""); /* whatever there is */
    const int status = read_csv("2.5,0.12345678901234567890123\n", all, all, GRT_F64);
    setlocale(LC_NUMERIC, "C");
    ck_array(status, "f64[1, 2]: 2.5 0.123456789");
}
END_TEST

START_TEST(csv_numbers_are_rounded_as_strtod_does)
{
    char text[64];
    unsigned state = 1;
    for (int i = 0; i < 3000; i++) {
        state = state * 1664525u + 1013904223u;
        snprintf(text, sizeof text, "%u.%uE%d\n", state % 100000, state >> 12,
                 (int)(state >> 8 & 31) - 16);
        ck_assert_int_eq(read_csv(text, all, all, GRT_F64), 0);
        ck_assert_double_eq(((double *)array.data)[0], strtod(text, NULL));
        grt_array_free(&array);
    }
}
END_TEST

START_TEST(csv_takes_large_files)
{
    enum { COLUMNS = 200000 };
    char *text = malloc(2 * COLUMNS + (4u << 20));
    for (int i = 0; i < COLUMNS; i++)
        memcpy(text + 2 * i, i + 1 < COLUMNS ? "7," : "7\n", 3);
    ck_assert_int_eq(read_csv(text, all, all, GRT_F32), 0);
    ck_assert_int_eq(array.dims[1], COLUMNS);
    grt_array_free(&array);
    memset(text, '1', 4u << 20);
    text[4u << 20] = '\0';
    ck_fails(read_csv(text, all, all, GRT_F32), "has no rows of data"); /* no number: a header */
    memcpy(text, "1\n", 2);
    ck_fails(read_csv(text, all, all, GRT_F32), "x.dat:2: column 1: '1111");
    free(text);
}
END_TEST

START_TEST(csv_refuses_what_is_not_text)
{
    write_file(path,
               "1\0,\0"
               "2\0\n\0",
               8);
    ck_fails(grt_read_csv(path, NULL, all, all, GRT_F32, &array, &error), "x.dat:1: a NUL byte");
}
END_TEST

/* ---- what all readers refuse ---- */

START_TEST(only_regular_files_are_read)
{
    ck_fails(grt_read_csv("none", NULL, all, all, GRT_F32, &array, &error),
             "cannot read 'none': No such file or directory");
    ck_fails(grt_read_npy(".", NULL, all, &array, &error), "it is a directory");
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_fails(grt_read_idx("pipe", NULL, all, &array, &error), "a device or a pipe");
    ck_fails(grt_read_csv("/dev/zero", NULL, all, all, GRT_F32, &array, &error), "a device");
}
END_TEST

/* ---- IDX ---- */

static int read_idx(const char *bytes, size_t size)
{
    write_file(path, bytes, size);
    return grt_read_idx(path, NULL, all, &array, &error);
}

static const struct {
    const char *bytes;
    size_t size;
    const char *shown;
} idx_good[] = {
    {"\0\0\x08\2\0\0\0\2\0\0\0\3\1\2\3\4\5\xff", 18, "u8[2, 3]: 1 2 3 4 5 255"},
    {"\0\0\x09\1\0\0\0\2\x80\x7f", 10, "i8[2]: -128 127"},
    {"\0\0\x0b\1\0\0\0\2\1\2\xff\xfe", 12, "i16[2]: 258 -2"},
    {"\0\0\x0c\1\0\0\0\1\0\1\0\0", 12, "i32[1]: 65536"},
    {"\0\0\x0d\1\0\0\0\1\x3f\x80\0\0", 12, "f32[1]: 1"},
    {"\0\0\x0e\1\0\0\0\1\x40\0\0\0\0\0\0\0", 16, "f64[1]: 2"},
    {"\0\0\x08\1\0\0\0\1\7\7\7", 11, "u8[1]: 7"}, /* what follows is warned of */
};

START_TEST(idx_reads_every_type)
{
    ck_array(read_idx(idx_good[_i].bytes, idx_good[_i].size), idx_good[_i].shown);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    const char *said;
} idx_bad[] = {
    {"\0\0\x08", 3, "it ends in its header, after 3 bytes"},
    {"\0\0\x08\2\0\0\0\2\0", 9, "it ends in its header"},
    {"\1\0\x08\1\0\0\0\1\1", 9, "is not an IDX file: it begins with 01 00"},
    {"\0\0\x0a\1\0\0\0\1\1", 9, "unknown IDX type 0x0a"},
    {"\0\0\x08\0\1", 5, "0 dimensions; 1 to 8 are supported"},
    {"\0\0\x08\xff\1", 5, "255 dimensions"},
    {"\0\0\x08\2\0\0\0\2\0\0\0\3\1\2\3\4", 16, "u8[2, 3] takes 6 bytes behind the header, found 4"},
    {"\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, "more elements than"},
    {"\0\0\x0e\2\x7f\xff\xff\xff\0\xff\xff\xff", 12, "cut short"},
};

START_TEST(idx_refuses)
{
    ck_fails(read_idx(idx_bad[_i].bytes, idx_bad[_i].size), idx_bad[_i].said);
}
END_TEST

START_TEST(gzip_is_found_by_its_first_bytes)
{
    const char *bytes = idx_good[0].bytes;
    write_gzip("x.gz", bytes, (unsigned)idx_good[0].size);
    ck_array(grt_read_idx("x.gz", &grt_gzip, range(1, 2), &array, &error), "u8[1, 3]: 4 5 255");
    grt_array_free(&array);
    ck_fails(grt_read_idx("x.gz", NULL, all, &array, &error), "was built without gzip");
    write_gzip("x.gz", "1,2\n3,4\n", 8);
    ck_array(grt_read_csv("x.gz", &grt_gzip, all, all, GRT_F32, &array, &error),
             "f32[2, 2]: 1 2 3 4");
}
END_TEST

START_TEST(damaged_gzip_is_refused)
{
    static char bytes[5008] = "\0\0\x08\1\0\0\x13\x88"; /* u8[5000] */
    unsigned char packed[8192];
    for (int i = 8; i < 5008; i++)
        bytes[i] = (char)(i * i >> 4);
    write_gzip("x.gz", bytes, sizeof bytes);
    FILE *in = fopen("x.gz", "rb");
    const size_t size = fread(packed, 1, sizeof packed, in);
    fclose(in);
    for (size_t cut = 3; cut < size; cut += 7) {
        write_file("x.gz", packed, cut);
        ck_fails(grt_read_idx("x.gz", &grt_gzip, all, &array, &error), "x.gz");
    }
    packed[size - 6] ^= 1; /* the checksum */
    write_file("x.gz", packed, size);
    ck_fails(grt_read_idx("x.gz", &grt_gzip, all, &array, &error), "incorrect data check");
    write_gzip("x.gz", "\0\0\x08\2\x7f\xff\xff\xff\0\0\xff\xff", 12);
    ck_fails(grt_read_idx("x.gz", &grt_gzip, all, &array, &error), "its header asks for");
}
END_TEST

/* ---- npy ---- */

/* A version 1 file with this header text. */
static size_t npy_bytes(char *out, const char *header, const void *data, size_t size)
{
    const size_t length = strlen(header);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (char)(length & 0xff);
    out[9] = (char)(length >> 8);
    memcpy(out + 10, header, length);
    memcpy(out + 10 + length, data, size);
    return 10 + length + size;
}

static int read_npy(const char *header, const void *data, size_t size)
{
    static char bytes[20000];
    write_file(path, bytes, npy_bytes(bytes, header, data, size));
    return grt_read_npy(path, NULL, all, &array, &error);
}

static const struct {
    const char *header, *data;
    size_t size;
    const char *shown;
} npy_good[] = {
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n", "\1\2\3\4\5\6", 6,
     "u8[2, 3]: 1 2 3 4 5 6"},
    {"{'shape':(2,3),'fortran_order':True,\"descr\":'|i1'}", "\1\2\3\4\5\xff", 6,
     "i8[2, 3]: 1 3 5 2 4 -1"},
    {"{'descr': '|i1', 'fortran_order': True, 'shape': (2, 1, 2, 2), }", "\0\1\2\3\4\5\6\7", 8,
     "i8[2, 1, 2, 2]: 0 4 2 6 1 5 3 7"},
    {"{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", "\1\2\xfe\xff", 4,
     "i16[2]: 513 -2"},
    {"{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", "\1\2\xff\xfe", 4,
     "i16[2]: 258 -2"},
    {"{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "\x3f\x80\0\0", 4, "f32[1]: 1"},
    {"{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }", "\0\x3c\1\0\xff\xfb\0\xc0", 8,
     "f16[4]: 1 5.96046448e-08 -65504 -2"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (), }", "\0\0\0\0\0\0\0\x40", 8, "f64: 2"},
    {"{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\0\1", 2, "bool[2]: 0 1"},
    {"{'descr': '<i8', 'fortran_order': False, 'shape': (0, 3), }", "", 0, "i64[0, 3]:"},
};

START_TEST(npy_reads)
{
    ck_array(read_npy(npy_good[_i].header, npy_good[_i].data, npy_good[_i].size),
             npy_good[_i].shown);
}
END_TEST

static const struct {
    const char *header, *said;
} npy_bad[] = {
    {"", "'{' expected"},
    {"[1]", "'{' expected"},
    {"{'descr': '<f4', 'fortran_order': False}", "is missing"},
    {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "twice"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "a key that .npy"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "something follows"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "',' or '}' expected"},
    {"{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", "',' or '}' expected"},
    {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "neither True nor False"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': [1]}", "not a tuple"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", "not a tuple"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': ((1,),)}", "a dimension is not"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "a dimension is not"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,)}", "out of range"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", "more than 8"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4194305, 4194305, 211106198978564)}",
     "more elements than can be counted"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,)}",
     "takes 4000000000 bytes behind the header, found 4"},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "type '|O' are not supported"},
    {"{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}", "type '<U4' are not supported"},
    {"{'descr': '<ixy', 'fortran_order': False, 'shape': (1,)}", "'<ixy' are not supported"},
    {"{'descr': '', 'fortran_order': False, 'shape': (1,)}", "type '' are not supported"},
    {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "structured arrays"},
    {"{'descr': <f4, 'fortran_order': False, 'shape': (1,)}", "is not a string"},
    {"{'descr': '<f4", "is not a string"},
    {"{'descr'", "a key is missing"},
};

START_TEST(npy_refuses)
{
    ck_fails(read_npy(npy_bad[_i].header, "\0\0\0\0", 4), npy_bad[_i].said);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    const char *said;
} npy_prefixes[] = {
    {"\x93NUMP", 5, "cut short"},
    {"\x93NUMPX\1\0\4\0{}  ", 14, "is not a .npy file"},
    {"\x93NUMPY\4\0\4\0\0\0{}  ", 16, "version 4.0"},
    {"\x93NUMPY\1\1\4\0{}  ", 14, "version 1.1"},
    {"\x93NUMPY\1\0\xff\xff{}  ", 14, "a .npy header of 65535 bytes; the limit is 10000"},
    {"\x93NUMPY\2\0\xff\xff\xff\xff", 12, "a .npy header of 4294967295 bytes"},
    {"\x93NUMPY\1\0\x50\0{}  ", 14, "it ends in its header"},
};

START_TEST(npy_refuses_bad_beginnings)
{
    write_file(path, npy_prefixes[_i].bytes, npy_prefixes[_i].size);
    ck_fails(grt_read_npy(path, NULL, all, &array, &error), npy_prefixes[_i].said);
}
END_TEST

/* Every file that is cut, read from a path and from a stream. */
START_TEST(npy_refuses_every_cut)
{
    char bytes[256];
    const size_t size = npy_bytes(bytes, npy_good[3].header, npy_good[3].data, npy_good[3].size);
    for (size_t cut = 0; cut < size; cut++) {
        write_file(path, bytes, cut);
        ck_fails(grt_read_npy(path, NULL, all, &array, &error), "x.dat");
        FILE *in = fopen(path, "rb");
        ck_fails(grt_read_npy_stream(in, "standard input", &array, &error), "standard input");
        fclose(in);
    }
}
END_TEST

START_TEST(npy_takes_rows)
{
    char bytes[256];
    write_file(path, bytes, npy_bytes(bytes, npy_good[1].header, npy_good[1].data, 6));
    ck_array(grt_read_npy(path, NULL, range(-1, 2), &array, &error), "i8[1, 3]: 2 4 -1");
    grt_array_free(&array);
    ck_fails(grt_read_npy(path, NULL, range(0, 3), &array, &error), "'x.dat' has 2 rows");
    write_file(path, bytes, npy_bytes(bytes, npy_good[7].header, npy_good[7].data, 8));
    ck_fails(grt_read_npy(path, NULL, single(0), &array, &error), "it has no rows");
}
END_TEST

START_TEST(npy_reads_back_what_was_written)
{
    enum { COUNT = 600000 }; /* more than a stream's first allocation */
    float *values = malloc(COUNT * sizeof *values);
    for (int i = 0; i < COUNT; i++)
        values[i] = (float)i / 7;
    FILE *file = fopen(path, "w+b");
    const int64_t dims[] = {2, COUNT / 2};
    ck_assert_int_eq(grt_write_npy(file, path, GRT_F32, dims, 2, values, &error), 0);
    ck_assert_int_eq(ftell(file) - COUNT * 4, 128); /* the data begins at a multiple of 64 */
    rewind(file);
    ck_assert_int_eq(grt_read_npy_stream(file, "in", &array, &error), 0);
    ck_assert_int_eq(array.dims[1], COUNT / 2);
    ck_assert_mem_eq(array.data, values, COUNT * sizeof *values);
    fclose(file);
    grt_array_free(&array);
    ck_assert_int_eq(grt_read_npy(path, NULL, all, &array, &error), 0);
    ck_assert_mem_eq(array.data, values, COUNT * sizeof *values);
    free(values);
}
END_TEST

START_TEST(npy_writes_every_type)
{
    const uint16_t brain[] = {0x3f80, 0xc000};
    const int64_t one[] = {2};
    FILE *file = fopen(path, "wb");
    ck_assert_int_eq(grt_write_npy(file, path, GRT_BF16, one, 1, brain, &error), 0);
    fclose(file);
    ck_array(grt_read_npy(path, NULL, all, &array, &error), "f32[2]: 1 -2");
    grt_array_free(&array);
    for (GrtDType dtype = GRT_BOOL; dtype <= GRT_F64; dtype++) {
        const unsigned char bytes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        file = fopen(path, "wb");
        ck_assert_int_eq(grt_write_npy(file, path, dtype, NULL, 0, bytes, &error), 0);
        fclose(file);
        ck_assert_int_eq(grt_read_npy(path, NULL, all, &array, &error), 0);
        ck_assert_int_eq(array.dtype, dtype == GRT_BF16 ? GRT_F32 : dtype);
        grt_array_free(&array);
    }
    file = fopen("/dev/full", "wb");
    ck_assert_int_eq(grt_write_npy(file, "full", GRT_BF16, one, 1, brain, &error), 3);
    fclose(file);
}
END_TEST

/* ---- arrays ---- */

START_TEST(sizes_are_checked)
{
    GrtType type = {.dtype = GRT_F32, .rank = 2, .batch_axis = 0, .dims = {2, 3}};
    ck_assert_int_eq(grt_type_count(&type, 5), 30);
    ck_assert_int_eq(grt_type_bytes(&type, 5), 120);
    type.dims[1] = INT64_MAX / 2;
    ck_assert_int_eq(grt_type_count(&type, 5), -1);
    type.dims[0] = 1;
    ck_assert_int_eq(grt_type_bytes(&type, 1), -1);
    array = (GrtArray){.dtype = GRT_F32, .rank = 1, .dims = {INT64_MAX / 2}};
    ck_fails(grt_array_alloc(&array, &error), "does not fit");
}
END_TEST

/* ---- data sets ---- */

/* A model with two inputs, x: f32[batch, 2] and y: i32[batch] in 0 .. 2. */
static GrtVar vars[] = {
    {.kind = GRT_INPUT,
     .name = "x",
     .offset = 0,
     .type = {.dtype = GRT_F32, .rank = 2, .batch_axis = 0, .dims = {1, 2}}},
    {.kind = GRT_INPUT,
     .name = "y",
     .offset = 1,
     .has_range = 1,
     .low = 0,
     .high = 2,
     .type = {.dtype = GRT_I32, .rank = 1, .batch_axis = 0, .dims = {1}}},
};
static const GrtSource sources[] = {
    {.kind = GRT_SOURCE_CSV, .name = "x", .var = 0, .direct = 1, .path = "x.dat"},
    {.kind = GRT_SOURCE_CSV, .name = "y", .var = 1, .direct = 1, .path = "y.dat"},
};
static const GrtSplit split = {.name = "train", .sources = sources, .source_count = 2};
static const GrtModel model = {.vars = vars, .var_count = 2, .data_dir = "", .batch_bound = 4};

static GrtDataset *open_data(const char *x, const char *y)
{
    write_file("x.dat", x, strlen(x));
    write_file("y.dat", y, strlen(y));
    return grt_dataset_open(&model, &split, NULL, 0, 1, NULL, &error);
}

static void ck_no_data(const char *x, const char *y, const char *text)
{
    ck_assert_ptr_null(open_data(x, y));
    ck_fails(error.status, text);
}

START_TEST(batches_are_gathered_and_converted)
{
    float x[8];
    int32_t y[4];
    void *inputs[] = {x, y};
    GrtRun run = {.inputs = inputs};
    GrtDataset *data = open_data("1,2\n3,4\n5,6\n", "0\n1.0\n2\n");
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(grt_dataset_samples(data), 3);
    ck_assert_int_eq(grt_dataset_bytes(data), 3 * 2 * 4 + 3 * 8 + 3 * 8);
    ck_assert_int_eq(grt_dataset_batch(data, 1, 2, &run, &error), 0);
    ck_assert_float_eq(x[0], 3);
    ck_assert_float_eq(x[3], 6);
    ck_assert_int_eq(y[0], 1);
    ck_assert_int_eq(y[1], 2);
    grt_dataset_close(data);
}
END_TEST

START_TEST(data_is_checked_when_opened)
{
    ck_no_data("1,2\n", "0\n1\n", "'x' has 1 samples, but 'y' has 2");
    ck_no_data("1,2,3\n", "0\n", "x.dat: it holds f32[1, 3], but 'x' is f32[batch, 2]");
    ck_no_data("1,2\n", "0,1\n", "y.dat: it holds i64[1, 2], but 'y' is i32[batch]");
    ck_no_data("1,2\n3,4\n", "0\n3\n", "y.dat: row 2: 3 is out of range: 'y' takes 0 to 2");
    ck_no_data("1,2\n3,4\n", "-1\n0\n", "y.dat: row 1: -1 is out of range");
    ck_no_data("1,2\n3,4\n", "0\n1.5\n", "'1.5' is not a whole number");
    ck_no_data("1,2\n", "", "'y.dat' is empty");
}
END_TEST

/* Overrides may be of any kind of file. */
static GrtDataset *open_npy(const char *source, const char *header, const void *bytes, size_t size)
{
    char file[512];
    const GrtOverride override = {"train", source, "x.gz"};
    write_file("x.gz", file, npy_bytes(file, header, bytes, size));
    write_file("x.dat", "1,2\n3,4\n", 8);
    write_file("y.dat", "0\n1\n", 4);
    return grt_dataset_open(&model, &split, &override, 1, 1, NULL, &error);
}

START_TEST(a_file_on_the_command_line_replaces_a_source)
{
    float x[8];
    int32_t y[4];
    void *inputs[] = {x, y};
    GrtRun run = {.inputs = inputs};
    GrtDataset *data =
        open_npy("x", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2)}", "\1\2\3\xff", 4);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(grt_dataset_batch(data, 0, 2, &run, &error), 0);
    ck_assert_float_eq(x[3], 255);
    grt_dataset_close(data);
    const double labels[] = {2, 1};
    data = open_npy("y", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1)}", labels, 16);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(grt_dataset_batch(data, 0, 2, &run, &error), 0);
    ck_assert_int_eq(y[0], 2);
    grt_dataset_close(data);
}
END_TEST

START_TEST(elements_must_fit_the_declared_type)
{
    const float nan_row[] = {1, 2, 3, NAN};
    const double large[] = {1, 2, 3, 1e39}, half[] = {1, 0.5}, huge[] = {0, 1e19};
    const char *f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}";
    const char *f8 = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}";
    const char *labels = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}";
    const char *none = "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2)}";
    ck_assert_ptr_null(open_npy("x", f4, nan_row, sizeof nan_row));
    ck_fails(error.status, "x.gz: row 2, element 2: nan is not a finite number");
    ck_assert_ptr_null(open_npy("x", f8, large, sizeof large));
    ck_fails(error.status, "1e+39 is too large for the declared type");
    ck_assert_ptr_null(open_npy("y", labels, half, sizeof half));
    ck_fails(error.status, "x.gz: row 2: 0.5 is not a whole number");
    ck_assert_ptr_null(open_npy("y", labels, huge, sizeof huge));
    ck_fails(error.status, "1e+19 is out of range");
    ck_assert_ptr_null(open_npy("x", none, "", 0));
    ck_fails(error.status, "it holds no samples: f64[0, 2]");
}
END_TEST

/* The sample numbers of an epoch, read back through the data itself. */
static void read_order(GrtDataset *data, int count, int shuffle, uint64_t seed, int64_t epoch,
                       int *order)
{
    float x[8];
    int32_t y[4];
    void *inputs[] = {x, y};
    GrtRun run = {.inputs = inputs};
    grt_dataset_order(data, shuffle, seed, epoch);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(grt_dataset_batch(data, i, 1, &run, &error), 0);
        order[i] = (int)x[0];
    }
}

static GrtDataset *open_numbered(int count)
{
    char *x = calloc(1, (size_t)count * 12 + 1), *y = calloc(1, (size_t)count * 2 + 1);
    for (int i = 0; i < count; i++) {
        sprintf(x + strlen(x), "%d,0\n", i);
        strcat(y, "0\n");
    }
    GrtDataset *data = open_data(x, y);
    ck_assert_ptr_nonnull(data);
    free(x);
    free(y);
    return data;
}

START_TEST(an_order_is_a_permutation_by_seed_and_epoch)
{
    enum { COUNT = 500 };
    int first[COUNT], again[COUNT], epoch[COUNT], seed[COUNT], plain[COUNT], seen[COUNT] = {0};
    GrtDataset *data = open_numbered(COUNT);
    read_order(data, COUNT, 1, 5, 1, first);
    read_order(data, COUNT, 1, 5, 2, epoch);
    read_order(data, COUNT, 1, 6, 1, seed);
    read_order(data, COUNT, 0, 5, 1, plain);
    read_order(data, COUNT, 1, 5, 1, again);
    for (int i = 0; i < COUNT; i++) {
        seen[first[i]]++;
        ck_assert_int_eq(plain[i], i);
    }
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(seen[i], 1);
    ck_assert_mem_eq(first, again, sizeof first);
    ck_assert_mem_ne(first, epoch, sizeof first);
    ck_assert_mem_ne(first, seed, sizeof first);
    grt_dataset_close(data);
}
END_TEST

/* All 24 orders of 4 samples: chi squared with 23 degrees of freedom stays below 49.7 in all but
 * one of a thousand cases. */
START_TEST(every_order_is_as_likely)
{
    enum { EPOCHS = 12000 };
    int counts[256] = {0}, order[4], kinds = 0;
    double chi = 0;
    GrtDataset *data = open_numbered(4);
    for (int64_t epoch = 1; epoch <= EPOCHS; epoch++) {
        read_order(data, 4, 1, 1, epoch, order);
        counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        kinds += counts[i] > 0;
        if (counts[i] > 0)
            chi += pow(counts[i] - EPOCHS / 24.0, 2) / (EPOCHS / 24.0);
    }
    ck_assert_int_eq(kinds, 24);
    ck_assert_double_lt(chi, 49.7);
    grt_dataset_close(data);
}
END_TEST

START_TEST(the_hash_tells_data_apart)
{
    const char *const xs[] = {"1,2\n3,4\n", "1,2\n3,5\n", "3,4\n1,2\n"};
    uint64_t hashes[3];
    for (int i = 0; i < 3; i++) {
        GrtDataset *data = open_data(xs[i], "0\n1\n");
        hashes[i] = grt_dataset_hash(data);
        grt_dataset_close(data);
    }
    GrtDataset *data = open_data(xs[0], "0\n1\n");
    ck_assert_uint_eq(grt_dataset_hash(data), hashes[0]);
    ck_assert_uint_ne(hashes[0], hashes[1]);
    ck_assert_uint_ne(hashes[0], hashes[2]);
    grt_dataset_close(data);
}
END_TEST

/* A split that makes its x, 3 samples of it, and computes y = x + shift per batch. */
static float shift;

static int make_x(GrtRun *run)
{
    float *x = (float *)(run->work + 64);
    for (int i = 0; i < 3; i++)
        x[i] = (float)i + (float)run->options[0];
    return GRT_OK;
}

static int fetch_y(GrtRun *run)
{
    const float *x = run->inputs[1];
    int32_t *y = run->inputs[0];
    for (int64_t i = 0; i < (int64_t)run->counters[GRT_BATCH]; i++)
        y[i] = (int32_t)(x[i] + shift);
    return GRT_OK;
}

START_TEST(a_split_may_make_its_data)
{
    const GrtVar made_vars[] = {
        {.kind = GRT_INPUT,
         .name = "y",
         .offset = 0,
         .has_range = 1,
         .low = 0,
         .high = 9,
         .type = {.dtype = GRT_I32, .rank = 1, .batch_axis = 0, .dims = {1}}},
        {.kind = GRT_SOURCE,
         .name = "train.x",
         .offset = 1,
         .type = {.dtype = GRT_F32, .rank = 1, .batch_axis = 0, .dims = {1}}},
    };
    const GrtValue value = {.name = "x",
                            .offset = 64,
                            .type = {.dtype = GRT_F32, .rank = 1, .batch_axis = -1, .dims = {3}}};
    const GrtEntry make = {
        .kind = GRT_MAKE, .run = make_x, .work_bytes = 128, .values = &value, .value_count = 1};
    const GrtEntry fetch = {.kind = GRT_FETCH, .run = fetch_y};
    const GrtSource source = {.kind = GRT_SOURCE_TENSOR, .name = "x", .var = 1, .samples = 3};
    const GrtSplit made_split = {"train", &source, 1, &make, &fetch};
    const GrtModel made = {.vars = made_vars, .var_count = 2, .data_dir = "", .batch_bound = 3};
    const double options[] = {4};
    float x[3];
    int32_t y[3];
    void *inputs[] = {y, x};
    GrtRun run = {.inputs = inputs, .counters = {[GRT_BATCH] = 2}};
    GrtDataset *data = grt_dataset_open(&made, &made_split, NULL, 0, 1, options, &error);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(grt_dataset_samples(data), 3);
    shift = 1;
    ck_assert_int_eq(grt_dataset_batch(data, 1, 2, &run, &error), 0);
    ck_assert_int_eq(y[0], 6);
    ck_assert_int_eq(y[1], 7);
    shift = 4;
    ck_fails(grt_dataset_batch(data, 1, 2, &run, &error),
             "sample 3 of 'y': 10 is out of range: it takes 0 to 9");
    grt_dataset_close(data);
}
END_TEST

#define LOOP(tests, name, table) \
    tcase_add_loop_test(tests, name, 0, (int)(sizeof(table) / sizeof *(table)))

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("data");
    TCase *csv = add_case(suite, "csv");
    LOOP(csv, csv_reads, csv_good);
    LOOP(csv, csv_refuses, csv_bad);
    tcase_add_test(csv, csv_takes_rows_and_columns);
    tcase_add_test(csv, csv_reads_only_what_is_asked_for);
    tcase_add_test(csv, csv_gives_whole_numbers_where_they_are_wanted);
    tcase_add_test(csv, csv_ignores_the_locale);
    tcase_add_test(csv, csv_numbers_are_rounded_as_strtod_does);
    tcase_add_test(csv, csv_takes_large_files);
    tcase_add_test(csv, csv_refuses_what_is_not_text);
    tcase_add_test(csv, only_regular_files_are_read);
    TCase *idx = add_case(suite, "idx");
    LOOP(idx, idx_reads_every_type, idx_good);
    LOOP(idx, idx_refuses, idx_bad);
    tcase_add_test(idx, gzip_is_found_by_its_first_bytes);
    tcase_add_test(idx, damaged_gzip_is_refused);
    TCase *npy = add_case(suite, "npy");
    LOOP(npy, npy_reads, npy_good);
    LOOP(npy, npy_refuses, npy_bad);
    LOOP(npy, npy_refuses_bad_beginnings, npy_prefixes);
    tcase_add_test(npy, npy_refuses_every_cut);
    tcase_add_test(npy, npy_takes_rows);
    tcase_add_test(npy, npy_reads_back_what_was_written);
    tcase_add_test(npy, npy_writes_every_type);
    tcase_add_test(npy, sizes_are_checked);
    TCase *sets = add_case(suite, "data sets");
    tcase_add_test(sets, batches_are_gathered_and_converted);
    tcase_add_test(sets, data_is_checked_when_opened);
    tcase_add_test(sets, a_file_on_the_command_line_replaces_a_source);
    tcase_add_test(sets, elements_must_fit_the_declared_type);
    tcase_add_test(sets, an_order_is_a_permutation_by_seed_and_epoch);
    tcase_add_test(sets, every_order_is_as_likely);
    tcase_add_test(sets, the_hash_tells_data_apart);
    tcase_add_test(sets, a_split_may_make_its_data);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
