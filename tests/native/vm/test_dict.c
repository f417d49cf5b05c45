/* SPDX-License-Identifier: Apache-2.0 */
/* Dicts against a model that is an array: the same answers, the same order. */
#include "vm_bench.h"

enum { KEYS = 700 };

typedef struct {
    vm_value key, value;
} pair;

static vm_value make_key(vm *v, unsigned n) { /* the same object's value for the same number, never the same object */
    char text[16];
    switch (n % 4) {
    case 0: return VM_SMALL((int)n - 300);
    case 1: snprintf(text, sizeof text, "key%u", n); return vm_new_text(v, text);
    case 2: return vm_alloc_float(v, n + 0.5);
    default: return vm_int(v, ((int64_t)n << 33) - 5);
    }
}

static void compare(vm *v, vm_value dict, const pair *model, unsigned count) {
    uint32_t at = 0;
    vm_value key, value;
    CHECK(vm_dict_of(v, dict)->used == count);
    for (unsigned i = 0; i < count; i++) {
        CHECK(vm_dict_next(v, dict, &at, &key, &value));
        CHECK(vm_equal(v, key, model[i].key) == 1 && value == model[i].value);
    }
    CHECK(!vm_dict_next(v, dict, &at, &key, &value));
}

static void test_random_operations_match_the_model(unsigned keys, unsigned steps) {
    vm *v = bench_vm(2 << 20);
    static pair model[KEYS];
    unsigned count = 0;
    vm_value dict = vm_new_dict_sized(v, 0), held = vm_new_tuple_of(v, KEYS, NULL);
    vm_root(v, dict);
    vm_root(v, held);
    for (unsigned step = 0; step < steps; step++) {
        unsigned n = (unsigned)(bench_random() % keys), i = 0;
        vm_value key = make_key(v, n), value = VM_SMALL(step);
        unsigned root = vm_root(v, key);
        while (i < count && vm_equal(v, model[i].key, key) != 1) i++;
        switch (bench_random() % 4) {
        case 0:
        case 1:
            CHECK(vm_dict_set(v, dict, key, value));
            if (i == count) {
                vm_tuple_of(v, held)->items[count] = key;
                model[count++] = (pair){key, value};
            } else
                model[i].value = value;
            break;
        case 2: {
            vm_value found = vm_dict_get(v, dict, key);
            CHECK(i == count ? found == VM_NULL && !v->exception : found == model[i].value);
            break;
        }
        default: {
            vm_value taken = VM_NULL;
            CHECK(vm_dict_remove(v, dict, key, &taken) == (i < count));
            if (i == count) break;
            CHECK(taken == model[i].value);
            memmove(model + i, model + i + 1, (--count - i) * sizeof *model);
            for (unsigned k = 0; k < count; k++) vm_tuple_of(v, held)->items[k] = model[k].key;
        }
        }
        vm_unroot(v, root);
        if (step % 97 == 0) compare(v, dict, model, count);
        if (step % 1000 == 0) vm_gc(v);
    }
    compare(v, dict, model, count);
    vm_value copy = vm_dict_copy(v, dict);
    vm_root(v, copy);
    compare(v, copy, model, count);
    CHECK(vm_dict_equal(v, dict, copy) == 1);
    free(v);
}

static void test_equal_numbers_are_one_key(void) {
    vm *v = bench_vm(64 * 1024);
    vm_value dict = vm_new_dict_sized(v, 0), one = vm_alloc_float(v, 1.0), big = vm_alloc_float(v, 9007199254740992.0);
    vm_root(v, dict);
    CHECK(vm_dict_set(v, dict, VM_SMALL(1), VM_SMALL(10)) && vm_dict_set(v, dict, one, VM_SMALL(11)));
    CHECK(vm_dict_set(v, dict, VM_TRUE, VM_SMALL(12)));
    CHECK(vm_dict_of(v, dict)->used == 1 && vm_dict_get(v, dict, VM_SMALL(1)) == VM_SMALL(12));
    CHECK(vm_dict_set(v, dict, big, VM_SMALL(1)));
    CHECK(vm_dict_get(v, dict, vm_int(v, 9007199254740992)) == VM_SMALL(1));
    vm_value minus = vm_alloc_float(v, -3.0);
    CHECK(vm_dict_set(v, dict, minus, VM_SMALL(2)) && vm_dict_get(v, dict, VM_SMALL(-3)) == VM_SMALL(2));
    free(v);
}

int main(void) {
    test_random_operations_match_the_model(12, 20000);
    test_random_operations_match_the_model(KEYS, 30000);
    test_equal_numbers_are_one_key();
    return 0;
}
