const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 (as Python's `zlib.crc32`) of the UTF-8 bytes of `text` up to `end`, as 8 lower-case hex digits. */
export function crc32Hex(text: string, end = text.length): string {
  let crc = 0xffffffff;
  const add = (byte: number) => {
    crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  };
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) add(code);
    else if (code < 0x800) {
      add(0xc0 | (code >> 6));
      add(0x80 | (code & 0x3f));
    } else {
      const point = text.codePointAt(index) ?? code;
      if (point > 0xffff) {
        index++;
        add(0xf0 | (point >> 18));
        add(0x80 | ((point >> 12) & 0x3f));
      } else add(0xe0 | (point >> 12));
      add(0x80 | ((point >> 6) & 0x3f));
      add(0x80 | (point & 0x3f));
    }
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
