/* values_grid.c -- see values_grid.h. */
#include "tests/values_grid.h"

#include <string.h>

#include "runtime/grt_math.h"

/* ---- elements in memory ---- */

void values_put(void *bytes, int64_t i, Scalar s)
{
    switch (s.dtype) {
    case DT_BOOL:
    case DT_U8:
    case DT_I8:
        ((uint8_t *)bytes)[i] = (uint8_t)s.i;
        break;
    case DT_I16:
        ((int16_t *)bytes)[i] = (int16_t)s.i;
        break;
    case DT_I32:
        ((int32_t *)bytes)[i] = (int32_t)s.i;
        break;
    case DT_I64:
        ((int64_t *)bytes)[i] = s.i;
        break;
    case DT_F16:
        ((uint16_t *)bytes)[i] = grt_store_f16((float)s.f);
        break;
    case DT_BF16:
        ((uint16_t *)bytes)[i] = grt_store_bf16((float)s.f);
        break;
    case DT_F32:
        ((float *)bytes)[i] = (float)s.f;
        break;
    default:
        ((double *)bytes)[i] = s.f;
    }
}

Scalar values_get(const void *bytes, int64_t i, DType dtype)
{
    switch (dtype) {
    case DT_BOOL:
    case DT_U8:
        return (Scalar){.dtype = dtype, .i = ((const uint8_t *)bytes)[i]};
    case DT_I8:
        return (Scalar){.dtype = dtype, .i = ((const int8_t *)bytes)[i]};
    case DT_I16:
        return (Scalar){.dtype = dtype, .i = ((const int16_t *)bytes)[i]};
    case DT_I32:
        return (Scalar){.dtype = dtype, .i = ((const int32_t *)bytes)[i]};
    case DT_I64:
        return (Scalar){.dtype = dtype, .i = ((const int64_t *)bytes)[i]};
    case DT_F16:
        return (Scalar){.dtype = dtype, .f = (double)grt_load_f16(((const uint16_t *)bytes)[i])};
    case DT_BF16:
        return (Scalar){.dtype = dtype, .f = (double)grt_load_bf16(((const uint16_t *)bytes)[i])};
    case DT_F32:
        return (Scalar){.dtype = dtype, .f = (double)((const float *)bytes)[i]};
    default:
        return (Scalar){.dtype = dtype, .f = ((const double *)bytes)[i]};
    }
}

/* ---- operands: all pairs of edges ---- */

Scalar values_element(DType dtype, int operand, int64_t i)
{
    Scalar edges[VALUES_EDGES];
    const int n = values_edges(dtype, edges);
    const int64_t slow = i / VALUES_EDGES;
    return edges[(operand == 0 ? i : operand == 1 ? slow : i + slow) % n];
}

typedef struct Grid {
    Arena *arena;
    Model *model;
    Graph *one; /* all results stand in it; NULL: each in one of its own */
} Grid;

/* The variable that holds operand k of this dtype. */
static Node *operand_of(Grid *grid, Graph *g, DType dtype, int operand)
{
    const char *name = arena_printf(grid->arena, "%s_%d", dtype_info[dtype].name, operand);
    const Type type = {.dtype = dtype, .rank = 1, .dims = {dim_fixed(VALUES_PAIRS)}};
    int var = model_find_var(grid->model, name);
    if (var < 0)
        var = model_add_var(grid->model, VAR_STATE, name, &type, (Loc){0});
    return graph_slot(g, OP_state, var);
}

/* ---- the grid ---- */

static Graph *new_entry(Grid *grid, const char *name)
{
    if (grid->one)
        return grid->one;
    const Entry entry = {.kind = ENTRY_PREDICT, .graph = graph_new(grid->model, name), .every = 1};
    vec_push(grid->arena, &grid->model->entries, entry);
    return entry.graph;
}

static void add_operation(Grid *grid, Op op, DType dtype)
{
    Graph *probe = graph_new(grid->model, "probe");
    const int arity = op_info[op].arity;
    Node *operands[3];
    Type type;
    const char *why,
        *name = arena_printf(grid->arena, "%s_%s", op_info[op].name, dtype_info[dtype].name);
    for (int k = 0; k < arity; k++)
        operands[k] = operand_of(grid, probe, op == OP_where && k == 0 ? DT_BOOL : dtype, k);
    if (!op_infer(probe, op, operands, arity, NULL, &type, &why))
        return;
    Graph *g = new_entry(grid, name);
    for (int k = 0; k < arity; k++)
        operands[k] = operand_of(grid, g, op == OP_where && k == 0 ? DT_BOOL : dtype, k);
    graph_result(g, RESULT_VALUE, 0, name, graph_add(g, op, operands, arity, NULL, NULL), (Loc){0});
}

static void add_casts(Grid *grid, DType from)
{
    for (int to = 0; to < DT_COUNT; to++) {
        if (to == (int)from)
            continue;
        const char *name =
            arena_printf(grid->arena, "cast_%s_%s", dtype_info[from].name, dtype_info[to].name);
        Graph *g = new_entry(grid, name);
        Node *y = graph_cast(g, operand_of(grid, g, from, 0), (DType)to);
        graph_result(g, RESULT_VALUE, 0, name, y, (Loc){0});
    }
}

Model *values_model(Arena *arena, bool one_entry)
{
    Grid grid = {.arena = arena,
                 .model = model_new(arena, "grid", source_new(arena, "grid.dsl", "", 0))};
    grid.model->batch_bound = 1;
    if (one_entry)
        grid.one = new_entry(&grid, "predict");
    for (int dtype = 0; dtype < DT_COUNT; dtype++) {
        for (int op = 0; op < OP_COUNT; op++)
            if (op_info[op].class == CLASS_EWISE && op != OP_cast)
                add_operation(&grid, (Op)op, (DType)dtype);
        add_casts(&grid, (DType)dtype);
    }
    return grid.model;
}
