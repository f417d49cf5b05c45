/* SPDX-License-Identifier: Apache-2.0 */
/* What binascii, hashlib and zlib of the prelude leave to the VM: CRC-32, and SHA-256 as a function of a state that is a bytes object. */
#include "../rooms.h"
#include "../sha256.h"
#include "../verify.h"

#if VM_FEATURE_RARE

static bool need_bytes(vm *vm, vm_value v, const uint8_t **data, uint32_t *length) {
    return vm_bytes_view(vm, v, data, length) || vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", v);
}

vm_value vm_hash_crc32(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t length;
    int64_t start = 0;
    if (argc > 1 && !vm_need_int(vm, argv[1], &start)) return VM_NULL;
    return need_bytes(vm, argv[0], &data, &length) ? vm_int(vm, vm_crc32((uint32_t)start, data, length)) : VM_NULL;
}

/* (state, data): the state after the data, state b"" being that of the beginning; (state): the digest. */
vm_value vm_hash_sha256(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t length;
    sha256_context context = {.length = 0}; /* all of it: no state holds what the stack held */
    uint8_t digest[32];
    if (!need_bytes(vm, argv[0], &data, &length)) return VM_NULL;
    if (length == sizeof context)
        memcpy(&context, data, sizeof context);
    else
        sha256_init(&context);
    if (argc > 1) {
        if (!need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
        sha256_update(&context, data, length);
        return vm_new_bytes_from(vm, &context, sizeof context);
    }
    sha256_final(&context, digest);
    return vm_new_bytes_from(vm, digest, sizeof digest);
}

#endif
