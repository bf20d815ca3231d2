// What a change of a schema takes from those who read by the old one, or from a reader of what the old one wrote (G18).

/** What is used of JSON Schema in schemas/. Whatever else a schema says must stay as it was. */
export interface Shape {
  readonly type?: string
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly patternProperties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly [more: string]: unknown
}
/** Words for people, and what is compared by itself below. */
const apart = new Set(['description', 'title', '$id', '$schema', 'enum', 'const', 'anyOf', 'items', 'required'])
const apartToo = new Set(['properties', 'patternProperties'])

/**
 * Sentences, none when it is only added to. A field may be added where it may be absent: what was written before does not hold it.
 * A word may be added to a list of words, and readers are told to expect that; none is taken away.
 */
export function breaksOf(old: Shape, now: Shape, at: string): readonly string[] {
  const [before, after] = [oneForm(old), oneForm(now)]
  if (before.enum !== undefined || after.enum !== undefined) return wordBreaks(before, after, at)
  if (before.anyOf !== undefined || after.anyOf !== undefined) return choiceBreaks(before, after, at)
  const limits = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !apart.has(key) && !apartToo.has(key))
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => `${at}: its ${key} was ${said(before[key])} and is ${said(after[key])}`)
  const inside =
    before.items === undefined && after.items === undefined
      ? []
      : breaksOf(before.items ?? {}, after.items ?? {}, `${at}[]`)
  return [...limits, ...inside, ...fieldBreaks(before, after, at)]
}

const said = (value: unknown): string => (value === undefined ? 'not said' : JSON.stringify(value))

/** A constant is a list of one word, and so is a choice of constants a list. */
function oneForm(shape: Shape): Shape {
  if (shape.const !== undefined) return { enum: [shape.const] }
  if (shape.anyOf?.every((one) => one.const !== undefined) === true)
    return { enum: shape.anyOf.map((one) => one.const) }
  return shape
}

function wordBreaks(before: Shape, after: Shape, at: string): readonly string[] {
  if (before.enum === undefined) return [`${at}: it was free and is now a list of words`]
  if (after.enum === undefined) return [`${at}: it was a list of words and is not any more`]
  const gone = before.enum.filter((word) => !after.enum?.includes(word))
  return gone.map((word) => `${at}: ${said(word)} is no longer among its words`)
}

function choiceBreaks(before: Shape, after: Shape, at: string): readonly string[] {
  const [olds, news] = [before.anyOf ?? [before], after.anyOf ?? [after]]
  const fits = (one: Shape, others: readonly Shape[], turned: boolean): boolean =>
    others.some((other) => (turned ? breaksOf(other, one, at) : breaksOf(one, other, at)).length === 0)
  const kind = (one: Shape): string => (one.type ?? Object.keys(one.properties ?? {}).join()) || 'anything'
  return [
    ...olds.filter((one) => !fits(one, news, false)).map((one) => `${at}: it can no longer be ${kind(one)} as it was`),
    ...news.filter((one) => !fits(one, olds, true)).map((one) => `${at}: it can now also be ${kind(one)}`),
  ]
}

function fieldBreaks(before: Shape, after: Shape, at: string): readonly string[] {
  const [olds, news] = [before.properties ?? {}, after.properties ?? {}]
  const [had, has] = [new Set(before.required), new Set(after.required)]
  const found = Object.entries(olds).flatMap(([name, shape]): readonly string[] => {
    const field = `${at}.${name}`
    const now = news[name]
    if (now === undefined) return [`${field}: it is gone, or has another name`]
    const absent =
      had.has(name) === has.has(name) ? [] : [`${field}: it ${has.has(name) ? 'must now be' : 'need not be'} there`]
    return [...absent, ...breaksOf(shape, now, field)]
  })
  const demanded = Object.keys(news)
    .filter((name) => !Object.hasOwn(olds, name) && has.has(name))
    .map((name) => `${at}.${name}: it is new and must be there; what was written before has none. Make it optional`)
  const [values, valuesNow] = [before.patternProperties, after.patternProperties]
  const patterns =
    values === undefined && valuesNow === undefined
      ? []
      : breaksOf({ properties: values ?? {} }, { properties: valuesNow ?? {} }, at)
  return [...found, ...demanded, ...patterns]
}
