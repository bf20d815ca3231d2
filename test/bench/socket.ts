// One kept-alive HTTP connection that costs next to nothing: a request's bytes out, the status back, one call under way at a time.
import { connect, type Socket } from 'node:net'

export interface Connection {
  /** Resolves with the status, 0 when the connection broke. */
  call(request: Buffer): Promise<number>
  /** The same, with the answer's body. */
  read(request: Buffer): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

const headEnd = Buffer.from('\r\n\r\n')

export function openConnection(port: number): Connection {
  let socket: Socket | null = null
  let waits: ((status: number, body: Buffer) => void) | null = null
  let got: Buffer = Buffer.alloc(0)

  function settle(status: number, body: Buffer): void {
    const done = waits
    waits = null
    got = Buffer.alloc(0)
    done?.(status, body)
  }
  function onData(chunk: Buffer): void {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
    const at = got.indexOf(headEnd)
    if (at < 0) return
    const head = got.toString('latin1', 0, at)
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
    const end = at + headEnd.length + Number(length ?? 0)
    if (got.length >= end) settle(Number(head.slice(9, 12)), got.subarray(at + headEnd.length, end))
  }
  function open(): Socket {
    const made = connect(port, '127.0.0.1').setNoDelay(true)
    const lost = (): void => {
      if (socket !== made) return
      socket = null
      settle(0, got)
    }
    return made.on('data', onData).on('error', lost).on('close', lost)
  }
  const ask = <T>(request: Buffer, make: (status: number, body: Buffer) => T): Promise<T> =>
    new Promise((done) => {
      waits = (status, body) => done(make(status, body))
      socket ??= open()
      socket.write(request)
    })
  return {
    call: (request) => ask(request, (status) => status),
    read: (request) => ask(request, (status, body) => ({ status, body: body.toString() })),
    close: () => void socket?.destroy(),
  }
}
