// The vendor's registry of templates: what may be sent, with how many values, and how a review ends.
import type { VendorError } from '../../_shared/stand-in/graph-api.ts'
import { vendorError } from './faults.ts'
import type { Seeded } from '../../_shared/stand-in/seeded.ts'

export const templateStates = ['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED'] as const
export type TemplateState = (typeof templateStates)[number]
export interface Template {
  readonly id: string
  readonly name: string
  readonly language: string
  readonly category: string
  readonly body: string
  state: TemplateState
}
type Fields = Readonly<Record<string, unknown>>

export interface Templates {
  all(): readonly Template[]
  find(name: string, language: string): Template | undefined
  add(name: string, language: string, more: { body: string; category: string; state: TemplateState }): Template
  remove(name: string): number
  /** Why this template message cannot be sent, or null. */
  wrong(message: unknown): VendorError | null
}

const seeds: readonly (readonly [name: string, language: string, body: string, state: TemplateState])[] = [
  ['hello_world', 'en_US', 'Hello World', 'APPROVED'],
  ['siparis_durumu', 'tr', 'Merhaba {{1}}, {{2}} numaralı siparişiniz yola çıktı.', 'APPROVED'],
  ['order_confirmation', 'en_US', 'Thank you {{name}}, your order arrives on {{day}}.', 'APPROVED'],
  ['abandoned_cart', 'en', 'You left something behind', 'PAUSED'],
  ['black_friday', 'en', 'Only today', 'DISABLED'],
  ['new_season', 'tr', 'Yeni sezon geldi', 'PENDING'],
]

export function templatesOf(chance: Seeded): Templates {
  const kept: Template[] = []
  const find = (name: string, language: string): Template | undefined =>
    kept.find((it) => it.name === name && it.language === language)
  const registry: Templates = {
    all: () => kept,
    find,
    add(name, language, { body, category, state }) {
      const made = { id: `2${chance.digits(17, 'template', name, language)}`, name, language, category, body, state }
      kept.push(made)
      return made
    },
    remove(name) {
      const before = kept.length
      kept.splice(0, before, ...kept.filter((it) => it.name !== name))
      return before - kept.length
    },
    wrong: (message) => wrongTemplate(message as Fields, find),
  }
  for (const [name, language, body, state] of seeds) registry.add(name, language, { body, category: 'UTILITY', state })
  return registry
}

const stateErrors: Readonly<Record<TemplateState, number | null>> = {
  APPROVED: null,
  PENDING: 132001,
  REJECTED: 132001,
  PAUSED: 132015,
  DISABLED: 132016,
}
function wrongTemplate(message: Fields, find: Templates['find']): VendorError | null {
  const language = (message['language'] as Fields | undefined)?.['code']
  if (typeof message['name'] !== 'string' || typeof language !== 'string')
    return vendorError(131008, 'template.name and language.code')
  const template = find(message['name'], language)
  if (template === undefined)
    return vendorError(132001, `template name (${message['name']}) does not exist in ${language}`)
  const code = stateErrors[template.state]
  return code === null ? wrongValues(template, message) : vendorError(code)
}
function wrongValues(template: Template, message: Fields): VendorError | null {
  const wanted = [...new Set([...template.body.matchAll(/\{\{(\w+)\}\}/g)].map((it) => it[1] ?? ''))]
  const components = Array.isArray(message['components']) ? (message['components'] as Fields[]) : []
  const given = components.filter((it) => it['type'] === 'body').flatMap((it) => it['parameters'] as Fields[])
  if (given.length !== wanted.length) {
    return vendorError(
      132000,
      `body: number of localizable_params (${given.length}) does not match the expected number of params (${wanted.length})`,
    )
  }
  const named = wanted.filter((it) => !/^\d+$/.test(it))
  const missing = named.find((name) => given.every((it) => it['parameter_name'] !== name))
  return missing === undefined ? null : vendorError(132012, `Parameter name is missing or empty: ${missing}`)
}
