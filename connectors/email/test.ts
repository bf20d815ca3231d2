// Says whether a mailbox can be read and its mail sent: connects, logs in, looks, and leaves everything as it was.
import type { Account, Edges } from '../../core/ports/channel.ts'
import { signingKeys } from './compose/build.ts'
import { loginOf, tlsOptions } from './login.ts'
import { imapServer, presetOf, smtpServer, type Server } from './providers.ts'
import { openBox, type Box } from './session/box.ts'
import { isGone, troubleOf } from './session/trouble.ts'
import type { SecretName, Settings } from './settings.ts'
import { whyNoMailGoes } from './smtp/hand-over.ts'

type Ours = Account<Settings, SecretName>
interface Said {
  readonly ok: boolean
  readonly why: string
}
interface Asked {
  readonly account: Ours
  readonly server: Server
  readonly edges: Edges
  readonly signal: AbortSignal
}

/** Both servers are asked, whatever the first one says: who mends one wants to know of the other. */
export async function test(account: Account<Settings, SecretName>, edges: Edges, signal: AbortSignal): Promise<Said> {
  const [imap, smtp] = [imapServer(account.settings), smtpServer(account.settings)]
  if (imap === null && smtp === null)
    return { ok: false, why: 'The settings name no server and no provider: set imap and smtp, or provider' }
  const asked = { account, edges, signal }
  const answers = await Promise.all([
    ...(imap === null ? [] : [canRead({ ...asked, server: imap })]),
    ...(smtp === null ? [] : [canSend({ ...asked, server: smtp })]),
  ])
  const missing = smtp === null ? ['Nothing can be sent: there is no smtp'] : []
  const ok = answers.every((it) => it.ok)
  const hint = ok ? undefined : presetOf(account.settings)?.hint
  const said = [...answers.map((it) => it.why), ...missing, ...(hint === undefined ? [] : [hint])]
  return { ok, why: said.join('. ').replaceAll('.. ', '. ') }
}

async function canRead({ account, server, edges, signal }: Asked): Promise<Said> {
  const login = await loginOf(account, server, { which: 'imap' }, edges, signal)
  if (login.is === 'none') return { ok: false, why: login.why }
  const secret = login.is === 'token' ? login.accessToken : login.pass
  try {
    const tls = await tlsOptions(server, account.settings)
    const box = await openBox({ server, login, tls, writes: false, clock: edges.clock }, signal)
    const { there, missing } = await lookedAt(account.settings.folders ?? ['INBOX'], box).finally(() => box.close())
    const reads = there.length === 0 ? [] : [`${server.user} can read ${there.join(', ')} at ${server.host}`]
    const lacks = missing.length === 0 ? [] : [`The mailbox has no folder ${missing.join(', ')}`]
    return { ok: missing.length === 0, why: [...lacks, ...reads].join('; ') }
  } catch (error) {
    return { ok: false, why: `Reading at ${server.host}:${server.port}: ${troubleOf(error, [secret]).why}` }
  }
}

/** Each is opened: one that was renamed is not found out otherwise until mail is missed. */
async function lookedAt(folders: readonly string[], box: Box) {
  const [there, missing] = [new Set<string>(), new Set<string>()]
  for (const folder of folders) {
    const path = folder.startsWith('\\') ? await box.special(folder) : folder
    const isThere = path !== null && (await isOpened(path, box))
    if (isThere) there.add(path)
    else missing.add(folder)
  }
  return { there: [...there], missing: [...missing] }
}
const isOpened = (path: string, box: Box): Promise<boolean> =>
  box.open(path).then(
    () => true,
    (error: unknown) => {
      if (isGone(error)) return false
      throw error
    },
  )

async function canSend({ account, server, edges, signal }: Asked): Promise<Said> {
  const login = await loginOf(account, server, { which: 'smtp' }, edges, signal)
  if (login.is === 'none') return { ok: false, why: login.why }
  const keys = await signingKeys(account)
  if (keys !== null && 'missing' in keys) return { ok: false, why: keys.missing }
  const why = await whyNoMailGoes({ server, login, settings: account.settings, signal })
  if (why === null) return { ok: true, why: `${server.user} can send through ${server.host}` }
  return { ok: false, why: `Sending through ${server.host}:${server.port}: ${why}` }
}
