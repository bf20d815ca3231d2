// A listening HTTP server for tests of its doors, with everything behind it replaced by what the test wants.
import { connect, type Socket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { afterEach } from 'vitest'
import type { Auth } from '../../api/auth.ts'
import { Problem } from '../../api/problem.ts'
import type { Knock } from '../../core/runtime/receive.ts'
import { keptLog } from './quiet-log.ts'
import { makeHttp, type HttpDeps, type HttpOptions, type HttpServer } from '../../infra/drivers/http.ts'

const auth: Auth = {
  identify: async ({ headers }) => {
    if (headers.authorization === undefined) throw new Problem({ status: 401, code: 'key_missing', detail: 'no key' })
    const scopes = headers.authorization === 'Bearer metrics' ? (['metrics:read'] as const) : []
    const asker = { actor: { kind: 'tool', id: 'key_1' }, scopes, from: null, correlation: 'c' } as const
    return { workspace: 'main' as never, installation: false, session: null, asker }
  },
}
const running: HttpServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

export interface Started {
  readonly url: string
  readonly port: number
  readonly knocks: Knock[]
  readonly turnedAway: string[]
  readonly server: HttpServer
}
export async function startHttp(options: Partial<HttpOptions> = {}, deps: Partial<HttpDeps> = {}): Promise<Started> {
  const knocks: Knock[] = []
  const turnedAway: string[] = []
  const server = makeHttp(
    {
      host: '127.0.0.1',
      port: 0,
      publicUrl: null,
      allowedHosts: [],
      trustedProxies: [],
      maxBodyBytes: 4 * 1024 ** 2,
      answerSeconds: 5,
      ...options,
    },
    {
      logger: keptLog(),
      meter: {
        count: (_name, labels) => turnedAway.push(labels?.['reason'] ?? ''),
        gauge: () => undefined,
        observe: () => undefined,
      },
      knock: async (knock) => {
        knocks.push(knock)
        return { status: 200, body: 'ok' }
      },
      api: null,
      auth,
      ready: async () => ({ ready: false, missing: ['store'] }),
      metrics: async () => 'inlet_up 1\n',
      ...deps,
    },
  )
  running.push(server)
  const url = await server.listen()
  return { url, port: Number(new URL(url).port), knocks, turnedAway, server }
}

export const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
/** Everything that comes until the other side ends. */
export async function rawCall(port: number, bytes: string): Promise<string> {
  const socket = await opened(port)
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  return textOf(socket)
}
export const headOf = (port: number, more: readonly string[] = [], path = '/in/sms/main') =>
  [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...more].join('\r\n')
