/* parts.h -- the loops over a tensor, in parts where that decides conditions on their indices. */
#ifndef GRADC_PARTS_H
#define GRADC_PARTS_H

#include "codegen/lower_rules.h"

/* Appends the statements of one turn; it may be called for several parts of the loops, and on
 * trial. */
typedef void PartsBody(Lowering *l, void *context);

/* Loops over all these dimensions around the body, which finds where it is in `index`.  In parts
 * only with `split`: not where the body looks up indices, which goes outside of the loops that
 * they do not depend on. */
void parts_loops(Lowering *l, const Dim *dims, int count, KExpr **index, PartsBody *body,
                 void *context, bool split);

#endif
