// A control's process: it says `ready <port>` when it can be measured, and answers what it has done under /stats.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Control {
  readonly port: number
  readonly pid: number
  /** From the start of its process to its ready line. */
  readonly readyMs: number
  stats<T = Readonly<Record<string, number>>>(): Promise<T>
  end(): Promise<void>
}

export async function startControl(file: string, words: readonly string[]): Promise<Control> {
  const began = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'controls', `${file}.ts`), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A Ctrl-C at the terminal reaches the bench, which ends it in order.
    detached: true,
  })
  const ended = once(child, 'exit')
  const port = await new Promise<number>((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, found] = /^ready (\d+)$/.exec(line) ?? []
      if (found !== undefined) done(Number(found))
    })
    void ended.then(([code]) => fail(new Error(`the control ${file} ended with ${code} before it was ready`)))
  })
  const readyMs = performance.now() - began
  return {
    port,
    pid: child.pid ?? 0,
    readyMs,
    stats: async <T>() => (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as T,
    async end() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
