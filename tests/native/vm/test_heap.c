/* SPDX-License-Identifier: Apache-2.0 */
/* The heap and the collector: what is reachable keeps its contents, what is not comes back, whatever the order of sizes. */
#include "vm_bench.h"

enum { LIVE = 300 };

/* Objects of all sizes, each filled with its own number; a table of the live ones is the root. */
static void test_live_objects_keep_their_contents_through_collections(void) {
    vm *v = bench_vm(256 * 1024);
    vm_value table = vm_new_tuple_of(v, LIVE, NULL);
    uint32_t sizes[LIVE] = {0};
    vm_root(v, table);
    for (unsigned step = 0; step < 60000; step++) {
        unsigned i = (unsigned)(bench_random() % LIVE);
        uint32_t length = (uint32_t)(bench_random() % (step % 50 ? 140 : 3000));
        vm_value *slot = &vm_tuple_of(v, table)->items[i];
        if (*slot) {
            const vm_str *s = vm_str_of(v, *slot);
            CHECK(s->length == sizes[i]);
            for (uint32_t k = 0; k < s->length; k++) CHECK(s->data[k] == (uint8_t)(i + sizes[i]));
            if (step % 3 == 0 && sizes[i] > 200) {
                vm_release(v, *slot);
                *slot = VM_NULL;
                continue;
            }
        }
        vm_value s = vm_alloc_string(v, VM_T_BYTES, length);
        CHECK(s && !(s & 7));
        memset(vm_str_of(v, s)->data, (int)(i + length), length);
        vm_tuple_of(v, table)->items[i] = s;
        sizes[i] = length;
        if (step % 500 == 0) bench_check_heap(v);
    }
    CHECK(v->gc_count > 10);
    bench_check_heap(v);
    free(v);
}

static void test_everything_comes_back_when_nothing_is_reachable(void) {
    vm *v = bench_vm(128 * 1024);
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 2000; i++) CHECK(vm_alloc_string(v, VM_T_STR, (uint32_t)(bench_random() % 700)));
        vm_gc(v);
        bench_check_heap(v);
        CHECK(vm_heap_in_use(v) <= 64); /* the preallocated MemoryError */
    }
    /* one run again: nearly all of the heap in one piece */
    CHECK(vm_alloc_string(v, VM_T_STR, v->heap_bytes - 4 * VM_PAGE));
    free(v);
}

static void test_released_runs_join_their_neighbours(void) {
    vm *v = bench_vm(64 * 1024);
    vm_value a[16];
    v->gc_off = true;
    for (unsigned i = 0; i < 16; i++) CHECK((a[i] = vm_alloc_string(v, VM_T_STR, 2000)));
    for (unsigned i = 0; i < 16; i += 2) vm_release(v, a[i]);
    bench_check_heap(v);
    for (unsigned i = 1; i < 16; i += 2) vm_release(v, a[i]);
    bench_check_heap(v);
    CHECK(vm_alloc_string(v, VM_T_STR, v->heap_bytes - 4 * VM_PAGE));
    free(v);
}

static void test_a_long_list_of_objects_survives_with_a_short_mark_stack(void) {
    vm *v = bench_vm(8 << 20);
    vm_value head = VM_NONE;
    unsigned root = vm_root(v, head), n = 100000;
    for (unsigned i = 0; i < n; i++) { /* (number, next): the tail call of marking; every tenth the other way round, which needs depth */
        vm_value pair[2] = {VM_SMALL(i), head};
        if (i % 10 == 0) pair[0] = head, pair[1] = VM_SMALL(i);
        head = vm_new_tuple_of(v, 2, pair);
        CHECK(head);
        v->roots[root] = head;
    }
    vm_gc(v);
    bench_check_heap(v);
    for (unsigned i = n; i-- > 0;) {
        const vm_tuple *t = vm_tuple_of(v, head);
        CHECK(t->h.type == VM_T_TUPLE && t->items[i % 10 != 0 ? 0 : 1] == VM_SMALL(i));
        head = t->items[i % 10 != 0 ? 1 : 0];
    }
    CHECK(head == VM_NONE);
    free(v);
}

static void test_a_deep_tree_is_marked_when_the_mark_stack_overflows(void) {
    vm *v = bench_vm(4 << 20);
    vm_value node = VM_NONE;
    unsigned root = vm_root(v, node);
    for (unsigned i = 0; i < 3000; i++) { /* each level: [previous, float, str]: the deep child comes first */
        vm_value level = vm_new_tuple_of(v, 3, NULL);
        CHECK(level);
        unsigned place = vm_root(v, level);
        vm_tuple_of(v, level)->items[0] = node;
        CHECK((vm_tuple_of(v, level)->items[1] = vm_alloc_float(v, i)));
        CHECK((vm_tuple_of(v, level)->items[2] = vm_new_text(v, "level")));
        vm_unroot(v, place);
        node = level;
        v->roots[root] = node;
    }
    for (unsigned i = 0; i < 3; i++) vm_gc(v);
    bench_check_heap(v);
    for (unsigned i = 3000; i-- > 0; node = vm_tuple_of(v, node)->items[0]) {
        CHECK(vm_float_of(v, vm_tuple_of(v, node)->items[1]) == i);
        CHECK(!memcmp(vm_str_of(v, vm_tuple_of(v, node)->items[2])->data, "level", 6));
    }
    free(v);
}

static void test_a_full_heap_is_a_memory_error_and_recovers(void) {
    vm *v = bench_vm(32 * 1024);
    vm_value list = vm_new_list_of(v, 0, NULL);
    unsigned root = vm_root(v, list), n = 0;
    while (!v->exception) {
        vm_value s = vm_alloc_string(v, VM_T_STR, 40);
        if (s && vm_list_append(v, list, s)) n++;
    }
    CHECK(v->exception == v->memory_error && n > 300);
    v->exception = VM_NULL;
    bench_check_heap(v);
    vm_list_of(v, list)->length = 0;
    for (unsigned i = 0; i < vm_tuple_of(v, vm_list_of(v, list)->array)->length; i++) vm_list_items(v, vm_list_of(v, list))[i] = VM_NULL;
    CHECK(vm_alloc_string(v, VM_T_STR, 8000));
    vm_unroot(v, root);
    bench_check_heap(v);
    free(v);
}

int main(void) {
    test_live_objects_keep_their_contents_through_collections();
    test_everything_comes_back_when_nothing_is_reachable();
    test_released_runs_join_their_neighbours();
    test_a_long_list_of_objects_survives_with_a_short_mark_stack();
    test_a_deep_tree_is_marked_when_the_mark_stack_overflows();
    test_a_full_heap_is_a_memory_error_and_recovers();
    return 0;
}
