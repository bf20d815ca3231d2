// Reads a file of desk settings: YAML, checked by the published schema; a fault is told with its line and what was perhaps meant.
import { readFile } from 'node:fs/promises'
import { Compile } from 'typebox/compile'
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import { messageOf } from '../../core/errors.ts'
import { applySchema } from '../../api/apply-schema.ts'
import { whyInvalid } from '../../api/why-invalid.ts'
import type { AssignmentMode } from '../../schemas/agent.ts'
import type { LifecycleSet } from '../../schemas/lifecycle.ts'
import { callOf, sections, type Section, type Thing } from './apply-things.ts'
import { ToolRefusal } from './tool.ts'

export interface WantedAccount {
  readonly channel: string
  readonly id: string
  readonly endpoint?: string
  readonly brand?: string
  readonly assignment?: AssignmentMode | null
  readonly autoAfterMinutes?: number
  readonly lifecycle?: LifecycleSet | null
  readonly settings?: Readonly<Record<string, unknown>>
  readonly secrets?: Readonly<Record<string, string>>
}
export interface Wanted {
  readonly accounts: readonly WantedAccount[]
  /** Its own settings: those that the file names. */
  readonly workspace: Thing
  /** A list that is not in the file is not there: nothing is said of it. */
  readonly things: { readonly [S in Section]?: readonly Thing[] }
  /** `inlet.yaml, line 3`, of a field such as `rules.0.then`, or of what it is missing in. */
  place(field: string): string
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
  const place = (field: string): string => `${path}${lineOf(field, document, lines)}`
  const refuse = (field: string, detail: string): never => {
    throw new ToolRefusal(`${place(field)}: ${detail}`)
  }
  if (!check.Check(file)) {
    const error = { validation: [...check.Errors(file)], validationContext: 'body' }
    const { field = '', detail } = whyInvalid(error as never, { body: applySchema }, file)
    return refuse(field, detail)
  }
  const said = file as Partial<Pick<Wanted, 'accounts' | 'workspace'>> & Wanted['things']
  const { accounts = [], workspace = {}, ...things } = said
  const wanted: Wanted = { accounts, workspace, things, place }
  const twin = twinIn(wanted)
  return twin === null ? wanted : refuse(twin.field, `${twin.name} is there twice.`)
}

function twinIn({ accounts, things }: Wanted): { readonly field: string; readonly name: string } | null {
  const named = [
    ...sections.flatMap((section) =>
      (things[section] ?? []).map((it, at) => ({ field: `${section}.${at}`, name: `the ${callOf(section, it)}` })),
    ),
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
