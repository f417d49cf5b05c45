/* SPDX-License-Identifier: Apache-2.0 */
/* After each inclusion of builtins.def; so without a guard. */
#undef VM_TYPE
#undef VM_EXC
#undef VM_FUNC
#undef VM_FUNCKW
#undef VM_INTCONST
#undef VM_FLOATCONST
#undef VM_FLOATFUNC
