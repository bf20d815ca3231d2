// Lines of a stream as they come, each the sender's own bytes; empty ones only say that it is alive, and silence that it is not.
import type { Clock } from '../../core/ports/edges.ts'

export interface Listening {
  /** So long without a byte, and nobody is there any more. */
  readonly deadAfterMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}
/** More than any event; a line that does not end would take the memory. */
const longestLine = 8_000_000

/**
 * What came together, without the empty lines: an empty list is a keep-alive. Throws when it is silent or a line does not end; hanging up is
 * the caller's, because who waits for bytes cannot be told to stop by asking for no more.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  how: Listening,
): AsyncGenerator<readonly Uint8Array[]> {
  const from = chunks[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  for (;;) {
    const chunk = await nextOf(from, how)
    if (chunk === null) return
    rest = Buffer.concat([rest, chunk])
    const end = rest.lastIndexOf(0x0a)
    const lines = end === -1 ? [] : cut(rest.subarray(0, end))
    rest = rest.subarray(end + 1)
    if (rest.byteLength > longestLine) throw new Error(`a line is longer than ${longestLine} bytes`)
    if (end !== -1) yield lines
  }
}

/** Null: it was ended. */
async function nextOf(
  from: AsyncIterator<Uint8Array>,
  { deadAfterMs, clock, signal }: Listening,
): Promise<Uint8Array | null> {
  const came = new AbortController()
  const silence = clock.sleep(deadAfterMs, AbortSignal.any([signal, came.signal])).then(() => {
    throw new Error(`nothing came for ${Math.round(deadAfterMs / 1000)} seconds`)
  })
  try {
    const next = await Promise.race([from.next(), silence])
    return next.done === true ? null : next.value
  } finally {
    came.abort()
    silence.catch(() => undefined)
  }
}

function cut(bytes: Buffer): readonly Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let at = 0; at <= bytes.byteLength;) {
    const end = bytes.indexOf(0x0a, at)
    const line = bytes.subarray(at, end === -1 ? bytes.byteLength : end)
    const isCr = line.at(-1) === 0x0d
    const text = isCr ? line.subarray(0, -1) : line
    if (text.byteLength > 0) lines.push(new Uint8Array(text))
    if (end === -1) break
    at = end + 1
  }
  return lines
}
