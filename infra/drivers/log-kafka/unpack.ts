// Unpacks snappy and LZ4, which other programs write into Kafka and neither the client nor Node can read.
//
// A batch that cannot be unpacked would stop every group at its place for good, also where all its records are strangers.

/** What was unpacked so far; both forms say again what lies some way back in it. */
interface Unpacked {
  literal(bytes: Buffer): void
  /** From so far back, also where that reaches into what it writes: one byte back, it repeats this byte. */
  again(back: number, length: number): void
  bytes(): Buffer
}

function unpacked(): Unpacked {
  let room = Buffer.allocUnsafe(64 * 1024)
  let end = 0
  const makeRoom = (length: number): void => {
    if (end + length <= room.length) return
    const larger = Buffer.allocUnsafe(Math.max(room.length * 2, end + length))
    room.copy(larger, 0, 0, end)
    room = larger
  }
  return {
    literal(bytes) {
      makeRoom(bytes.length)
      end += bytes.copy(room, end)
    },
    again(back, length) {
      if (back === 0 || back > end) throw new Error(`A packed batch names what lies ${back} bytes back, of ${end}.`)
      makeRoom(length)
      const from = end - back
      for (const to = end + length; end < to;) end += room.copy(room, end, from, Math.min(end, from + to - end))
    },
    bytes: () => room.subarray(0, end),
  }
}

/** Reads on from a place; what would lie beyond the end is a fault, not nothing. */
function readerOf(packed: Buffer, from = 0) {
  let at = from
  const bytes = (length: number): Buffer => {
    if (at + length > packed.length) throw new Error('A packed batch ends before its end.')
    return packed.subarray(at, (at += length))
  }
  return {
    bytes,
    byte: () => bytes(1).readUInt8(),
    number: (size: number) => bytes(size).readUIntLE(0, size),
    isAtEnd: () => at >= packed.length,
  }
}
type Reader = ReturnType<typeof readerOf>

/** What Java's clients begin with, followed by two numbers of its version; others write one block and nothing around it. */
const snappyFrame = Buffer.from('82534e4150505900', 'hex')
const snappyFrameBytes = snappyFrame.length + 8

export function unsnappy(packed: Buffer): Buffer {
  const out = unpacked()
  if (!packed.subarray(0, snappyFrame.length).equals(snappyFrame)) {
    snappyBlock(packed, out)
    return out.bytes()
  }
  for (const frame = readerOf(packed, snappyFrameBytes); !frame.isAtEnd();)
    snappyBlock(frame.bytes(frame.bytes(4).readUInt32BE()), out)
  return out.bytes()
}

/** A literal longer than 60 has its length in one to four bytes of its own. */
const longestShortLiteral = 59
function snappyBlock(block: Buffer, out: Unpacked): void {
  const from = readerOf(block)
  while (from.byte() >= 0x80); // its length unpacked, which its end shows as well
  while (!from.isAtEnd()) {
    const tag = from.byte()
    const [kind, rest] = [tag & 3, tag >> 2]
    if (kind === 0)
      out.literal(from.bytes(1 + (rest <= longestShortLiteral ? rest : from.number(rest - longestShortLiteral))))
    else if (kind === 1) out.again(((rest >> 3) << 8) + from.byte(), (rest & 7) + 4)
    else out.again(from.number(kind === 2 ? 2 : 4), rest + 1)
  }
}

const lz4Frame = 0x184d2204
const flags = { hasDictionary: 1, hasSize: 8, hasBlockChecksums: 16 } as const
const isStored = 0x80000000

export function unlz4(packed: Buffer): Buffer {
  const [from, out] = [readerOf(packed), unpacked()]
  if (from.number(4) !== lz4Frame) throw new Error('A batch is said to be packed with LZ4 and is no frame of it.')
  const flag = from.byte()
  const has = (one: number): boolean => (flag & one) !== 0
  from.bytes(1 + (has(flags.hasSize) ? 8 : 0) + (has(flags.hasDictionary) ? 4 : 0) + 1)
  for (let size = from.number(4); size !== 0; size = from.number(4)) {
    const block = from.bytes(size % isStored)
    if (size >= isStored) out.literal(block)
    else lz4Block(readerOf(block), out)
    if (has(flags.hasBlockChecksums)) from.bytes(4)
  }
  return out.bytes()
}

const shortestAgain = 4
function lz4Block(from: Reader, out: Unpacked): void {
  while (!from.isAtEnd()) {
    const token = from.byte()
    out.literal(from.bytes(lz4Length(token >> 4, from)))
    // The last of a block is a literal.
    if (from.isAtEnd()) return
    const back = from.number(2)
    out.again(back, lz4Length(token & 15, from) + shortestAgain)
  }
}

/** Fifteen: more follows, until a byte is not full. */
function lz4Length(short: number, from: Reader): number {
  let length = short
  for (let more = short === 15 ? 255 : 0; more === 255; length += more) more = from.byte()
  return length
}
