/* safetensors.c -- any bytes as a safetensors file; what is read is looked at to its last byte. */
#include <string.h>

#include "runtime/grt_safetensors.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    GrtTensorFile file;
    GrtError error;
    if (grt_safetensors_read(fuzz_file(bytes, size), &file, &error) != 0)
        return 0;
    unsigned sum = 0;
    for (int i = 0; i < file.tensor_count; i++) {
        const GrtTensor *tensor = &file.tensors[i];
        if (grt_safetensors_find(&file, tensor->name) != tensor)
            fuzz_broken("a tensor is not found by its name");
        for (int64_t k = 0; k < tensor->end - tensor->begin; k++)
            sum += tensor->data[k];
    }
    for (int i = 0; i < file.meta_count; i++)
        if (!grt_safetensors_meta(&file, file.metas[i].key))
            fuzz_broken("a key is not found");
    grt_safetensors_free(&file);
    return sum == 0xFFFFFFFFu ? -1 : 0; /* keeps the loop */
}
