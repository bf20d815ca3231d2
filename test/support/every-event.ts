// Events of every type, made from the schemas themselves: once with everything a type can hold, once with as little as it may.
import { dataSchemas, eventTypes, type AnyEvent, type EventData, type EventType } from '../../schemas/events.ts'
import { anEventOf, testInstant } from './make.ts'

/** What is used of JSON Schema in schemas/. */
interface Shape {
  readonly type?: string
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly patternProperties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
}
export const fullness = ['full', 'bare'] as const
type Fullness = (typeof fullness)[number]

/** Two of each type. `word` tells the events of one run from those of another. */
export const everyEvent = (word: string, types: readonly EventType[] = eventTypes): readonly AnyEvent[] =>
  types.flatMap((type) =>
    fullness.map((how) => {
      const data = valueOf(dataSchemas[type] as unknown as Shape, { how, at: type, n: 0 })
      const channel = how === 'full' ? {} : { channel: null, account: null }
      const told = { cause: how === 'full' ? ('evt_cause' as never) : null, origin: how === 'full' ? 'live' : 'import' }
      const raw = how === 'full' ? { id: 'raw_1', at: testInstant, key: 'lane 1' } : null
      const more = { dedupe: `${word} ${how}`, key: `lane ${type}`, ...channel, ...told, raw } as const
      return anEventOf(type, data as EventData[typeof type], more as object) as AnyEvent
    }),
  )

interface Place {
  readonly how: Fullness
  readonly at: string
  /** Which of several. */
  readonly n: number
}

function valueOf(shape: Shape, place: Place): unknown {
  const { how, n, at } = place
  if (shape.const !== undefined) return shape.const
  if (shape.enum !== undefined) return how === 'full' ? shape.enum[n % shape.enum.length] : shape.enum.at(-1)
  if (shape.anyOf !== undefined) {
    const nothing = shape.anyOf.find((one) => one.type === 'null')
    if (how === 'bare' && nothing !== undefined) return null
    return valueOf(shape.anyOf[n % shape.anyOf.length] ?? {}, { ...place, n: 0 })
  }
  switch (shape.type) {
    case 'object':
      return objectOf(shape, place)
    case 'array': {
      // Long enough to meet every alternative of what it holds.
      const count = how === 'full' ? 3 : (shape.minItems ?? 0)
      return Array.from({ length: count }, (_, i) => valueOf(shape.items ?? {}, { how, at: `${at}[${i}]`, n: i }))
    }
    case 'string':
      return textOf(shape, at)
    case 'integer':
    case 'number':
      return how === 'full' ? Math.min(182_233, shape.maximum ?? Infinity) : (shape.minimum ?? 0)
    case 'boolean':
      return how === 'full'
    case 'null':
      return null
    default:
      return { anything: [1, 'two', null] }
  }
}

function objectOf({ properties = {}, patternProperties, required = [] }: Shape, { how, at, n }: Place): object {
  const names = Object.keys(properties).filter((name) => how === 'full' || required.includes(name))
  const own = names.map((name) => [name, valueOf(properties[name] ?? {}, { how, at: `${at}.${name}`, n })])
  const [values] = Object.values(patternProperties ?? {})
  const more =
    values !== undefined && how === 'full' ? [['a word', valueOf(values, { how, at: `${at}.a word`, n })]] : []
  return Object.fromEntries([...own, ...more])
}

/** With what encodings trip over. */
function textOf({ pattern = '' }: Shape, at: string): string {
  if (pattern.includes('sha256')) return `sha256:${'0123456789abcdef'.repeat(4)}`
  if (pattern !== '') return testInstant
  return `${at} "İğne\\iplik" 🧵\n`
}
