/* SPDX-License-Identifier: Apache-2.0 */
/* Dicts and sets: a table of entries in the order of insertion, and behind it, when it has more than 8, an index of their numbers by hash.
 * Numbers in the index take 1, 2 or 4 bytes, 0 is empty. Deleted entries keep their place (key VM_NULL) until the table is rebuilt. */
#include "rooms.h"

enum { SMALL = 8, DICT = 3, SET = 2 };

typedef struct {
    vm_value hash, key, value; /* a set's entry has no value: never read or write it there */
} entry;

#if VM_FEATURE_RARE
#define LIVE(dict) VM_UNLIKELY((dict)->h.flags &VM_LIVE)
#else
#define LIVE(dict) false
#define vm_live_changed(vm, dict, key, value) true
#endif

static unsigned width_of(uint32_t capacity) { return capacity < 0xFF ? 1 : capacity < 0xFFFF ? 2 : 4; }

static entry *entry_at(const vm_table *t, uint32_t i) { return (entry *)(t->entries + (size_t)i * t->h.aux); }

static uint32_t index_get(const vm_table *t, uint32_t slot) {
    const void *index = t->entries + (size_t)t->capacity * t->h.aux;
    switch (width_of(t->capacity)) {
    case 1: return ((const uint8_t *)index)[slot];
    case 2: return ((const uint16_t *)index)[slot];
    default: return ((const uint32_t *)index)[slot];
    }
}

static void index_set(vm_table *t, uint32_t slot, uint32_t number) {
    void *index = t->entries + (size_t)t->capacity * t->h.aux;
    switch (width_of(t->capacity)) {
    case 1: ((uint8_t *)index)[slot] = (uint8_t)number; break;
    case 2: ((uint16_t *)index)[slot] = (uint16_t)number; break;
    default: ((uint32_t *)index)[slot] = number; break;
    }
}

static uint32_t first_slot(const vm_table *t, uint32_t hash) { return (hash * 2654435769u >> 7 ^ hash) & t->mask; }

static void index_add(vm_table *t, uint32_t hash, uint32_t number) {
    uint32_t slot = first_slot(t, hash);
    while (index_get(t, slot)) slot = (slot + 1) & t->mask;
    index_set(t, slot, number + 1);
}

static vm_value new_table(vm *vm, unsigned words, uint32_t capacity) {
    uint32_t mask = 0;
    if (capacity > 0x03FFFFFF) return vm_memory_error(vm);
    if (capacity > SMALL)
        for (mask = 15; mask < capacity + capacity / 2; mask = mask * 2 + 1) {}
    uint32_t size = (uint32_t)(sizeof(vm_table) + capacity * words * 4 + (mask ? (mask + 1) * width_of(capacity) : 0));
    vm_value v = vm_alloc(vm, VM_T_TABLE, size);
    if (!v) return v;
    vm_table *t = vm_table_of(vm, v);
    t->h.aux = (uint16_t)words;
    t->capacity = capacity;
    t->mask = mask;
    return v;
}

static vm_value new_dict(vm *vm, unsigned type, uint32_t entries) {
    vm_value v = vm_alloc(vm, type, sizeof(vm_dict));
    if (!v || !entries) return v;
    unsigned root = vm_root(vm, v);
    vm_value table = new_table(vm, type == VM_T_DICT ? DICT : SET, entries);
    vm_unroot(vm, root);
    vm_dict_of(vm, v)->table = table;
    return table ? v : VM_NULL;
}

vm_value vm_new_dict_sized(vm *vm, uint32_t entries) { return new_dict(vm, VM_T_DICT, entries); }
vm_value vm_new_set_sized(vm *vm, uint32_t entries) { return new_dict(vm, VM_T_SET, entries); }

