// Compressed RTF as Outlook packs the body of a mail (MS-OXRTFCP): LZ77 over a window that begins with usual RTF words.

const header = 16
const compressed = 0x75465a4c // LZFu
const uncompressed = 0x414c454d // MELA
const windowSize = 4096
const mostBytes = 4_000_000
const beginning = Buffer.from(
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx',
  'latin1',
)

/** Null: this is none. What breaks off gives what stood before. */
export function decompressedRtf(bytes: Buffer): Buffer | null {
  if (bytes.length < header) return null
  const rawSize = Math.min(bytes.readUInt32LE(4), mostBytes)
  const kind = bytes.readUInt32LE(8)
  if (kind === uncompressed) return bytes.subarray(header, header + rawSize)
  return kind === compressed ? inflated(bytes, rawSize) : null
}

function inflated(bytes: Buffer, rawSize: number): Buffer {
  const window = Buffer.alloc(windowSize, 0x20)
  beginning.copy(window)
  const out: number[] = []
  let put = beginning.length
  const write = (byte: number): void => {
    out.push(byte)
    window[put] = byte
    put = (put + 1) % windowSize
  }
  for (let at = header; at < bytes.length && out.length < rawSize;) {
    const flags = bytes[at++]!
    for (let bit = 0; bit < 8 && at < bytes.length; bit += 1) {
      if ((flags & (1 << bit)) === 0) {
        write(bytes[at++]!)
        continue
      }
      const reference = at + 2 > bytes.length ? null : bytes.readUInt16BE(at)
      at += 2
      // A reference to where we stand is the end.
      if (reference === null || reference >> 4 === put) return Buffer.from(out.slice(0, rawSize))
      for (let n = 0; n < (reference & 0xf) + 2; n += 1) write(window[((reference >> 4) + n) % windowSize]!)
    }
  }
  return Buffer.from(out.slice(0, rawSize))
}
