// What must be done so that a gateway is as the file says: pure, so that what is shown is what is done.
import { isDeepStrictEqual } from 'node:util'
import type { AccountAnswer, BrandAnswer } from '../../schemas/answers.ts'
import type { Wanted, WantedAccount, WantedBrand } from './apply-file.ts'
import { ToolRefusal } from './tool.ts'

export interface Present {
  readonly brands: readonly BrandAnswer[]
  readonly accounts: readonly AccountAnswer[]
}
/** One call, and how it is told. */
export interface Step {
  readonly sign: '+' | '~' | '-'
  readonly name: string
  /** A line a field; never the value of a secret. */
  readonly lines: readonly string[]
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
}
export interface Plan {
  readonly steps: readonly Step[]
  readonly warnings: readonly string[]
}
export interface PlanOptions {
  /** What is there and not in the file goes. */
  readonly prune: boolean
  /** Plain secrets are sent again: whether they differ cannot be known. */
  readonly resend: boolean
}

/** Brands before the accounts that name them, endpoints before those that share them; what goes, in the other order. */
export function planOf(wanted: Wanted, present: Present, options: PlanOptions): Plan {
  refuseLooseEnds(wanted, present)
  const { brands, accounts } = present
  const inOrder = wanted.accounts.toSorted(
    (a, b) => Number(a.endpoint !== undefined) - Number(b.endpoint !== undefined),
  )
  const made = [
    ...wanted.brands.map((it) =>
      brandStep(
        it,
        brands.find(({ id }) => id === it.id),
      ),
    ),
    ...inOrder.map((it) =>
      accountStep(
        it,
        accounts.find((other) => nameOf(other) === nameOf(it)),
        options,
      ),
    ),
  ]
  const gone = options.prune ? prunes(wanted, present) : []
  const steps = [...made.filter((step) => step !== null), ...gone]
  return { steps, warnings: wanted.accounts.flatMap((it) => plainWarning(it, options)) }
}

const nameOf = ({ channel, id }: { readonly channel: string; readonly id: string }): string => `${channel}/${id}`
const pathOf = ({ channel, id }: { readonly channel: string; readonly id: string }): string =>
  `/v1/accounts/${encodeURIComponent(channel)}/${encodeURIComponent(id)}`

/** A name that leads nowhere is found before anything is done. */
function refuseLooseEnds(wanted: Wanted, present: Present): void {
  const brands = [...wanted.brands, ...present.brands].map(({ id }) => id)
  const accounts = [...wanted.accounts, ...present.accounts].map(nameOf)
  for (const it of wanted.accounts) {
    const endpoint = it.endpoint === undefined ? null : nameOf({ channel: it.channel, id: it.endpoint })
    const missing =
      it.brand !== undefined && !brands.includes(it.brand)
        ? `brand ${it.brand}`
        : endpoint !== null && !accounts.includes(endpoint)
          ? `endpoint ${endpoint}`
          : null
    if (missing !== null)
      throw new ToolRefusal(
        `The account ${nameOf(it)} names the ${missing}, which is neither in the file nor in the gateway.`,
      )
  }
}

function brandStep(want: WantedBrand, is: BrandAnswer | undefined): Step | null {
  const name = `brand ${want.id}`
  const fields = (['name', 'language', 'timezone'] as const).filter((field) => want[field] !== undefined)
  if (is === undefined) {
    const lines = fields.map((field) => `${field}: ${want[field]}`)
    return { sign: '+', name, lines, method: 'POST', path: '/v1/brands', body: { ...want } }
  }
  const changed = fields.filter((field) => want[field] !== is[field])
  if (changed.length === 0) return null
  const body = { version: is.version, ...Object.fromEntries(changed.map((field) => [field, want[field]])) }
  const lines = changed.map((field) => `${field}: ${shown(is[field])} → ${shown(want[field])}`)
  return { sign: '~', name, lines, method: 'PATCH', path: `/v1/brands/${encodeURIComponent(want.id)}`, body }
}

