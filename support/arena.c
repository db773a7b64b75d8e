/* arena.c -- bump allocation from a chain of blocks, and the string map that lives in it. */
#include "support/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16, ALIGNMENT = 16 };

typedef struct Block {
    struct Block *next;
    size_t used, size;
} Block;

struct Arena {
    Block *blocks; /* the newest first */
};

/* Blocks start with a header that keeps what follows aligned. */
static const size_t header = (sizeof(Block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "gradc: error: out of memory (%zu bytes wanted)\n", size);
    exit(3);
}

static Block *block_new(size_t size)
{
    if (size > SIZE_MAX - header)
        out_of_memory(size);
    Block *block = calloc(1, header + size);
    if (!block)
        out_of_memory(size);
    block->size = size;
    return block;
}

Arena *arena_new(void)
{
    Arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        out_of_memory(sizeof *arena);
    return arena;
}

void arena_free(Arena *arena)
{
    if (!arena)
        return;
    for (Block *block = arena->blocks; block;) {
        Block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

void *arena_alloc(Arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        out_of_memory(size);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    Block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        Block *fresh = block_new(size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES);
        if (block && fresh->size == size) { /* a large object: keep filling the current block */
            fresh->next = block->next;
            block->next = fresh;
        } else {
            fresh->next = block;
            arena->blocks = fresh;
        }
        block = fresh;
    }
    void *memory = (char *)block + header + block->used;
    block->used += size;
    return memory;
}

void *arena_calloc(Arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory(SIZE_MAX);
    return arena_alloc(arena, bytes);
}

void *arena_grow(Arena *arena, const void *old, size_t old_count, size_t new_count, size_t size)
{
    void *memory = arena_calloc(arena, new_count, size);
    if (old_count)
        memcpy(memory, old, old_count * size);
    return memory;
}

void *vec_room(Arena *arena, void *data, int count, int *capacity, size_t size)
{
    if (*capacity > INT32_MAX / 2)
        out_of_memory(SIZE_MAX);
    *capacity = *capacity ? *capacity * 2 : 8;
    return arena_grow(arena, data, (size_t)count, (size_t)*capacity, size);
}

char *arena_strndup(Arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length)
        memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(Arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(Arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

/* ---- StrMap: open addressing, a power of two of slots, at most half of them full ---- */

typedef struct Slot {
    const char *key;
    void *value;
} Slot;

struct StrMap {
    Arena *arena;
    Slot *slots;
    size_t count, size;
};

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

static Slot *find_slot(const StrMap *map, const char *key)
{
    size_t i = (size_t)hash_text(key) & (map->size - 1);
    while (map->slots[i].key && strcmp(map->slots[i].key, key) != 0)
        i = (i + 1) & (map->size - 1);
    return &map->slots[i];
}

StrMap *strmap_new(Arena *arena)
{
    StrMap *map = arena_new_of(arena, StrMap);
    map->arena = arena;
    map->size = 16;
    map->slots = arena_array(arena, Slot, map->size);
    return map;
}

void *strmap_get(const StrMap *map, const char *key)
{
    return find_slot(map, key)->value;
}

static void strmap_double(StrMap *map)
{
    const Slot *old = map->slots;
    const size_t old_size = map->size;
    map->size *= 2;
    map->slots = arena_array(map->arena, Slot, map->size);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].key)
            *find_slot(map, old[i].key) = old[i];
}

void strmap_set(StrMap *map, const char *key, void *value)
{
    Slot *slot = find_slot(map, key);
    if (slot->key) {
        slot->value = value;
        return;
    }
    *slot = (Slot){key, value};
    if (++map->count * 2 > map->size)
        strmap_double(map);
}
