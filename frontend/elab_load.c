/* elab_load.c -- load("a.npy"): an array from a file, wherever an expression may stand.
 *
 *     x = load("a.npy")           a VAR_FILE of the type that the file's header has now
 *     y = load("f.npz", "y")      a member
 *     z = load("z.csv", rows = 0:8, columns = 0:64)     a part, which a CSV's type is known by
 *
 * The program reads the file when it starts, and refuses one of another type. */
#include <string.h>

#include "frontend/builtins.h"
#include "frontend/elab.h"
#include "frontend/file_type.h"
#include "ir/scan.h"
#include "support/file.h"

static bool same_range(const Range *a, const Range *b)
{
    return a->has_start == b->has_start && a->has_stop == b->has_stop && a->single == b->single &&
           a->start == b->start && a->stop == b->stop;
}

/* The variable that has it already, or -1: a file is read once. */
static int load_find(const Model *m, const Load *asked)
{
    for (int i = 0; i < m->loads.count; i++) {
        const Load *load = &m->loads.data[i];
        if (strcmp(load->path, asked->path) == 0 && !load->member == !asked->member &&
            (!load->member || strcmp(load->member, asked->member) == 0) &&
            same_range(&load->rows, &asked->rows) && same_range(&load->columns, &asked->columns))
            return load->var;
    }
    return -1;
}

static bool is_csv(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".csv") == 0;
}

/* ---- its type ---- */

/* Both ends, counted from the first. */
static bool range_is_known(const Range *range)
{
    return !range->single && range->has_stop && range->start >= 0 && range->stop > range->start;
}

/* A CSV has no header that says how large it is: the slices do. */
static bool csv_type(Elab *e, const Load *load, Loc loc, Type *out)
{
    *out = (Type){.dtype = DT_F32};
    if (load->member || !range_is_known(&load->rows) ||
        !(range_is_known(&load->columns) || load->columns.single)) {
        diag_error(e->diag, loc, "as in load(\"x.csv\", rows = 0:100, columns = 0:64)",
                   "a CSV is loaded by the rows and columns that are wanted");
        return false;
    }
    out->dims[out->rank++] = dim_fixed(load->rows.stop - load->rows.start);
    if (!load->columns.single)
        out->dims[out->rank++] = dim_fixed(load->columns.stop - load->columns.start);
    return true;
}

/* The rows that there are of those asked for; false after reporting that there are none. */
static bool take_rows(Elab *e, const Load *load, Loc loc, Type *type)
{
    const Range *rows = &load->rows;
    if (!rows->has_start && !rows->has_stop)
        return true;
    const int64_t size = type->rank > 0 ? type->dims[0].size : 0;
    const int64_t start = rows->start < 0 ? size + rows->start : rows->start;
    const int64_t stop = !rows->has_stop ? size : rows->stop < 0 ? size + rows->stop : rows->stop;
    if (start < 0 || stop > size || start >= stop) {
        diag_error(e->diag, loc, NULL, "'%s' is %s: it has no such rows", load->path,
                   type_text(e->arena, type));
        return false;
    }
    type->dims[0] = dim_fixed(stop - start);
    return true;
}

static bool load_type(Elab *e, const Load *load, const Loc *locs, Type *out)
{
    const char *why, *names;
    const char *dir = e->dirs.data[0];
    const char *place = strcmp(dir, ".") == 0 ? load->path : path_join(e->arena, dir, load->path);
    if (is_csv(load->path))
        return csv_type(e, load, locs[0], out);
    if (load->columns.has_start || load->columns.has_stop) {
        diag_error(e->diag, locs[3], "index it: load(\"x.npy\")[:, 0:64]",
                   "columns are for CSV files");
        return false;
    }
    if (file_type(e->arena, place, load->member, out, &why, &names))
        return take_rows(e, load, locs[2], out);
    diag_error(e->diag, load->member && names ? locs[1] : locs[0],
               names && *names ? arena_printf(e->arena, "it has %s", names) : NULL,
               "cannot load '%s': %s", place, why);
    return false;
}

static int load_add(Elab *e, const Load *asked, const Loc *locs)
{
    Type type;
    Load load = *asked;
    if (!load_type(e, asked, locs, &type) || !type_within_limits(e, &type, locs[0]))
        return -1;
    const char *name =
        load.member ? arena_printf(e->arena, "%s/%s", load.path, load.member) : load.path;
    const char *own = name; /* another part of the file is "x.csv.2" */
    for (int part = 2; model_find_var(e->model, own) >= 0; part++)
        own = arena_printf(e->arena, "%s.%d", name, part);
    load.var = model_add_var(e->model, VAR_FILE, own, &type, locs[0]);
    vec_push(e->arena, &e->model->loads, load);
    return load.var;
}

/* One node for a file in each graph, so that grad() knows it again; outside of all scans. */
static Node *load_node(Graph *g, int slot)
{
    for (int i = 0; i < g->nodes.count; i++)
        if (g->nodes.data[i]->op == OP_state && g->nodes.data[i]->attr.slot == slot)
            return g->nodes.data[i];
    return graph_slot(g, OP_state, slot);
}

Value elab_load(Elab *e, const Load *asked, const Loc *locs)
{
    if (e->column) {
        diag_error(e->diag, locs[0], "write npy(\"file\"), whose rows are the samples",
                   "load is not for data blocks");
        return value_error();
    }
    int slot = load_find(e->model, asked);
    if (slot < 0)
        slot = load_add(e, asked, locs);
    return slot < 0 ? value_error() : value_tensor(load_node(graph_root(e->graph), slot));
}
