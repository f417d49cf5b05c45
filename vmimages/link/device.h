/* SPDX-License-Identifier: Apache-2.0 */
/* What runs on a board around the VM: the link to the host, the program slots, boot. One struct, no globals; the caller steps it. */
#ifndef LINK_DEVICE_H
#define LINK_DEVICE_H
#include "frame.h"
#include "portmap.h"
#include "program.h"
#include "slots.h"
#include "vmstore.h"

#define LINK_CHUNK (FRAME_MAX_BODY - 8)           /* bytes a DATA frame: whole write units, less than FRAME_MAX_BODY less the offset */
#define LINK_CONFIRM_US 5000000u                  /* a program that ran so long without an exception has proved itself */
#define LINK_SLICE 4000                           /* VM instructions between two looks at the line */
#define LINK_MAX_FAULTS 3                         /* faults in a row after which a boot no longer starts the program by itself */
#define LINK_OUT_MIN (LINK_SMALL ? 296 : 512)     /* smallest buffer for waiting console output and events */
#define LINK_OUT_RESERVE (LINK_SMALL ? 200 : 256) /* of it, what the console leaves to events */
#define LINK_IN_SIZE (LINK_SMALL ? 64 : 128)      /* console input that no program has read yet */

enum {
#define LINK_STATUS(name, number, sentence) LINK_##name = number,
#include "status.def"
#undef LINK_STATUS
};

/* Tags of IDENTITY: u8 tag, u8 length, value. */
enum {
    IDENTITY_PROTOCOL = 1,     /* u8 */
    IDENTITY_KIND = 2,         /* text: "register", "vm" */
    IDENTITY_VM_VERSION = 3,   /* text */
    IDENTITY_VM_ABI = 4,       /* u16 */
    IDENTITY_UID = 5,          /* bytes, most significant first */
    IDENTITY_CHIP = 6,         /* u32 part, 4 bytes variant */
    IDENTITY_TARGET = 7,       /* text, from port.bin */
    IDENTITY_VMUID = 8,        /* 16 bytes */
    IDENTITY_BINDING = 9,      /* u8 vmstore_state */
    IDENTITY_RESET_CAUSE = 10, /* u32, bits of hal.h */
    IDENTITY_UPTIME = 11,      /* u64 microseconds */
    IDENTITY_ACTIVE_SLOT = 12, /* u8, 255: none */
    /* Once a slot: u8 slot, u8 flags (1 present, 2 confirmed), u8 trial boots spent, u8 0, u32 generation, u32 length, 8 bytes of hash */
    IDENTITY_SLOT = 13,
    IDENTITY_HEAP = 14,      /* u32 bytes */
    IDENTITY_MAX_BODY = 15,  /* u16 */
    IDENTITY_WINDOW = 16,    /* u8 frames, u16 bytes a DATA frame */
    IDENTITY_SLOT_SIZE = 17, /* u32 bytes */
    IDENTITY_PORT = 18,      /* u8: PORT_ */
    IDENTITY_FEATURES = 19,  /* u32 bits of core/features.def */
};

/* First byte of EVENT's body. */
enum {
    EVENT_STARTED = 1, /* u8 slot, u8 confirmed, u8 0, u32 generation */
    EVENT_ENDED = 2,   /* u8[3] 0, u32 generation, u64 instructions, u32 collections, u32 heap peak */
    /* u8 places, u8 how it is linked to the EARLIER that follows (1 raised from it, 2 while it was handled, 0 none follows), u8 0, u32
     * generation, u64 instructions, u32 collections, u32 heap peak, (u16 function, u16 word) a place, text */
    EVENT_RAISED = 3,
    EVENT_STOPPED = 4,   /* as ENDED */
    EVENT_CONFIRMED = 5, /* u8 slot, u8[2] 0, u32 generation */
    EVENT_REFUSED = 6,   /* u8 slot (255: none was tried), u8 status, u8 code of verify.def, u32 offset in the container */
    EVENT_FAULT = 7,     /* u8 faults in a row, u8 1 when a program ran, u8 LINK_FAULT_SET_, u32 registers of that set */
    EVENT_EARLIER = 9,   /* as RAISED */
    EVENT_PAUSED = 8,    /* u8 reason (core/debug.h), u16 number of the stop, u32 generation */
};

/* Body of RUN. DEBUG: as RESTART, and the program stands before its first instruction until a debugger lets it go on. */
enum { RUN_START = 1, RUN_STOP = 2, RUN_RESTART = 3, RUN_DEBUG = 4 };

/* Which registers a core's fault leaves. */
enum {
    LINK_FAULT_SET_CORTEXM = 0, /* r0-r3 r12 lr pc xpsr cfsr hfsr mmfar bfar */
    LINK_FAULT_SET_RISCV = 1,   /* pc (mepc) mcause mtval mstatus ra sp s0 s1 a0-a3 */
};
#define LINK_FAULT_REGISTERS 12
typedef struct {
    uint32_t count; /* faults in a row; 0: none before this boot */
    uint32_t program_ran;
    uint32_t set; /* LINK_FAULT_SET_ */
    uint32_t registers[LINK_FAULT_REGISTERS];
} link_fault;

