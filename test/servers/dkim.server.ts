// A verifier of DKIM signatures of somebody else's make (dkimpy, in Python): what others find when they look at the mail we signed (D30).
import { existsSync } from 'node:fs'
import { aptInstall, type Server } from './server.ts'

/** Where the system's package lies; it belongs to the system's own Python, whatever other one stands in PATH. */
const places = ['/usr/lib/python3/dist-packages/dkim/__init__.py']
export const systemPython = '/usr/bin/python3'

export const server: Server = {
  name: 'dkimpy',
  for: 'the signatures under what is sent, checked as others check them (D30)',
  find: async () => (existsSync(systemPython) ? (places.find((path) => existsSync(path)) ?? null) : null),
  install: () => aptInstall('python3-dkim'),
}
