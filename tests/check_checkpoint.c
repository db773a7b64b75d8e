/* check_checkpoint.c -- tensor files: what is written reads back, and nothing damaged, hostile or
 * foreign is ever taken.  Every truncation and every flipped bit of a checkpoint is tried. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/grt_json.h"
#include "runtime/grt_safetensors.h"
#include "runtime/grt_trainer.h"
#include "tests/linear_model.h"

static char folder[32];

static void setup(void)
{
    strcpy(folder, "/tmp/grt-check-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
    static const char *const files[] = {"a.safetensors", "b.safetensors", "folder",
                                        "a.safetensors.tmp.1", "pipe"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        remove(files[i]);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* fails if anything else was left behind */
}

static void file_put(const char *path, const void *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    ck_assert_int_eq(fclose(out), 0);
}

static size_t file_get(const char *path, unsigned char *bytes, size_t room)
{
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    const size_t size = fread(bytes, 1, room, in);
    ck_assert(feof(in));
    fclose(in);
    return size;
}

/* A file with this header, its length before it, and so many bytes of data behind it. */
static void file_craft(const char *header, size_t data)
{
    unsigned char bytes[4096] = {0};
    const size_t length = strlen(header);
    ck_assert_uint_lt(8 + length + data, sizeof bytes);
    bytes[0] = (unsigned char)(length & 0xFF);
    bytes[1] = (unsigned char)(length >> 8);
    memcpy(bytes + 8, header, length);
    file_put("a.safetensors", bytes, 8 + length + data);
}

/* Likewise, with the data. */
static void file_craft_with(const char *header, const void *data, size_t size)
{
    unsigned char bytes[4096] = {0};
    const size_t length = strlen(header);
    ck_assert_uint_lt(8 + length + size, sizeof bytes);
    bytes[0] = (unsigned char)(length & 0xFF);
    bytes[1] = (unsigned char)(length >> 8);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, size);
    file_put("a.safetensors", bytes, 8 + length + size);
}

static int file_status(GrtError *error)
{
    GrtTensorFile file;
    const int status = grt_safetensors_read("a.safetensors", &file, error);
    if (status == 0)
        grt_safetensors_free(&file);
    return status;
}

/* ---- the format ---- */

#define ONE "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"

START_TEST(test_foreign_file)
{
    GrtTensorFile file;
    GrtError error = {0};
    /* Another order of keys, blanks, escapes, an empty tensor: all within the format. */
    file_craft("{\"a\\u00e9\\n\" : {\"shape\":[2, 1],\"data_offsets\":[0,8],\"dtype\":\"I32\"} } ",
               8);
    ck_assert_int_eq(grt_safetensors_read("a.safetensors", &file, &error), 0);
    const GrtTensor *tensor = grt_safetensors_find(&file, "a\xC3\xA9\n");
    ck_assert_ptr_nonnull(tensor);
    ck_assert_int_eq(tensor->dtype, GRT_I32);
    ck_assert_int_eq(tensor->rank, 2);
    ck_assert_int_eq(tensor->dims[0], 2);
    ck_assert_ptr_null(grt_safetensors_find(&file, "b"));
    ck_assert_ptr_null(grt_safetensors_meta(&file, "gradc"));
    grt_safetensors_free(&file);
    file_craft("{}", 0);
    ck_assert_int_eq(file_status(&error), 0);
    file_craft("{\"a\":{\"dtype\":\"F64\",\"shape\":[0,3],\"data_offsets\":[0,0]}}", 0);
    ck_assert_int_eq(file_status(&error), 0);
}
END_TEST

typedef struct Hostile {
    const char *header;
    size_t data;
    const char *why; /* a part of the message */
} Hostile;

#define TENSOR(name, dtype, shape, begin, end)                                                     \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" begin "," end \
    "]}"

