/* arena.h -- memory with one owner.
 *
 * Everything the compiler allocates for one compilation comes from an Arena and is released by
 * arena_free() alone: no pass frees anything.  Memory is zeroed.  Running out of memory ends the
 * process with exit status 3 and a message (there is nothing half-written to lose: outputs are
 * renamed into place only when whole). */
#ifndef GRADC_ARENA_H
#define GRADC_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);

/* Zeroed storage for size bytes, aligned for any type.  Never NULL; size 0 is allowed. */
void *arena_alloc(Arena *arena, size_t size);
/* Zeroed storage for count objects of size bytes, the product checked. */
void *arena_calloc(Arena *arena, size_t count, size_t size);
/* A copy that is new_count objects long; the first old_count are copied from old. */
void *arena_grow(Arena *arena, const void *old, size_t old_count, size_t new_count, size_t size);

char *arena_strdup(Arena *arena, const char *text);
char *arena_strndup(Arena *arena, const char *text, size_t length);
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list args);

#define arena_new_of(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define arena_array(arena, Type, count) \
    ((Type *)arena_calloc((arena), (size_t)(count), sizeof(Type)))

/* A growable array: struct { T *data; int count, capacity; }.  It lives in the arena it grows in.
 *     typedef Vec(Node *) NodeVec;
 *     vec_push(arena, &nodes, node);
 *     for (int i = 0; i < nodes.count; i++) use(nodes.data[i]); */
#define Vec(T)               \
    struct {                 \
        T *data;             \
        int count, capacity; \
    }

#define vec_push(arena, vec, item)                                                             \
    ((vec)->count == (vec)->capacity                                                           \
         ? (void)((vec)->data = vec_room((arena), (vec)->data, (vec)->count, &(vec)->capacity, \
                                         sizeof *(vec)->data))                                 \
         : (void)0,                                                                            \
     (vec)->data[(vec)->count++] = (item))

/* Doubles the room of a Vec; only vec_push calls it. */
void *vec_room(Arena *arena, void *data, int count, int *capacity, size_t size);

/* A map from strings to pointers: open hashing, keys are not copied. */
typedef struct StrMap StrMap;
StrMap *strmap_new(Arena *arena);
void *strmap_get(const StrMap *map, const char *key); /* NULL where the key is absent */
void strmap_set(StrMap *map, const char *key, void *value);

#endif
