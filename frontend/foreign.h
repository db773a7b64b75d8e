/* foreign.h -- words of PyTorch and Python that this language does not have. */
#ifndef GRADC_FOREIGN_H
#define GRADC_FOREIGN_H

/* What to write in the place of the word ("write a @ b"), or NULL for a word that nobody brings. */
const char *foreign_mend(const char *word);

#endif