/* clang-format off */
static const Hostile hostile[] = {
    {"[]", 0, "no header"},
    {" {}", 0, "no header"},
    {"{   ", 0, "string expected"},
    {"{} x", 0, "behind the end"},
    {"{\"a\"", 0, "':'"},
    {"{\"a\":1}", 0, "'{' expected"},
    {"{\"a\":{}}", 0, "without dtype"},
    {"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 0, "'{' expected"},
    {"{" TENSOR("a", "F32", "2", "0", "8") ",}", 8, "string expected"},
    {"{" TENSOR("a", "F32", "2", "0", "8") TENSOR("b", "F32", "2", "8", "16") "}", 16, "','"},
    {"{" TENSOR("a", "F31", "2", "0", "8") "}", 8, "dtype"},
    {"{" TENSOR("a", "F32", "2", "0", "4") "}", 4, "does not fit its size"},
    {"{" TENSOR("a", "F32", "2", "8", "0") "}", 8, "outside"},
    {"{" TENSOR("a", "F32", "2", "0", "8") "}", 4, "outside"},
    {"{" TENSOR("a", "F32", "2", "0", "8") "}", 9, "no tensor"},
    {"{" TENSOR("a", "F32", "1", "4", "8") "}", 8, "hole"},
    {"{" TENSOR("a", "F32", "2", "0", "8") "," TENSOR("b", "F32", "2", "4", "12") "}", 12, "overlap"},
    {"{" TENSOR("a", "F32", "2", "0", "8") "," TENSOR("b", "F32", "1", "12", "16") "}", 16, "hole"},
    {"{" TENSOR("a", "F32", "2", "0", "8") "," TENSOR("a", "F32", "2", "8", "16") "}", 16, "twice"},
    {"{" TENSOR("a", "F32", "2", "0", "8") "," TENSOR("\\u0061", "F32", "2", "8", "16") "}", 16, "twice"},
    /* Products that wrap: to 4 elements, to 0, and past 2^63. */
    {"{" TENSOR("a", "F32", "4194305,4194305,211106198978564", "0", "16") "}", 16, "does not fit"},
    {"{" TENSOR("a", "U8", "4294967296,4294967296", "0", "0") "}", 0, "does not fit"},
    {"{" TENSOR("a", "U8", "9223372036854775807", "0", "1") "}", 1, "does not fit"},
    {"{" TENSOR("a", "U8", "9223372036854775808", "0", "1") "}", 1, "too large"},
    {"{" TENSOR("a", "U8", "-1", "0", "1") "}", 1, "number expected"},
    {"{" TENSOR("a", "U8", "01", "0", "1") "}", 1, "leading zero"},
    {"{" TENSOR("a", "U8", "1.0", "0", "1") "}", 1, "','"},
    {"{" TENSOR("a", "U8", "1,1,1,1,1,1,1,1,1", "0", "1") "}", 1, "8 dimensions"},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "repeated"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", 1, "data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"offsets\":[0,1]}}", 1, "unknown"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "string expected"},
    {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice"},
    {"{\"__metadata__\":{\"gradc\":\"1\"}}", 0, "checksum is missing"},
    {"{\"__metadata__\":{\"checksum\":\"0000000000000000\"}}", 0, "no checksum"},
    {"{\"__metadata__\":{\"gradc\":\"1\",\"checksum\":\"0\"}}", 0, "no checksum"},
    {"{\"__metadata__\":{\"gradc\":\"1\",\"checksum\":\"0000000000000000\"}}", 0, "does not match"},
    {"{\"a\\u0000\":{}}", 0, "escape"},
    {"{\"a\\ud800\":{}}", 0, "escape"},
    {"{\"a\\x\":{}}", 0, "escape"},
    {"{\"a\n\":{}}", 0, "control"},
    {"{\"a", 0, "without an end"},
};
/* clang-format on */

START_TEST(test_hostile_headers)
{
    const Hostile *bad = &hostile[_i];
    GrtError error = {0};
    file_craft(bad->header, bad->data);
    ck_assert_msg(file_status(&error) == 1, "accepted: %s", bad->header);
    ck_assert_msg(strstr(error.text, bad->why), "%s: %s", bad->header, error.text);
}
END_TEST

START_TEST(test_hostile_files)
{
    unsigned char bytes[64] = {0};
    GrtError error = {0};
    for (size_t size = 0; size < 10; size++) {
        file_put("a.safetensors", bytes, size);
        ck_assert_int_eq(file_status(&error), 1);
    }
    memset(bytes, 0xFF, 8); /* a header of 2^64-1 bytes */
    file_put("a.safetensors", bytes, sizeof bytes);
    ck_assert_int_eq(file_status(&error), 1);
    ck_assert_ptr_nonnull(strstr(error.text, "longer than the file"));
    char name[700] = "{\"";
    memset(name + 2, 'a', 600);
    strcpy(name + 602, "\":{}}");
    file_craft(name, 0);
    ck_assert_int_eq(file_status(&error), 1);
    ck_assert_ptr_nonnull(strstr(error.text, "too long"));
    remove("a.safetensors");
    ck_assert_int_eq(file_status(&error), 1);
    ck_assert_int_eq(mkdir("folder", 0700), 0);
    GrtTensorFile file;
    ck_assert_int_eq(grt_safetensors_read("folder", &file, &error), 1);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(grt_safetensors_read("pipe", &file, &error), 1); /* and does not hang */
}
END_TEST

START_TEST(test_json_numbers_and_strings)
{
    char text[32];
    int64_t value = 0;
    GrtJson json = grt_json_start("[9223372036854775807 ,0]", 24);
    ck_assert(grt_json_open(&json, '[') && grt_json_integer(&json, &value));
    ck_assert_int_eq(value, INT64_MAX);
    ck_assert(grt_json_next(&json, ']') && grt_json_integer(&json, &value));
    ck_assert_int_eq(value, 0);
    ck_assert(!grt_json_next(&json, ']') && grt_json_finish(&json));
    const char *quoted = "\"\\ud83d\\ude00\\u20ac\\\"\\/\"";
    json = grt_json_start(quoted, strlen(quoted));
    ck_assert(grt_json_string(&json, text, sizeof text));
    ck_assert_str_eq(text, "\xF0\x9F\x98\x80\xE2\x82\xAC\"/");
    json = grt_json_start("\"12345\"", 7);
    ck_assert(!grt_json_string(&json, text, 5)); /* room for four and a NUL */
    json = grt_json_start("{}", 2);
    ck_assert(!grt_json_open(&json, '{') && grt_json_finish(&json));
}
END_TEST

/* ---- checkpoints ---- */

static GrtInstance *linear_new(uint64_t seed)
{
    GrtInstance *instance = grt_create(&linear_model, seed);
    ck_assert_ptr_nonnull(instance);
    return instance;
}

static float *linear_float(GrtInstance *instance, int at)
{
    return (float *)(instance->vars + at);
}

START_TEST(test_round_trip)
{
    GrtInstance *saved = linear_new(7), *loaded = linear_new(8);
    GrtError error = {0};
    saved->at.step = 123;
    saved->at.epoch = 5;
    saved->at.cursor = 48;
    ck_assert_int_eq(saved->shown_count, 1);
    saved->shown[0].sum = 0.1 + 0.2;
    saved->shown[0].samples = 48;
    saved->at.best = 1.0 / 3;
    saved->at.best_epoch = 4;
    saved->at.data_hash = UINT64_MAX - 5;
    saved->options[0] = 0.1;
    *linear_float(saved, AT_BIAS_M) = -0.25f;
    *linear_float(saved, AT_SUMS) = 9; /* scratch: not kept */
    ck_assert_int_eq(grt_checkpoint_save(saved, "a.safetensors", &error), 0);
    ck_assert_int_eq(grt_checkpoint_load(loaded, "a.safetensors", GRT_LOAD_RESUME, NULL, &error),
                     0);
    ck_assert_mem_eq(&saved->at, &loaded->at, sizeof saved->at);
    ck_assert_double_eq(loaded->shown[0].sum, 0.1 + 0.2);
    ck_assert_int_eq(loaded->shown[0].samples, 48);
    ck_assert_mem_eq(saved->vars, loaded->vars, AT_SUMS);
    ck_assert_float_eq(*linear_float(loaded, AT_SUMS), 0);
    ck_assert_double_eq(loaded->options[0], 0.1);
    grt_destroy(saved);
    grt_destroy(loaded);
}
END_TEST

START_TEST(test_weights_only)
{
    GrtInstance *saved = linear_new(7), *loaded = linear_new(8);
    GrtError error = {0};
    *linear_float(saved, AT_BIAS_M) = -0.25f;
    saved->at.step = 99;
    ck_assert_int_eq(grt_checkpoint_save(saved, "a.safetensors", &error), 0);
    ck_assert_int_eq(grt_checkpoint_load(loaded, "a.safetensors", GRT_LOAD_WEIGHTS, NULL, &error),
                     0);
    ck_assert_float_eq(*linear_float(saved, AT_WEIGHT), *linear_float(loaded, AT_WEIGHT));
    ck_assert_float_eq(*linear_float(loaded, AT_BIAS_M), 0);
    ck_assert_int_eq(loaded->at.step, 0);
    grt_destroy(saved);
    grt_destroy(loaded);
}
END_TEST

START_TEST(test_pytorch_file)
{
    GrtInstance *instance = linear_new(1);
    GrtError error = {0};
    file_craft("{" TENSOR("linear1.bias", "F32", "1", "0", "4") "," TENSOR(
                   "linear1.weight", "F32", "1,1", "4", "8") "," TENSOR("bn.num_batches_tracked",
                                                                        "I64", "", "8", "16") "}",
               16);
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_WEIGHTS, NULL, &error),
                     0);
    ck_assert_float_eq(*linear_float(instance, AT_WEIGHT), 0);
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_RESUME, NULL, &error),
                     1);
    grt_destroy(instance);
}
END_TEST

