// A real browser, for what a cleaned mail does when somebody opens it (S11).
import { existsSync } from 'node:fs'
import { aptInstall, type Server } from './server.ts'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const chromium = (): string | null => places.find((path) => existsSync(path)) ?? null

/** The program and what it is always started with, on a profile of its own. Throws where it is not here. */
export function headless(profile: string): readonly [program: string, words: readonly string[]] {
  const program = chromium()
  if (program === null) throw new Error('Chromium is not here: run `npm run servers`')
  const quiet = ['--disable-gpu', '--disable-dev-shm-usage', '--disable-extensions', '--disable-background-networking']
  return [program, ['--headless=new', '--no-sandbox', '--no-first-run', ...quiet, `--user-data-dir=${profile}`]]
}

export const server: Server = {
  name: 'Chromium',
  for: 'the HTML of mails, opened as people open it (S11)',
  find: async () => chromium(),
  install: () => aptInstall('chromium'),
}
