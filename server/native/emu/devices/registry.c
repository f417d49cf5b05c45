/* SPDX-License-Identifier: Apache-2.0 */
/* Every device type that a chip file can name, a family a line. */
#include "device.h"

extern const emu_device_class cmsdk_uart;
extern const emu_device_class esp_efuse, esp_registers_1k, esp_registers_4k, esp_rom, esp_spi_mem, esp_systimer, esp_timg, esp_uart,
    esp_words;
extern const emu_device_class esp32c3_aes, esp32c3_apb_ctrl, esp32c3_extmem, esp32c3_gdma, esp32c3_gpio, esp32c3_i2c, esp32c3_interrupts,
    esp32c3_io_mux, esp32c3_ledc, esp32c3_rmt, esp32c3_rtc_cntl, esp32c3_saradc, esp32c3_sha, esp32c3_spi2, esp32c3_system,
    esp32c3_usb_serial_jtag;
extern const emu_device_class kinetis_adc, kinetis_bme, kinetis_crc, kinetis_dma, kinetis_dmamux, kinetis_dspi, kinetis_edma, kinetis_flash,
    kinetis_ftm, kinetis_gpio, kinetis_i2c, kinetis_llwu, kinetis_lptmr, kinetis_mcg, kinetis_mdm, kinetis_osc, kinetis_pit, kinetis_plain,
    kinetis_pmc, kinetis_port, kinetis_rcm, kinetis_rnga, kinetis_rtc, kinetis_sim, kinetis_smc, kinetis_spi, kinetis_sysmpu, kinetis_tpm,
    kinetis_tsi, kinetis_uart, kinetis_vref, kinetis_wdog;
extern const emu_device_class nrf5_clock_power, nrf5_ecb, nrf5_gpio, nrf5_gpiote, nrf5_nvmc, nrf5_ppi, nrf5_radio, nrf5_rng, nrf5_rtc,
    nrf5_spi_twi, nrf5_temp, nrf5_timer, nrf5_uarte, nrf5_unmodelled, nrf5_wdt, nrf51_adc, nrf51_readback, nrf52_ctrl_ap, nrf52_egu,
    nrf52_pwm, nrf52_saadc;
extern const emu_device_class rp2040_adc, rp2040_bootrom, rp2040_busctrl, rp2040_clocks, rp2040_dma, rp2040_i2c, rp2040_io_bank0,
    rp2040_io_qspi, rp2040_pads_bank0, rp2040_pads_qspi, rp2040_pio, rp2040_pll, rp2040_psm, rp2040_pwm, rp2040_resets, rp2040_rosc,
    rp2040_rtc, rp2040_sio, rp2040_spi, rp2040_sram_banks, rp2040_ssi, rp2040_syscfg, rp2040_sysinfo, rp2040_tbman, rp2040_timer,
    rp2040_uart, rp2040_usb, rp2040_vreg, rp2040_watchdog, rp2040_xip_aux, rp2040_xip_ctrl, rp2040_xosc;
extern const emu_device_class stm32_afio, stm32_crc, stm32_dbgmcu, stm32_dma_channel, stm32_dma_stream, stm32_eth, stm32_exti, stm32_f1_adc,
    stm32_f1_bkp, stm32_f1_flash, stm32_f1_gpio, stm32_f1_pwr, stm32_f1_rcc, stm32_f1_rtc, stm32_f4_adc, stm32_f4_flash, stm32_f4_pwr,
    stm32_f4_rcc, stm32_gpio, stm32_i2c, stm32_i2c_v2, stm32_iwdg, stm32_l4_adc, stm32_l4_flash, stm32_l4_pwr, stm32_l4_rcc, stm32_otg,
    stm32_registers, stm32_registers_8k, stm32_rng, stm32_rtc, stm32_spi, stm32_spi_v2, stm32_syscfg, stm32_tim, stm32_usart,
    stm32_usart_v2, stm32_wwdg;