/* Whether an entry with the key's hash is the key's: 1, 0, -1 raised, -2: the dict may have changed, so look again. */
static __attribute__((noinline)) int same_key(vm *vm, vm_value dict, uint32_t i, vm_value key) {
    vm_value table = vm_dict_of(vm, dict)->table;
    entry *e = entry_at(vm_table_of(vm, table), i);
    uint32_t hash = e->hash;
    if (vm_is_exactly(vm, key, VM_T_STR) && vm_is_exactly(vm, e->key, VM_T_STR)) return vm_str_equal(vm, key, e->key);
    unsigned root = vm_root(vm, table);
    vm_root(vm, e->key);
    int same = vm_equal(vm, e->key, key);
    vm_unroot(vm, root);
    if (same < 0) return -1;
    /* An __eq__ may have changed the dict, even so that a new table lies where the old one was. */
    const vm_table *t = vm_table_of(vm, table);
    if (vm_dict_of(vm, dict)->table != table || i >= t->fill || entry_at(t, i) != e || e->hash != hash || !e->key) return -2;
    return same;
}

/* The entry of a key: its number, -1 none, -2 raised. */
static int32_t find(vm *vm, vm_value dict, vm_value key, uint32_t *hash_out) {
    uint32_t hash;
    if (vm_is_small(key))
        hash = (uint32_t)vm_small(key);
    else if (vm_is_exactly(vm, key, VM_T_STR) && vm_str_of(vm, key)->hash)
        hash = vm_str_of(vm, key)->hash;
    else if (!vm_hash(vm, key, &hash))
        return -2;
    hash |= 1;
    *hash_out = hash;
again:;
    vm_value table = vm_dict_of(vm, dict)->table;
    if (!table) return -1;
    const vm_table *t = vm_table_of(vm, table);
    uint32_t i = 0, slot = 0, fill = t->fill;
    const void *index = t->entries + (size_t)t->capacity * t->h.aux;
    if (t->mask) slot = first_slot(t, hash);
    for (;; i++) {
        if (t->mask) {
            i = t->capacity < 0xFF ? ((const uint8_t *)index)[slot] : index_get(t, slot);
            if (!i--) return -1;
            slot = (slot + 1) & t->mask;
        } else if (i == fill)
            return -1;
        const entry *e = entry_at(t, i);
        if (e->hash != hash) continue;
        if (e->key == key) return (int32_t)i;
        if (!e->key || vm_both_small(e->key, key)) continue;
        int same = same_key(vm, dict, i, key);
        if (same == -2) goto again;
        if (same) return same < 0 ? -2 : (int32_t)i;
    }
}

/* Makes room for one more entry. */
static bool grow(vm *vm, vm_value dict) {
    vm_dict *d = vm_dict_of(vm, dict);
    unsigned words = d->h.type == VM_T_DICT ? DICT : SET;
    vm_table *old = d->table ? vm_table_of(vm, d->table) : NULL;
    if (old && old->fill < old->capacity) return true;
    uint32_t capacity = d->used < 4 ? 4 : d->used * 2;
    if (d->used >= 4 && d->used < 8) capacity = 8;
    unsigned root = vm_root(vm, dict);
    vm_value table = new_table(vm, words, capacity);
    if (!table && capacity > d->used + 2) {
        vm_take_exception(vm, VM_B_MemoryError);
        table = new_table(vm, words, d->used + 2);
    }
    vm_unroot(vm, root);
    if (!table) return false;
    vm_table *t = vm_table_of(vm, table);
    old = d->table ? vm_table_of(vm, d->table) : NULL;
    for (uint32_t i = 0; old && i < old->fill; i++) {
        entry *e = entry_at(old, i);
        if (!e->key) continue;
        memcpy(entry_at(t, t->fill), e, words * sizeof(vm_value));
        if (t->mask) index_add(t, e->hash, t->fill);
        t->fill++;
    }
    vm_release(vm, d->table);
    d->table = table;
    return true;
}

