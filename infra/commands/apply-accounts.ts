// What must be done so that a channel account is as the file says; its secrets are compared and never shown.
import { isDeepStrictEqual } from 'node:util'
import type { AccountAnswer } from '../../schemas/answers.ts'
import type { WantedAccount } from './apply-file.ts'
import { shown, type PlanOptions, type Step } from './apply-steps.ts'

export const nameOf = ({ channel, id }: { readonly channel: string; readonly id: string }): string => `${channel}/${id}`
export const pathOf = ({ channel, id }: { readonly channel: string; readonly id: string }): string =>
  `/v1/accounts/${encodeURIComponent(channel)}/${encodeURIComponent(id)}`

export function accountStep(want: WantedAccount, is: AccountAnswer | undefined, options: PlanOptions): Step | null {
  const name = `account ${nameOf(want)}`
  const { settings, secrets = {} } = want
  if (is === undefined) {
    const lines = [
      ...given(want).map(([field, it]) => `${field}: ${shown(it)}`),
      ...Object.entries(settings ?? {}).map(([field, it]) => `settings.${field}: ${shown(it)}`),
      ...Object.entries(secrets).map(([field, it]) => `secrets.${field}: ${shownSecret(it)}`),
    ]
    const body = { ...want, settings: settings ?? {}, secrets }
    return { sign: '+', name, lines, method: 'POST', path: '/v1/accounts', body }
  }
  const plain = given(want).filter(([field, it]) => !isDeepStrictEqual(it, is[field]))
  const turned = Object.entries(secrets).filter(([field, it]) => isChanged(field, it, is.secrets[field], options))
  const settingLines = settings === undefined ? [] : differences(is.settings, settings)
  const lines = [
    ...plain.map(([field, it]) => `${field}: ${shown(is[field])} → ${shown(it)}`),
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

const plainFields = ['endpoint', 'brand', 'assignment', 'autoAfterMinutes', 'lifecycle'] as const
/** What is not said of an account stays as it is. */
const given = (want: WantedAccount) =>
  plainFields.flatMap((field) => (want[field] === undefined ? [] : [[field, want[field]] as const]))

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

const shownSecret = (value: string | undefined): string =>
  value === undefined
    ? 'none'
    : isReference(value) || value === 'stored' || /^\d{4}-\d\d-\d\d/.test(value)
      ? value
      : '(a value, not shown)'

export function plainWarning(it: WantedAccount, { resend }: PlanOptions): readonly string[] {
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