/* clang-format off */
const emu_device_class *const emu_device_classes[] = {
    &cmsdk_uart,
    &esp_efuse, &esp_registers_1k, &esp_registers_4k, &esp_rom, &esp_spi_mem, &esp_systimer, &esp_timg, &esp_uart, &esp_words,
    &esp32c3_aes, &esp32c3_apb_ctrl, &esp32c3_extmem, &esp32c3_gdma, &esp32c3_gpio, &esp32c3_i2c, &esp32c3_interrupts, &esp32c3_io_mux, &esp32c3_ledc,
    &esp32c3_rmt, &esp32c3_rtc_cntl, &esp32c3_saradc, &esp32c3_sha, &esp32c3_spi2, &esp32c3_system,
    &esp32c3_usb_serial_jtag,
    &kinetis_adc, &kinetis_bme, &kinetis_crc, &kinetis_dma, &kinetis_dmamux, &kinetis_dspi, &kinetis_edma, &kinetis_flash,
    &kinetis_ftm, &kinetis_gpio, &kinetis_i2c, &kinetis_llwu, &kinetis_lptmr, &kinetis_mcg, &kinetis_mdm, &kinetis_osc,
    &kinetis_pit, &kinetis_plain, &kinetis_pmc, &kinetis_port, &kinetis_rcm, &kinetis_rnga, &kinetis_rtc, &kinetis_sim,
    &kinetis_smc, &kinetis_spi, &kinetis_sysmpu, &kinetis_tpm, &kinetis_tsi, &kinetis_uart, &kinetis_vref, &kinetis_wdog,
    &nrf5_clock_power, &nrf5_ecb, &nrf5_gpio, &nrf5_gpiote, &nrf5_nvmc, &nrf5_ppi, &nrf5_radio, &nrf5_rng, &nrf5_rtc, &nrf5_spi_twi,
    &nrf5_temp, &nrf5_timer, &nrf5_uarte, &nrf5_unmodelled, &nrf5_wdt, &nrf51_adc, &nrf51_readback, &nrf52_ctrl_ap, &nrf52_egu, &nrf52_pwm,
    &nrf52_saadc,
    &rp2040_adc, &rp2040_bootrom, &rp2040_busctrl, &rp2040_clocks, &rp2040_dma, &rp2040_i2c, &rp2040_io_bank0, &rp2040_io_qspi,
    &rp2040_pads_bank0, &rp2040_pads_qspi, &rp2040_pio, &rp2040_pll, &rp2040_psm, &rp2040_pwm, &rp2040_resets, &rp2040_rosc, &rp2040_rtc,
    &rp2040_sio, &rp2040_spi, &rp2040_sram_banks, &rp2040_ssi, &rp2040_syscfg, &rp2040_sysinfo, &rp2040_tbman, &rp2040_timer,
    &rp2040_uart, &rp2040_usb, &rp2040_vreg, &rp2040_watchdog, &rp2040_xip_aux, &rp2040_xip_ctrl, &rp2040_xosc,
   &stm32_afio, &stm32_crc, &stm32_dbgmcu, &stm32_dma_channel, &stm32_dma_stream, &stm32_eth, &stm32_exti, &stm32_f1_adc, &stm32_f1_bkp,
    &stm32_f1_flash, &stm32_f1_gpio, &stm32_f1_pwr, &stm32_f1_rcc, &stm32_f1_rtc, &stm32_f4_adc, &stm32_f4_flash, &stm32_f4_pwr,
    &stm32_f4_rcc, &stm32_gpio, &stm32_i2c, &stm32_i2c_v2, &stm32_iwdg, &stm32_l4_adc, &stm32_l4_flash, &stm32_l4_pwr, &stm32_l4_rcc,
    &stm32_otg, &stm32_registers, &stm32_registers_8k, &stm32_rng, &stm32_rtc, &stm32_spi, &stm32_spi_v2, &stm32_syscfg, &stm32_tim,
    &stm32_usart, &stm32_usart_v2, &stm32_wwdg,
    NULL,
};
/* clang-format on */