typedef struct {
    uint32_t part; /* 0x52833 */
    uint8_t variant[4];
} link_chip;

/* In flash. */
typedef struct {
    const link_layout *layout;
    uint8_t window;               /* DATA frames that the host may send ahead: what the port receives while flash is programmed */
    void (*chip)(link_chip *out); /* *out is zeros before */
    uint32_t image_size;          /* of the VM's image in flash; 0: who loads it looks whether it is whole */
    const program_ops *program;   /* NULL: register.vm */
    program_memory memory;
    uint8_t *out; /* buffer of out_size bytes, LINK_OUT_MIN at least */
    uint16_t out_size;
    const link_fault *fault; /* NULL or what the last run left */
    const portmap *builtin;  /* the names of pins for want of a whole port.bin; of register.vm NULL */
} link_config;

typedef struct {
    bool open;
    uint8_t slot;
    uint32_t next, total;
    uint8_t sha256[32];
} link_upload;

/* Bytes, then halves, then words, then what is large: ARMv6-M reaches 32 of each in one instruction. */
typedef struct {
    const link_config *config;
    vm_hal *hal;
    uint8_t active;  /* slot of the program that runs or ran last */
    bool in_run;     /* the VM is calling us from within run() */
    bool held;       /* a request waits until run() has returned */
    uint8_t earlier; /* exceptions that led to the one told of, still to be told of when there is room */
    /* The last request that changes something, and its answer: a repeated one is answered, not done again. */
    bool answered;
    uint8_t answered_type;
    uint8_t rx_at, rx_length;
    uint16_t answered_sequence, answer_length;
    uint16_t sequence; /* of the next unsolicited frame */
    uint16_t wire_at, wire_length;
    uint16_t out_at, out_used; /* of config->out: ring of records {u8 type, u16 length, bytes} */
    uint16_t out_open;         /* where the length of the youngest record is, while console text may be added to it; else NO_RECORD */
    uint16_t in_at, in_used;
    program_state state;
    vmstore_state binding;
    port_state port_state;
    void *vm;
    uint32_t generation, stop; /* stop: the last one that was told of */
    uint32_t answered_crc;
    program_refusal refusal;
    uint64_t started_us, wake_us;
    link_upload upload;
    frame held_request; /* its body is in the decoder, which is not fed meanwhile */
    portmap port;
    slots slots;
    uint8_t vmuid[16];
    uint8_t answer[32];
    uint8_t in[LINK_IN_SIZE];
    uint8_t rx[16];
    uint8_t wire[FRAME_MAX_WIRE]; /* the frame that is on its way out */
    frame_decoder decoder;
} link_device;

/* Boots: reads slots and records, announces the identity, starts the program that is due. */
void link_device_init(link_device *d, vm_hal *hal, const link_config *config);
/* Serves the line and runs the program for a slice. Returns the time until which there is nothing to do (0: call again at once). */
uint64_t link_device_step(link_device *d);

/* What hal_console_write and hal_pin_by_name are on a board. */
size_t link_console_write(link_device *d, const uint8_t *data, size_t length);
size_t link_console_read(link_device *d, uint8_t *out, size_t max);
/* The program has run well enough to be kept, and what it said is on its way: before the board sleeps. */
void link_settle(link_device *d);
int link_pin_by_name(const link_device *d, const char *name, size_t length);

/* --- between device.c, out.c and proto.c */
void link_handle(link_device *d, const frame *request); /* fills d->wire with the answer */
bool link_out_push(link_device *d, uint8_t type, const uint8_t *body, uint16_t length);
bool link_out_pop(link_device *d, uint8_t *type, uint8_t body[FRAME_MAX_BODY], uint16_t *length);
void link_send(link_device *d, uint8_t type, uint8_t flags, uint16_t sequence, const uint8_t *body, uint16_t length);
uint16_t link_identity(link_device *d, uint8_t out[FRAME_MAX_BODY]);
uint8_t link_start(link_device *d, unsigned slot); /* LINK_ status */
void link_stop(link_device *d);                    /* not from within run() */
bool link_confirm(link_device *d);
/* The flash holds bytes of this SHA-256. */
bool link_holds(const link_device *d, uint32_t address, uint32_t length, const uint8_t sha256[32]);
uint8_t link_bound(const link_device *d); /* LINK_OK, or why this VM runs no programs */
bool link_verify(link_device *d, unsigned slot, uint32_t length, program_refusal *why);
bool link_slot_runs(void *device, unsigned slot, uint32_t length); /* a slots_check */
unsigned link_counters(link_device *d, uint8_t *out); /* u64 instructions, u32 collections, u32 heap used, u32 heap peak: 20 bytes */

#endif
