// A loopback server in the gateway's place: keeps what a vendor's stand-in posts and answers as a test says.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpRequest } from '../../core/ports/edges.ts'

export interface Catcher {
  readonly url: string
  readonly caught: readonly HttpRequest[]
  /** What was caught, and from now on it is forgotten here. */
  taken(): readonly HttpRequest[]
  /** Statuses of the next answers; afterwards 200. */
  answer(...statuses: readonly number[]): void
  stop(): Promise<void>
}
export async function webhookCatcher(port = 0): Promise<Catcher> {
  const caught: HttpRequest[] = []
  const planned: number[] = []
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      caught.push(requestOf(request, new Uint8Array(Buffer.concat(chunks))))
      response.writeHead(planned.shift() ?? 200).end()
    })
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in/channel/main`,
    caught,
    taken: () => caught.splice(0),
    answer: (...statuses) => void planned.push(...statuses),
    stop: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

function requestOf(request: http.IncomingMessage, body: Uint8Array): HttpRequest {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const headers = Array.from({ length: request.rawHeaders.length / 2 }, (_, at) => {
    const [name = '', value = ''] = request.rawHeaders.slice(at * 2, at * 2 + 2)
    return [name.toLowerCase(), value] as const
  })
  return { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers, body }
}
