// Says whether a mailbox can be read: connects, logs in, looks, and leaves everything as it was.
import { messageOf } from '../../core/errors.ts'
import type { Account, Edges } from '../../core/ports/channel.ts'
import { loginOf, tlsOptions } from './login.ts'
import { imapServer, presetOf } from './providers.ts'
import { openBox } from './session/box.ts'
import { troubleOf } from './session/trouble.ts'
import type { SecretName, Settings } from './settings.ts'

export async function test(account: Account<Settings, SecretName>, edges: Edges, signal: AbortSignal) {
  const server = imapServer(account.settings)
  if (server === null) return { ok: false, why: 'The settings name no IMAP server and no provider' }
  const login = await loginOf(account, server, { which: 'imap' }, edges, signal)
  if (login.is === 'none') return { ok: false, why: login.why }
  const secret = login.is === 'token' ? login.accessToken : login.pass
  try {
    const tls = await tlsOptions(server, account.settings)
    const box = await openBox({ server, login, tls, writes: false, clock: edges.clock }, signal)
    const [folder = 'INBOX'] = account.settings.folders ?? []
    const path = folder.startsWith('\\') ? await box.special(folder) : folder
    const at = path === null ? null : await box.open(path)
    box.close()
    if (at === null) return { ok: false, why: `The mailbox has no folder ${folder}` }
    return { ok: true, why: `${server.user} can read ${path} at ${server.host}` }
  } catch (error) {
    const why = signal.aborted ? messageOf(signal.reason) : troubleOf(error, [secret]).why
    const hint = presetOf(account.settings)?.hint
    return { ok: false, why: `${server.host}:${server.port}: ${why}${hint === undefined ? '' : `. ${hint}`}` }
  }
}
