/* SPDX-License-Identifier: Apache-2.0 */
/* random: xoroshiro64** of Blackman and Vigna, which needs no product of more than 32 bits. One seed gives one row of numbers on every
 * board and on the host; it is not CPython's. Without seed() the first number takes the chip's entropy. */
#include "device.h"

#if VM_FEATURE_RANDOM

static uint32_t rotate(uint32_t x, unsigned by) { return x << by | x >> (32 - by); }

static uint32_t next(vm *vm) {
    uint32_t *s = vm->random, a = s[0], b = s[1];
    if (!(a | b)) { /* not seeded yet */
        hal_entropy(vm->hal, (uint8_t *)s, sizeof vm->random);
        a = s[0] ^ 0x9E3779B9u;
        b = s[1] | 1u;
    }
    uint32_t result = rotate(a * 0x9E3779BBu, 5) * 5u;
    b ^= a;
    s[0] = rotate(a, 26) ^ b ^ b << 9;
    s[1] = rotate(b, 13);
    return result;
}

static uint64_t bits(vm *vm, unsigned count) {
    uint64_t n = next(vm) >> (count < 32 ? 32 - count : 0);
    if (count > 32) n |= (uint64_t)(next(vm) >> (64 - count)) << 32;
    return count ? n : 0;
}

/* 0 to n - 1, all alike. */
static uint64_t below(vm *vm, uint64_t n) {
    unsigned count = n >> 32 ? 64u - (unsigned)__builtin_clz((uint32_t)(n >> 32)) : 32u - (unsigned)__builtin_clz((uint32_t)n);
    uint64_t r;
    do r = bits(vm, count);
    while (r >= n);
    return r;
}

vm_value vm_random_seed(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t hash = 0;
    int64_t n = 0;
    vm->random[0] = vm->random[1] = 0;
    if (!argc || argv[0] == VM_NONE) return VM_NONE;
    if (!vm_as_int64(vm, argv[0], &n)) {
        if (!vm_hash(vm, argv[0], &hash)) return VM_NULL;
        n = hash;
    }
    /* Seeds that lie side by side must not give rows that do (the finalizer of MurmurHash3). */
    uint32_t words[2] = {(uint32_t)n, (uint32_t)((uint64_t)n >> 32) ^ 0x9E3779B9u};
    for (unsigned i = 0; i < 2; i++) {
        uint32_t x = words[i] + words[0] * 0x85EBCA6Bu;
        x = (x ^ x >> 16) * 0x85EBCA6Bu;
        x = (x ^ x >> 13) * 0xC2B2AE35u;
        vm->random[i] = x ^ x >> 16;
    }
    vm->random[1] |= 1;
    return VM_NONE;
}

#if VM_FEATURE_BIGINT
/* `count` random bits of any number, in 32-bit words of a bytes object, the lowest first. */
static vm_value big_bits(vm *vm, uint32_t count) {
    uint32_t n = (count + 31) / 32;
    vm_value holder = vm_alloc_string(vm, VM_T_BYTES, 4 * n);
    if (!holder) return holder;
    uint8_t *data = vm_str_of(vm, holder)->data;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t w = next(vm) >> (i + 1 == n ? 32 * n - count : 0);
        for (unsigned k = 0; k < 4; k++) *data++ = (uint8_t)(w >> 8 * k);
    }
    unsigned root = vm_root(vm, holder);
    vm_value v = vm_big_from_bytes(vm, vm_str_of(vm, holder)->data, 4 * n, true, false);
    vm_unroot(vm, root);
    return v;
}

/* start + a multiple of step below stop, of ints of any size. */
static vm_value big_in_range(vm *vm, vm_value start, vm_value stop, vm_value step) {
    if (step == VM_SMALL(0)) return vm_raise(vm, VM_B_ValueError, "zero step for randrange()");
    unsigned root = vm_root(vm, start), place;
    vm_root(vm, stop);
    vm_root(vm, step);
    place = vm_root(vm, VM_NONE);
    /* ceil((stop - start) / step), as -((start - stop) // step) */
    vm_value n = vm_int_values(vm, VM_OP_SUB, start, stop), r = VM_NULL;
    if (n) vm->roots[place] = n, n = vm_int_values(vm, VM_OP_FLOORDIV, n, step);
    if (n) vm->roots[place] = n, n = vm_int_values(vm, VM_OP_SUB, VM_SMALL(0), n);
    if (n) vm->roots[place] = n;
    if (n && vm_big_compare(vm, n, VM_SMALL(0)) > 0) {
        do r = big_bits(vm, vm_big_bit_length(vm, n));
        while (r && vm_big_compare(vm, r, n) >= 0);
        if (r) vm->roots[place] = r, r = vm_int_values(vm, VM_OP_MUL, r, step);
        if (r) vm->roots[place] = r, r = vm_int_values(vm, VM_OP_ADD, start, r);
    }
    if (n && !r && !vm->exception) vm_raise(vm, VM_B_ValueError, "empty range for randrange() (%R, %R, ...)", start, stop);
    vm_unroot(vm, root);
    return r;
}
#endif

