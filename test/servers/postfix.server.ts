// A real mail server of somebody else's make, for everything that is sent: it queues, delivers, refuses, and reports what came back (P11, G20, S21).
import { existsSync } from 'node:fs'
import { aptInstall, run, type Server } from './server.ts'

const program = '/usr/sbin/postfix'
export const postfix = (): string | null => (existsSync(program) ? program : null)

export const server: Server = {
  name: 'Postfix',
  for: 'answers that go out by SMTP (P11, G20, S21)',
  find: async () => postfix(),
  install: async () => {
    await aptInstall('postfix')
    // Where the system starts what it installs: nobody here needs that one.
    await run('service', ['postfix', 'stop']).catch(() => undefined)
  },
}
