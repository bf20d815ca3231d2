// A door in front of PostgreSQL that can swallow the server's next answer and cut the line: what was asked has been done, nobody heard.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LostAnswers {
  /** The same database through this door. */
  readonly url: string
  /**
   * The line on which this statement is asked next is cut when an answer comes. Resolves when that happened and the server has done all
   * that was asked on it: of statements that went out together the first answer comes before the last is done.
   */
  cutAfter(words: string): Promise<void>
  close(): Promise<void>
}

/** `url` names a server by the folder of its Unix socket (`?host=/folder`), as test databases do. */
export async function lostAnswers(url: string): Promise<LostAnswers> {
  const target = new URL(url)
  const folder = await mkdtemp(join(tmpdir(), 'inlet-door-'))
  const file = `.s.PGSQL.${target.port === '' ? '5432' : target.port}`
  const behind = join(target.searchParams.get('host') ?? '', file)
  const lines = new Set<Socket>()
  let armed: { readonly words: string; readonly cut: () => void } | undefined
  const server = createServer((client) => {
    const upstream = connect(behind)
    let asked = false
    for (const socket of [client, upstream]) lines.add(socket.on('error', () => socket.destroy()))
    client.on('data', (bytes) => {
      asked ||= armed !== undefined && bytes.includes(armed.words)
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (client.destroyed) return
      if (!asked || armed === undefined) return void client.write(bytes)
      upstream.once('close', armed.cut)
      armed = undefined
      client.destroy()
    })
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.destroy())
  })
  server.listen(join(folder, file))
  await once(server, 'listening')
  target.searchParams.set('host', folder)
  return {
    url: target.href,
    cutAfter: (words) => new Promise((resolve) => (armed = { words, cut: resolve })),
    async close() {
      for (const socket of lines) socket.destroy()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
