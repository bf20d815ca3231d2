// What is known of the large providers, as data: servers, OAuth endpoints, limits (sheet sections 2 and 6, read 2026-11).
import type { Limit } from '../../core/ports/channel.ts'
import type { Settings } from './settings.ts'

export interface Server {
  readonly host: string
  readonly port: number
  /** As in the settings: from the first byte, upgraded, or not at all. */
  readonly tls: true | 'starttls' | false
  readonly user: string
  readonly verify: boolean
}
interface Preset {
  readonly imap: Pick<Server, 'host' | 'port' | 'tls'>
  readonly smtp: Pick<Server, 'host' | 'port' | 'tls'>
  readonly tokenUrl: string
  readonly scope: string
  /** What an administrator must know before it works. */
  readonly hint: string
  /** Where false, the server takes only the mailbox's own address as the envelope's sender, or sets its own: no address of one send. */
  readonly bounceTag: boolean
  /** What it takes from one mailbox; over all processes. */
  readonly limits: readonly Limit[]
  /** Connections that send at one moment. */
  readonly atOnce: number
}
type Provider = NonNullable<Settings['provider']>

const microsoftToken = 'https://login.microsoftonline.com/common/oauth2/v2.0/token'
const microsoftScope =
  'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access'

const aMinute = (max: number): Limit => ({ scope: 'account', max, perSeconds: 60 })
const aDay = (max: number): Limit => ({ scope: 'account', max, perSeconds: 86_400 })

export const presets: Readonly<Record<Provider, Preset>> = {
  gmail: {
    imap: { host: 'imap.gmail.com', port: 993, tls: true },
    smtp: { host: 'smtp.gmail.com', port: 465, tls: true },
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scope: 'https://mail.google.com/',
    hint: 'Gmail takes an app password (with 2-step verification on) or OAuth2, never the account’s own password.',
    bounceTag: false,
    // Of Workspace; a personal mailbox takes 500 a day and says so itself.
    limits: [aMinute(30), aDay(2_000)],
    atOnce: 5,
  },
  microsoft365: {
    imap: { host: 'outlook.office365.com', port: 993, tls: true },
    smtp: { host: 'smtp.office365.com', port: 587, tls: 'starttls' },
    tokenUrl: microsoftToken,
    scope: microsoftScope,
    hint: 'Microsoft 365 takes OAuth2 alone for IMAP; basic log-in for SMTP ends with 2026.',
    bounceTag: false,
    limits: [aMinute(30), aDay(10_000)],
    atOnce: 3,
  },
  outlook: {
    imap: { host: 'outlook.office365.com', port: 993, tls: true },
    smtp: { host: 'smtp-mail.outlook.com', port: 587, tls: 'starttls' },
    tokenUrl: microsoftToken,
    scope: microsoftScope,
    hint: 'Outlook.com takes OAuth2 alone.',
    bounceTag: false,
    limits: [aMinute(30)],
    atOnce: 3,
  },
  yandex: {
    imap: { host: 'imap.yandex.com', port: 993, tls: true },
    smtp: { host: 'smtp.yandex.com', port: 465, tls: true },
    tokenUrl: 'https://oauth.yandex.com/token',
    scope: 'mail:imap_full mail:smtp',
    hint: 'Yandex takes an app password or OAuth2, and IMAP must be switched on in the mailbox’s settings.',
    bounceTag: false,
    // Its limits are not published.
    limits: [aMinute(30)],
    atOnce: 2,
  },
}

/** Whether reports of servers may come to an address made for one send. */
export const bounceTagged = (of: Settings): boolean =>
  of.plusAddressing !== false && (of.bounceTag ?? presetOf(of)?.bounceTag ?? true)

/** Of a server of one's own. */
export const limits: readonly Limit[] = [aMinute(30)]
export const limitsBy = {
  setting: 'provider',
  of: Object.fromEntries(Object.entries(presets).map(([name, it]) => [name, { limits: it.limits, atOnce: it.atOnce }])),
} as const

/** Null where the settings name no such server and no provider does. */
export const imapServer = (of: Settings): Server | null => serverOf(of, 'imap', 993)
export const smtpServer = (of: Settings): Server | null => serverOf(of, 'smtp', 465)
export const presetOf = (of: Settings): Preset | null => (of.provider === undefined ? null : presets[of.provider])

function serverOf(of: Settings, which: 'imap' | 'smtp', usualPort: number): Server | null {
  const [own, preset] = [of[which], presetOf(of)?.[which]]
  const host = own?.host ?? preset?.host
  if (host === undefined) return null
  const tls = own?.tls ?? preset?.tls ?? true
  return {
    host,
    port: own?.port ?? preset?.port ?? usualPort,
    tls,
    user: own?.user ?? of.address,
    verify: own?.verify ?? true,
  }
}