static bool insert(vm *vm, vm_value dict, vm_value key, vm_value value) {
    uint32_t hash;
    int32_t at = find(vm, dict, key, &hash);
    if (at == -2) return false;
    vm_dict *d = vm_dict_of(vm, dict);
    if (at >= 0) {
        if (d->h.type == VM_T_DICT) entry_at(vm_table_of(vm, d->table), (uint32_t)at)->value = value;
        return LIVE(d) ? vm_live_changed(vm, dict, key, value) : true;
    }
    unsigned root = vm_root(vm, key);
    vm_root(vm, value);
    bool done = grow(vm, dict);
    vm_unroot(vm, root);
    if (!done) return false;
    vm_table *t = vm_table_of(vm, d->table);
    entry *e = entry_at(t, t->fill);
    e->hash = hash;
    e->key = key;
    if (d->h.type == VM_T_DICT) e->value = value;
    if (t->mask) index_add(t, hash, t->fill);
    t->fill++;
    d->used++;
    return LIVE(d) ? vm_live_changed(vm, dict, key, value) : true;
}

bool vm_dict_set(vm *vm, vm_value dict, vm_value key, vm_value value) { return insert(vm, dict, key, value); }
bool vm_set_add(vm *vm, vm_value set, vm_value key) { return insert(vm, set, key, VM_NONE); }

vm_value vm_dict_get(vm *vm, vm_value dict, vm_value key) {
    uint32_t hash;
    int32_t at = find(vm, dict, key, &hash);
    return at < 0 ? VM_NULL : entry_at(vm_table_of(vm, vm_dict_of(vm, dict)->table), (uint32_t)at)->value;
}

/* In a set, a set is looked for as the frozenset like it. */
static int32_t find_in_set(vm *vm, vm_value set, vm_value key, uint32_t *hash) {
    bool as_frozen = vm_is(vm, key, VM_T_SET) && !vm_head(vm, key)->aux && vm_is(vm, set, VM_T_SET);
    if (as_frozen) vm_head(vm, key)->aux = 1;
    int32_t at = find(vm, set, key, hash);
    if (as_frozen) vm_head(vm, key)->aux = 0;
    return at;
}

int vm_set_has(vm *vm, vm_value set, vm_value key) {
    uint32_t hash;
    int32_t at = find_in_set(vm, set, key, &hash);
    return at == -2 ? -1 : at >= 0;
}

static void delete_entry(vm *vm, vm_value dict, uint32_t at) {
    vm_dict *d = vm_dict_of(vm, dict);
    entry *e = entry_at(vm_table_of(vm, d->table), at);
    if (LIVE(d)) vm_live_changed(vm, dict, e->key, VM_NULL);
    e->key = VM_NULL;
    if (d->h.type == VM_T_DICT) e->value = VM_NULL;
    d->used--;
    vm_table *t = vm_table_of(vm, d->table);
    if (!t->mask) /* without an index, deleted entries at the end can go at once */
        while (t->fill && !entry_at(t, t->fill - 1)->key) t->fill--;
    else if (!d->used) {
        memset(t->entries + (size_t)t->capacity * t->h.aux, 0, (t->mask + 1) * width_of(t->capacity));
        t->fill = 0;
    }
}

int vm_dict_remove(vm *vm, vm_value dict, vm_value key, vm_value *value) {
    uint32_t hash;
    int32_t at = find_in_set(vm, dict, key, &hash);
    if (at < 0) return at == -2 ? -1 : 0;
    if (value) *value = entry_at(vm_table_of(vm, vm_dict_of(vm, dict)->table), (uint32_t)at)->value;
    delete_entry(vm, dict, (uint32_t)at);
    return 1;
}

bool vm_dict_next(const vm *vm, vm_value dict, uint32_t *position, vm_value *key, vm_value *value) {
    const vm_dict *d = vm_dict_of(vm, dict);
    if (!d->table) return false;
    const vm_table *t = vm_table_of(vm, d->table);
    while (*position < t->fill) {
        entry *e = entry_at(t, (*position)++);
        if (!e->key) continue;
        *key = e->key;
        if (value) *value = d->h.type == VM_T_DICT ? e->value : VM_NONE;
        return true;
    }
    return false;
}

