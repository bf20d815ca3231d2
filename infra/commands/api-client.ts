// The tools' way to a running gateway: its /v1 with the administrator's key, and plain words where that does not work.
import type { Command } from 'commander'
import { messageOf } from '../../core/errors.ts'
import { adminKeyPath } from '../drivers/admin-key.ts'
import { readKeyFile } from '../drivers/key-file.ts'
import { readSettings } from '../settings.ts'
import { ToolRefusal, type Surroundings } from './tool.ts'

export interface GatewayFlags {
  readonly url?: string
  readonly data?: string
  readonly workspace?: string
}
export interface Call {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are an answer here, not a refusal. */
  readonly takes?: readonly number[]
  /** For what makes something: the same call twice makes one. */
  readonly idempotencyKey?: string
}
export interface Answer {
  readonly status: number
  readonly body: unknown
}
export interface ApiClient {
  readonly url: string
  /** Which one it works in. */
  readonly workspace: string
  /** For lines that people copy: how a shell finds the key, never the key. */
  readonly curl: string
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, call?: Call): Promise<Answer>
  get<T>(path: string): Promise<T>
  /** All pages, in order. */
  all<T>(path: string): Promise<readonly T[]>
}

/** What the gateway said no to. */
export class ApiRefusal extends ToolRefusal {
  readonly status: number
  readonly code: string
  /** Of what was sent; empty where it was not one. */
  readonly field: string
  constructor(status: number, code: string, message: string, field = '') {
    super(message)
    this.status = status
    this.code = code
    this.field = field
  }
}

/** The flags of every tool that speaks to a gateway. */
export const withGatewayFlags = (command: Command): Command =>
  command
    .option(
      '--url <address>',
      'of the gateway; else INLET_PUBLIC_URL, else INLET_HOST and INLET_PORT (http://127.0.0.1:8080)',
    )
    .option('--data <folder>', 'its data directory, where admin.key lies; else INLET_DATA (./data)')
    .option('--workspace <id>', 'to work in (main)')
    .addHelpText('after', '\nThe key: INLET_ADMIN_KEY, else <data>/admin.key. It never stands on a command line.')

export async function connect(flags: GatewayFlags, around: Pick<Surroundings, 'env' | 'stop'>): Promise<ApiClient> {
  const { url, key, keyFrom } = await whereAndWho(flags, around)
  const workspace = flags.workspace === undefined ? {} : { 'inlet-workspace': flags.workspace }
  const call: ApiClient['call'] = async (method, path, { body, headers, takes, idempotencyKey } = {}) => {
    const repeats = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const request = {
      method,
      headers: { authorization: `Bearer ${key}`, ...workspace, ...repeats, ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: around.stop,
    }
    const answer = await fetch(new URL(path, url), request).catch((error: unknown) => {
      throw around.stop.aborted ? error : nobodyAnswers(url, error)
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    const read: unknown = isJson && text !== '' ? JSON.parse(text) : text
    if (answer.ok || takes?.includes(answer.status) === true) return { status: answer.status, body: read }
    throw refusalOf({ status: answer.status, body: read }, { url, method, path, keyFrom })
  }
  const get = async <T>(path: string): Promise<T> => (await call('GET', path)).body as T
  const shell = keyFrom.startsWith('INLET_') ? `$${keyFrom}` : `$(cat ${keyFrom})`
  const curl = `curl -s -H "authorization: Bearer ${shell}"`
  return { url: url.origin, workspace: flags.workspace ?? 'main', curl, call, get, all: (path) => allPages(path, get) }
}

async function allPages<T>(path: string, get: ApiClient['get']): Promise<readonly T[]> {
  const items: T[] = []
  const joint = path.includes('?') ? '&' : '?'
  for (let after: string | null = ''; after !== null;) {
    const cursor: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`
    const page: { readonly items: readonly T[]; readonly next: string | null } = await get(
      `${path}${joint}limit=200${cursor}`,
    )
    items.push(...page.items)
    after = page.next
  }
  return items
}

/** The gateway's own settings say where it listens; a tool reads only those that lead to it. */
async function whereAndWho(flags: GatewayFlags, { env }: Pick<Surroundings, 'env'>) {
  const leading = ['INLET_HOST', 'INLET_PORT', 'INLET_DATA', 'INLET_PUBLIC_URL', 'INLET_ADMIN_KEY']
  const found = readSettings([], Object.fromEntries(leading.map((name) => [name, env[name]])))
  const given = flags.url ?? found.publicUrl
  if (given === null && found.port === 0)
    throw new ToolRefusal('INLET_PORT is 0, so the port is only known to the gateway. Give its address with --url.')
  const host = /^(?:0\.0\.0\.0|::|\[::\])$/.test(found.host)
    ? '127.0.0.1'
    : found.host.includes(':')
      ? `[${found.host}]`
      : found.host
  const text = given ?? `http://${host}:${found.port}`
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new ToolRefusal(`"${text}" is no address of a gateway. It looks like http://127.0.0.1:8080.`)
  const path = adminKeyPath(flags.data ?? found.data)
  const key = found.adminKey ?? (await readKeyFile(path).catch((error: unknown) => Promise.reject(noKey(path, error))))
  return { url: new URL(text), key, keyFrom: found.adminKey === null ? path : 'INLET_ADMIN_KEY' }
}

const noKey = (path: string, error: unknown): ToolRefusal =>
  new ToolRefusal(
    `There is no key to the gateway: ${messageOf(error)} Start the gateway once from this folder (npm start), name its data directory with --data (the key looked for is ${path}), or set INLET_ADMIN_KEY.`,
  )

function nobodyAnswers(url: URL, error: unknown): ToolRefusal {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = String((cause as { readonly code?: unknown }).code ?? messageOf(cause))
  return new ToolRefusal(
    `No gateway answers at ${url.origin} (${code}). Start one with \`npm start\`, or name another with --url.`,
  )
}

interface Where {
  readonly url: URL
  readonly method: string
  readonly path: string
  readonly keyFrom: string
}
function refusalOf({ status, body }: Answer, { url, method, path, keyFrom }: Where): ApiRefusal {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly detail?: string
    readonly code?: string
    readonly field?: string
  }
  const code = problem.code ?? ''
  if (status === 401)
    return new ApiRefusal(
      status,
      code,
      `The gateway at ${url.origin} does not take the key of ${keyFrom}. It is perhaps of another gateway: name the right data directory with --data.`,
    )
  if (problem.detail === undefined)
    return new ApiRefusal(
      status,
      code,
      `${method} ${new URL(path, url).href} answered ${status} in no form of Inlet's. Is this its address?`,
    )
  return new ApiRefusal(status, code, problem.detail, problem.field)
}
