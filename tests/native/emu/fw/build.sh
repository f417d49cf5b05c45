#!/bin/sh
# Rebuilds busy.inc from busy.c. Needs the PyPI package ziglang: PYTHON=path/to/venv/bin/python ./build.sh
set -e
cd "$(dirname "$0")"
OUT=$(mktemp -d)
${PYTHON:-python3} -m ziglang cc -target thumb-freestanding-eabi -mcpu=cortex_m4 -O2 -ffreestanding -ffunction-sections -Wl,--gc-sections \
    -Wl,-e,reset -Wl,-z,max-page-size=16 -T busy.ld busy.c -o "$OUT/busy.elf"
${PYTHON:-python3} -m ziglang objcopy -O binary "$OUT/busy.elf" "$OUT/busy.bin"
{
    echo "/* Made from busy.c by build.sh. */"
    od -An -v -tx4 -w32 "$OUT/busy.bin" | sed 's/ \([0-9a-f]*\)/0x\1, /g; s/ $//'
} > busy.inc
rm -r "$OUT"