void vm_dict_clear(vm *vm, vm_value dict) {
    vm_dict *d = vm_dict_of(vm, dict);
    vm_value key;
    uint32_t at = 0;
    while (LIVE(d) && vm_dict_next(vm, dict, &at, &key, NULL)) vm_live_changed(vm, dict, key, VM_NULL);
    vm_release(vm, d->table);
    d->table = VM_NULL;
    d->used = 0;
}

bool vm_dict_update(vm *vm, vm_value dict, vm_value other) {
    uint32_t at = 0;
    vm_value key, value;
    if (dict == other) return true;
    while (vm_dict_next(vm, other, &at, &key, &value))
        if (!insert(vm, dict, key, value)) return false;
    return true;
}

vm_value vm_dict_copy(vm *vm, vm_value dict) {
    vm_value v = new_dict(vm, vm_head(vm, dict)->type, vm_dict_of(vm, dict)->used);
    if (!v) return v;
    vm_head(vm, v)->aux = vm_head(vm, dict)->aux;
    unsigned root = vm_root(vm, v);
    if (!vm_dict_update(vm, v, dict)) v = VM_NULL;
    vm_unroot(vm, root);
    return v;
}

int vm_dict_equal(vm *vm, vm_value a, vm_value b) {
    uint32_t at = 0;
    vm_value key, value;
    if (a == b) return 1;
    if (vm_dict_of(vm, a)->used != vm_dict_of(vm, b)->used) return 0;
    if (!vm_enter(vm, " in comparison")) return -1;
    int same = 1;
    while (same == 1 && vm_dict_next(vm, a, &at, &key, &value)) {
        vm_value other = vm_dict_get(vm, b, key);
        same = other ? vm_equal(vm, value, other) : vm->exception ? -1 : 0;
    }
    vm->depth--;
    return same;
}

int vm_set_subset(vm *vm, vm_value a, vm_value b) {
    uint32_t at = 0;
    vm_value key;
    int has = 1;
    while (has == 1 && vm_dict_next(vm, a, &at, &key, NULL)) has = vm_set_has(vm, b, key);
    return has;
}

/* --- constructors and methods of dict */

/* The pair that an iterable of pairs has yielded, in a row; NULL: raised. */
static const vm_value *pair_of(vm *vm, vm_value pair, uint32_t number) {
    vm_value *items;
    uint32_t n;
    if (!vm_is(vm, pair, VM_T_TUPLE) && !(pair = vm_to_list(vm, pair))) {
        if (vm_take_exception(vm, VM_B_TypeError))
            vm_raise(vm, VM_B_TypeError, "cannot convert dictionary update sequence element #%u to a sequence", number);
        return NULL;
    }
    vm_root(vm, pair);
    vm_items(vm, pair, &items, &n);
    if (n == 2) return items;
    vm_raise(vm, VM_B_ValueError, "dictionary update sequence element #%u has length %u; 2 is required", number, n);
    return NULL;
}

/* From a dict, another mapping, or an iterable of pairs. */
bool vm_dict_update_from(vm *vm, vm_value dict, vm_value source) {
    if (vm_is(vm, source, VM_T_DICT) && !(VM_FEATURE_RARE && vm_special(vm, source, VM_N_iter))) return vm_dict_update(vm, dict, source);
    vm_value keys = vm_special(vm, source, VM_N_keys), it = source, next;
    if (keys && !(it = vm_call(vm, keys, 1, &source))) return false;
    unsigned root = vm_root(vm, it), place;
    it = vm_iterate(vm, it);
    if (it) vm->roots[root] = it;
    place = vm_mark_roots(vm);
    for (uint32_t number = 0; it && (next = vm_next(vm, it)); number++) {
        vm_value both[2] = {next, VM_NULL};
        const vm_value *pair = both;
        vm_root(vm, next);
        if (keys)
            both[1] = vm_getitem(vm, source, next);
        else
            pair = pair_of(vm, next, number);
        if (!pair || !pair[1] || !insert(vm, dict, pair[0], pair[1])) break;
        vm_unroot(vm, place);
    }
    vm_unroot(vm, root);
    return !vm->exception;
}

