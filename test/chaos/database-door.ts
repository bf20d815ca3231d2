// A door in front of PostgreSQL, over TCP: it can be shut, say nothing, cut every line, or swallow the answer to what was committed.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'

export interface DatabaseDoor {
  /** The same database through this door. */
  readonly url: string
  /** open: as if it were not there. refuse: nobody answers. hang: taken, and nothing passes either way. */
  be(how: 'open' | 'refuse' | 'hang'): void
  /** All lines, wherever they are in a transaction. */
  cut(): void
  /** Of the next so many commits and appends the answer is swallowed and the line cut: done, and nobody heard. */
  loseAnswers(count: number): void
  /** How many were lost so far. */
  readonly lost: number
  close(): Promise<void>
}

interface State {
  how: 'open' | 'refuse' | 'hang'
  toLose: number
  lost: number
}

export async function databaseDoor(url: string): Promise<DatabaseDoor> {
  const target = new URL(url)
  const behind = addressOf(target)
  const lines = new Set<Socket>()
  const state: State = { how: 'open', toLose: 0, lost: 0 }
  const held: (() => void)[] = []
  const server = createServer((client) => {
    if (state.how === 'refuse') return void client.destroy()
    const upstream = connect(behind as { path: string })
    for (const socket of [client, upstream]) lines.add(socket.on('error', () => socket.destroy()))
    pass({ client, upstream, state, held })
    client.on('close', () => (lines.delete(client), upstream.destroy()))
    upstream.on('close', () => (lines.delete(upstream), client.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const outside = new URL(url)
  outside.search = ''
  outside.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = (): void => {
    for (const line of lines) line.destroy()
  }
  return {
    url: outside.href,
    be(how) {
      state.how = how
      if (how === 'refuse') cut()
      if (how !== 'hang') for (const go of held.splice(0)) go()
    },
    cut,
    loseAnswers: (count) => void (state.toLose = count),
    get lost() {
      return state.lost
    },
    async close() {
      cut()
      server.close()
    },
  }
}

interface Line {
  readonly client: Socket
  readonly upstream: Socket
  readonly state: State
  readonly held: (() => void)[]
}
function pass({ client, upstream, state, held }: Line): void {
  let isCommit = false
  const forward = (bytes: Buffer, to: Socket): void => {
    if (state.how === 'hang') held.push(() => to.writable && to.write(bytes))
    else if (to.writable) to.write(bytes)
  }
  client.on('data', (bytes) => {
    // A simple query ends with a zero; the append is one statement that commits by itself.
    isCommit = bytes.includes('commit\0') || bytes.includes('log_append')
    forward(bytes, upstream)
  })
  upstream.on('data', (bytes) => {
    if (isCommit && state.toLose > 0) {
      state.toLose -= 1
      state.lost += 1
      return void client.destroy()
    }
    forward(bytes, client)
  })
}

function addressOf(target: URL): { readonly path: string } | { readonly host: string; readonly port: number } {
  const port = target.port === '' ? '5432' : target.port
  const folder = target.searchParams.get('host')
  if (folder !== null) return { path: join(folder, `.s.PGSQL.${port}`) }
  return { host: target.hostname, port: Number(port) }
}
