/* SPDX-License-Identifier: Apache-2.0 */
/* i2c.I2C and spi.SPI: buses of which this chip is the master. Method names are MicroPython's. */
#include "device.h"

#if VM_FEATURE_BUS

enum { FIRST_ADDRESS = 8, LAST_ADDRESS = 0x77, READ_MAX = 0xFFFF };

/* The object, once the hal has taken its pins. */
static vm_value opened(vm *vm, vm_value device, int error) { return error < 0 ? vm_os_error(vm, error) : device; }

static const vm_option i2c_options[] = {{VM_N_scl, 0, 0, HAL_NO_PIN}, {VM_N_sda, 0, 0, HAL_NO_PIN}, {VM_N_freq, 1000, 1000000, 100000}};
static const vm_device_type i2c_type = {VM_B_I2C, 2, 3, i2c_options};

vm_value vm_new_i2c(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_new_device(vm, argc, argv, &i2c_type);
    return v ? opened(vm, v, hal_i2c_open(vm->hal, &vm_device_of(vm, v)->i2c)) : v;
}

/* Bytes to be filled in, of the count that an argument asks for. */
static vm_value new_bytes(vm *vm, vm_value count) {
    uint32_t length;
    return vm_need_range(vm, count, "length", 0, READ_MAX, &length) ? vm_alloc_string(vm, VM_T_BYTES, length) : VM_NULL;
}

static int transfer(vm *vm, vm_value bus, uint32_t address, const uint8_t *out, uint32_t n, uint8_t *in, uint32_t m) {
    return hal_i2c_transfer(vm->hal, &vm_device_of(vm, bus)->i2c, address, out, n, in, m);
}

vm_value vm_i2c_scan(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    vm_value found = vm_new_list_of(vm, 0, NULL);
    if (!found) return found;
    unsigned root = vm_root(vm, found);
    for (uint32_t address = FIRST_ADDRESS; found && address <= LAST_ADDRESS; address++) {
        int error = transfer(vm, argv[0], address, NULL, 0, NULL, 0);
        if (error == 0 ? !vm_list_append(vm, found, VM_SMALL(address)) : error != HAL_ENODEV && !vm_os_error(vm, error)) found = VM_NULL;
    }
    vm_unroot(vm, root);
    return found;
}

static bool need_address(vm *vm, vm_value v, uint32_t *address) { return vm_need_range(vm, v, "address", 0, 127, address); }

/* Sends `out` and reads as many bytes as `count` says. */
static vm_value read_after(vm *vm, vm_value bus, vm_value address, const uint8_t *out, uint32_t n, vm_value count) {
    uint32_t where;
    vm_value bytes = need_address(vm, address, &where) ? new_bytes(vm, count) : VM_NULL;
    if (!bytes) return bytes;
    vm_str *s = vm_str_of(vm, bytes);
    return opened(vm, bytes, transfer(vm, bus, where, out, n, s->data, s->length));
}

vm_value vm_i2c_readfrom(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return read_after(vm, argv[0], argv[1], NULL, 0, argv[2]);
}

vm_value vm_i2c_writeto(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t address, length;
    (void)argc;
    if (!need_address(vm, argv[1], &address) || !vm_need_bytes(vm, argv[2], &data, &length)) return VM_NULL;
    return vm_done(vm, transfer(vm, argv[0], address, data, length, NULL, 0));
}

/* A register's number, of one byte, or the bytes that name it: at most 4. */
static bool need_register(vm *vm, vm_value v, uint8_t out[4], uint32_t *n) {
    const uint8_t *data;
    uint32_t number;
    *n = 1;
    if (vm_bytes_view(vm, v, &data, n)) {
        if (*n > 4) return vm_raise(vm, VM_B_ValueError, "a register is named by at most 4 bytes"), false;
        memcpy(out, data, *n);
        return true;
    }
    if (!vm_need_range(vm, v, "register", 0, 255, &number)) return false;
    out[0] = (uint8_t)number;
    return true;
}

vm_value vm_i2c_readfrom_mem(vm *vm, unsigned argc, vm_value *argv) {
    uint8_t name[4];
    uint32_t n;
    (void)argc;
    return need_register(vm, argv[2], name, &n) ? read_after(vm, argv[0], argv[1], name, n, argv[3]) : VM_NULL;
}

vm_value vm_i2c_writeto_mem(vm *vm, unsigned argc, vm_value *argv) {
    uint8_t name[4];
    const uint8_t *data;
    uint32_t n, length, address;
    (void)argc;
    if (!need_address(vm, argv[1], &address) || !need_register(vm, argv[2], name, &n) || !vm_need_bytes(vm, argv[3], &data, &length))
        return VM_NULL;
    vm_value whole = vm_alloc_string(vm, VM_T_BYTES, n + length);
    if (!whole) return whole;
    uint8_t *bytes = vm_str_of(vm, whole)->data;
    memcpy(bytes, name, n);
    if (length) memcpy(bytes + n, data, length);
    return vm_done(vm, transfer(vm, argv[0], address, bytes, n + length, NULL, 0));
}

/* --- SPI: the program drives the line that selects the other chip, with gpio */

static const vm_option spi_options[] = {
    {VM_N_sck, 0, 0, HAL_NO_PIN}, {VM_N_mosi, 0, 0, HAL_NO_PIN}, {VM_N_miso, 0, 0, HAL_NO_PIN}, {VM_N_baudrate, 1000, 50000000, 1000000},
    {VM_N_polarity, 0, 1, 0},     {VM_N_phase, 0, 1, 0},         {VM_N_lsb_first, 0, 1, 0}};
static const vm_device_type spi_type = {VM_B_SPI, 1, 7, spi_options};

vm_value vm_new_spi(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_new_device(vm, argc, argv, &spi_type);
    return v ? opened(vm, v, hal_spi_open(vm->hal, &vm_device_of(vm, v)->spi)) : v;
}

static vm_value exchange(vm *vm, vm_value bus, const uint8_t *data, vm_value bytes) {
    vm_str *s = vm_str_of(vm, bytes);
    return opened(vm, bytes, hal_spi_transfer(vm->hal, &vm_device_of(vm, bus)->spi, data, s->data, s->length));
}

vm_value vm_spi_write(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t length;
    (void)argc;
    if (!vm_need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
    return vm_done(vm, hal_spi_transfer(vm->hal, &vm_device_of(vm, argv[0])->spi, data, NULL, length));
}

/* read(count, byte=0): `byte` is what goes out meanwhile. */
vm_value vm_spi_read(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t byte = 0;
    if (argc > 2 && !vm_need_range(vm, argv[2], "byte", 0, 255, &byte)) return VM_NULL;
    vm_value bytes = new_bytes(vm, argv[1]);
    if (!bytes) return bytes;
    vm_str *s = vm_str_of(vm, bytes);
    memset(s->data, (int)byte, s->length);
    return exchange(vm, argv[0], s->data, bytes);
}

/* transfer(data): what came in while they went out. */
vm_value vm_spi_transfer(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t length;
    (void)argc;
    if (!vm_need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
    vm_value bytes = vm_alloc_string(vm, VM_T_BYTES, length);
    return bytes ? exchange(vm, argv[0], data, bytes) : bytes;
}

#endif
