// A real browser, for what a cleaned mail does when somebody opens it (S11).
import { existsSync } from 'node:fs'
import { aptInstall, type Server } from './server.ts'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export const chromium = (): string | null => places.find((path) => existsSync(path)) ?? null

export const server: Server = {
  name: 'Chromium',
  for: 'the HTML of mails, opened as people open it (S11)',
  find: async () => chromium(),
  install: () => aptInstall('chromium'),
}
