/* SPDX-License-Identifier: Apache-2.0 */
/* resources: files of the program, used where they are in its container. */
#include "rooms.h"

static const vm_str *first(vm *vm, const vm_str **end) {
    uint32_t words, offset = vbc_find_section(vm->image, VBC_RESOURCES, &words);
    *end = (const vm_str *)(vm->image + offset + 4 * words);
    return (const vm_str *)(vm->image + offset);
}

static const vm_str *behind(const vm_str *s) {
    return (const vm_str *)((const uint8_t *)s + ((sizeof *s + s->length + 8) & ~(uint32_t)7)); /* a NUL, and to the next multiple of 8 */
}

vm_value vm_resources_get(vm *vm, unsigned argc, vm_value *argv) {
    const vm_str *end, *name = first(vm, &end);
    if (!vm_is(vm, argv[0], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "a resource's name must be str, not '%T'", argv[0]);
    const vm_str *wanted = vm_str_of(vm, argv[0]);
    for (; name < end; name = behind(behind(name)))
        if (name->length == wanted->length && !memcmp(name->data, wanted->data, wanted->length)) {
            vm_value contents = VM_REF(vm, behind(name));
            return contents;
        }
    return argc > 1 ? argv[1] : vm_raise_value(vm, VM_B_KeyError, argv[0]);
}

vm_value vm_resources_names(vm *vm, unsigned argc, vm_value *argv) {
    const vm_str *end, *name = first(vm, &end);
    vm_value list = vm_new_list_of(vm, 0, NULL);
    unsigned root = vm_root(vm, list);
    bool done = list != VM_NULL;
    (void)argc, (void)argv;
    for (; done && name < end; name = behind(behind(name))) done = vm_list_append(vm, list, VM_REF(vm, name));
    vm_unroot(vm, root);
    return done ? list : VM_NULL;
}