static bool update_keywords(vm *vm, vm_value dict, const vm_keywords *k) {
    for (unsigned i = 0; i < k->count; i++) {
        vm_value key = vm_name_str(vm, k->words[i] >> 16);
        if (!key || !insert(vm, dict, key, k->values[i])) return false;
    }
    return true;
}

vm_value vm_new_dict(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value v = vm_new_dict_sized(vm, k.count);
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    if ((argc && !vm_dict_update_from(vm, v, argv[0])) || !update_keywords(vm, v, &k)) v = VM_NULL;
    vm_unroot(vm, root);
    return v;
}

vm_value vm_dict_update_method(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (argc > 1 && !vm_dict_update_from(vm, argv[0], argv[1])) return VM_NULL;
    return update_keywords(vm, argv[0], &k) ? VM_NONE : VM_NULL;
}

vm_value vm_dict_get_method(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_dict_get(vm, argv[0], argv[1]);
    return v || vm->exception ? v : argc > 2 ? argv[2] : VM_NONE;
}

vm_value vm_dict_setdefault(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_dict_get(vm, argv[0], argv[1]);
    if (v || vm->exception) return v;
    v = argc > 2 ? argv[2] : VM_NONE;
    return insert(vm, argv[0], argv[1], v) ? v : VM_NULL;
}

vm_value vm_dict_pop(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = VM_NULL;
    int there = vm_dict_remove(vm, argv[0], argv[1], &v);
    if (there == 0) return argc > 2 ? argv[2] : vm_raise_value(vm, VM_B_KeyError, argv[1]);
    return there < 0 ? VM_NULL : v;
}

vm_value vm_dict_popitem(vm *vm, unsigned argc, vm_value *argv) {
    vm_dict *d = vm_dict_of(vm, argv[0]);
    (void)argc;
    if (!d->used) return vm_raise(vm, VM_B_KeyError, "popitem(): dictionary is empty");
    uint32_t i = vm_table_of(vm, d->table)->fill - 1;
    while (!entry_at(vm_table_of(vm, d->table), i)->key) i--;
    vm_value pair = vm_new_tuple_of(vm, 2, &entry_at(vm_table_of(vm, d->table), i)->key);
    if (pair) delete_entry(vm, argv[0], i);
    return pair;
}

vm_value vm_dict_clear_method(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_dict_clear(vm, argv[0]), VM_NONE; }
vm_value vm_dict_copy_method(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_head(vm, argv[0])->aux && vm_is_exactly(vm, argv[0], VM_T_SET) ? argv[0] : vm_dict_copy(vm, argv[0]); /* a frozenset itself */
}
vm_value vm_dict_keys(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_new_view(vm, argv[0], 0); }
vm_value vm_dict_values(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_new_view(vm, argv[0], 1); }
vm_value vm_dict_items(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_new_view(vm, argv[0], 2); }

vm_value vm_dict_fromkeys(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = VM_NULL, key;
#if VM_FEATURE_RARE /* of a class derived from dict: the class comes first, and has its own __setitem__ */
    unsigned derived = argc && vm_is(vm, argv[0], VM_T_CLASS), given = argc - derived;
    if (!given || given > 2)
        return vm_raise(vm, VM_B_TypeError, "fromkeys expected at %s, got %u", given ? "most 2 arguments" : "least 1 argument", given);
    if (derived) argv++, argc--, v = vm_call(vm, argv[-1], 0, NULL);
#else
    const bool derived = false;
#endif
    if (!derived) v = vm_new_dict_sized(vm, 0);
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    vm_value iterator = vm_iterate(vm, argv[0]);
    if (iterator) {
        vm_root(vm, iterator);
        while (!vm->exception && (key = vm_next(vm, iterator))) {
            vm_value value = argc > 1 ? argv[1] : VM_NONE;
            unsigned place = vm_root(vm, key);
            if (derived)
                vm_setitem(vm, v, key, value);
            else
                insert(vm, v, key, value);
            vm_unroot(vm, place);
        }
    }
    vm_unroot(vm, root);
    return vm->exception ? VM_NULL : v;
}
