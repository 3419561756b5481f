const encoder = new TextEncoder();

/**
 * The checksum of a merchant-presented code, as four capital hexadecimal digits: CRC-16 with polynomial 1021, first
 * value FFFF (CRC-16/IBM-3740), over the UTF-8 bytes of everything before it, the checksum's own tag and length
 * included. Source: EMVCo Merchant-Presented Mode 1.1, section 4.7.3; ISO/IEC 13239.
 */
export function checksumOf(text: string): string {
  let crc = 0xffff;
  for (const byte of encoder.encode(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
}
