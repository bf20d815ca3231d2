// A library that shifts the time of a whole process, for clocks that jump (F12, G17).
import { existsSync } from 'node:fs'
import { aptInstall, type Server } from './server.ts'

const places = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
]

/** What LD_PRELOAD is set to. */
export const faketime = (): string | null => places.find((path) => existsSync(path)) ?? null

export const server: Server = {
  name: 'libfaketime',
  for: 'processes whose clocks jump or differ (F12)',
  find: async () => faketime(),
  install: () => aptInstall('libfaketime'),
}