function accountStep(want: WantedAccount, is: AccountAnswer | undefined, options: PlanOptions): Step | null {
  const name = `account ${nameOf(want)}`
  const { endpoint, brand, settings, secrets = {} } = want
  if (is === undefined) {
    const lines = [
      ...Object.entries({ endpoint, brand }).flatMap(([field, it]) => (it === undefined ? [] : [`${field}: ${it}`])),
      ...Object.entries(settings ?? {}).map(([field, it]) => `settings.${field}: ${shown(it)}`),
      ...Object.entries(secrets).map(([field, it]) => `secrets.${field}: ${shownSecret(it)}`),
    ]
    const body = { ...want, settings: settings ?? {}, secrets }
    return { sign: '+', name, lines, method: 'POST', path: '/v1/accounts', body }
  }
  const plain = Object.entries({ endpoint, brand }).filter(
    ([field, it]) => it !== undefined && it !== is[field as 'endpoint' | 'brand'],
  )
  const turned = Object.entries(secrets).filter(([field, it]) => isChanged(field, it, is.secrets[field], options))
  const settingLines = settings === undefined ? [] : differences(is.settings, settings)
  const lines = [
    ...plain.map(([field, it]) => `${field}: ${shown(is[field as 'endpoint' | 'brand'])} → ${shown(it)}`),
    ...settingLines,
    ...turned.map(([field, it]) => `secrets.${field}: ${shownSecret(is.secrets[field])} → ${shownSecret(it)}`),
  ]
  if (lines.length === 0) return null
  const body = {
    version: is.version,
    ...Object.fromEntries(plain),
    ...(settingLines.length > 0 ? { settings } : {}),
    ...(turned.length > 0 ? { secrets: Object.fromEntries(turned) } : {}),
  }
  return { sign: '~', name, lines, method: 'PATCH', path: pathOf(want), body }
}

function differences(
  is: Readonly<Record<string, unknown>>,
  want: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(want), ...Object.keys(is)])]
  return names
    .filter((name) => !isDeepStrictEqual(is[name], want[name]))
    .map((name) => `settings.${name}: ${shown(is[name])} → ${shown(want[name])}`)
}

const isReference = (value: string): boolean => /^(?:env|file):/.test(value)
/** References are compared as references; that a plain one is stored is all the gateway tells. */
function isChanged(name: string, want: string, is: string | undefined, { resend }: PlanOptions): boolean {
  if (is === undefined || is === want) return is !== want
  if (name.endsWith('PreviousUntil')) return Date.parse(is) !== Date.parse(want)
  return isReference(want) || is !== 'stored' || resend
}

const shown = (value: unknown): string =>
  value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
const shownSecret = (value: string | undefined): string =>
  value === undefined
    ? 'none'
    : isReference(value) || value === 'stored' || /^\d{4}-\d\d-\d\d/.test(value)
      ? value
      : '(a value, not shown)'

function plainWarning(it: WantedAccount, { resend }: PlanOptions): readonly string[] {
  const plain = Object.entries(it.secrets ?? {}).filter(
    ([name, value]) => !isReference(value) && !name.endsWith('PreviousUntil'),
  )
  if (plain.length === 0) return []
  const names = plain.map(([name]) => name).join(', ')
  const then = resend ? '' : ' One that is stored already is not compared; --resend-secrets sends it again.'
  return [
    `${nameOf(it)}: ${names} stands in the file in plain. Better: env:NAME or file:PATH, read by the gateway.${then}`,
  ]
}

function prunes(wanted: Wanted, present: Present): readonly Step[] {
  const accounts = present.accounts
    .filter((it) => !wanted.accounts.some((want) => nameOf(want) === nameOf(it)))
    .toSorted((a, b) => Number(a.endpoint === null) - Number(b.endpoint === null))
    .map((it) => ({
      name: `account ${nameOf(it)}`,
      path: pathOf(it),
      lines: ['nothing is received or sent; tickets stay'],
    }))
  const brands = present.brands
    .filter((it) => !wanted.brands.some(({ id }) => id === it.id))
    .map(({ id }) => ({ name: `brand ${id}`, path: `/v1/brands/${encodeURIComponent(id)}`, lines: [] }))
  return [...accounts, ...brands].map((it) => ({ sign: '-', method: 'DELETE', ...it }))
}
