/* SPDX-License-Identifier: Apache-2.0 */
/* flash: values by name that outlive power. None, bool, int, float, str, bytes. */
#include "device.h"
#include "store.h"

#if VM_FEATURE_STORE

enum { T_NONE, T_FALSE, T_TRUE, T_INT, T_FLOAT, T_STR, T_BYTES };

static bool opened(vm *vm, store *s) { return store_open(s, vm->hal) || vm_os_error(vm, HAL_ENODEV); }

/* The store, and a key's bytes. */
static const vm_str *key_of(vm *vm, store *s, vm_value key) {
    if (!vm_is(vm, key, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "key must be str, not '%T'", key), NULL;
    const vm_str *text = vm_str_of(vm, key);
    if (!text->length || text->length > STORE_KEY_MAX)
        return vm_raise(vm, VM_B_ValueError, "key must have 1 to %d bytes", STORE_KEY_MAX), NULL;
    return opened(vm, s) ? text : NULL;
}

static vm_value value_of(vm *vm, const store_record *r) {
    int64_t n;
    switch (r->type) {
    case T_FALSE:
    case T_TRUE: return VM_BOOL(r->type == T_TRUE);
    case T_INT: memcpy(&n, r->value, sizeof n); return vm_int(vm, n);
#if VM_FLOAT
    case T_FLOAT: {
        double d;
        memcpy(&d, r->value, sizeof d);
        return vm_alloc_float(vm, d);
    }
#endif
    case T_STR: return vm_new_string(vm, r->value, r->value_length);
    case T_BYTES: return vm_new_bytes_from(vm, r->value, r->value_length);
    default: return VM_NONE;
    }
}

vm_value vm_flash_get(vm *vm, unsigned argc, vm_value *argv) {
    store s;
    store_record r;
    const vm_str *key = key_of(vm, &s, argv[0]);
    if (!key) return VM_NULL;
    if (store_find(&s, key->data, key->length, &r)) return value_of(vm, &r);
    return argc > 1 ? argv[1] : VM_NONE;
}

vm_value vm_flash_set(vm *vm, unsigned argc, vm_value *argv) {
    store s;
    const vm_str *key = key_of(vm, &s, argv[0]);
    vm_value v = argv[1];
    const uint8_t *data = NULL;
    uint32_t length = 0;
    unsigned type = T_NONE;
    int64_t n;
    (void)argc;
    if (!key) return VM_NULL;
    if (v == VM_FALSE || v == VM_TRUE) {
        type = v == VM_TRUE ? T_TRUE : T_FALSE;
    } else if (vm_as_int64(vm, v, &n)) {
        type = T_INT;
        data = (const uint8_t *)&n;
        length = sizeof n;
    } else if (vm_is_float(v)) {
        type = T_FLOAT;
        data = VM_PTR(vm, v - 4);
        length = 8;
    } else if (vm_is(vm, v, VM_T_STR)) {
        type = T_STR;
        data = vm_str_of(vm, v)->data;
        length = vm_str_of(vm, v)->length;
    } else if (vm_bytes_view(vm, v, &data, &length)) {
        type = T_BYTES;
    } else if (v != VM_NONE) {
        return vm_raise(vm, VM_B_TypeError, "cannot keep '%T' object", v);
    }
    return vm_done(vm, store_put(&s, key->data, key->length, type, data, length));
}

/* remove(key): KeyError when there is none. */
vm_value vm_flash_remove(vm *vm, unsigned argc, vm_value *argv) {
    store s;
    store_record r;
    const vm_str *key = key_of(vm, &s, argv[0]);
    (void)argc;
    if (!key) return VM_NULL;
    if (!store_find(&s, key->data, key->length, &r)) return vm_raise_value(vm, VM_B_KeyError, argv[0]);
    return vm_done(vm, store_put(&s, key->data, key->length, STORE_DELETED, NULL, 0));
}

vm_value vm_flash_keys(vm *vm, unsigned argc, vm_value *argv) {
    store s;
    store_record r;
    store_cursor c = {0};
    (void)argc, (void)argv;
    vm_value keys = opened(vm, &s) ? vm_new_list_of(vm, 0, NULL) : VM_NULL;
    if (!keys) return keys;
    unsigned root = vm_root(vm, keys);
    while (keys && store_next(&s, &c, &r)) {
        vm_value key = vm_new_string(vm, r.key, r.key_length);
        if (!key || !vm_list_append(vm, keys, key)) keys = VM_NULL;
    }
    vm_unroot(vm, root);
    return keys;
}

vm_value vm_flash_clear(vm *vm, unsigned argc, vm_value *argv) {
    store s;
    (void)argc, (void)argv;
    return opened(vm, &s) ? vm_done(vm, store_clear(&s)) : VM_NULL;
}

#endif