/* A file of other kinds of floats, at odd places: rounded, but for a run to resume. */
START_TEST(test_floats_are_rounded)
{
    GrtInstance *instance = linear_new(1);
    GrtError error = {0};
    unsigned char data[10];
    const uint16_t half = 0x3555; /* 0.333251953125 */
    double weight = 0.1;
    memcpy(data, &half, 2);
    memcpy(data + 2, &weight, 8);
    const char *header = "{" TENSOR("linear1.bias", "F16", "1", "0",
                                    "2") "," TENSOR("linear1.weight", "F64", "1,1", "2", "10") "}";
    file_craft_with(header, data, sizeof data);
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_RESUME, NULL, &error),
                     1);
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_WEIGHTS, NULL, &error),
                     0);
    ck_assert_float_eq(*linear_float(instance, AT_WEIGHT), 0.1f);
    ck_assert_float_eq(*linear_float(instance, AT_BIAS), 0.333251953125f);
    weight = 1e300;
    memcpy(data + 2, &weight, 8);
    file_craft_with(header, data, sizeof data);
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_WEIGHTS, NULL, &error),
                     1);
    ck_assert_ptr_nonnull(
        strstr(error.text, "linear1.weight: a number in the file is too large for f32"));
    ck_assert_float_eq(*linear_float(instance, AT_WEIGHT), 0.1f);
    grt_destroy(instance);
}
END_TEST

