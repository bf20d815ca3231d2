// TLS before a vendor's stand-in, and what a bad network makes of its answers: the faults of F13 that a server itself cannot play.
import { createServer, type TLSSocket } from 'node:tls'
import { createConnection, type AddressInfo, type Socket } from 'node:net'

/** `foreign`: a page of somebody else's, with success. The first two reach the vendor, which does what it was asked. */
export type Spoilt = 'reset after headers' | 'half an answer' | 'endless' | 'foreign' | 'redirect loop'
const reaches: readonly Spoilt[] = ['reset after headers', 'half an answer']

export interface TlsBefore {
  readonly origin: string
  /** Every answer from now on; null: as the vendor gives it. */
  spoil(how: Spoilt | null): void
  /** Requests that came, whatever became of them. */
  asked(): number
  close(): Promise<void>
}

export async function tlsBefore(port: number, by: { readonly key: string; readonly cert: string }): Promise<TlsBefore> {
  const open = new Set<Socket>()
  let spoilt: Spoilt | null = null
  let asked = 0
  const server = createServer(by, (near) => {
    const far = createConnection({ port, host: '127.0.0.1' })
    for (const socket of [near, far]) open.add(socket.on('error', () => undefined))
    near.on('close', () => far.destroy())
    far.on('close', () => near.end())
    near.on('data', (bytes) => {
      if (/^[A-Z]+ \//.test(bytes.toString('latin1'))) asked += 1
      if (spoilt === null || reaches.includes(spoilt)) far.write(bytes)
      else instead(spoilt, near)
    })
    far.on('data', (bytes) => passed(bytes, spoilt, near))
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoil: (how) => void (spoilt = how),
    asked: () => asked,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

function passed(bytes: Buffer, spoilt: Spoilt | null, near: TLSSocket): void {
  const head = bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4)
  if (spoilt === 'reset after headers') near.write(head, () => near.destroy())
  else if (spoilt === 'half an answer')
    near.end(bytes.subarray(0, head.byteLength + (bytes.byteLength - head.byteLength) / 2))
  else near.write(bytes)
}

function instead(spoilt: Spoilt, near: TLSSocket): void {
  if (spoilt === 'foreign')
    near.end(
      'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html><title>Log in to this network</title></html>',
    )
  else if (spoilt === 'redirect loop')
    near.end('HTTP/1.1 307 Temporary Redirect\r\nlocation: /again\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  else endless(near)
}
function endless(near: TLSSocket): void {
  near.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
  const piece = `10000\r\n${' '.repeat(0x1_0000)}\r\n`
  const pump = (): void => {
    if (!near.destroyed) near.write(piece, () => setImmediate(pump))
  }
  pump()
}
