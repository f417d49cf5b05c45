/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules of the library a VM has, where profile.h does not say it. */
#ifndef VM_LIB_FEATURES_H
#define VM_LIB_FEATURES_H

#ifndef VM_FEATURE_BUS /* i2c, spi, uart, adc, pwm, watchdog */
#define VM_FEATURE_BUS 1
#endif
#ifndef VM_FEATURE_STORE /* flash: values that stay */
#define VM_FEATURE_STORE 1
#endif
#ifndef VM_FEATURE_STRUCT
#define VM_FEATURE_STRUCT 1
#endif
#ifndef VM_FEATURE_RANDOM
#define VM_FEATURE_RANDOM 1
#endif
#ifndef VM_FEATURE_JSON
#define VM_FEATURE_JSON 1
#endif

#if VM_FEATURE_BUS
#define VM_BUS_NAME(text) text
#else
#define VM_BUS_NAME(text) "" /* its number stays */
#endif

#if VM_FEATURE_STRUCT
#define VM_STRUCT_NAME(text) text
#else
#define VM_STRUCT_NAME(text) ""
#endif

#if VM_FEATURE_JSON
#define VM_JSON_NAME(text) text
#else
#define VM_JSON_NAME(text) ""
#endif

#endif