vm_value vm_random_getrandbits(vm *vm, unsigned argc, vm_value *argv) {
    int32_t count;
    (void)argc;
    if (!vm_need_index(vm, argv[0], &count)) return VM_NULL;
    if (count < 0) return vm_raise(vm, VM_B_ValueError, "number of bits must be non-negative");
#if VM_FEATURE_BIGINT
    if (count > 63 && !vm_narrow(vm)) return big_bits(vm, (uint32_t)count);
#endif
    if (count > 63) return vm_raise(vm, VM_B_OverflowError, "number of bits must be 63 at most");
    return vm_int(vm, (int64_t)bits(vm, (unsigned)count));
}

static vm_value in_range(vm *vm, int64_t start, int64_t stop, int64_t step, bool one) {
    if (!step) return vm_raise(vm, VM_B_ValueError, "zero step for randrange()");
    uint64_t width = step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop,
             size = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    if (step > 0 ? stop <= start : stop >= start) {
#if VM_FEATURE_RARE
        if (!one) {
            vm_value a = vm_int(vm, start);
            unsigned root = a ? vm_root(vm, a) : 0;
            vm_value b = a ? vm_int(vm, stop) : a;
            if (b) vm_root(vm, b);
            if (b) vm_raise(vm, VM_B_ValueError, "empty range for randrange() (%R, %R, %d)", a, b, (int)(stop - start));
            if (a) vm_unroot(vm, root);
            return VM_NULL;
        }
#endif
        (void)one;
        return vm_raise(vm, VM_B_ValueError, "empty range for randrange()");
    }
    uint64_t n = (width - 1) / size + 1;
    return vm_int(vm, (int64_t)((uint64_t)start + below(vm, n) * (uint64_t)step));
}

#if VM_FEATURE_BIGINT
/* Of the arguments of randrange(), when one has more than 64 bits; else VM_NULL. */
static vm_value of_big_ints(vm *vm, unsigned argc, const vm_value *argv) {
    bool big = false, ints = true;
    for (unsigned i = 0; i < argc; i++) {
        big |= vm_is_bigint(vm, argv[i]);
        ints &= vm_is_int(vm, argv[i]);
    }
    if (big && ints) return big_in_range(vm, argc > 1 ? argv[0] : VM_SMALL(0), argv[argc > 1], argc > 2 ? argv[2] : VM_SMALL(1));
    return VM_NULL;
}
#endif

vm_value vm_random_randrange(vm *vm, unsigned argc, vm_value *argv) {
    int64_t a[3] = {0, 0, 1};
#if VM_FEATURE_BIGINT
    vm_value v = of_big_ints(vm, argc, argv);
    if (v || vm->exception) return v;
#endif
    for (unsigned i = 0; i < argc; i++)
        if (!vm_need_int(vm, argv[i], &a[i])) return VM_NULL;
    return argc == 1 ? in_range(vm, 0, a[0], 1, true) : in_range(vm, a[0], a[1], a[2], false);
}

vm_value vm_random_randint(vm *vm, unsigned argc, vm_value *argv) {
    int64_t a, b;
    (void)argc;
#if VM_FEATURE_BIGINT
    if (vm_is_int(vm, argv[0]) && vm_is_int(vm, argv[1]) && (vm_is_bigint(vm, argv[0]) || vm_is_bigint(vm, argv[1]))) {
        vm_value ends[2] = {argv[0], vm_int_values(vm, VM_OP_ADD, argv[1], VM_SMALL(1))}, v = VM_NULL;
        if (ends[1]) {
            unsigned root = vm_root(vm, ends[1]);
            v = of_big_ints(vm, 2, ends);
            vm_unroot(vm, root);
        }
        if (v || vm->exception) return v;
    }
#endif
    if (!vm_need_int(vm, argv[0], &a) || !vm_need_int(vm, argv[1], &b)) return VM_NULL;
    if (b == INT64_MAX) return vm_int_overflow(vm, VM_OP_SUB, b, -1);
    return in_range(vm, a, b + 1, 1, false);
}

vm_value vm_random_choice(vm *vm, unsigned argc, vm_value *argv) {
    int64_t n = vm_length(vm, argv[0]);
    (void)argc;
    if (n < 0) return VM_NULL;
    if (!n) return vm_raise(vm, VM_B_IndexError, "Cannot choose from an empty sequence");
    return vm_getitem(vm, argv[0], VM_SMALL((uint32_t)below(vm, (uint64_t)n)));
}

vm_value vm_random_shuffle(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!vm_is(vm, argv[0], VM_T_LIST)) return vm_raise(vm, VM_B_TypeError, "shuffle() needs a list, not '%T'", argv[0]);
    vm_list *l = vm_list_of(vm, argv[0]);
    for (uint32_t i = l->length; i > 1; i--) {
        vm_value *items = vm_list_items(vm, l), *other = &items[below(vm, i)], last = items[i - 1];
        items[i - 1] = *other;
        *other = last;
    }
    return VM_NONE;
}

#if VM_FLOAT
static double unit(vm *vm) {
    uint32_t a = next(vm) >> 5, b = next(vm) >> 6; /* 53 bits */
    return ((double)a * 67108864.0 + (double)b) / 9007199254740992.0;
}

vm_value vm_random_random(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_alloc_float(vm, unit(vm));
}

vm_value vm_random_uniform(vm *vm, unsigned argc, vm_value *argv) {
    double a, b;
    (void)argc;
    if (!vm_as_double(vm, argv[0], &a) || !vm_as_double(vm, argv[1], &b))
        return vm_raise(vm, VM_B_TypeError, "uniform() needs two numbers");
    return vm_alloc_float(vm, a + (b - a) * unit(vm));
}
#endif

#endif
