// A real Chromium opens the cleaned HTML of hostile mails, without any sandbox or policy around it: nothing runs, nothing is fetched.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { headless } from '../../test/servers/chromium.server.ts'
import { attacks } from './fixtures/attacks.ts'
import { cleanHtml } from './html/clean.ts'

let folder = ''
/** Whoever knocks here fetched something: every attack points at it. */
const fetched: string[] = []
const server = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    fetched.push(chunk.toString('latin1').split('\r\n')[0] ?? '')
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  })
})
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'inlet-browser-'))
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await new Promise((done) => server.close(done))
  rmSync(folder, { recursive: true, force: true })
})
const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`

/** As the page is after everything that could run ran. */
async function opened(body: string): Promise<string> {
  const path = join(folder, 'mail.html')
  // What runs would say so in the title: a script of ours counts every way in.
  const trap = '<script>window.alert=window.confirm=window.prompt=function(){document.title="IT RAN"}</script>'
  writeFileSync(path, `<!doctype html><meta charset="utf-8"><title>quiet</title>${trap}${body}`)
  const [program, words] = headless(join(folder, 'profile'))
  const child = spawn(program, [...words, '--virtual-time-budget=4000', '--dump-dom', pathToFileURL(path).href], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const code = await new Promise((done) => child.once('close', done))
  expect([code, out.includes('</html>')]).toEqual([0, true])
  return out
}
const titleOf = (dom: string): string => /<title>([^<]*)/.exec(dom)?.[1] ?? ''
const aimed = (): readonly string[] => attacks.map((it) => it.replaceAll('evil.example', host()))

it('S11 in a real browser the attacks themselves run and fetch, so that this test can fail', async () => {
  const dom = await opened(aimed().slice(0, 2).join('\n') + `<img src="http://${host()}/pixel.gif">`)
  expect(titleOf(dom)).toBe('IT RAN')
  expect(fetched).toContain('GET /pixel.gif HTTP/1.1')
}, 60_000)

it('S11 in a real browser nothing of a cleaned mail runs, and nothing is fetched', async () => {
  fetched.length = 0
  // Each in its own box, so that one that is cut off opens nothing for the next.
  const cleaned = aimed().map((it, n) => `<div id="mail${n}">${cleanHtml(it).html}</div>`)
  const dom = await opened(`${cleaned.join('\n')}<p id="end">the end</p>`)
  expect(titleOf(dom)).toBe('quiet')
  expect(fetched).toEqual([])
  // All of them were drawn, as text and harmless tags, and what stands behind them stands where it stood.
  for (const n of cleaned.keys()) expect(dom).toContain(`<div id="mail${n}">`)
  expect(dom).toMatch(/<p id="end">the end<\/p>\s*<\/body>/)
  // The one script of the page is the trap.
  expect(dom.match(/<script/gi)).toHaveLength(1)
  expect(dom).not.toMatch(/<[a-z][^>]*\son[a-z]+\s*=/i)
}, 60_000)
