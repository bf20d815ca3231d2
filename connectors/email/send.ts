// Sends one reply by SMTP, and says which of five outcomes it had. One connection a mail: what became of it is then never in doubt.
import type { Account, Edges, OutboundMessage, SendEdges, SendOutcome } from '../../core/ports/channel.ts'
import { lowerAddress } from './address.ts'
import { built, signingKeys, type SigningKeys } from './compose/build.ts'
import { compose, digitsOf, saidOut, type Composed } from './compose/compose.ts'
import { mostBytes, packed } from './compose/files.ts'
import { loginOf, type Login } from './login.ts'
import { idKey } from './normalize/ids.ts'
import { isAuthFault, outcomeOfFault, whyUnsafe, type Failed } from './outcome.ts'
import { bounceTagged, smtpServer, type Server } from './providers.ts'
import type { SecretName, Settings } from './settings.ts'
import { handOver, type Handed } from './smtp/hand-over.ts'

type Ours = Account<Settings, SecretName>
interface Job {
  readonly message: OutboundMessage
  readonly account: Ours
  readonly server: Server
  readonly keys: SigningKeys | null
  readonly edges: SendEdges
  readonly signal: AbortSignal
}
/** How one try is made; what a server did not like about it is changed for the next. */
interface Try {
  readonly login: Exclude<Login, { is: 'none' }>
  readonly wasRenewed: boolean
  /** Files go along up to so many bytes. */
  readonly most: number
  /** Of the envelope: with a tag; nobody's (`<>`, what a machine wrote); our address as it is. */
  readonly sender: 'tagged' | 'nobody' | 'plain'
}
type Tried =
  | { readonly is: 'ended'; readonly outcome: SendOutcome }
  | {
      readonly is: 'refused'
      readonly handed: Extract<Handed, { is: 'failed' }>
      readonly sentFiles: boolean
    }

export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: SendEdges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { settings } = account
  const server = smtpServer(settings)
  if (server === null)
    return { is: 'account-down', why: `${account.id} has no SMTP server: set smtp.host, or a provider` }
  const keys = await signingKeys(account)
  if (keys !== null && 'missing' in keys) return { is: 'account-down', why: keys.missing }
  const login = await loginOf(account, server, { which: 'smtp' }, edges, signal)
  if (login.is === 'none') return withoutLogin(login)
  const job = { message, account, server, keys, edges, signal }
  let how: Try = { login, wasRenewed: false, most: mostBytes(settings), sender: 'tagged' }
  for (;;) {
    const tried = await attempt(job, how)
    if (tried.is === 'ended') return tried.outcome
    const next = await remedy(tried, how, job)
    if (next === null) return ended(tried, account)
    if ('outcome' in next) return next.outcome
    how = next
  }
}

/** A connection that is not safe is said at once, in the account's health: nobody gets an answer until somebody mends it, here or there. */
function ended({ handed }: Extract<Tried, { is: 'refused' }>, account: Ours): SendOutcome {
  const { fault, outcome } = handed
  const unsafe = whyUnsafe(fault)
  if (unsafe !== null) account.health('degraded', unsafe)
  return outcome
}

const withoutLogin = ({ cause, why }: Extract<Login, { is: 'none' }>): Failed =>
  cause === 'auth' ? { is: 'account-down', why } : { is: 'try-later', afterSeconds: 30, scope: 'account', why }

async function attempt(job: Job, how: Try): Promise<Tried> {
  const { message, account, edges, keys, server, signal } = job
  const { settings } = account
  const parts = await packed(message, settings, edges, how.most)
  if ('is' in parts) return { is: 'ended', outcome: parts }
  const composed = compose(message, how.sender === 'tagged' ? settings : { ...settings, bounceTag: false }, parts.links)
  if ('refuse' in composed) return { is: 'ended', outcome: { is: 'refused', code: 'no_address', why: composed.refuse } }
  const { to } = composed.envelope
  const from = how.sender === 'plain' ? composed.from.address : composed.envelope.from
  await edges.says(saidOut(composed))
  const letter = { bytes: await built(composed, parts.files, keys), from, to, envelopeId: digitsOf(message.ours) }
  const handed = await handOver(letter, { server, login: how.login, settings, signal })
  return handed.is === 'failed'
    ? { is: 'refused', handed, sentFiles: parts.files.length > 0 }
    : { is: 'ended', outcome: taken(handed, composed, account) }
}

/**
 * What may be done about a refusal at once, since nothing was sent: a token that was just refused is renewed, once; files that make the mail
 * too large for this server go as links; and a server that takes no sender but the mailbox's own gets that one.
 */
async function remedy(
  { handed: { fault, outcome }, sentFiles }: Extract<Tried, { is: 'refused' }>,
  how: Try,
  { account, message, server, edges, signal }: Job,
): Promise<Try | { readonly outcome: SendOutcome } | null> {
  if (isAuthFault(fault) && how.login.is === 'token' && !how.wasRenewed) {
    const login = await loginOf(account, server, { which: 'smtp', refused: how.login.accessToken }, edges, signal)
    return login.is === 'none' ? { outcome: withoutLogin(login) } : { ...how, login, wasRenewed: true }
  }
  if (outcome.is !== 'refused') return null
  if (outcome.code === 'too_large') return sentFiles ? { ...how, most: 0 } : null
  if (fault.command !== 'MAIL FROM') return null
  const sender = simpler(how.sender, bounceTagged(account.settings), message.author)
  return sender === null ? null : { ...how, sender }
}

/** The next sender that a server may take: without the tag; then, of what a machine wrote, our own address where it lets nobody be nobody. */
function simpler(now: Try['sender'], isTagged: boolean, author: OutboundMessage['author']): Try['sender'] | null {
  if (now === 'plain') return null
  if (author === 'person') return now === 'tagged' && isTagged ? 'plain' : null
  return now === 'tagged' && isTagged ? 'nobody' : 'plain'
}

/** A server may take a mail for some of its recipients. Without the customer the reply has not been sent, whoever else has it. */
function taken(
  { serverId, refused }: Extract<Handed, { is: 'taken' }>,
  composed: Composed,
  account: Ours,
): SendOutcome {
  const [main, ...others] = composed.envelope.to
  // The library hands addresses on in a form of its own.
  const customer = refused.find((it) => lowerAddress(it.address) === lowerAddress(main ?? ''))
  if (customer !== undefined) {
    const said = outcomeOfFault(customer.fault, false)
    const code = said.is === 'refused' ? said.code : 'recipient_refused'
    const rest = others.length - (refused.length - 1)
    return {
      is: 'refused',
      code,
      why: `${said.why}. It was refused for ${main} alone: ${rest} other recipient(s) got it.`,
    }
  }
  if (refused.length > 0 && account.state === 'connected')
    account.health('connected', `sent, but the server refused ${refused.length} of its recipients`)
  const { messageId: externalId } = composed
  const sent = { is: 'sent', externalId } as const
  if (serverId === null || serverId === externalId) return sent
  return { ...sent, keys: composed.envelope.to.map((it) => idKey(serverId, it)) }
}

/** Only a bounce tells: there is no reading back by SMTP. */
export async function find(
  message: OutboundMessage,
  account: Ours,
  _edges: Edges,
  _signal: AbortSignal,
): Promise<SendOutcome> {
  return {
    is: 'unknown',
    why: `No server says whether ${message.ours} of ${account.id} arrived; a person decides, or a bounce`,
  }
}
