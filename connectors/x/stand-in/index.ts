// The stand-in of X: challenges, signs, pages, limits, repeats, fails and keeps a ledger (sheet section 11).
import type { AddressInfo, Socket } from 'node:net'
import type {
  Knock,
  KnockOptions,
  RunningStandIn,
  StandIn,
  StandInAccount,
  StandInOptions,
  Writing,
} from '../../../core/ports/stand-in.ts'
import { signatureOf } from '../../_shared/hmac-signature.ts'
import { saidByUs } from './accept.ts'
import { apiOf } from './api.ts'
import { challenge, tellHook, type Challenged } from './hooks.ts'
import { vendorOf, type Limit, type Vendor } from './vendor.ts'
import { bytesOf, signedHeaders } from './webhooks.ts'
import { happened, happenedTogether, type Told } from './writing.ts'

/** What only this vendor can do. */
export interface RunningX extends RunningStandIn {
  /** The GET by which the vendor proves that we hold the secret; `secret` replaces the right one in what it expects. */
  challenge(token?: string): Promise<Challenged>
  /** It happens at X, and the webhook does not tell: only a poll finds it. */
  unheard(writing: Writing): string
  /** The account with tokens that end and are renewed, or with one of OAuth 1.0a. */
  signedIn(how: 'refresh' | 'oauth1'): StandInAccount
  /** The access tokens that end are over now; the plain account's has no end. */
  expireTokens(): void
  readonly keys: Vendor['keys']
  /** What the challenge must be answered with. */
  proofOf(token: string): string
  /** It happens at X, and this is the call that would tell of it. */
  told(writing: Writing): { readonly id: string; readonly bytes: Uint8Array }
  /** Somebody of ours writes to a customer with another tool, and the webhook does not tell. */
  elsewhere(writing: Pick<Writing, 'customer' | 'text'>): string
  /** The account takes the app its permission. */
  revoke(): Promise<Knock>
  /** How often X says of a film or GIF that it is still looking, and what it says then. */
  looking(times: number, ends?: 'succeeded' | 'failed'): void
  /** X forgets what was put up before it has looked at it. */
  losesFiles(does: boolean): void
  /** What was put up under a media id. */
  fileAt(id: string): Buffer | undefined
  /** The address, at the API's host, of the newest file a customer sent. */
  lastFile(): string
  limit(what: Limit, max: number): void
  pageSize(size: number): void
  partialErrors(are: boolean): void
  /** This item is shown without its id from now on. */
  breakItem(id: string): void
  /** X ends the webhook; what happens then is told by nobody, until it is valid again and asked to repeat. */
  endWebhook(): void
  /** It happens at X, and the activity stream tells of it to whoever is connected; the line in two halves with this pause between. */
  streams(writing: Writing, slowMs?: number): Promise<string>
  readonly stream: Vendor['streams']
  /** Whether the plan has replays. */
  mayReplay(may: boolean): void
  /** What happens at X while the webhook stands as it stands: told, or kept for a replay. */
  happens(writing: Writing): Promise<string>
  /** The account that looks after its webhook. */
  caring(): StandInAccount
}

export const standIn: StandIn<RunningX> = {
  async start(options) {
    const vendor = vendorOf(options)
    const { base, close } = await listen(vendor, options)
    options.log?.info('the stand-in of X answers', { apiBase: base, seed: options.seed })
    return { apiBase: base, ...inward(vendor), ...control(vendor, base), ...xOnly(vendor, base), stop: close }
  },
}

async function listen(vendor: Vendor, options: StandInOptions): Promise<{ base: string; close: () => Promise<void> }> {
  const server = apiOf(vendor)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port ?? 0, '127.0.0.1', done)
  })
  const close = async (): Promise<void> => {
    vendor.streams.end()
    await vendor.knocker.stop()
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((done) => server.close(() => done()))
  }
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

function inward(vendor: Vendor): Pick<RunningStandIn, 'knocksAt' | 'write' | 'writeMany' | 'post'> {
  /** X calls once: what was not taken it repeats only when it is asked to. */
  const knock = async (bytes: Uint8Array, ids: readonly string[], options: KnockOptions = {}): Promise<Knock> => {
    const { signature = 'right' } = options
    const headers = signedHeaders(bytes, vendor.keys.consumerSecret, signature)
    const done = await vendor.knocker.knock({ what: 'message', ids, bytes, headers }, { retry: false, ...options })
    if (done.status !== 200 && signature === 'right') vendor.hook.missed.push({ at: vendor.now(), bytes })
    return done
  }
  const told = ({ call, ids }: Told, options?: KnockOptions) => knock(bytesOf(call), ids, options)
  return {
    knocksAt: (url) => vendor.knocker.to(url),
    write: async (writing, options) => told(happened(writing, vendor), options),
    writeMany: async (writings, options) => told(happenedTogether(writings, vendor), options),
    post: (bytes, options) => knock(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, [], options),
  }
}

