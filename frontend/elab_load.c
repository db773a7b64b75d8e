/* elab_load.c -- load("a.npy"): an array from a file, wherever an expression may stand.
 *
 *     x = load("a.npy")           a VAR_FILE of the type that the file's header has now
 *     y = load("f.npz", "y")      a member
 *
 * The program reads the file when it starts, and refuses one of another type. */
#include <string.h>

#include "frontend/builtins.h"
#include "frontend/elab.h"
#include "frontend/file_type.h"
#include "ir/scan.h"
#include "support/file.h"

/* The variable that has it already, or -1: a file is read once. */
static int load_find(const Model *m, const char *path, const char *member)
{
    for (int i = 0; i < m->loads.count; i++) {
        const Load *load = &m->loads.data[i];
        if (strcmp(load->path, path) == 0 && !load->member == !member &&
            (!member || strcmp(load->member, member) == 0))
            return load->var;
    }
    return -1;
}

/* Where the path and the name of the member stand, for messages. */
static int load_add(Elab *e, const char *path, const char *member, Loc path_loc, Loc member_loc)
{
    Type type;
    const char *why, *names;
    const char *dir = e->dirs.data[0];
    const char *place = strcmp(dir, ".") == 0 ? path : path_join(e->arena, dir, path);
    if (!file_type(e->arena, place, member, &type, &why, &names)) {
        diag_error(e->diag, member && names ? member_loc : path_loc,
                   names && *names ? arena_printf(e->arena, "it has %s", names) : NULL,
                   "cannot load '%s': %s", place, why);
        return -1;
    }
    if (!type_within_limits(e, &type, path_loc))
        return -1;
    const char *name = member ? arena_printf(e->arena, "%s/%s", path, member) : path;
    const Load load = {.var = model_add_var(e->model, VAR_FILE, name, &type, path_loc),
                       .path = path,
                       .member = member};
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

Value elab_load(Elab *e, const char *path, const char *member, Loc path_loc, Loc member_loc)
{
    if (e->column) {
        diag_error(e->diag, path_loc, "write npy(\"file\"), whose rows are the samples",
                   "load is not for data blocks");
        return value_error();
    }
    int slot = load_find(e->model, path, member);
    if (slot < 0)
        slot = load_add(e, path, member, path_loc, member_loc);
    return slot < 0 ? value_error() : value_tensor(load_node(graph_root(e->graph), slot));
}