START_TEST(test_part_of_the_weights)
{
    GrtInstance *instance = linear_new(1);
    GrtError error = {0};
    GrtPartial partial;
    const float weight = *linear_float(instance, AT_WEIGHT), bias = 0.25f;
    file_craft_with("{" TENSOR("linear1.bias", "F32", "1", "0", "4") "," TENSOR("other", "F32", "1",
                                                                                "4", "8") "}",
                    (const float[]){bias, 1}, 8);
    ck_assert_int_eq(grt_checkpoint_load_partial(instance, "a.safetensors", &partial, &error), 0);
    ck_assert_int_eq(partial.wanted, 2);
    ck_assert_int_eq(partial.taken, 1);
    ck_assert_str_eq(partial.missing, "linear1.weight");
    ck_assert_str_eq(partial.unknown, "other");
    ck_assert_float_eq(*linear_float(instance, AT_WEIGHT), weight);
    ck_assert_float_eq(*linear_float(instance, AT_BIAS), bias);
    file_craft("{" TENSOR("linear1.weight", "F32", "2,1", "0", "8") "}", 8);
    ck_assert_int_eq(grt_checkpoint_load_partial(instance, "a.safetensors", &partial, &error), 1);
    ck_assert_ptr_nonnull(strstr(error.text, "f32[2, 1] in the file, f32[1, 1] in the model"));
    file_craft("{" TENSOR("weight", "F32", "1,1", "0", "4") "}", 4);
    ck_assert_int_eq(grt_checkpoint_load_partial(instance, "a.safetensors", &partial, &error), 1);
    ck_assert_ptr_nonnull(strstr(error.text, "none of its tensors has the name"));
    ck_assert_float_eq(*linear_float(instance, AT_BIAS), bias);
    grt_destroy(instance);
}
END_TEST

