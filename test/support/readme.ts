// Lines of the README and of other pages as somebody runs them: found by their marks, run by a shell beside a gateway's data.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')

/** Blocks between `<!-- run:start -->`, or `<!-- run:<mark>:start -->`, and their end. */
export const readmeLines = (mark = ''): readonly string[] => linesOf(readme, mark)
export function linesOf(page: string, mark = ''): readonly string[] {
  const name = mark === '' ? 'run' : `run:${mark}`
  const blocks = page.matchAll(
    new RegExp(`<!-- ${name}:start -->\\s+\`\`\`sh\\n([\\s\\S]*?)\`\`\`\\s+<!-- ${name}:end -->`, 'g'),
  )
  return [...blocks].map((it) => it[1] ?? '')
}

/** In a folder beside the data, as somebody in the checkout would; the port is this gateway's. */
export function runLines(
  script: string,
  { url, data }: { readonly url: string; readonly data: string },
): Promise<string> {
  const text = script
    .replaceAll('http://127.0.0.1:8080', url)
    .replaceAll(/\bdata\/(admin\.key|setup\.link)/g, `${data}/$1`)
  const child = spawn('bash', ['-eu', '-c', text], { cwd: dirname(data), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((done, fail) => child.on('close', (code) => (code === 0 ? done(said) : fail(new Error(said)))))
}
