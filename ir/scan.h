/* scan.h -- loops at run time: a node with a body.
 *
 *     h = zeros
 *     scan t in 0..9 with h { h = tanh(x[:, t] + h @ w);  yield h }
 *
 *     %5 = scan %h %x %w turns=9 carries=1 along=[1, -1] yields=[1] {
 *       %0 = arg 0 : f32[batch, 8] name=h           a carry: what the turn before left
 *       %1 = arg 1 : f32[batch, 8]                  a sequence: %x, sliced along axis 1 by the turn
 *       %2 = arg 2 : f32[8, 8]                      the same in every turn
 *       ...
 *       next %4
 *       yield %4
 *     } : bool
 *     %6 = scan_out %5 result=0 : f32[batch, 8]     the last h
 *     %7 = scan_out %5 result=1 : f32[batch, 9, 8]  all h
 *
 * A body is a Graph of its own, closed: it reads what is outside through its `arg` nodes alone.
 * Builders see to that: a node of a graph around the body, used in the body, becomes an operand of
 * the scan (graph_capture); constants and host scalars are copied.  The operands are, in order, the
 * first values of what is carried, then sequences and whole tensors; the body's results are the
 * next values of the carries, then what is yielded.  `turn` is the number of the turn, from 0; a
 * scan may run from the last turn to the first (`backward`), as derivatives do. */
#ifndef GRADC_SCAN_H
#define GRADC_SCAN_H

#include "ir/graph.h"

struct Scan {
    Graph *body;
    int64_t turns; /* 1 or more */
    int carries;
    bool backward;
    Vec(int) along; /* of each operand behind the carries: the axis of a sequence, or -1 */
    Vec(int)
        yields;   /* of each result behind the next carries: the axis that is added to stack it */
    NodeVec args; /* the arg node of each operand, as made first */
};

/* Without this axis; with one of this size put there. */
Type scan_sliced(const Type *type, int axis);
Type scan_stacked(const Type *type, int axis, int64_t turns);
/* Where values of this type are stacked, for whom it is all the same: behind the batch. */
int scan_axis(const Type *type);

/* A scan under construction: it stands in no list, but its body can be built.  Operands: the first
 * values of the carries. */
Node *scan_begin(Graph *g, Node *const *first, int carries, int64_t turns);
/* Its results are there: the scan joins the list of g.  An ill-typed one ends in ice(). */
void scan_end(Graph *g, Node *scan);

Node *scan_arg(Node *scan, int operand);
/* For graph_add: this is the node of its operand, if there was none. */
void scan_note_arg(Node *arg);
Node *scan_turn(Node *scan);
/* In the body, a value from outside (of the graph around it, or further out). */
Node *graph_capture(Graph *body, Node *outside);
/* In the body, the element of `outside` along an axis that has a place for each turn. */
Node *scan_sequence(Node *scan, Node *outside, int axis);
void scan_next(Node *scan, Node *value, const char *name);
/* The position of the result that stacks value; of the one that does it already, if any. */
int scan_yield(Node *scan, Node *value, int axis, const char *name);
/* A result, in the graph around the scan. */
Node *scan_out(Node *scan, int result);

/* A copy of n in another graph: map gives, by id, the copies of its operands.  Bodies are copied
 * whole. */
Node *graph_copy_node(Graph *to, const Node *n, Node *const *map);

/* The graph of the entry in which g stands; g itself if it is no body. */
Graph *graph_root(Graph *g);
/* Is g the graph, or a body somewhere inside of it? */
bool graph_is_within(const Graph *g, const Graph *graph);

/* Drops results that no scan_out of g takes, carries that serve only themselves, and operands that
 * their body does not read; in bodies of bodies, too.  True if anything went. */
bool scan_prune(Graph *g);

#endif