type Controls = 'account' | 'customer' | 'receipts' | 'fail' | 'advance' | 'settled' | 'ledger'
function control(vendor: Vendor, base: string): Pick<RunningStandIn, Controls> {
  return {
    account: (n = 0) => ({
      settings: settingsOf(vendor, base, n),
      secrets: { consumerSecret: vendor.keys.consumerSecret, accessToken: vendor.tokenOf(n) },
    }),
    customer: (n) => vendor.customer(n),
    receipts: (how) => void (vendor.receipts = how),
    fail: (times, fault, on = 'send') => vendor.faults.order(times, fault, on),
    advance: (ms) => void (vendor.clock.advancedMs += ms),
    settled: () => vendor.knocker.settled(),
    ledger: vendor.ledger,
  }
}
function settingsOf(vendor: Vendor, apiBase: string, n: number): Readonly<Record<string, unknown>> {
  const { id: userId, username } = vendor.us(n)
  const { clientId, consumerKey } = vendor.keys
  return { userId, username, apiBase, clientId, consumerKey }
}

function xOnly(vendor: Vendor, base: string): Omit<RunningX, keyof RunningStandIn> {
  const { keys } = vendor
  return {
    keys,
    challenge: (token = vendor.key('crc')) => challenge(token, vendor),
    proofOf: (token) => signatureOf(token, keys.consumerSecret, 'base64'),
    unheard: (writing) => happened(writing, vendor).ids[0] ?? '',
    told(writing) {
      const { ids, call } = happened(writing, vendor)
      return { id: ids[0] ?? '', bytes: bytesOf(call) }
    },
    elsewhere: ({ customer, text = vendor.text(0) }) =>
      saidByUs(vendor.us(), { conversation: vendor.conversationWith(vendor.customer(customer).id), text }, vendor).id,
    revoke() {
      const at = new Date(vendor.now()).toISOString()
      const bytes = bytesOf({
        user_event: { revoke: { date_time: at, target: { app_id: '13090192' }, source: { user_id: vendor.us().id } } },
      })
      return vendor.knocker.knock({
        what: 'revoke',
        ids: [],
        bytes,
        headers: signedHeaders(bytes, keys.consumerSecret),
      })
    },
    looking: (times, ends = 'succeeded') => void Object.assign(vendor.looks, { wanted: times, ends }),
    losesFiles: (does) => void (vendor.looks.loses = does),
    fileAt(id) {
      const file = vendor.files.get(id)
      return file === undefined ? undefined : Buffer.from(file.bytes)
    },
    lastFile: () => [...vendor.files.keys()].findLast((it) => it.startsWith('/')) ?? '',
    signedIn(how) {
      const settings = settingsOf(vendor, base, 0)
      const { consumerSecret, userToken, userTokenSecret } = keys
      if (how === 'oauth1') return { settings, secrets: { consumerSecret, userToken, userTokenSecret } }
      const [accessToken, refreshToken] = [vendor.key('access'), vendor.key('refresh')]
      keys.access.set(accessToken, vendor.now() + 7_200_000)
      keys.refresh.add(refreshToken)
      return { settings, secrets: { consumerSecret, accessToken, refreshToken } }
    },
    expireTokens() {
      for (const [token, until] of keys.access) if (until !== null) keys.access.set(token, 0)
    },
    limit: (what, max) => void (vendor.limits.of[what] = max),
    pageSize: (size) => void (vendor.pages.size = size),
    partialErrors: (are) => void (vendor.pages.partialErrors = are),
    breakItem: (id) => void (vendor.pages.broken = id),
    stream: vendor.streams,
    async streams(writing, slowMs = 0) {
      const { ids, call } = happened(writing, vendor)
      await vendor.streams.tell(bytesOf(call), slowMs)
      return ids[0] ?? ''
    },
    mayReplay: (may) => void (vendor.hook.mayReplay = may),
    endWebhook: () => void (vendor.hook.valid = false),
    async happens(writing) {
      const { ids, call } = happened(writing, vendor)
      await tellHook(bytesOf(call), ids, vendor)
      return ids[0] ?? ''
    },
    caring: () => ({
      settings: { ...settingsOf(vendor, base, 0), webhookId: vendor.hook.id },
      secrets: {
        consumerSecret: keys.consumerSecret,
        appBearer: vendor.hook.bearer,
        accessToken: vendor.tokenOf(0),
      },
    }),
  }
}
