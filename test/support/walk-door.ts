// The vendors' door of a walk: real HTTP on loopback in front of `receive`, of whichever life is at the door; a dead one answers nothing.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { receive } from '../../core/runtime/receive.ts'
import type { HttpRequest } from '../../core/ports/edges.ts'
import type { House } from '../../infra/house.ts'

export interface WalkDoor {
  urlOf(channel: string, endpoint: string): string
  /** From now on this house answers; `isDead` when it has crashed, so that the caller hears nothing. */
  answeredBy(house: House, isDead?: () => boolean): void
  close(): Promise<void>
}

const answerMs = 5_000

export async function openDoor(first: House): Promise<WalkDoor> {
  let now = { house: first, isDead: () => false }
  const server = createServer((request, response) => {
    const { house, isDead } = now
    void answer(request, house).then((answered) =>
      isDead() ? request.socket.destroy() : response.writeHead(answered.status).end(answered.body),
    )
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    urlOf: (channel, endpoint) => `http://127.0.0.1:${port}/in/${channel}/${endpoint}`,
    answeredBy: (house, isDead = () => false) => void (now = { house, isDead }),
    close: () => new Promise((done) => (server.close(() => done()), server.closeAllConnections())),
  }
}

const answer = (request: IncomingMessage, house: House): Promise<{ status: number; body?: string }> =>
  knock(request, house).catch((error: unknown) => {
    house.logger.error('the door of a walk failed', { error })
    return { status: 500 }
  })

async function knock(request: IncomingMessage, house: House): Promise<{ status: number; body?: string }> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const [, , channel = '', endpoint = ''] = (request.url ?? '').split('/')
  const headers = request.rawHeaders.flatMap((name, at, all) =>
    at % 2 === 0 ? [[name.toLowerCase(), all[at + 1] ?? ''] as const] : [],
  )
  const asked: HttpRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    query: new URLSearchParams(),
    headers,
    body: new Uint8Array(Buffer.concat(chunks)),
  }
  const about = { request: asked, channel, endpoint, token: null, correlation: randomUUID() }
  return receive(about, { ...house, unclaimed: () => undefined, heard: () => undefined }, AbortSignal.timeout(answerMs))
}
