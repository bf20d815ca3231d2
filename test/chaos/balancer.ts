// What stands before several processes of one gateway: takes each new connection to the next process that is there.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Balancer {
  readonly url: string
  close(): void
}

export async function balancer(targets: readonly string[]): Promise<Balancer> {
  let turn = 0
  const lines = new Set<Socket>()
  const server = createServer((client) => {
    lines.add(client.on('error', () => client.destroy()).on('close', () => lines.delete(client)))
    const first = (turn += 1)
    const attempt = (n: number): void => {
      if (n === targets.length) return void client.destroy()
      const { port } = new URL(targets[(first + n) % targets.length] ?? '')
      const upstream = connect(Number(port), '127.0.0.1')
      upstream.once('error', () => attempt(n + 1))
      upstream.once('connect', () => {
        upstream.removeAllListeners('error').on('error', () => client.destroy())
        upstream.on('close', () => client.destroy())
        client.on('close', () => upstream.destroy())
        client.pipe(upstream).pipe(client)
      })
    }
    attempt(0)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const line of lines) line.destroy()
      server.close()
    },
  }
}
