// A line between a client and its server that a test may read and change: whatever is to pass is passed on by the test.
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Between {
  readonly port: number
  close(): Promise<void>
}

/** `wire` is called for each connection, before anything was said on it: what it does not write to the other side does not arrive. */
export async function lineBetween(port: number, wire: (near: Socket, far: Socket) => void): Promise<Between> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection({ port, host: '127.0.0.1' })
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    wire(near, far)
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
