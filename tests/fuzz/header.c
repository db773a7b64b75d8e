/* header.c -- any bytes as a data file whose type the compiler asks for: .npy, IDX, or an .npz's
 * member. */
#include "frontend/file_type.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size), *why = NULL, *names = NULL;
    Arena *arena = arena_new();
    Type type;
    if (!file_type(arena, path, NULL, &type, &why, &names) && !why)
        fuzz_broken("a file is refused without a reason");
    if (!file_type(arena, path, "x", &type, &why, &names) && !why)
        fuzz_broken("a member is refused without a reason");
    arena_free(arena);
    return 0;
}
