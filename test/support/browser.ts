// A page in a real Chromium, driven over its own protocol: opened in a language, asked and told by expressions that run in it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { headless } from '../servers/chromium.server.ts'
import { until } from './desk.ts'

export interface Page {
  /** What the expression is worth in the page, promises awaited. */
  run<T>(expression: string): Promise<T>
}
interface Target {
  readonly type: string
  readonly webSocketDebuggerUrl: string
}

/** Until the test has ended. `language`: as the browser asks for pages (`tr`). Throws where Chromium is not here. */
export async function openPage(url: string, language: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'inlet-page-'))
  const [program, words] = headless(profile)
  const own = ['--remote-debugging-port=0', `--accept-lang=${language}`]
  const child = spawn(program, [...words, ...own, url], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise((done) => child.once('close', done))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })
  const address = await until(
    async () => /ws:\/\/(127\.0\.0\.1:\d+)/.exec(said)?.[1],
    (found) => found !== undefined,
  )
  const [target] = await until(
    async () =>
      ((await (await fetch(`http://${address}/json/list`)).json()) as Target[]).filter((it) => it.type === 'page'),
    (found) => found.length > 0,
  )
  const socket = await connected(target!.webSocketDebuggerUrl)
  await until(
    () => evaluate<boolean>(socket, `document.readyState === 'complete' && location.href !== 'about:blank'`),
    (isOpen) => isOpen,
  )
  return { run: (expression) => evaluate(socket, expression) }
}

async function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await new Promise((done, failed) => {
    socket.addEventListener('open', done, { once: true })
    socket.addEventListener('error', failed, { once: true })
  })
  return socket
}

interface Evaluated<T> {
  readonly id: number
  readonly result: { readonly result: { readonly value: T }; readonly exceptionDetails?: { readonly text: string } }
}
let asked = 0
async function evaluate<T>(socket: WebSocket, expression: string): Promise<T> {
  const id = (asked += 1)
  const answer = new Promise<Evaluated<T>>((done) => {
    const hear = (event: MessageEvent): void => {
      const heard = JSON.parse(String(event.data)) as Evaluated<T>
      if (heard.id !== id) return
      socket.removeEventListener('message', hear)
      done(heard)
    }
    socket.addEventListener('message', hear)
  })
  const params = { expression, awaitPromise: true, returnByValue: true }
  socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }))
  const { result } = await answer
  if (result.exceptionDetails !== undefined) throw new Error(`${expression}: ${result.exceptionDetails.text}`)
  return result.result.value
}