START_TEST(test_other_models_are_refused)
{
    GrtInstance *instance = linear_new(1);
    GrtError error = {0};
    const float before = *linear_float(instance, AT_WEIGHT);
    file_craft("{" TENSOR("linear1.weight", "F32", "2,1", "0",
                          "8") "," TENSOR("linear2.bias", "F32", "1", "8", "12") "}",
               12);
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_WEIGHTS, NULL, &error),
                     1);
    ck_assert_ptr_nonnull(strstr(error.text, "3 tensors differ"));
    ck_assert_ptr_nonnull(
        strstr(error.text, "linear1.weight: f32[2, 1] in the file, f32[1, 1] in the model"));
    ck_assert_ptr_nonnull(strstr(error.text, "linear1.bias: missing in the file"));
    ck_assert_ptr_nonnull(strstr(error.text, "linear2.bias: in the file, unknown to the model"));
    ck_assert_float_eq(*linear_float(instance, AT_WEIGHT), before);
    /* The same tensors, but another program. */
    GrtModel changed = linear_model;
    changed.fingerprint++;
    ck_assert_int_eq(grt_checkpoint_save(instance, "a.safetensors", &error), 0);
    instance->model = &changed;
    ck_assert_int_eq(grt_checkpoint_load(instance, "a.safetensors", GRT_LOAD_RESUME, NULL, &error),
                     1);
    ck_assert_ptr_nonnull(strstr(error.text, "has changed since"));
    grt_destroy(instance);
}
END_TEST

/* Each damaged file must be refused, and leave the instance alone. */
static void expect_refused(GrtInstance *instance, const unsigned char *before, const char *what,
                           size_t at)
{
    GrtError error = {0};
    for (int mode = GRT_LOAD_WEIGHTS; mode <= GRT_LOAD_RESUME; mode++)
        ck_assert_msg(
            grt_checkpoint_load(instance, "b.safetensors", (GrtLoadMode)mode, NULL, &error) == 1,
            "%s at %zu accepted in mode %d", what, at, mode);
    ck_assert_mem_eq(instance->vars, before, LINEAR_VARS);
}

START_TEST(test_every_damage_is_refused)
{
    GrtInstance *instance = linear_new(3);
    unsigned char good[4096], bad[4096], before[LINEAR_VARS];
    GrtError error = {0};
    ck_assert_int_eq(grt_checkpoint_save(instance, "a.safetensors", &error), 0);
    const size_t size = file_get("a.safetensors", good, sizeof good);
    memcpy(before, instance->vars, LINEAR_VARS);
    for (size_t i = 0; i < size; i++) {
        file_put("b.safetensors", good, i);
        expect_refused(instance, before, "a truncation", i);
        for (int bit = 0; bit < 8; bit++) {
            memcpy(bad, good, size);
            bad[i] ^= (unsigned char)(1 << bit);
            file_put("b.safetensors", bad, size);
            expect_refused(instance, before, "a flipped bit", i);
        }
    }
    memcpy(bad, good, size);
    bad[size] = 0;
    file_put("b.safetensors", bad, size + 1);
    expect_refused(instance, before, "a byte too many", size);
    file_put("b.safetensors", good, size);
    ck_assert_int_eq(grt_checkpoint_load(instance, "b.safetensors", GRT_LOAD_RESUME, NULL, &error),
                     0);
    grt_destroy(instance);
}
END_TEST

