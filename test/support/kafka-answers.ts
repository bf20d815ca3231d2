// A broker's answers to writes, as a test says them: instead of its own, so that nothing was written, or in place of its "done".
import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

export interface ScriptedAnswer {
  /** As the protocol numbers its errors. */
  readonly code: number
  /** The broker wrote it all the same, and says this of it. */
  readonly written: boolean
}
export interface KafkaAnswers {
  readonly socketFactory: ISocketFactory
  /** The next writes are answered so, one after the other. */
  say(...answers: readonly ScriptedAnswer[]): void
  /** How many are not said yet. */
  readonly left: number
}

export function kafkaAnswers(): KafkaAnswers {
  const script: ScriptedAnswer[] = []
  return {
    say: (...answers) => void script.push(...answers),
    get left() {
      return script.length
    },
    socketFactory: ({ host, port, onConnect }) => scripted(connect({ host, port }, onConnect), script),
  }
}

function scripted(socket: Socket, script: ScriptedAnswer[]): Socket {
  const [write, emit] = [socket.write.bind(socket), socket.emit.bind(socket)]
  const toChange = new Map<number, number>()
  // The client writes a request at a time.
  socket.write = ((bytes: Buffer, ...more: never[]) => {
    const request = producedIn(bytes)
    const answer = request === null ? undefined : script.shift()
    if (request === null || answer === undefined) return write(bytes, ...more)
    if (answer.written) toChange.set(request.id, answer.code)
    else setImmediate(() => emit('data', answerTo(request, answer.code)))
    return answer.written ? write(bytes, ...more) : true
  }) as typeof socket.write
  let held = Buffer.alloc(0)
  socket.emit = (event: string | symbol, ...words: unknown[]) => {
    if (event !== 'data') return emit(event, ...words)
    held = Buffer.concat([held, words[0] as Buffer])
    // Whole answers only: what comes in pieces waits for its rest.
    let end = 0
    for (let at = 0; held.length - at >= 8 && held.length - at - 4 >= held.readInt32BE(at); at = end) {
      end = at + 4 + held.readInt32BE(at)
      const code = toChange.get(held.readInt32BE(at + 4))
      if (code === undefined) continue
      toChange.delete(held.readInt32BE(at + 4))
      for (const place of codesIn(held.subarray(at, end))) held.writeInt16BE(code, at + place)
    }
    const whole = held.subarray(0, end)
    held = held.subarray(end)
    return whole.length === 0 ? true : emit(event, whole)
  }
  return socket
}

interface Produced {
  readonly id: number
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
}
const produceKey = 0
const produceVersion = 7

/** Null for what is no write. */
function producedIn(bytes: Buffer): Produced | null {
  if (bytes.length < 12 || bytes.readInt16BE(4) !== produceKey) return null
  if (bytes.readInt16BE(6) !== produceVersion) throw new Error(`a write of version ${bytes.readInt16BE(6)}`)
  const cursor = cursorAt(bytes, 12)
  cursor.text() // the client's name
  cursor.text() // its transaction
  cursor.skip(2 + 4)
  const topics = cursor.list(() => ({ name: cursor.text(), partitions: cursor.list(() => partitionIn(cursor)) }))
  return { id: bytes.readInt32BE(8), topics }
}
function partitionIn(cursor: Cursor): number {
  const partition = cursor.int()
  cursor.skip(cursor.int()) // the records
  return partition
}

function answerTo({ id, topics }: Produced, code: number): Buffer {
  const parts: Buffer[] = [int(id), int(topics.length)]
  for (const { name, partitions } of topics) {
    parts.push(short(Buffer.byteLength(name)), Buffer.from(name), int(partitions.length))
    for (const partition of partitions) parts.push(int(partition), short(code), Buffer.alloc(24, 0xff))
  }
  const body = Buffer.concat([...parts, int(0)])
  return Buffer.concat([int(body.length), body])
}

/** Where in an answer the codes of the partitions stand. */
function codesIn(answer: Buffer): readonly number[] {
  const cursor = cursorAt(answer, 8)
  const places: number[] = []
  cursor.list(() => {
    cursor.text()
    cursor.list(() => {
      places.push(cursor.at + 4)
      cursor.skip(4 + 2 + 24)
    })
  })
  return places
}

type Cursor = ReturnType<typeof cursorAt>
function cursorAt(bytes: Buffer, from: number) {
  const cursor = {
    at: from,
    skip: (count: number) => void (cursor.at += count),
    int: () => bytes.readInt32BE((cursor.at += 4) - 4),
    text() {
      const length = Math.max(0, bytes.readInt16BE((cursor.at += 2) - 2))
      return bytes.toString('utf8', cursor.at, (cursor.at += length))
    },
    list: <T>(one: () => T): readonly T[] => Array.from({ length: cursor.int() }, one),
  }
  return cursor
}
const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const short = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
