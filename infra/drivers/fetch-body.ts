// The bytes of a fetched answer, unpacked, never more of them than allowed (S9).
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream'
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { FetchRefused } from './fetch-rules.ts'

export interface BodyLimits {
  readonly host: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}

const unpackers: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** Refuses at once what says that it is too large or how it is packed in a way we do not read. */
export function bodyOf(answer: IncomingMessage, limits: BodyLimits): AsyncIterable<Uint8Array> {
  const announced = Number(answer.headers['content-length'] ?? 0)
  if (announced > limits.maxBytes)
    throw new FetchRefused('bytes', limits.host, `it announces ${announced} bytes and ${limits.maxBytes} are allowed`)
  const packed = (answer.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (packed === '' || packed === 'identity') return limited(answer, answer, limits)
  const unpacker = Object.hasOwn(unpackers, packed) ? unpackers[packed] : undefined
  // Packed twice is how a small answer becomes a huge one; nobody who serves media does it.
  if (!unpacker) throw new FetchRefused('encoding', limits.host, `the content-encoding is "${packed.slice(0, 40)}"`)
  return limited(answer, unpacker(), limits)
}

async function* limited(
  answer: IncomingMessage,
  unpacked: IncomingMessage | Transform,
  limits: BodyLimits,
): AsyncIterable<Uint8Array> {
  const { host, maxBytes, signal } = limits
  // The reader below learns of a failure by the stream itself; the callback is only there so that nobody is told twice.
  const source = unpacked === answer ? answer : pipeline(answer, unpacked as Transform, () => undefined)
  const stop = () => answer.destroy(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  let count = 0
  try {
    signal.throwIfAborted()
    for await (const chunk of source as AsyncIterable<Buffer>) {
      count += chunk.length
      if (count > maxBytes)
        throw new FetchRefused('bytes', host, `more than the ${maxBytes} bytes that are allowed came`)
      yield chunk
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
    answer.destroy()
    source.destroy()
  }
}
