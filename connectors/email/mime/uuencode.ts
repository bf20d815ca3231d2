// Files inside a text, as programs put them there before MIME: `begin 644 name`, lines, `end`.

export interface FromText {
  /** Without the blocks. */
  readonly text: string
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[]
}
const beginning = /^begin [0-7]{3,4} (\S.{0,250})$/
const mostFiles = 20

/** A block without its end is text: people write `begin` too. */
export function uuencodedIn(text: string): FromText {
  if (!/^begin [0-7]{3}/m.test(text)) return { text, files: [] }
  const lines = text.split(/\r?\n/)
  const kept: string[] = []
  const files: { name: string; bytes: Buffer }[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const name = files.length < mostFiles ? beginning.exec(lines[at]!.trimEnd())?.[1] : undefined
    const block = name === undefined ? null : blockAt(lines, at + 1)
    if (name === undefined || block === null) kept.push(lines[at]!)
    else {
      files.push({ name, bytes: block.bytes })
      at = block.end
    }
  }
  return { text: kept.join('\n'), files }
}

function blockAt(lines: readonly string[], from: number): { readonly bytes: Buffer; readonly end: number } | null {
  const chunks: Buffer[] = []
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at]!.trimEnd()
    if (line === 'end') return { bytes: Buffer.concat(chunks), end: at }
    // A line says how long it is: what does not fit is no such line.
    const length = line === '' ? 0 : (line.charCodeAt(0) - 32) & 0x3f
    const units = Math.ceil(length / 3) * 4
    if (line.length > 90 || /[^ -`]/.test(line) || line.length - 1 > units + 4) return null
    chunks.push(decodedLine(line.slice(1).padEnd(units, ' '), length))
  }
  return null
}

function decodedLine(written: string, length: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 3) * 3)
  for (let at = 0, put = 0; put < bytes.length; at += 4, put += 3) {
    const [a, b, c, d] = [0, 1, 2, 3].map((n) => (written.charCodeAt(at + n) - 32) & 0x3f) as [
      number,
      number,
      number,
      number,
    ]
    bytes[put] = (a << 2) | (b >> 4)
    bytes[put + 1] = ((b << 4) | (c >> 2)) & 0xff
    bytes[put + 2] = ((c << 6) | d) & 0xff
  }
  return bytes.subarray(0, length)
}
