// Reads a file of desk settings: YAML, checked by the published schema; a fault is told with its line and what was perhaps meant.
import { readFile } from 'node:fs/promises'
import { Compile } from 'typebox/compile'
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import { messageOf } from '../../core/errors.ts'
import { applySchema } from '../../api/apply-schema.ts'
import { whyInvalid } from '../../api/why-invalid.ts'
import { ToolRefusal } from './tool.ts'

export interface WantedBrand {
  readonly id: string
  readonly name: string
  readonly language?: string
  readonly timezone?: string
}
export interface WantedAccount {
  readonly channel: string
  readonly id: string
  readonly endpoint?: string
  readonly brand?: string
  readonly settings?: Readonly<Record<string, unknown>>
  readonly secrets?: Readonly<Record<string, string>>
}
export interface Wanted {
  readonly brands: readonly WantedBrand[]
  readonly accounts: readonly WantedAccount[]
}

const check = Compile(applySchema)

export async function readApplyFile(path: string): Promise<Wanted> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ToolRefusal(`Reading ${path}: ${messageOf(error)}.`)
  })
  return parseApplyFile(text, path)
}

/** Throws a refusal that names the file and the line. */
export function parseApplyFile(text: string, path: string): Wanted {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [broken] = document.errors
  if (broken !== undefined) throw new ToolRefusal(`${path} is no YAML. ${broken.message}`)
  const file: unknown = document.toJS() ?? {}
  const refuse = (field: string, detail: string): never => {
    throw new ToolRefusal(`${path}${lineOf(field, document, lines)}: ${detail}`)
  }
  if (!check.Check(file)) {
    const error = { validation: [...check.Errors(file)], validationContext: 'body' }
    const { field = '', detail } = whyInvalid(error as never, { body: applySchema }, file)
    return refuse(field, detail)
  }
  const wanted = { brands: [], accounts: [], ...file } as Wanted
  const twin = twinIn(wanted)
  return twin === null ? wanted : refuse(twin.field, `${twin.name} is there twice.`)
}

function twinIn({ brands, accounts }: Wanted): { readonly field: string; readonly name: string } | null {
  const named = [
    ...brands.map(({ id }, at) => ({ field: `brands.${at}`, name: `the brand ${id}` })),
    ...accounts.map((it, at) => ({ field: `accounts.${at}`, name: `the account ${it.channel}/${it.id}` })),
  ]
  return named.find((it, at) => named.findIndex((other) => other.name === it.name) < at) ?? null
}

/** Of the named field or, where it is missing, of what it is missing in. */
function lineOf(field: string, document: Document, lines: LineCounter): string {
  const path = field.split('.').filter((step) => step !== '')
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(
      path.slice(0, depth).map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
      true,
    )
    if (isNode(node) && node.range) return `, line ${lines.linePos(node.range[0]).line}`
  }
  return ''
}
