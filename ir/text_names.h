/* text_names.h -- the words of the textual IR that both its printer and its reader use. */
#ifndef GRADC_TEXT_NAMES_H
#define GRADC_TEXT_NAMES_H

#include "ir/model.h"

/* Indexed by VarKind, OptionType, SourceKind and EntryKind. */
enum { VAR_KINDS = 6, OPTION_TYPES = 3, SOURCE_KINDS = 7, ENTRY_KINDS = 15 };

extern const char *const var_kind_names[VAR_KINDS];
extern const char *const option_type_names[OPTION_TYPES];
extern const char *const source_kind_names[SOURCE_KINDS];
extern const char *const option_range_names[OPTION_RANGES];
extern const char *const entry_kind_names[ENTRY_KINDS];
extern const char *const text_form_names[TEXT_FORMS];

/* Does the character need no quotes in a name? */
bool is_plain_char(char c);

#endif
