/* load.c -- the files of load(...), read when the program starts.
 *
 * The compiler took each type from the file's header, that of a CSV from the rows and columns asked
 * for; a file that has changed since is refused. */
#include <stdlib.h>
#include <string.h>

#include "grt_file.h"
#include "grt_trainer.h"

/* By its first bytes, but for a CSV, of which columns are asked for. */
static int load_read(const GrtModel *model, const GrtLoad *load, const char *path, GrtArray *out,
                     GrtError *error)
{
    GrtSourceKind kind;
    if (load->columns.has_stop || load->columns.single)
        return grt_read_csv(path, NULL, load->rows, load->columns, GRT_F32, out, error);
    if (load->member)
        return grt_read_npz(path, load->member, model->gzip, load->rows, out, error);
    if (grt_file_sniff(path, NULL, &kind, error) != 0)
        return error->status;
    return kind == GRT_SOURCE_IDX ? grt_read_idx(path, NULL, load->rows, out, error)
                                  : grt_read_npy(path, NULL, load->rows, out, error);
}

static int load_check(const GrtVar *var, const GrtArray *array, const char *path, GrtError *error)
{
    char wanted[256], found[256];
    const GrtType *type = &var->type;
    if (array->dtype == type->dtype && array->rank == type->rank &&
        memcmp(array->dims, type->dims, sizeof type->dims[0] * (size_t)type->rank) == 0)
        return 0;
    grt_shape_text(wanted, sizeof wanted, type->dtype, type->dims, type->rank);
    grt_shape_text(found, sizeof found, array->dtype, array->dims, array->rank);
    return grt_fail(error, 1,
                    "'%s' has changed: it is %s, but was %s when this program was compiled", path,
                    found, wanted);
}

static int load_one(GrtInstance *instance, const GrtLoad *load, GrtError *error)
{
    const GrtModel *model = instance->model;
    const GrtVar *var = &model->vars[load->var];
    GrtArray array;
    char *path = grt_data_path(model, load->path);
    if (!path)
        return grt_fail(error, 3, "not enough memory to read '%s'", load->path);
    int failed = load_read(model, load, path, &array, error);
    if (!failed) {
        failed = load_check(var, &array, path, error);
        if (!failed)
            grt_variables_changed(instance);
        if (!failed && array.bytes > 0 && var->offset >= 0)
            memcpy(instance->vars + var->offset, array.data, (size_t)array.bytes);
        grt_array_free(&array);
    }
    free(path);
    return failed;
}

int grt_load_files(GrtInstance *instance, GrtError *error)
{
    for (int i = 0; i < instance->model->load_count; i++)
        if (load_one(instance, &instance->model->loads[i], error) != 0)
            return error->status;
    return 0;
}
