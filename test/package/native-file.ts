/** CPU numbers of ELF and PE headers, and CPU types of Mach-O headers, as Node names architectures. */
const elfCpu: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };
const peCpu: Readonly<Record<number, string>> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' };
const machCpu: Readonly<Record<number, string>> = { 16777223: 'x64', 16777228: 'arm64' };

/** `linux-x64`, `win32-arm64`, `darwin-arm64`, … of an executable or shared library by its header; else undefined. */
export function nativePlatform(bytes: Buffer): string | undefined {
  if (bytes.length < 64) return undefined;
  if (bytes.readUInt32BE(0) === 0x7f454c46) return `linux-${elfCpu[bytes.readUInt16LE(18)] ?? 'other'}`;
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return `darwin-${machCpu[bytes.readUInt32LE(4)] ?? 'other'}`;
  if (bytes.readUInt16BE(0) !== 0x4d5a) return undefined;
  const header = bytes.readUInt32LE(0x3c);
  if (header + 6 > bytes.length || bytes.toString('latin1', header, header + 2) !== 'PE') return undefined;
  return `win32-${peCpu[bytes.readUInt16LE(header + 4)] ?? 'other'}`;
}
