// A real IMAP server, for everything that reads mailboxes (G8, F15).
import { existsSync } from 'node:fs'
import { aptInstall, run, type Server } from './server.ts'

const places = ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot', '/opt/homebrew/sbin/dovecot']

export const dovecot = (): string | null => places.find((path) => existsSync(path)) ?? null
/** Debian's core package holds no IMAP: its server lies beside. */
const hasImap = (): boolean =>
  ['/usr/lib/dovecot/imap', '/usr/libexec/dovecot/imap', '/opt/homebrew/libexec/dovecot/imap'].some((path) =>
    existsSync(path),
  )

export const server: Server = {
  name: 'Dovecot',
  for: 'mailboxes that are read over IMAP (G8, F15)',
  find: async () => (hasImap() ? dovecot() : null),
  install: async () => {
    await aptInstall('dovecot-imapd')
    // Where the system starts what it installs: nobody here needs that one.
    await run('service', ['dovecot', 'stop']).catch(() => undefined)
  },
}