START_TEST(test_nonfinite_is_not_saved)
{
    GrtInstance *instance = linear_new(3);
    unsigned char good[4096], after[4096];
    GrtError error = {0};
    ck_assert_int_eq(grt_checkpoint_save(instance, "a.safetensors", &error), 0);
    const size_t size = file_get("a.safetensors", good, sizeof good);
    *linear_float(instance, AT_BIAS_M) = NAN;
    ck_assert_int_eq(grt_checkpoint_save(instance, "a.safetensors", &error), 4);
    ck_assert_ptr_nonnull(strstr(error.text, "sgd.linear1.bias.m"));
    *linear_float(instance, AT_BIAS_M) = INFINITY;
    ck_assert_int_eq(grt_checkpoint_save(instance, "a.safetensors", &error), 4);
    ck_assert_uint_eq(file_get("a.safetensors", after, sizeof after), size);
    ck_assert_mem_eq(good, after, size);
    grt_destroy(instance);
}
END_TEST

START_TEST(test_failures_leave_no_trace)
{
    GrtInstance *instance = linear_new(3);
    GrtError error = {0};
    ck_assert_int_eq(grt_checkpoint_save(instance, "no/such/a.safetensors", &error), 3);
    ck_assert_ptr_nonnull(strstr(error.text, "no/such/a.safetensors"));
    ck_assert_int_eq(mkdir("folder", 0700), 0);
    ck_assert_int_eq(grt_checkpoint_save(instance, "folder", &error), 3);
    ck_assert_int_eq(grt_atomic_probe("folder", &error), 3);
    ck_assert_int_eq(grt_atomic_probe("a.safetensors", &error), 0);
    ck_assert_int_eq(access("a.safetensors", F_OK), -1);
    grt_destroy(instance); /* teardown sees that no temporary is left */
}
END_TEST

START_TEST(test_stale_temporaries_are_swept)
{
    char living[64];
    GrtError error = {0};
    const pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    int status;
    char stale[64];
    while (waitpid(dead, &status, 0) < 0)
        continue;
    snprintf(stale, sizeof stale, "a.safetensors.tmp.%ld", (long)dead);
    snprintf(living, sizeof living, "a.safetensors.tmp.%ld", (long)getppid());
    file_put(stale, "x", 1);
    file_put(living, "x", 1);
    ck_assert_int_eq(grt_atomic_probe("a.safetensors", &error), 0);
    ck_assert_int_eq(access(stale, F_OK), -1);
    ck_assert_int_eq(access(living, F_OK), 0);
    remove(living);
}
END_TEST

START_TEST(test_only_own_files_are_replaced)
{
    GrtInstance *instance = linear_new(3);
    GrtError error = {0};
    ck_assert_int_eq(grt_checkpoint_guard("a.safetensors", &error), 0); /* not there */
    ck_assert_int_eq(grt_checkpoint_save(instance, "a.safetensors", &error), 0);
    ck_assert_int_eq(grt_checkpoint_guard("a.safetensors", &error), 0);
    file_craft(ONE, 8);
    ck_assert_int_eq(grt_checkpoint_guard("a.safetensors", &error), 2);
    grt_destroy(instance);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_foreign_file);
    tcase_add_loop_test(tests, test_hostile_headers, 0, (int)(sizeof hostile / sizeof hostile[0]));
    tcase_add_test(tests, test_hostile_files);
    tcase_add_test(tests, test_json_numbers_and_strings);
    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_weights_only);
    tcase_add_test(tests, test_pytorch_file);
    tcase_add_test(tests, test_floats_are_rounded);
    tcase_add_test(tests, test_part_of_the_weights);
    tcase_add_test(tests, test_other_models_are_refused);
    tcase_add_test(tests, test_every_damage_is_refused);
    tcase_add_test(tests, test_nonfinite_is_not_saved);
    tcase_add_test(tests, test_failures_leave_no_trace);
    tcase_add_test(tests, test_stale_temporaries_are_swept);
    tcase_add_test(tests, test_only_own_files_are_replaced);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
